//! How sending again is offered: on the page of one message, and as a list to choose from.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    locale::Tr,
    mailbox::missed::Span,
    outbox::SendAgain,
    web::{icon::Icon, page::initials, problem::Problem},
};

/// What its page says of sending it again.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    pub verdict: Option<SendAgain>,
    /// Where those are that it was sent again as.
    pub sent: Vec<(String, Timestamp)>,
}

pub fn render(offer: &Offer, href: &str, token: &str, tr: &Tr) -> Markup {
    let Some(verdict) = offer.verdict else { return html! {} };
    if matches!(verdict, SendAgain::Never | SendAgain::InFlight) && offer.sent.is_empty() {
        return html! {};
    }
    let form = |seen: usize, how: &str, label: &str| {
        html! {
            form method="post" action=(href) {
                input type="hidden" name="token" value=(token);
                input type="hidden" name="do" value="resend";
                input type="hidden" name="seen" value=(seen);
                button name="how" value=(how) { (label) }
            }
        }
    };
    html! {
        section.sheet {
            h3 { (tr.t("again-title")) }
            @for (href, at) in &offer.sent {
                p.meta { a href=(href) { (tr.t_with("again-sent", &[("moment", (&tr.moment(*at)).into())])) } }
            }
            @if let SendAgain::Now { recipients, seen } = verdict {
                p { (tr.t_with("again-what", &[("n", (recipients as u64).into())])) }
                div.acts.own { (form(seen, "new", tr.t("again-new"))) }
                details {
                    summary { (tr.t("again-other")) }
                    p { (tr.t("again-identical-what")) }
                    div.acts.own { (form(seen, "identical", tr.t("again-identical"))) }
                }
            } @else {
                p.meta { (why_not(verdict, tr)) }
            }
        }
    }
}

fn why_not(verdict: SendAgain, tr: &Tr) -> String {
    match verdict {
        SendAgain::Now { .. } => String::new(),
        SendAgain::Later(at) => tr.t_with("again-later", &[("moment", (&tr.moment(at)).into())]),
        SendAgain::InFlight => tr.t("again-in-flight").to_owned(),
        SendAgain::Often => tr.t("again-often").to_owned(),
        SendAgain::Never => tr.t("again-never").to_owned(),
    }
}

/// One line of the list of several.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: String,
    pub href: String,
    pub who: String,
    pub subject: String,
    pub when: Timestamp,
    pub verdict: SendAgain,
    /// Overdue, or said to be lost: ticked beforehand.
    pub wanted: bool,
}

#[derive(Debug, Clone, Default)]
pub struct SeveralView {
    pub lines: Vec<Line>,
    pub token: String,
    /// They are what was sent then, not what calls for it.
    pub span: Option<Span>,
    /// So many were looked at, and these are before them.
    pub listed: u64,
    pub older: Option<String>,
    /// How many were just accepted, how many were not, and why those were not.
    pub done: Option<u64>,
    pub left: Option<u64>,
    pub problem: Option<Problem>,
}

pub fn several(view: &SeveralView, tr: &Tr) -> Markup {
    let some = view.lines.iter().any(|line| matches!(line.verdict, SendAgain::Now { .. }));
    html! {
        @if let Some(n) = view.done { p.quiet.told role="status" { (Icon::Check.draw()) span { (tr.t_with("again-done", &[("n", n.into())])) } } }
        @if let Some(n) = view.left.filter(|n| *n > 0) {
            div.trouble role="alert" data-problem {
                p { b { (tr.t_with("again-not-done", &[("n", n.into())])) } }
                @if let Some(problem) = &view.problem { p { (problem.what(tr)) " " (problem.todo(tr)) } }
                @if let Some(reference) = view.problem.as_ref().and_then(|problem| problem.reference.as_ref()) {
                    p.meta { (tr.t("problem-reference")) " " code { (reference) } }
                }
            }
        }
        form method="post" action="/outbox/again" {
            input type="hidden" name="token" value=(view.token);
            @if let Some(Span { from, to }) = view.span {
                input type="hidden" name="from" value=(from);
                input type="hidden" name="to" value=(to);
            }
            section.sheet {
                p { (tr.t(what(view))) }
            }
            @if !view.lines.is_empty() { ul.rows.again { @for line in &view.lines { (line_of(line, tr)) } } }
            @if some { section.sheet { button.primary { (tr.t("again-send")) } } }
        }
        @if let Some(href) = &view.older { p.more { a.button href=(href) rel="next" { (tr.t("outbox-older")) } } }
    }
}

fn what(view: &SeveralView) -> &'static str {
    match (view.lines.is_empty(), view.span) {
        (false, _) => "again-several-what",
        (true, None) => "again-none",
        (true, Some(_)) if view.listed == 0 => "outbox-between-none",
        (true, Some(_)) => "again-gone",
    }
}

fn line_of(line: &Line, tr: &Tr) -> Markup {
    let name = if line.subject.is_empty() { tr.t("no-subject") } else { &line.subject };
    html! {
        li.row {
            @if let SendAgain::Now { seen, .. } = line.verdict {
                label.pick {
                    input type="checkbox" name="id" value={ (line.id) "-" (seen) } checked[line.wanted]
                        aria-label=(tr.t_with("again-pick", &[("who", (&line.who).into()), ("subject", name.into())]));
                }
            } @else {
                span.pick { span.face aria-hidden="true" { (initials(&line.who)) } }
            }
            a.open href=(line.href) {
                span.who dir="auto" { (line.who) }
                time datetime=(tr.machine_time(line.when)) { (tr.row_time(line.when)) }
                span.subject dir="auto" { (name) }
                @if !matches!(line.verdict, SendAgain::Now { .. }) {
                    span.tail { span.preview { (why_not(line.verdict, tr)) } }
                }
            }
        }
    }
}
