//! How far a page of a lane looked, and the way on from there.

use jiff::Timestamp;
use maud::{Markup, html};

use super::Asked;
use crate::{locale::Tr, web::problem::Problem};

#[derive(Debug, Clone)]
pub struct Looked {
    pub lane: Asked,
    /// Every message of the mailbox was looked at: only then may somebody say that there is no other.
    pub whole: bool,
    /// When the oldest message came that was looked at.
    pub back_to: Option<Timestamp>,
    /// Where there is no full page, another look begins here.
    pub further: Option<(u32, u32)>,
    /// What ended it.
    pub broken: Option<Problem>,
}

/// `path` is that of the mailbox; `found`: there are rows above; `select`: messages can be ticked. A look further is a form: no
/// script begins one by itself.
pub fn render(looked: &Looked, path: &str, found: bool, select: bool, tr: &Tr) -> Markup {
    html! {
        @if let Some(problem) = &looked.broken { (problem.inline(tr)) }
        p.looked.end role="status" data-end=(if looked.whole { "whole" } else { "more" }) {
            @if !found {
                b { (tr.t(match (looked.whole, looked.lane.older.is_some()) {
                    (true, false) => "lanes-none",
                    (true, true) => "lanes-no-more",
                    (false, _) => "lanes-none-yet",
                })) } " "
            }
            @if looked.whole {
                (tr.t("search-whole"))
            } @else if let Some(at) = looked.back_to {
                (tr.t_with("lanes-back-to", &[("date", (&tr.date(at)).into())]))
            }
        }
        @if let Some((uidvalidity, uid)) = looked.further {
            form method="get" action=(path) {
                input type="hidden" name="lane" value=(looked.lane.word());
                input type="hidden" name="older" value={ (uidvalidity) "-" (uid) };
                @if select { input type="hidden" name="select" value=""; }
                button data-further { (tr.t("lanes-further")) }
            }
        }
    }
}
