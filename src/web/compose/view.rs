//! The form in which people write. Every page of it holds everything that was typed so far.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    drafts::Told,
    filled::{self, Filled, Mode},
    later, limit, sender,
};
use crate::{
    locale::Tr,
    message::compose::{
        Email, Person,
        guard::{Doubt, is_outside},
    },
    outbox::Staged,
    web::{app::App, assets, icon::Icon, settings::identity::Identity, who::Who},
};

#[derive(Clone, Default)]
pub struct ComposeView {
    pub token: String,
    /// The account's own address: its letters are not those of another that signs in here.
    pub from: String,
    /// As whom it can be sent.
    pub identities: Vec<Identity>,
    /// Octets of all its files, at most.
    pub most: u64,
    /// People to tick, as they are typed in a field.
    pub people: Option<Vec<String>>,
    pub filled: Filled,
    /// The uploads of [`Filled::files`].
    pub files: Vec<Staged>,
    /// Recipients outside the trusted domains.
    pub outside: Vec<String>,
    /// Why it was not sent.
    pub wrong: Vec<Wrong>,
    /// What to ask before it is.
    pub doubts: Vec<Doubt>,
    /// It answers a POST: what it holds is newer than what the browser remembers.
    pub answer: bool,
    /// This server has no way out.
    pub cannot_send: bool,
    /// When the draft was saved that the form shows.
    pub saved: Option<Timestamp>,
    /// What became of its copy in the mailbox for drafts, just now.
    pub copied: Option<Told>,
    /// Drafts that wait to be gone on with.
    pub drafts: usize,
}

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
    OldForm,
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

pub fn title(mode: Mode, tr: &Tr) -> &'static str {
    match mode {
        Mode::New => tr.t("compose-title"),
        Mode::Reply => tr.t("reply"),
        Mode::All => tr.t("reply-all"),
        Mode::Forward | Mode::Attach => tr.t("forward"),
        Mode::Edit => tr.t("edit-as-new"),
        Mode::Resume => tr.t("draft-resume"),
    }
}

/// Recipients as typed that are outside the trusted domains.
pub fn outside(filled: &Filled, trusted: &[String]) -> Vec<String> {
    let fields = [&filled.to, &filled.cc, &filled.bcc];
    let people = fields.into_iter().flat_map(|field| Person::list(field).0);
    people.filter(|p| is_outside(&p.email, trusted)).map(|p| p.email.as_str().to_owned()).collect()
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
        Doubt::Visible(_) => "visible".to_owned(),
        Doubt::NoSubject => "subject".to_owned(),
    };
    doubts.iter().map(one).collect::<Vec<_>>().join("\n")
}

pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The first page of a visit does not pay for it.
pub fn script() -> Markup {
    html! { script src=(assets::url("compose.js")) defer {} script src=(assets::url("people.js")) defer {} }
}

impl ComposeView {
    /// What every page of the form shows.
    pub fn of(app: &App, who: &Who, filled: Filled, identities: Vec<Identity>) -> ComposeView {
        ComposeView {
            token: who.signed.csrf.token().unwrap_or_default(),
            from: who.signed.address.clone(),
            identities,
            most: limit::files(app, who),
            cannot_send: who.account.backend.server.smtp.is_none(),
            outside: outside(&filled, &app.config.trusted_domains),
            filled,
            ..ComposeView::default()
        }
    }
}

