//! `POST /compose`: check, ask, keep, and only then say "accepted".

use std::{collections::VecDeque, sync::Arc};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::{
    FILES,
    filled::Filled,
    hold, later,
    open::frame,
    submit::{Letter, submission},
    upload::{self, Door, Received, Refused},
    view::{self, ComposeView, Wrong},
};
use crate::{
    mailbox::part,
    message::{
        compose::{
            Draft, Email, File, MediaType, Person, Unusable,
            guard::{Doubt, Rules},
        },
        plan::Attachment,
    },
    outbox::{self, Accepted, BlobId, Staged},
    web::{answer, app::App, list::handler::place, problem::Kind, reader::Reader, trouble, who::Who},
};

/// What the pressed button asks for.
enum Wish {
    Send,
    Remove(BlobId),
    /// Show the form again: files were added, or a session was renewed.
    Look,
}

impl Wish {
    fn of(word: &str) -> Wish {
        match word.strip_prefix("remove-").and_then(|id| id.parse().ok()) {
            Some(id) => Wish::Remove(id),
            None if word == "send" => Wish::Send,
            None => Wish::Look,
        }
    }
}

pub async fn post(State(app): State<Arc<App>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(reader) = Reader::from_request_parts(&mut parts, &app).await;
    let who = match Who::from_request_parts(&mut parts, &app).await {
        Ok(who) => who,
        Err(refusal) if refusal.status() == StatusCode::UNAUTHORIZED => {
            let received = upload::read(&parts, body, None).await;
            return hold::signed_out(&app, &reader, &parts, &Filled::read(&received.fields()));
        }
        Err(failed) => return failed,
    };
    let door = Door { outbox: &app.outbox, account: who.signed.account, csrf: &who.signed.csrf };
    let received = upload::read(&parts, body, Some(door)).await;
    let fields = received.fields();
    let mut desk =
        Desk { app, filled: Filled::read(&fields), received, who, wrong: Vec::new(), doubts: Vec::new() };
    let wish = Wish::of(fields.get("do").unwrap_or_default());
    let known = fields.accepted_by(&desk.who.signed.csrf);
    if !known || desk.received.broken || desk.filled.key == [0; 16] {
        if matches!(wish, Wish::Send | Wish::Remove(_)) || desk.received.broken {
            desk.wrong.push(if desk.received.broken { Wrong::BrokenOff } else { Wrong::OldForm });
        }
        return desk.again().await;
    }
    let refused = std::mem::take(&mut desk.received.refused);
    desk.wrong.extend(refused.into_iter().map(|(name, why)| match why {
        Refused::TooBig => Wrong::FileTooBig(name),
        Refused::TooMany => Wrong::TooManyFiles(name),
        Refused::NotKept => Wrong::FileNotKept(name),
    }));
    match wish {
        Wish::Look => desk.again().await,
        Wish::Remove(id) => {
            desk.filled.files.retain(|file| *file != id);
            // Should it fail, the upload expires by itself.
            let _ = desk.app.outbox.drop_staged(&desk.who.signed.account, id).await;
            desk.again().await
        }
        Wish::Send => desk.send().await,
    }
}

/// One POST of the form.
struct Desk {
    app: Arc<App>,
    who: Who,
    filled: Filled,
    received: Received,
    wrong: Vec<Wrong>,
    doubts: Vec<Doubt>,
}

