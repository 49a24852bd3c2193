//! What will be in the archive, the two ways to have it, and what comes after.

use maud::{Markup, html};

use crate::{locale::Tr, web::icon::Icon};

/// Which messages they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Share {
    #[default]
    Ticked,
    /// All of the mailbox.
    All,
    /// Of so many; one archive takes no more.
    Newest { of: u64 },
}

#[derive(Debug, Clone, Default)]
pub struct SaveView {
    pub token: String,
    /// `/mail/{folder}/save`.
    pub href: String,
    /// `/mail/{folder}/act`.
    pub act_href: String,
    pub uidvalidity: u32,
    pub uids: Vec<u32>,
    /// Messages that are there.
    pub messages: u64,
    /// Of those that were chosen; they are gone.
    pub gone: u64,
    pub files: u64,
    /// Octets of the files, about, and of the messages.
    pub files_size: u64,
    pub messages_size: u64,
    pub share: Share,
    /// The page that it was asked on.
    pub back: String,
    /// The mailbox keeps the mark "filed", and the reader may set it.
    pub can_file: bool,
}

pub fn render(view: &SaveView, tr: &Tr) -> Markup {
    let n = |key, n: u64| tr.t_with(key, &[("n", n.into())]);
    html! {
        form method="post" action=(view.href) {
            input type="hidden" name="token" value=(view.token);
            input type="hidden" name="uidvalidity" value=(view.uidvalidity);
            input type="hidden" name="back" value=(view.back);
            @for uid in &view.uids { input type="hidden" name="uid" value=(uid); }
            @match view.share {
                Share::Ticked => {}
                Share::All => p.quiet data-share="all" { (n("save-all", view.messages)) }
                Share::Newest { of } => p.alert role="status" data-share="newest" {
                    (tr.t_with("save-newest", &[("n", view.messages.into()), ("of", of.into())]))
                }
            }
            @if view.gone > 0 { p.alert role="status" { (n("save-gone", view.gone)) } }
            section.card {
                h2 { (tr.t("save-files-title")) }
                @if view.files > 0 {
                    p data-files=(view.files) { (n("save-messages", view.messages)) ", " (n("save-files", view.files)) ", " (tr.size(view.files_size)) }
                    p { (tr.t("save-files-what")) }
                    p.acts { button.primary name="as" value="files" { (Icon::Download.draw()) (tr.t("save-files-button")) } }
                } @else {
                    p data-files="0" { (tr.t("save-no-files")) }
                }
            }
            section.card {
                h2 { (tr.t("save-messages-title")) }
                p { (n("save-messages", view.messages)) ", " (tr.size(view.messages_size)) }
                p { (tr.t("save-messages-what")) }
                p.acts { button name="as" value="messages" { (Icon::Download.draw()) (tr.t("save-messages-button")) } }
            }
            @if view.can_file {
                section.card {
                    h2 { (tr.t("save-after-title")) }
                    p { (tr.t("save-after-what")) }
                    p.acts { button name="do" value="filed" formaction=(view.act_href) { (Icon::Check.draw()) (tr.t("save-after-button")) } }
                }
            }
            p.meta { (tr.t("save-check")) }
        }
    }
}
