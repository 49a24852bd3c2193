//! `POST /compose` with `do=save`, and what the script saves by itself.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    super::{desk::Desk, filled::Filled, sender, view::Wrong},
    copy::{self, Told},
    keep, read,
};
use crate::{
    message::compose::Person,
    outbox::{self, BlobId, MessageId},
    store::drafts::Saved,
    web::answer,
};

/// Who asks to save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A person: answered by a page, and copied to the mailbox for drafts.
    Hand,
    /// The script, while somebody writes.
    Itself,
    /// The script, as the page goes away.
    Leaving,
}

impl Desk {
    pub(in crate::web::compose) async fn save(mut self, by: By) -> Response {
        self.take_in();
        if by == By::Hand {
            if !self.wrong.is_empty() {
                return self.again().await;
            }
            // The copy in the mailbox holds them as well. Where that fails they stay what they were.
            if let Ok(taken) = self.take_along().await {
                self.filled.files.extend(taken.iter().map(|file| file.id));
                self.filled.offers.retain(|offer| !offer.kept);
            }
        } else if self.is_empty() && self.filled.based == 0 {
            return StatusCode::NO_CONTENT.into_response();
        }
        let kept = keep(&self.app.store, &self.who.signed.account, &self.filled).await;
        match (kept, by) {
            (Ok(Saved::Kept(version)), _) => self.kept(version, by).await,
            (Ok(Saved::Changed), _) => self.fork(by).await,
            (Ok(Saved::Sent), By::Hand) => {
                let sent = self.app.store.message_by_key(&self.who.signed.account, &self.filled.key).await;
                let href = match sent {
                    Ok(Some((id, _))) => format!("/outbox/{}", MessageId(id)),
                    _ => "/outbox".to_owned(),
                };
                self.wrong.push(Wrong::SentBefore(href));
                self.as_another_letter();
                self.again().await
            }
            (Ok(Saved::Full), By::Hand) => {
                self.wrong.push(Wrong::TooManyDrafts);
                self.again().await
            }
            // The page need not save any more.
            (Ok(Saved::Sent), _) => Json(json!({ "sent": true })).into_response(),
            (Ok(Saved::Full), _) => self.not_saved(StatusCode::INSUFFICIENT_STORAGE),
            (Err(error), By::Hand) => self.failed(&error).await,
            (Err(error), _) => {
                tracing::error!(reference = %answer::reference(), %error, "a draft was not saved");
                self.not_saved(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    async fn kept(mut self, version: i64, by: By) -> Response {
        self.filled.based = version;
        let tr = &self.who.reader.tr;
        if by == By::Itself {
            let moment = tr.moment(jiff::Timestamp::now());
            let said = tr.t_with("draft-saved", &[("moment", (&moment).into())]);
            return Json(json!({ "version": version, "said": said })).into_response();
        }
        let told = match self.staged().await {
            // On leaving no file is fetched: the draft of the mailbox stays the one that has them.
            _ if by == By::Leaving && self.filled.needs_source() => Told::Not,
            Ok(files) if files.len() == self.filled.files.len() => {
                copy::make(&self.app, &self.who, &self.filled, files).await
            }
            // A copy without its files would take the place of one that has them.
            _ => Told::Not,
        };
        if by == By::Leaving {
            return StatusCode::NO_CONTENT.into_response();
        }
        Redirect::to(&format!("/compose?draft={}&copy={}", BlobId(self.filled.key), told.name()))
            .into_response()
    }

    /// Somebody saved another text under this key: this one becomes a draft of its own, and both are shown.
    pub(in crate::web::compose) async fn fork(mut self, by: By) -> Response {
        let other = BlobId(self.filled.key);
        self.as_another_letter();
        match keep(&self.app.store, &self.who.signed.account, &self.filled).await {
            Ok(Saved::Kept(version)) => {
                let see = format!("/compose?draft={}&beside={other}", BlobId(self.filled.key));
                if by == By::Hand {
                    return Redirect::to(&see).into_response();
                }
                let said = self.who.reader.tr.t("draft-other-tab");
                let key = BlobId(self.filled.key).to_string();
                let told = json!({ "version": version, "key": key, "said": said, "see": see });
                (StatusCode::CONFLICT, Json(told)).into_response()
            }
            Ok(_) if by == By::Hand => {
                self.wrong.push(Wrong::TooManyDrafts);
                self.again().await
            }
            Err(error) if by == By::Hand => self.failed(&error).await,
            _ => self.not_saved(StatusCode::INSUFFICIENT_STORAGE),
        }
    }

    /// Whether what was typed is here: sent, or kept, as this draft or as one of two texts, or by a later save of its
    /// own page. Changes nothing.
    pub(in crate::web::compose) async fn known(self) -> Response {
        match self.is_here().await {
            Ok(known) => Json(json!({ "known": known })).into_response(),
            Err(error) => {
                tracing::warn!(%error, "whether a letter is here is not known");
                self.not_saved(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    async fn is_here(&self) -> Result<bool, outbox::Error> {
        if self.is_empty() {
            return Ok(true);
        }
        // As it was then: its hour may be over by now.
        let filled = &self.filled;
        let people = [&filled.to, &filled.cc, &filled.bcc].map(|field| Person::list(field).0);
        let sender = sender::chosen(&self.identities, &filled.from).and_then(sender::fields);
        let date = self.who.reader.tr.zoned(Timestamp::now());
        let draft = sender.and_then(|sender| filled.draft(sender, people, date).ok());
        let (from, to) = draft.map_or_else(Default::default, |draft| {
            (draft.from.email.as_str().to_owned(), draft.recipients())
        });
        let to: Vec<String> = to.iter().map(|email| email.as_str().to_owned()).collect();
        let (store, account, filled) = (&self.app.store, &self.who.signed.account, &self.filled);
        let envelope = (&*self.who.signed.server, &*from, &*to);
        let sent =
            self.app.outbox.accepted_before(account, filled.key(), &filled.digest(&[]), envelope).await?;
        if sent == Some(true) {
            return Ok(true);
        }
        let content = filled.content();
        // The page that it was typed in has saved later words of it.
        let later = |there: &Filled| {
            !filled.tab.is_empty()
                && there.tab == filled.tab
                && filled.changed > 0
                && there.changed >= filled.changed
        };
        let mut ids: Vec<[u8; 16]> = store.drafts(account).await?.iter().map(|head| head.id).collect();
        // Most often it is the draft itself.
        ids.sort_by_key(|id| *id != filled.key);
        for id in ids {
            let Some(draft) = store.draft(account, &id).await? else { continue };
            let there = read(id, &draft);
            if there.content() == content || later(&there) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn not_saved(&self, status: StatusCode) -> Response {
        (status, Json(json!({ "said": self.who.reader.tr.t("draft-not-saved") }))).into_response()
    }
}