pub fn render(view: &ComposeView, tr: &Tr) -> Markup {
    let filled = &view.filled;
    // What is told stands at the top: a focus further down would scroll it out of sight on a phone.
    let told = view.cannot_send || !view.wrong.is_empty() || !view.doubts.is_empty();
    html! {
        (script())
        @if view.drafts > 0 {
            p.drafts { a href="/drafts" { (tr.t_with("drafts-link", &[("n", (view.drafts as u64).into())])) } }
        }
        form.write method="post" action="/compose" enctype="multipart/form-data" data-write=(memory(view)) data-answer[view.answer] {
            // First: no file is taken before it was seen.
            (hidden("token", &view.token))
            @for (name, value) in filled.hidden() {
                // Files that are listed stand with their names.
                @if name != "file" || !view.files.iter().any(|file| file.id.to_string() == value) { (hidden(name, &value)) }
            }
            // What the Enter key presses.
            button.vh name="do" value="look" tabindex="-1" aria-hidden="true" { (tr.t("compose-check")) }
            @if view.cannot_send && view.wrong.is_empty() { (troubles(&[Wrong::CannotSend], tr)) }
            @if !view.wrong.is_empty() { (troubles(&view.wrong, tr)) }
            @if !view.doubts.is_empty() { (doubts(&view.doubts, tr)) }
            (from(view, tr))
            (people("to", tr.t("field-to"), &filled.to, !told && filled.to.is_empty() && view.people.is_none()))
            (correspondents(view.people.as_deref(), tr))
            (outsiders(&view.outside, tr))
            details.copies open[!filled.cc.is_empty() || !filled.bcc.is_empty()] {
                summary { (tr.t("compose-copies")) }
                (people("cc", tr.t("field-cc"), &filled.cc, false))
                (people("bcc", tr.t("field-bcc"), &filled.bcc, false))
            }
            label.line {
                span { (tr.t("field-subject")) }
                input name="subject" value=(filled.subject) dir="auto" autocomplete="off";
            }
            @if !filled.original_subject.is_empty() {
                label.check.same {
                    input type="checkbox" name="same_subject" value="1" checked[filled.same_subject];
                    span { (tr.t("compose-same-subject")) " " bdi { (filled.original_subject) } }
                }
            }
            // A line end right behind the tag is dropped by browsers.
            textarea name="text" rows=(rows(&filled.text)) aria-label=(tr.t("message-title")) dir="auto" data-grow
                autofocus[!told && !filled.to.is_empty()] { "\n" (filled.text) }
            (kept(view, tr))
            (files(view, tr))
            (later::field(&filled.later, tr))
            div.sendbar {
                label.check { input type="checkbox" name="follow" value="1" checked[filled.follow]; span { (tr.t("compose-follow")) } }
                button.primary name="do" value="send" { (Icon::Send.draw()) (tr.t("compose-send")) }
            }
        }
    }
}

/// As high as the text, within reason: without script it does not grow.
fn rows(text: &str) -> usize {
    text.lines().count().clamp(8, 30)
}

/// Under which the browser keeps the text until it is sent: another account or another answer is another letter.
fn memory(view: &ComposeView) -> String {
    let filled = &view.filled;
    let what = filled.source.as_ref().map_or_else(|| filled.opened_for.clone(), |source| source.text());
    format!("{} {} {what}", view.from, filled.mode.name())
}

/// As whom: a choice where there is one.
fn from(view: &ComposeView, tr: &Tr) -> Markup {
    let named = |own: &Identity| match own.name.as_str() {
        "" => own.address.clone(),
        name => format!("{name} <{}>", own.address),
    };
    let chosen = sender::chosen(&view.identities, &view.filled.from).or(view.identities.first());
    html! {
        @if view.identities.len() > 1 {
            label.line {
                span { (tr.t("field-from")) }
                select name="from" {
                    @for own in &view.identities {
                        option value=(own.address) selected[Some(own) == chosen] { (named(own)) }
                    }
                }
            }
        } @else {
            div.line {
                span { (tr.t("field-from")) }
                span.mine { bdi { (chosen.map_or_else(|| view.from.clone(), named)) } }
            }
        }
    }
}

/// Whom the account wrote to, for who has no script that completes names.
fn correspondents(people: Option<&[String]>, tr: &Tr) -> Markup {
    html! {
        @match people {
            None => p.known data-unscripted { button name="do" value="people" { (tr.t("compose-people")) } },
            Some([]) => p.known.meta { (tr.t("compose-nobody")) },
            Some(people) => fieldset.known {
                legend { (tr.t("compose-people-add")) }
                @for (n, person) in people.iter().enumerate() {
                    label.check {
                        input type="checkbox" name="person" value=(person) autofocus[n == 0];
                        bdi { (person) }
                    }
                }
                button name="do" value="look" { (tr.t("compose-people-done")) }
            },
        }
    }
}

