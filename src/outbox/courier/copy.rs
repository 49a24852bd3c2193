//! The author's own copy, in the mailbox for sent mail: a work of its own, after the message was accepted and nobody
//! waits for it any more. Whatever becomes of it, what was sent stays sent.
//!
//! It is asked for by evidence ([`Fact::ToKeep`]) and so survives a crash as the message does; where the copy goes is
//! written down before the first try ([`Fact::Keeping`]), so that a later one looks there first.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};

use super::{
    Reached,
    deliver::{Carry, Job},
    health::back_off,
    original, released,
};
use crate::{
    imap::{
        self, Backend, MailboxName, Pool,
        append::Mark,
        sent::{self, Letter, Note},
    },
    outbox::{
        About, Cause, Error, Fact, Original, State,
        journal::{Change, Loaded},
        points::{Point, reach},
        seal::Credentials,
    },
    session::pooled_id,
    store::outbox::Live,
};

/// Seconds after which a copy that could not be kept is let be: no longer than its credentials live.
const GIVE_UP: i64 = 47 * 3600;

/// Where copies are kept.
#[derive(Clone)]
pub struct Copies {
    pub pool: Pool,
    pub backend: Arc<Backend>,
}

/// What a try needs to know.
pub(super) struct Wanted {
    note: Option<Note>,
    /// Seconds since the copy was asked for.
    age: i64,
    message_id: String,
    accepted: jiff::Timestamp,
    bcc: Bytes,
    original: Option<Original>,
}

/// How a try ended.
enum End {
    Kept,
    Later,
    Never,
}

impl Loaded {
    /// A copy was asked for and there is none yet.
    pub fn wants_copy(&self) -> bool {
        let over = |fact: &Fact| matches!(fact, Fact::Kept | Fact::NotKept);
        self.facts.iter().any(|k| k.fact == Fact::ToKeep) && !self.facts.iter().any(|k| over(&k.fact))
    }
}

impl Wanted {
    pub fn of(loaded: &Loaded, about: Option<&About>) -> Wanted {
        let note = loaded.facts.iter().rev().find_map(|known| match &known.fact {
            Fact::Keeping { mailbox, uidvalidity, uidnext } => Some(Note {
                mailbox: MailboxName::from_raw(mailbox)?,
                end: (*uidnext > 0).then_some(Mark { uidvalidity: *uidvalidity, uidnext: *uidnext }),
            }),
            _ => None,
        });
        let asked = loaded.facts.iter().find(|k| k.fact == Fact::ToKeep).map_or(loaded.row.now, |k| k.at);
        Wanted {
            note,
            age: loaded.row.now - asked,
            message_id: format!("<{}>", loaded.line.message_id),
            accepted: jiff::Timestamp::from_second(asked).unwrap_or(jiff::Timestamp::UNIX_EPOCH),
            bcc: bcc(about),
            original: about.and_then(|about| about.original.clone()),
        }
    }
}

/// The one field that is not sent (RFC 5322 §3.6.3). Addresses alone: what the names were is in the message's own
/// fields for everybody else.
fn bcc(about: Option<&About>) -> Bytes {
    let plain = |email: &&str| !email.is_empty() && email.bytes().all(|b| (0x21..0x7f).contains(&b));
    let people = about.into_iter().flat_map(|about| &about.bcc);
    let people: Vec<&str> = people.map(|person| person.email.as_str()).filter(plain).collect();
    if people.is_empty() { Bytes::new() } else { format!("Bcc: {}\r\n", people.join(",\r\n ")).into() }
}