impl Desk {
    /// The form again, with everything that was typed. The files that came along are kept now, and listed.
    async fn again(mut self) -> Response {
        let refusal = !self.wrong.is_empty() || !self.doubts.is_empty();
        self.filled.files.extend(self.received.files.iter().map(|file| file.id));
        if self.filled.key == [0; 16] && self.filled.renew().is_err() {
            return answer::problem(&self.who.reader, &Kind::Internal.into());
        }
        let staged = match self.staged().await {
            Ok(staged) => {
                self.filled.files = staged.iter().map(|file| file.id).collect();
                staged
            }
            Err(error) => {
                tracing::warn!(%error, "uploads could not be listed");
                Vec::new()
            }
        };
        let reader = self.who.reader.clone();
        let frame = frame(&self.who, self.filled.mode, self.filled.source.as_ref());
        let view = ComposeView {
            token: self.who.signed.csrf.token().unwrap_or_default(),
            from: self.who.signed.address.clone(),
            cannot_send: self.who.account.backend.server.smtp.is_none(),
            outside: view::outside(&self.filled, &self.app.config.trusted_domains),
            files: staged,
            filled: self.filled,
            wrong: self.wrong,
            doubts: self.doubts,
            answer: true,
        };
        let mut response = answer::ready(&reader, &frame, view::render(&view, &reader.tr));
        if refusal {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        response
    }

    /// The uploads of this message that are still there, in their order.
    async fn staged(&self) -> Result<Vec<Staged>, outbox::Error> {
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

    async fn send(mut self) -> Response {
        if self.who.account.backend.server.smtp.is_none() {
            self.wrong.push(Wrong::CannotSend);
            return self.again().await;
        }
        // Of what was posted, before files get the ids of this try.
        let digest = self.filled.digest(&self.received.digests);
        let mut draft = match self.draft() {
            Some(draft) => draft,
            None => return self.again().await,
        };
        let mut files = match self.staged().await {
            Ok(known) => self.filled.files.iter().map(|id| named(*id, &known)).collect::<Vec<_>>(),
            Err(error) => return self.failed(&error).await,
        };
        files.extend(self.received.files.iter().cloned());
        draft.files = files.iter().map(file_of).collect();
        // Files of the forwarded message count as well.
        let kept = self.filled.offers.iter().filter(|offer| offer.kept);
        let octets: u64 =
            files.iter().map(|f| f.octets).sum::<u64>() + kept.clone().map(|o| o.octets).sum::<u64>();
        if octets > FILES {
            self.wrong.push(Wrong::TooMuch(octets));
        }
        let mut asked = draft.clone();
        asked.files.extend(kept.map(|offer| File { name: offer.name.clone(), kind: MediaType::of("") }));
        let rules = Rules {
            trusted: &self.app.config.trusted_domains,
            to_all: self.filled.mode == super::filled::Mode::All,
        };
        let doubts = Doubt::of(&asked, rules);
        if !self.wrong.is_empty() || !doubts.is_empty() && !self.filled.agrees_to(&view::questions(&doubts)) {
            self.doubts = doubts;
            return self.again().await;
        }
        // What of the original goes along is fetched only now.
        match self.take_along().await {
            Ok(taken) => files.extend(taken),
            Err(wrong) => {
                self.wrong.push(wrong);
                return self.again().await;
            }
        }
        draft.files = files.iter().map(file_of).collect();
        self.accept(draft, &files, digest).await
    }

    /// What was typed as a message, or what is wrong with it.
    fn draft(&mut self) -> Option<Draft> {
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
        let from = match Email::parse(&self.who.signed.address) {
            Ok(email) => Person { name: None, email },
            Err(_) => {
                self.wrong.push(Wrong::NoSender);
                return None;
            }
        };
        let zone = self.who.reader.tr.zoned(Timestamp::now()).time_zone().clone();
        if let Err(wrong) = later::parse(&self.filled.later, &zone, Timestamp::now()) {
            self.wrong.push(Wrong::Later(wrong));
        }
        let mut seed = [0; 16];
        if getrandom::fill(&mut seed).is_err() {
            self.wrong.push(Wrong::NotKept(None));
        }
        self.wrong.is_empty().then(|| Draft {
            from,
            to,
            cc,
            bcc,
            subject: self.filled.subject.trim().to_owned(),
            text: self.filled.text.clone(),
            in_reply_to: self.filled.in_reply_to.clone(),
            references: self.filled.references.clone(),
            reply_to: None,
            files: Vec::new(),
            receipt: self.filled.follow,
            date: self.who.reader.tr.zoned(Timestamp::now()),
            seed,
        })
    }

    /// The files of the forwarded message, from the mail server to the outbox.
    async fn take_along(&mut self) -> Result<Vec<Staged>, Wrong> {
        let Some(source) = self.filled.source.clone() else { return Ok(Vec::new()) };
        let mut taken: Vec<Staged> = Vec::new();
        let offers: Vec<_> = self.filled.offers.iter().filter(|offer| offer.kept).cloned().collect();
        for offer in offers {
            let not_read = |_| Wrong::OriginalNotRead(offer.name.clone());
            let place = place(&self.who, &source.folder).await.map_err(not_read)?;
            let address = part::Address {
                mailbox: place.mailbox,
                uidvalidity: source.uidvalidity,
                uid: source.uid,
                section: offer.section.clone(),
            };
            let download = part::download(self.who.account.clone(), address).await.map_err(|t| {
                let problem = trouble::of_trouble(&self.who.account, &t);
                not_read(problem)
            })?;
            let described = download.part.as_ref().map(Attachment::of);
            let name = described.as_ref().map_or(offer.name.clone(), |a| a.name.clone());
            let kind = MediaType::of(described.as_ref().map_or("", |a| a.kind.as_str()));
            let rest =
                stream::unfold(download.rest, |mut rest| async move { Some((rest.recv().await?, rest)) });
            let body = stream::iter([Ok(download.head)]).chain(rest);
            let left = FILES.saturating_sub(taken.iter().map(|file| file.octets).sum());
            let staged =
                self.app.outbox.stage(&self.who.signed.account, &name, kind.as_str(), Box::pin(body), left);
            taken.push(staged.await.map_err(|error| match error {
                outbox::Error::TooBig { .. } => Wrong::FileTooBig(name.clone()),
                _ => Wrong::OriginalNotRead(name.clone()),
            })?);
        }
        Ok(taken)
    }

    async fn accept(mut self, draft: Draft, files: &[Staged], digest: [u8; 32]) -> Response {
        let Some(credentials) = (self.who.account.credentials)().await else {
            return self.failed(&"the session has no credentials").await;
        };
        let letter = Letter {
            draft: &draft,
            files,
            key: self.filled.key(),
            digest,
            not_before: self.departs(),
            follow: self.filled.follow,
            form: self.form(files),
        };
        let submission = submission(&self.who, credentials, letter);
        match self.app.outbox.accept(submission).await {
            Ok(Accepted::New(id)) => Redirect::to(&format!("/outbox/{id}")).into_response(),
            Ok(Accepted::Again(id)) => {
                // The first try has its own copies.
                for file in &self.received.files {
                    let _ = self.app.outbox.drop_staged(&self.who.signed.account, file.id).await;
                }
                Redirect::to(&format!("/outbox/{id}")).into_response()
            }
            Ok(Accepted::Conflict(id)) => {
                self.wrong.push(Wrong::SentBefore(format!("/outbox/{id}")));
                if self.filled.renew().is_err() {
                    self.filled.key = [0; 16];
                }
                self.again().await
            }
            Err(outbox::Error::Missing) => {
                self.wrong.push(Wrong::FilesGone);
                self.again().await
            }
            Err(error) => self.failed(&error).await,
        }
    }

    /// When it may leave: at the hour that was asked for, else as soon as it can no longer be undone.
    fn departs(&self) -> Timestamp {
        let now = Timestamp::now();
        let zone = self.who.reader.tr.zoned(now).time_zone().clone();
        match later::parse(&self.filled.later, &zone, now) {
            Ok(Some(at)) => at,
            _ => now + self.app.config.undo,
        }
    }

    /// What was filled in, to go on with should it be taken back: files that came with it or from the original are
    /// uploads like the others then.
    fn form(&self, files: &[Staged]) -> outbox::Form {
        let mut filled = self.filled.clone();
        filled.files = files.iter().map(|file| file.id).collect();
        filled.offers.iter_mut().for_each(|offer| offer.kept = false);
        filled.sure = String::new();
        filled.all().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Nothing was accepted; the text is still in the form.
    async fn failed(mut self, error: &(dyn std::fmt::Display + Sync)) -> Response {
        let reference = answer::reference();
        tracing::error!(%reference, %error, "a message was not accepted");
        self.wrong.push(Wrong::NotKept(Some(reference)));
        self.again().await
    }
}

/// An upload that is not there was taken by the first of two taps, or has expired: the outbox knows which.
fn named(id: BlobId, known: &[Staged]) -> Staged {
    let gone = || Staged { id, name: String::new(), kind: String::new(), octets: 0, wire_octets: 0 };
    known.iter().find(|file| file.id == id).cloned().unwrap_or_else(gone)
}

fn file_of(staged: &Staged) -> File {
    File { name: staged.name.clone(), kind: MediaType::of(&staged.kind) }
}