fn people(name: &'static str, label: &str, value: &str, first: bool) -> Markup {
    html! {
        label.line {
            span { (label) }
            textarea name=(name) rows="1" data-grow data-people inputmode="email" autocomplete="off" autocapitalize="none"
                autocorrect="off" spellcheck="false" autofocus[first] { "\n" (value) }
        }
    }
}

/// In words and in colour, beside the field they are in.
fn outsiders(outside: &[String], tr: &Tr) -> Markup {
    html! {
        @if !outside.is_empty() {
            p.outside {
                @for email in outside {
                    span.chip.late { bdi { (email) } " · " (tr.t("compose-outside")) }
                }
            }
        }
    }
}

/// Whether what is written is safe. Script fills the same line as it saves.
fn kept(view: &ComposeView, tr: &Tr) -> Markup {
    let told = view.copied.map(|told| match told {
        Told::Made => "draft-copied",
        Told::NoMailbox => "draft-no-mailbox",
        Told::Not => "draft-not-copied",
    });
    html! {
        div.kept {
            p.meta role="status" data-kept data-failed=(tr.t("draft-not-saved")) data-two=(tr.t("draft-see-both")) {
                @if let Some(at) = view.saved {
                    (tr.t_with("draft-saved", &[("moment", (&tr.moment(at)).into())]))
                    @if let Some(key) = told { " " (tr.t(key)) }
                }
            }
            button name="do" value="save" { (tr.t("draft-save")) }
        }
    }
}

fn files(view: &ComposeView, tr: &Tr) -> Markup {
    let filled = &view.filled;
    let total: u64 = view.files.iter().map(|file| file.octets).sum();
    let left = view.most.saturating_sub(total);
    html! {
        section.attach aria-label=(tr.t("files")) {
            @if !filled.offers.is_empty() {
                p.meta { (tr.t("compose-offers")) }
                ul.files {
                    @for offer in &filled.offers {
                        li {
                            label.check {
                                input type="checkbox" name="keep" value=(offer.mark()) checked[offer.kept];
                                span.name { bdi { (offer.name) } small { (tr.size(offer.octets)) } }
                            }
                        }
                    }
                }
            }
            @if !view.files.is_empty() {
                ul.files data-files {
                    @for file in &view.files { (staged(file, tr)) }
                }
            }
            div.add data-add data-left=(left) data-over=(tr.t_with("upload-over", &[("name", "%".into())])) data-cancel=(tr.t("upload-cancel"))
                data-lost=(tr.t_with("upload-lost", &[("name", "%".into())])) data-wait=(tr.t("upload-wait")) {
                label {
                    span { (Icon::Clip.draw()) (tr.t("compose-attach")) }
                    input type="file" name="upload" multiple;
                }
                // Where there is a camera under the finger.
                label.camera {
                    span { (Icon::Camera.draw()) (tr.t("compose-camera")) }
                    input type="file" name="upload" accept="image/*" capture="environment";
                }
                button name="do" value="attach" data-attach { (tr.t("compose-attach-now")) }
            }
            p.meta { (tr.t_with("compose-limit", &[("size", (&tr.size(left)).into())])) }
        }
    }
}

/// A file that is there. The script adds such lines as well: each brings its own field of the form.
pub fn staged(file: &Staged, tr: &Tr) -> Markup {
    html! {
        li data-staged=(file.id) data-octets=(file.octets) {
            (hidden("file", &file.id.to_string()))
            (Icon::Document.draw())
            span.name { bdi { (file.name) } small { (tr.size(file.octets)) } }
            button name="do" value={ "remove-" (file.id) }
                aria-label=(tr.t_with("compose-remove-file", &[("name", (&file.name).into())])) {
                (tr.t("compose-remove"))
            }
        }
    }
}

fn troubles(wrong: &[Wrong], tr: &Tr) -> Markup {
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
        Wrong::OldForm => plain("wrong-old-form"),
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

fn doubts(doubts: &[Doubt], tr: &Tr) -> Markup {
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
