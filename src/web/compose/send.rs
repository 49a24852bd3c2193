//! `POST /compose`: check, ask, keep, and only then say "accepted".

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;

use super::{
    desk::Desk,
    drafts::{self, By},
    filled::{Filled, Mode},
    hold, later, limit, sender,
    submit::{Letter, submission},
    told::{self, Wrong},
    upload::{self, Door, Refused},
};
use crate::{
    audit::{Event, What},
    message::compose::{
        Draft, File, MediaType, Piece,
        guard::{Doubt, Rules},
    },
    outbox::{self, Accepted, BlobId, Original, Staged},
    session::page_owner,
    web::{app::App, list::place::place, reader::Reader, who::Who},
};

/// What the pressed button asks for.
enum Wish {
    Send,
    Save(By),
    /// Whether the gateway has it as it is. The script asks, of what a device keeps.
    Known,
    Remove(BlobId),
    /// Show the form again: as it is, with more files, or with people to choose.
    Look,
    Attach,
    People,
}

impl Wish {
    fn of(word: &str) -> Wish {
        match word.strip_prefix("remove-").and_then(|id| id.parse().ok()) {
            Some(id) => Wish::Remove(id),
            None => match word {
                "send" => Wish::Send,
                "save" => Wish::Save(By::Hand),
                "autosave" => Wish::Save(By::Itself),
                "leave" => Wish::Save(By::Leaving),
                "known" => Wish::Known,
                "attach" => Wish::Attach,
                "people" => Wish::People,
                _ => Wish::Look,
            },
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
            return hold::signed_out(&app, &reader, &parts, &received);
        }
        Err(failed) => return failed,
    };
    let most = limit::files(&app, &who);
    let door = Door { outbox: &app.outbox, account: who.signed.account, csrf: &who.signed.csrf, most };
    let received = upload::read(&parts, body, Some(door)).await;
    let fields = received.fields();
    let known = fields.accepted_by(&who.signed.csrf) && !received.broken;
    let filled = Filled::read(&fields);
    let identities = sender::identities(&app, &who).await;
    let wants_json = parts.headers.get(header::ACCEPT).is_some_and(|kind| kind == "application/json");
    let mut desk = Desk {
        app,
        filled,
        received,
        known,
        who,
        identities,
        wrong: Vec::new(),
        doubts: Vec::new(),
        people: None,
    };
    if fields.get(hold::LOST).is_some() {
        desk.wrong.push(Wrong::FilesLate);
    }
    let wish = Wish::of(fields.get("do").unwrap_or_default());
    if !known || desk.filled.key == [0; 16] {
        if wants_json && matches!(wish, Wish::Attach | Wish::Remove(_)) {
            return desk.untouched();
        }
        let owner = page_owner(desk.app.store.keys(), &desk.who.signed.pooled);
        if desk.received.broken {
            desk.wrong.push(Wrong::BrokenOff);
        } else if fields.get(hold::OWNER).is_some_and(|begun| begun != owner) {
            desk.wrong.push(Wrong::OtherMailbox(desk.who.signed.address.clone()));
        } else if !matches!(wish, Wish::Look | Wish::Attach | Wish::People) {
            desk.wrong.push(Wrong::OldForm);
        }
        return desk.again().await;
    }
    let refused = std::mem::take(&mut desk.received.refused);
    desk.wrong.extend(refused.into_iter().map(|(name, why)| match why {
        Refused::TooBig => Wrong::FileTooBig(name, most),
        Refused::TooMany => Wrong::TooManyFiles(name),
        Refused::NotKept => Wrong::FileNotKept(name),
    }));
    match wish {
        Wish::Attach if wants_json => desk.attached(),
        Wish::Look | Wish::Attach => desk.again().await,
        Wish::People => desk.with_people().await,
        Wish::Remove(id) => {
            desk.filled.files.retain(|file| *file != id);
            // Should it fail, the upload expires by itself.
            let _ = desk.app.outbox.drop_staged(&desk.who.signed.account, id).await;
            if wants_json {
                return StatusCode::NO_CONTENT.into_response();
            }
            desk.again().await
        }
        Wish::Save(by) => desk.save(by).await,
        Wish::Known => desk.known().await,
        Wish::Send => desk.send().await,
    }
}

