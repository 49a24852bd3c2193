//! One POST of the form, whatever its button asks for: what was typed, what came along, what is wrong with it.

use std::{collections::VecDeque, sync::Arc};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    drafts,
    filled::{Filled, MOST_PEOPLE},
    later,
    open::frame,
    sender,
    told::{self, Wrong},
    upload::Received,
    view::{self, ComposeView},
};
use crate::{
    mailbox,
    message::compose::{Draft, Person, Unusable, email::member, guard::Doubt},
    outbox::{self, Staged},
    store::drafts::Saved,
    web::{
        answer,
        app::App,
        problem::Kind,
        settings::identity::{self, Identity},
        who::Who,
    },
};

/// One POST of the form.
pub struct Desk {
    pub app: Arc<App>,
    pub who: Who,
    pub filled: Filled,
    pub received: Received,
    /// The form has the token of this session, and came whole.
    pub known: bool,
    pub wrong: Vec<Wrong>,
    pub doubts: Vec<Doubt>,
    /// As whom the account may write.
    pub identities: Vec<Identity>,
    /// To choose from, where that was asked for.
    pub people: Option<Vec<String>>,
}

impl Desk {
    /// The form again, with everything that was typed. The files that came along are kept now, and listed.
    pub async fn again(mut self) -> Response {
        self.take_in();
        if self.filled.key == [0; 16] && self.filled.renew().is_err() {
            return answer::problem(&self.who.reader, &Kind::Internal.into());
        }
        let staged = match self.staged().await {
            Ok(staged) => {
                if staged.len() < self.filled.files.len() && !self.wrong.contains(&Wrong::FilesGone) {
                    self.wrong.push(Wrong::FilesGone);
                }
                self.filled.files = staged.iter().map(|file| file.id).collect();
                staged
            }
            Err(error) => {
                tracing::warn!(%error, "uploads could not be listed");
                Vec::new()
            }
        };
        let refusal = !self.wrong.is_empty() || !self.doubts.is_empty();
        let saved = self.keep_too().await;
        let reader = self.who.reader.clone();
        let frame = frame(&self.who, self.filled.mode, self.filled.source.as_ref());
        let view = ComposeView {
            files: staged,
            wrong: self.wrong,
            doubts: self.doubts,
            people: self.people,
            answer: true,
            saved,
            ..ComposeView::of(&self.app, &self.who, self.filled, self.identities)
        };
        let mut response = answer::ready(&reader, &frame, view::render(&view, &reader.tr));
        if refusal {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        response
    }

    /// The files that came along belong to the form.
    pub fn take_in(&mut self) {
        self.filled.files.extend(self.received.files.drain(..).map(|file| file.id));
    }

    /// From now on it is another letter than the one that was kept or sent under its key.
    pub fn as_another_letter(&mut self) {
        if self.filled.renew().is_err() {
            // The next page gets another.
            self.filled.key = [0; 16];
        }
    }

    /// What came this far is kept as well, where nobody else changed it. When that was.
    async fn keep_too(&mut self) -> Option<Timestamp> {
        if !self.known || self.is_empty() {
            return None;
        }
        match drafts::keep(&self.app.store, &self.who.signed.account, &self.filled).await {
            Ok(Saved::Kept(version)) => {
                self.filled.based = version;
                Some(Timestamp::now())
            }
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(%error, "a draft was not kept");
                None
            }
        }
    }

    /// Nothing of it would be missed: a signature comes by itself.
    pub fn is_empty(&self) -> bool {
        let text = self.filled.text.trim();
        let signed = |own: &Identity| identity::signed(&own.signature, "").trim() == text;
        self.filled.is_empty()
            || self.identities.iter().any(signed)
                && Filled { text: String::new(), ..self.filled.clone() }.is_empty()
    }

    /// Another page saved a later text of this letter.
    pub async fn is_outdated(&self) -> bool {
        let account = &self.who.signed.account;
        let Ok(Some(draft)) = self.app.store.draft(account, &self.filled.key).await else { return false };
        let there = drafts::read(self.filled.key, &draft);
        let same_page = !self.filled.tab.is_empty() && there.tab == self.filled.tab;
        draft.version > self.filled.based && !same_page && there.content() != self.filled.content()
    }