impl Carry<'_> {
    /// Tries to keep the copy, and writes down how it ended.
    pub(super) async fn keep_copy(&self, job: Job) -> Result<Reached, Error> {
        let end = match &self.carrier.copies {
            Some(copies) => self.try_copy(copies, &job).await?,
            None => End::Never,
        };
        let end = if matches!(end, End::Later) && job.copy.age > GIVE_UP { End::Never } else { end };
        match end {
            End::Kept => self.write(vec![(None, Fact::Kept)], |live, _| released(live, None)).await?,
            End::Never => self.write(vec![(None, Fact::NotKept)], |live, _| released(live, None)).await?,
            End::Later => {
                let later = |live: &Live, now| Live {
                    tries: live.tries + 1,
                    ..released(live, Some(now + back_off(live.tries)))
                };
                self.write(Vec::new(), later).await?;
            }
        }
        Ok(Reached::NotAsked)
    }

    async fn try_copy(&self, copies: &Copies, job: &Job) -> Result<End, Error> {
        let end = |error: imap::Error| {
            tracing::info!(id = %self.id(), %error, "a copy of sent mail was not kept this time");
            // The password changed meanwhile: the message left with it, its copy has no other.
            if error.stage == imap::Stage::SignIn && error.refused() { End::Never } else { End::Later }
        };
        let loan = match self.mailboxes(copies, &job.credentials).await {
            Ok(loan) => loan,
            Err(error) => return Ok(end(error)),
        };
        let (note, again) = match &job.copy.note {
            Some(note) => (note.clone(), true),
            None => match sent::note(&loan).await {
                Ok(note) if self.write_note(&note).await? => (note, false),
                // The claim is somebody else's now.
                Ok(_) => return Ok(End::Later),
                Err(error) => return Ok(end(error)),
            },
        };
        let letter = Letter {
            message_id: &job.copy.message_id,
            octets: job.envelope.size + job.copy.bcc.len() as u64,
            date: job.copy.accepted,
        };
        let body = || {
            let bcc = stream::iter([Ok(job.copy.bcc.clone())]);
            bcc.chain(job.content.chunks())
        };
        match sent::keep(&loan, &letter, &note, again, body).await {
            Ok(_) => {
                reach(Point::BeforeKept).await;
                if let Some(original) = &job.copy.original {
                    original::mark(&loan, original).await;
                }
                Ok(End::Kept)
            }
            Err(error) => {
                Ok(if job.content.trouble() == Some(Cause::Unreadable) { End::Never } else { end(error) })
            }
        }
    }

    /// A connection of its own to the author's mailboxes.
    pub(super) async fn mailboxes(&self, to: &Copies, with: &Credentials) -> Result<imap::Loan, imap::Error> {
        let credentials = imap::Credentials { login: with.login.clone(), password: with.password.clone() };
        let account = pooled_id(self.outbox.store.keys(), &self.carrier.name, &credentials.login);
        Ok(to.pool.sign_in((account, true), &to.backend, &credentials, None).await?.of_nobody())
    }

    /// False when the claim is lost.
    async fn write_note(&self, note: &Note) -> Result<bool, Error> {
        let (uidvalidity, uidnext) = note.end.map_or((0, 0), |end| (end.uidvalidity, end.uidnext));
        let fact = Fact::Keeping { mailbox: note.mailbox.raw().to_vec(), uidvalidity, uidnext };
        let written = self.outbox.change(&self.claim.account, self.id(), |loaded| {
            let live = &loaded.row.live;
            let ours = self.is_mine(live) && loaded.those(&[State::Sending]).is_empty();
            ours.then(|| Change { live: live.clone(), facts: vec![(None, fact.clone())] })
        });
        Ok(written.await?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Address;

    #[test]
    fn bcc_is_one_field_of_addresses() {
        let person = |email: &str| Address { name: Some("Ann\r\nX: y".into()), email: email.into() };
        let about = About {
            bcc: vec![person("a@x.example"), person("b@x.example\r\nX: y"), person("c@x.example")],
            ..About::default()
        };
        assert_eq!(bcc(Some(&about)), "Bcc: a@x.example,\r\n c@x.example\r\n");
        assert!(bcc(Some(&About::default())).is_empty() && bcc(None).is_empty());
    }
}
