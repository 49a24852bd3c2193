//! The form in which people write. Every page of it holds everything that was typed so far.

use jiff::Timestamp;
use maud::{Markup, html};

pub use super::told::Wrong;
use super::{
    device::Device,
    drafts::Told,
    filled::{Filled, Mode},
    hold::OWNER,
    later, limit, sender,
    told::{doubts, troubles},
};
use crate::{
    locale::Tr,
    message::compose::{
        Person,
        guard::{Doubt, is_outside},
    },
    outbox::Staged,
    session::page_owner,
    web::{app::App, assets, icon::Icon, settings::identity::Identity, who::Who},
};

#[derive(Clone, Default)]
pub struct ComposeView {
    pub token: String,
    /// Whose page it is: see [`hold`](super::hold).
    pub owner: String,
    /// The account's own address: its letters are not those of another that signs in here.
    pub from: String,
    /// As whom it can be sent.
    pub identities: Vec<Identity>,
    /// For how long the password is kept with which it is to be sent.
    pub password_hours: u64,
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
    /// It answers a POST, or was taken back: what it holds counts, not what the browser remembers.
    pub answer: bool,
    /// This server has no way out.
    pub cannot_send: bool,
    /// When the draft was saved that the form shows.
    pub saved: Option<Timestamp>,
    /// What became of its copy in the mailbox for drafts, just now.
    pub copied: Option<Told>,
    /// Drafts that wait to be gone on with.
    pub drafts: usize,
    /// Nobody else uses this one.
    pub device: Option<Device>,
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
            owner: page_owner(app.store.keys(), &who.signed.pooled),
            from: who.signed.address.clone(),
            identities,
            password_hours: app.config.passwords.life.as_secs() / 3600,
            most: limit::files(app, who),
            cannot_send: who.account.backend.server.smtp.is_none(),
            outside: outside(&filled, &app.config.trusted_domains),
            device: Device::of(who),
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
        // First: it hears what the form says.
        @if let Some(device) = &view.device {
            @if view.answer { (device.tidy()) } @else { (device.offer(tr)) }
        }
        (script())
        @if view.drafts > 0 {
            p.drafts { a href="/drafts" { (tr.t_with("drafts-link", &[("n", (view.drafts as u64).into())])) } }
        }
        form.write method="post" action="/compose" enctype="multipart/form-data" data-write=(memory(view)) data-answer[view.answer]
            data-found=(tr.t("people-found")) {
            // First: no file is taken before it was seen.
            (hidden("token", &view.token))
            (hidden(OWNER, &view.owner))
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
            (later::field(&filled.later, view.password_hours, tr))
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
    let along = filled.offers.iter().filter(|offer| offer.kept).map(|offer| offer.octets);
    let total: u64 = view.files.iter().map(|file| file.octets).chain(along).sum();
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
