//! An HTML message for paper: its head above its layout, in one document that a browser breaks over sheets.

use maud::{Markup, html};

use super::{
    letter::{Person, warned},
    render,
};
use crate::{locale::Tr, mailbox::opened::Opened, message::Envelope};

/// The document for paper of the frame with this address.
pub fn href(frame: &str) -> String {
    format!("{frame}&paper=1")
}

/// No rule of the mail's own weighs more, nothing is inherited, each line runs as its own words do, and what the mail moves up
/// stays below.
const BLOCK: &str = "all:initial!important;direction:ltr!important;unicode-bidi:plaintext!important;\
    display:block!important;position:relative!important;z-index:2147483647!important;margin:0 0 16px!important;\
    padding:0 0 12px!important;border-bottom:1px solid #999!important;background:#fff!important";
const LINE: &str = "all:initial!important;direction:ltr!important;unicode-bidi:plaintext!important;\
    display:block!important;overflow-wrap:anywhere!important;color:#000!important;\
    font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif!important";
const SUBJECT: &str = "all:initial!important;direction:ltr!important;unicode-bidi:plaintext!important;\
    display:block!important;overflow-wrap:anywhere!important;color:#000!important;margin:0 0 8px!important;\
    font:600 20px/1.3 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif!important";

/// Who wrote what to whom and when, and what is attached.
pub fn head(opened: &Opened, tr: &Tr) -> Markup {
    let letter = render::heads(opened.message.envelope.as_deref().unwrap_or(&Envelope::default()), "");
    let people = |people: &[Person]| people.iter().map(Person::whole).collect::<Vec<_>>().join(", ");
    let names = opened.plan.attachments.iter().map(|file| &*file.name).filter(|name| !name.is_empty());
    let date = letter.sent.map(|at| tr.dated(at)).or(letter.sent_as_written.clone());
    let more = (letter.more_recipients > 0)
        .then(|| tr.t_with("recipients-left-out", &[("n", letter.more_recipients.into())]));
    let lines = [
        (tr.t("field-from"), people(&letter.from)),
        (tr.t("field-sender"), letter.sender.as_ref().map(Person::whole).unwrap_or_default()),
        (tr.t("field-reply-to"), people(&letter.reply_to)),
        (tr.t("field-to"), people(&letter.to)),
        (tr.t("field-cc"), people(&letter.cc)),
        (tr.t("field-more"), more.unwrap_or_default()),
        (tr.t("field-date"), date.unwrap_or_default()),
        (tr.t("files"), names.collect::<Vec<_>>().join(", ")),
    ];
    html! {
        div style=(BLOCK) data-head {
            div style=(SUBJECT) dir="auto" {
                @if letter.subject.is_empty() { (tr.t("no-subject")) } @else { (letter.subject) }
            }
            @for (label, said) in lines.iter().filter(|(_, said)| !said.is_empty()) {
                div style=(LINE) { (tr.t_with("paper-line", &[("label", (*label).into()), ("said", said.into())])) }
            }
            // What is filed says what made the screen warn.
            @for warning in &letter.warnings { div style=(LINE) { b style=(LINE) { (warned(*warning, tr)) } } }
        }
    }
}