impl Desk {
    async fn send(mut self) -> Response {
        if self.who.account.backend.server.smtp.is_none() {
            self.wrong.push(Wrong::CannotSend);
            return self.again().await;
        }
        if self.is_outdated().await {
            self.take_in();
            return self.fork(By::Hand).await;
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
        let most = limit::files(&self.app, &self.who);
        if octets > most {
            self.wrong.push(Wrong::TooMuch(octets, most));
        }
        let mut asked = draft.clone();
        asked.files.extend(kept.map(|offer| File { name: offer.name.clone(), kind: MediaType::of("") }));
        let rules =
            Rules { trusted: &self.app.config.trusted_domains, to_all: self.filled.mode == Mode::All };
        let doubts = Doubt::of(&asked, rules);
        if !self.wrong.is_empty() || !doubts.is_empty() && !self.filled.agrees_to(&told::questions(&doubts)) {
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
        let pieces = draft.pieces().into_iter().map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::File(n) => files.get(n).map_or(0, |file| file.wire_octets),
        });
        let whole: u64 = pieces.sum();
        if let Some(most) = self.app.outbox.largest(&self.who.signed.server).filter(|most| whole > *most) {
            self.wrong.push(Wrong::TooLarge(whole, most));
            return self.again().await;
        }
        self.accept(draft, &files, digest).await
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
            original: self.original().await,
            form: self.form(files),
        };
        let submission = submission(&self.who, credentials, letter);
        match self.app.outbox.accept(submission).await {
            Ok(Accepted::New(id)) => {
                self.who.tell(Event::of(What::Sent).sent(id.0));
                drafts::forget(&self.app, &self.who, &self.filled, true).await;
                Redirect::to(&format!("/outbox/{id}")).into_response()
            }
            Ok(Accepted::Again(id)) => {
                // The first try has its own copies.
                for file in &self.received.files {
                    let _ = self.app.outbox.drop_staged(&self.who.signed.account, file.id).await;
                }
                Redirect::to(&format!("/outbox/{id}")).into_response()
            }
            Ok(Accepted::Conflict(id)) => {
                self.wrong.push(Wrong::SentBefore(format!("/outbox/{id}")));
                self.as_another_letter();
                self.again().await
            }
            Err(outbox::Error::Limit { until }) => {
                self.wrong.push(Wrong::Limit(until));
                self.again().await
            }
            Err(outbox::Error::TooMany { most }) => {
                self.wrong.push(Wrong::TooManyAtOnce(most));
                self.again().await
            }
            Err(outbox::Error::Sender) => {
                self.wrong.push(Wrong::NoSender);
                self.again().await
            }
            Err(outbox::Error::Missing) => {
                self.wrong.push(Wrong::FilesGone);
                self.again().await
            }
            Err(error) => self.failed(&error).await,
        }
    }

    /// The message that this one answers or forwards. Without an answer from the mail server it stays unmarked.
    async fn original(&self) -> Option<Original> {
        let forwarded = match self.filled.mode {
            Mode::New | Mode::Edit | Mode::Resume => return None,
            Mode::Reply | Mode::All => false,
            Mode::Forward | Mode::Attach => true,
        };
        let source = self.filled.source.as_ref()?;
        let mailbox = place(&self.who, &source.folder).await.ok()?.mailbox.raw().to_vec();
        Some(Original { mailbox, uidvalidity: source.uidvalidity, uid: source.uid, forwarded })
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
}

/// An upload that is not there was taken by the first of two taps, or has expired: the outbox knows which.
fn named(id: BlobId, known: &[Staged]) -> Staged {
    let gone = || Staged { id, name: String::new(), kind: String::new(), octets: 0, wire_octets: 0 };
    known.iter().find(|file| file.id == id).cloned().unwrap_or_else(gone)
}

fn file_of(staged: &Staged) -> File {
    File { name: staged.name.clone(), kind: MediaType::of_upload(&staged.kind) }
}
