//! What came of an act, told on the next page. It travels in that page's address, sealed: with it comes what takes the act
//! back. Loading the page again tells it again and does nothing.

use jiff::Timestamp;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{asked::All, once, verb::Verb, view::key};
use crate::{
    locale::Tr,
    mailbox::act::{Done, Left, Undo},
    web::{app::App, href::Place, icon::Icon, sealed, who::Who},
};

const LABEL: &str = "what was done";
/// Seconds for which it is told, and may be taken back.
const LIFE: i64 = 15 * 60;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    pub verb: Verb,
    pub n: u32,
    pub gone: u32,
    pub left: Left,
    /// The mailbox they went to, for people.
    pub to: String,
    pub undo: Option<Undo>,
    /// It stopped in the middle: the server's words, perhaps none.
    pub stopped: Option<String>,
    /// The mailbox it was done in, as in URLs.
    pub place: String,
    pub at: i64,
    /// There are more: the next step.
    pub step: Option<Step>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    pub uidvalidity: u32,
    /// The mailbox it goes to, as in URLs.
    pub to: Option<String>,
    pub all: All,
}

impl Told {
    pub fn new(verb: Verb, done: Done, to: String, place: &Place, step: Option<Step>) -> Told {
        let words = |error: &crate::imap::Error| match &error.kind {
            crate::imap::Kind::Refused { text, .. } => text.chars().take(200).collect(),
            _ => String::new(),
        };
        Told {
            verb,
            n: done.n,
            gone: done.gone,
            left: done.left,
            to,
            stopped: done.stopped.as_ref().map(words),
            undo: done.undo,
            place: place.list(),
            at: Timestamp::now().as_second(),
            step,
        }
    }

    /// For `?done=`. Without the way back, should that be too much for a URL.
    pub fn sealed(&self, app: &App, who: &Who) -> Option<String> {
        let seal = |told: &Told| sealed::seal(app.store.keys(), LABEL, &who.account.id, told).ok();
        match seal(self)? {
            text if text.len() <= sealed::LONGEST => Some(text),
            _ => seal(&Told { undo: None, ..self.clone() }),
        }
    }

    /// `None` for what was not done here, or too long ago.
    pub fn open(app: &App, who: &Who, place: &Place, text: &str) -> Option<Told> {
        let told: Told = sealed::open(app.store.keys(), LABEL, &who.account.id, text)?;
        let age = Timestamp::now().as_second() - told.at;
        (told.place == place.list() && (0..LIFE).contains(&age)).then_some(told)
    }

    pub fn said(&self, tr: &Tr) -> String {
        self.verb.told(self.n, &self.to, tr)
    }

    pub fn can_be_undone(&self) -> bool {
        self.undo.is_some()
    }

    /// It was done with all that were there, and what was to go has gone: rows can show it by themselves.
    pub fn is_plain(&self) -> bool {
        self.left == Left::Nothing && self.stopped.is_none()
    }

    /// What else must be known of it.
    pub fn more(&self, tr: &Tr) -> Vec<String> {
        let mut more = Vec::new();
        if self.gone > 0 {
            more.push(tr.t_with("told-gone", &[("n", u64::from(self.gone).into())]));
        }
        match self.left {
            Left::Nothing => {}
            Left::Marked => more.push(tr.t("told-marked").to_owned()),
            Left::Kept => more.push(tr.t("told-kept").to_owned()),
        }
        match &self.stopped {
            None => {}
            Some(words) if words.is_empty() => more.push(tr.t("told-stopped").to_owned()),
            Some(words) => {
                more.push(format!("{} {} {words}", tr.t("told-stopped"), tr.t("server-says")));
            }
        }
        more
    }
}

/// What was told, and the forms around it.
#[derive(Debug, Clone)]
pub struct ToldView {
    pub told: Told,
    /// As it came in the address.
    pub sealed: String,
    pub act_href: String,
    pub token: String,
    pub back: String,
    /// Of a next step that must not be done twice.
    pub once: Option<u64>,
}

impl ToldView {
    pub fn of(app: &App, who: &Who, place: &Place, text: &str, back: String) -> Option<ToldView> {
        let told = Told::open(app, who, place, text)?;
        let token = who.signed.csrf.token().unwrap_or_default();
        let copies = told.step.is_some() && told.verb == Verb::Copy;
        Some(ToldView {
            once: copies.then(once::key).flatten(),
            told,
            sealed: text.to_owned(),
            act_href: format!("{}/act", place.list()),
            token,
            back,
        })
    }
}

pub fn render(view: &ToldView, tr: &Tr) -> Markup {
    let told = &view.told;
    let more = told.more(tr);
    html! {
        @for line in &more { p.alert role="status" { (line) } }
        @if let Some(step) = &told.step { (next(view, step, tr)) }
        div.undo.stays role="status" data-told {
            span { (Icon::Check.draw()) (told.said(tr)) }
            @if told.can_be_undone() {
                form method="post" action=(view.act_href) {
                    input type="hidden" name="token" value=(view.token);
                    input type="hidden" name="do" value="undo";
                    input type="hidden" name="done" value=(view.sealed);
                    input type="hidden" name="back" value=(view.back);
                    button { (tr.t("outbox-undo")) }
                }
            }
        }
    }
}

/// "1,000 of 12,400 done", and the way on.
fn next(view: &ToldView, step: &Step, tr: &Tr) -> Markup {
    let (done, of) = (u64::from(step.all.so_far), u64::from(step.all.of));
    html! {
        form.quiet method="post" action=(view.act_href) data-step {
            input type="hidden" name="token" value=(view.token);
            input type="hidden" name="uidvalidity" value=(step.uidvalidity);
            input type="hidden" name="do" value=(view.told.verb.word());
            input type="hidden" name="all" value=(step.all.up_to);
            input type="hidden" name="of" value=(step.all.of);
            input type="hidden" name="sofar" value=(step.all.so_far);
            input type="hidden" name="sure" value="1";
            (key(view.once))
            input type="hidden" name="back" value=(view.back);
            @if let Some(to) = &step.to { input type="hidden" name="to" value=(to); }
            span { (tr.t_with("told-step", &[("done", done.into()), ("of", of.into())])) }
            button.primary { (tr.t("told-continue")) }
        }
    }
}