    /// The uploads of this message that are still there, in their order.
    pub async fn staged(&self) -> Result<Vec<Staged>, outbox::Error> {
        if self.filled.files.is_empty() {
            return Ok(Vec::new());
        }
        let staged = self.app.outbox.staged(&self.who.signed.account, &self.filled.files).await?;
        let mut known: VecDeque<Staged> = staged.into();
        let mut ordered = Vec::new();
        for id in &self.filled.files {
            if let Some(at) = known.iter().position(|file| file.id == *id) {
                ordered.extend(known.remove(at));
            }
        }
        Ok(ordered)
    }

    /// What was typed as a message, or what is wrong with it.
    pub fn draft(&mut self) -> Option<Draft> {
        let mut field = |typed: &str| {
            let (people, wrong) = Person::list(typed);
            self.wrong.extend(wrong.into_iter().map(|unusable| match unusable {
                Unusable::TooMany => Wrong::TooManyPeople,
                Unusable::Local(typed) => Wrong::LettersBeforeAt(typed),
                Unusable::Odd(typed) => Wrong::NoAddress(typed),
            }));
            people
        };
        let (to, cc, bcc) = (field(&self.filled.to), field(&self.filled.cc), field(&self.filled.bcc));
        if to.is_empty() && cc.is_empty() && bcc.is_empty() && self.wrong.is_empty() {
            self.wrong.push(Wrong::Nobody);
        }
        let Some(identity) = sender::chosen(&self.identities, &self.filled.from) else {
            self.wrong.push(Wrong::NotYours(self.filled.from.clone()));
            return None;
        };
        let Some((from, reply_to)) = sender::fields(identity) else {
            self.wrong.push(Wrong::NoSender);
            return None;
        };
        let zone = self.who.reader.tr.zoned(Timestamp::now()).time_zone().clone();
        if let Err(wrong) = later::parse(&self.filled.later, &zone, Timestamp::now()) {
            self.wrong.push(Wrong::Later(wrong));
        }
        let sender = (from, reply_to);
        let Ok(draft) = self.filled.draft(sender, [to, cc, bcc], self.who.reader.tr.zoned(Timestamp::now()))
        else {
            self.wrong.push(Wrong::NotKept(None));
            return None;
        };
        self.wrong.is_empty().then_some(draft)
    }

    /// The files that came are kept: their lines of the list, for the script that sent them.
    pub fn attached(self) -> Response {
        let tr = &self.who.reader.tr;
        let lines = self.received.files.iter().map(|file| view::staged(file, tr).into_string());
        let refused = self.wrong.iter().map(|wrong| told::said(wrong, tr));
        let told = json!({ "lines": lines.collect::<Vec<_>>(), "refused": refused.collect::<Vec<_>>() });
        Json(told).into_response()
    }

    /// The script hears that its page is of another session.
    pub fn untouched(self) -> Response {
        let said = told::said(&Wrong::OldForm, &self.who.reader.tr);
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "refused": [said] }))).into_response()
    }

    /// The form again, with the people the account writes to.
    pub async fn with_people(mut self) -> Response {
        let found = mailbox::people::correspondents(&self.who.account).await;
        let named = |p: mailbox::people::Correspondent| member(p.name.as_deref(), &p.email);
        match found {
            Ok(found) => self.people = Some(found.into_iter().take(MOST_PEOPLE).map(named).collect()),
            Err(_) => self.wrong.push(Wrong::PeopleNotRead),
        }
        self.again().await
    }

    /// Nothing was accepted; the text is still in the form.
    pub async fn failed(mut self, error: &(dyn std::fmt::Display + Sync)) -> Response {
        let reference = answer::reference();
        tracing::error!(%reference, %error, "a message was not accepted");
        self.wrong.push(Wrong::NotKept(Some(reference)));
        self.again().await
    }
}
