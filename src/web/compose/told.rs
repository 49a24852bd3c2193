//! What the form says before it lets a letter go: what is wrong with it, and what is asked once.

use maud::{Markup, html};

use super::{filled, later, view::hidden};
use crate::{
    locale::Tr,
    message::compose::{Email, Person, guard::Doubt},
};

/// What keeps a message from leaving. Texts are as they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    Nobody,
    NoAddress(String),
    LettersBeforeAt(String),
    TooManyPeople,
    /// The account's own name is no address.
    NoSender,
    /// Not one of the account's addresses.
    NotYours(String),
    /// And the octets of all files, at most.
    FileTooBig(String, u64),
    TooManyFiles(String),
    FileNotKept(String),
    OriginalNotRead(String),
    /// Octets of all files, and the most there can be.
    TooMuch(u64, u64),
    /// Octets of the whole message on the wire, and the most that the server takes.
    TooLarge(u64, u64),
    /// Whom the account wrote to.
    PeopleNotRead,
    FilesGone,
    /// They came once the session had ended.
    FilesLate,
    OldForm,
    /// The form was begun in another mailbox of this browser; this is the one it would leave from.
    OtherMailbox(String),
    BrokenOff,
    TooManyDrafts,
    CannotSend,
    /// The same form was sent before with another content: where that is.
    SentBefore(String),
    /// It could not be written down; the reference in the log.
    NotKept(Option<String>),
    /// The account wrote to as many as it may, and may again then.
    Limit(jiff::Timestamp),
    /// More recipients than it may ever write to at once.
    TooManyAtOnce(u64),
    /// The hour it is to leave.
    Later(later::Wrong),
}

/// The questions as one text: who says yes says it to these and to these recipients.
pub fn questions(doubts: &[Doubt]) -> String {
    let emails = |list: &[Email]| list.iter().map(Email::as_str).collect::<Vec<_>>().join(",");
    let one = |doubt: &Doubt| match doubt {
        Doubt::Outside(list) => format!("outside {}", emails(list)),
        Doubt::Everybody(people) => {
            let list: Vec<Email> = people.iter().map(|p| p.email.clone()).collect();
            format!("everybody {}", emails(&list))
        }
        Doubt::NoFile => "file".to_owned(),
        Doubt::NoReply(list) => format!("deaf {}", emails(list)),
        Doubt::Visible(n) => format!("visible {n}"),
        Doubt::NoSubject => "subject".to_owned(),
    };
    doubts.iter().map(one).collect::<Vec<_>>().join("\n")
}

pub fn troubles(wrong: &[Wrong], tr: &Tr) -> Markup {
    html! {
        div.trouble role="alert" data-problem {
            p { b { (tr.t("compose-not-sent")) } }
            @for wrong in wrong {
                p {
                    (said(wrong, tr))
                    @if let Wrong::SentBefore(href) = wrong { " " a href=(href) { (tr.t("compose-see-sent")) } }
                }
            }
        }
    }
}

pub fn said(wrong: &Wrong, tr: &Tr) -> String {
    let plain = |key| tr.t(key).to_owned();
    let named = |key, name: &String| tr.t_with(key, &[("name", name.into())]);
    match wrong {
        Wrong::Nobody => plain("wrong-nobody"),
        Wrong::NoAddress(typed) => named("wrong-no-address", typed),
        Wrong::LettersBeforeAt(typed) => named("wrong-letters", typed),
        Wrong::TooManyPeople => plain("wrong-too-many-people"),
        Wrong::NoSender => plain("wrong-no-sender"),
        Wrong::NotYours(address) => named("wrong-not-yours", address),
        Wrong::PeopleNotRead => plain("wrong-people"),
        Wrong::FileTooBig(name, most) => {
            let most = tr.size(*most);
            tr.t_with("wrong-file-too-big", &[("name", name.into()), ("size", (&most).into())])
        }
        Wrong::TooManyFiles(name) => named("wrong-too-many-files", name),
        Wrong::FileNotKept(name) => named("wrong-file-not-kept", name),
        Wrong::OriginalNotRead(name) => named("wrong-original", name),
        Wrong::TooMuch(octets, most) | Wrong::TooLarge(octets, most) => {
            let (size, most) = (tr.size(*octets), tr.size(*most));
            let key = if matches!(wrong, Wrong::TooMuch(..)) { "wrong-too-much" } else { "wrong-too-large" };
            tr.t_with(key, &[("size", (&size).into()), ("most", (&most).into())])
        }
        Wrong::FilesGone => plain("wrong-files-gone"),
        Wrong::FilesLate => plain("wrong-files-late"),
        Wrong::OldForm => plain("wrong-old-form"),
        Wrong::OtherMailbox(address) => tr.t_with("wrong-other-mailbox", &[("address", address.into())]),
        Wrong::BrokenOff => plain("wrong-broken-off"),
        Wrong::TooManyDrafts => plain("wrong-too-many-drafts"),
        Wrong::CannotSend => plain("wrong-cannot-send"),
        Wrong::SentBefore(_) => plain("wrong-sent-before"),
        Wrong::Limit(until) => tr.t_with("wrong-limit", &[("moment", (&tr.moment(*until)).into())]),
        Wrong::TooManyAtOnce(most) => tr.t_with("wrong-too-many-at-once", &[("n", (*most).into())]),
        Wrong::Later(wrong) => later::said(*wrong, tr).to_owned(),
        Wrong::NotKept(None) => plain("wrong-not-kept"),
        Wrong::NotKept(Some(reference)) => {
            tr.t_with("wrong-not-kept-reference", &[("reference", reference.into())])
        }
    }
}

pub fn doubts(doubts: &[Doubt], tr: &Tr) -> Markup {
    html! {
        div.doubts role="alert" data-doubts {
            p { b { (tr.t("doubt-title")) } }
            ul { @for doubt in doubts { li { (asked(doubt, tr)) } } }
            // The answer goes with the button that is pressed next.
            (hidden("sure", &filled::answer_to(&questions(doubts))))
            p.acts { button.primary name="do" value="send" { (tr.t("doubt-send")) } }
            p.meta { (tr.t("doubt-or")) }
        }
    }
}

fn asked(doubt: &Doubt, tr: &Tr) -> Markup {
    let names = |list: Vec<&str>| {
        html! { @for (n, name) in list.into_iter().enumerate() { @if n > 0 { "," } " " bdi.addr { (name) } } }
    };
    let addresses = |list: &[Email]| names(list.iter().map(Email::as_str).collect());
    html! {
        @match doubt {
            Doubt::Outside(list) => { (tr.t("doubt-outside")) (addresses(list)) }
            Doubt::Everybody(people) => {
                (tr.t_with("doubt-everybody", &[("n", (people.len() as u64).into())]))
                (names(people.iter().map(Person::short).collect()))
            }
            Doubt::NoFile => (tr.t("doubt-no-file")),
            Doubt::NoReply(list) => { (tr.t("doubt-no-reply")) (addresses(list)) }
            Doubt::Visible(n) => (tr.t_with("doubt-visible", &[("n", (*n as u64).into())])),
            Doubt::NoSubject => (tr.t("doubt-no-subject")),
        }
    }
}
