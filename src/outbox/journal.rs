//! Reading the journal, and the one way to write it: new evidence and what follows from it, over the version that was
//! read. Whoever comes second reads again and decides again.

use std::time::Instant;

use jiff::Timestamp;

use super::{
    About, Attempt, Detail, Error, Fact, Line, MessageId, Outbox, Recipient, Sent, State,
    accept::CREDENTIALS_LIFE, courier::quarantine, seal, state::Standing,
};
use crate::store::{
    AccountId, Secret,
    outbox::{Live, MessageRow, NewFact},
};

/// Messages of one page of the list.
const MOST_LISTED: usize = 200;
/// Writers that came second before this one gives up.
const MOST_TRIES: usize = 16;
/// Seconds for which credentials should still live when what is planned for later is due.
const SPARE: i64 = 3600;
/// Seconds after which a message that could not be sent so far is told to its author.
const LONG: i64 = 4 * 3600;

/// A message as it was read, opened.
pub(super) struct Loaded {
    pub row: MessageRow,
    pub line: Line,
    pub recipients: Vec<String>,
    pub facts: Vec<Known>,
}

pub(super) struct Known {
    pub recipient: Option<usize>,
    pub at: i64,
    pub fact: Fact,
}

/// What is to be written over a [`Loaded`].
pub(super) struct Change {
    /// `due` is for the recipients that wait; what follows from the evidence is filled in.
    pub live: Live,
    pub facts: Vec<(Option<usize>, Fact)>,
}

impl Loaded {
    pub fn id(&self) -> MessageId {
        MessageId(self.row.id)
    }

    pub fn standing(&self, n: usize) -> Standing {
        Standing::of(self.facts.iter().filter(|k| k.concerns(n)).map(|k| &k.fact))
    }

    pub fn state(&self, n: usize) -> State {
        self.standing(n).state
    }

    /// The recipients in one of these states.
    pub fn those(&self, states: &[State]) -> Vec<usize> {
        (0..self.recipients.len()).filter(|n| states.contains(&self.state(*n))).collect()
    }

    /// Since when this recipient is uncertain may be asked again, in seconds since 1970; `None` when only the author
    /// may decide, or it is not uncertain.
    pub fn resend_at(&self, n: usize) -> Option<i64> {
        let standing = self.standing(n);
        if standing.state != State::Uncertain || standing.resent || standing.dismissed {
            return None;
        }
        let lost = |k: &&Known| k.concerns(n) && matches!(k.fact, Fact::Unknown(_) | Fact::Abandoned);
        let since = self.facts.iter().rev().find(lost).map_or(self.row.now, |k| k.at);
        Some(since + quarantine())
    }

    /// When the tries began that count now, in seconds since 1970: a person's word begins them anew.
    pub fn trying_since(&self) -> i64 {
        let word = |k: &&Known| matches!(k.fact, Fact::Retried | Fact::SignedIn);
        let spoken = self.facts.iter().rev().find(word).map_or(0, |k| k.at);
        spoken.max(self.row.not_before).max(self.row.accepted)
    }

    pub fn key(&self, outbox: &Outbox, account: &AccountId) -> Result<Secret, Error> {
        let sealed = self.row.sealed_key.as_deref().ok_or(Error::Sealed)?;
        seal::open_message_key(outbox.store.keys(), seal::Place { account, id: self.id() }, sealed)
    }

    pub fn envelope(&self) -> [u8; 32] {
        let recipients = self.recipients.iter().map(String::as_str);
        seal::envelope(&self.row.server, &self.line.from, recipients)
    }

    /// What follows from the evidence, for the courier and for the list.
    fn follow(&self, live: &mut Live) {
        let standings: Vec<Standing> = (0..self.recipients.len()).map(|n| self.standing(n)).collect();
        live.needs_user = standings.iter().any(|s| s.needs_user());
        let waits = standings.iter().any(|s| s.state == State::Waiting);
        let resend = (0..self.recipients.len()).filter_map(|n| self.resend_at(n)).min();
        let due = waits.then(|| live.due.unwrap_or(self.row.now));
        // The author's copy comes when nobody waits for the message any more; the first time at once.
        let copy = self.wants_copy() && live.credential.is_some();
        let first = self.facts.last().is_some_and(|known| known.fact == Fact::ToKeep);
        let copy_due = match live.due {
            Some(due) if !first => due,
            _ => self.row.now,
        };
        live.due = due.into_iter().chain(resend).chain((copy && !waits).then_some(copy_due)).min();
        if standings.iter().all(|s| s.is_settled()) {
            live.settled = self.row.live.settled.or(Some(self.row.now));
            if !copy {
                (live.credential, live.credential_mark, live.credential_until) = (None, None, None);
            }
        } else {
            live.settled = None;
        }
    }
}

impl Known {
    fn concerns(&self, n: usize) -> bool {
        self.recipient.is_none_or(|r| r == n)
    }
}

impl Outbox {
    /// Reads, lets `decide` say what to write, and writes it, until nobody came between. `None` when the message is
    /// gone or `decide` has nothing to write.
    pub(super) async fn change(
        &self,
        account: &AccountId,
        id: MessageId,
        mut decide: impl FnMut(&Loaded) -> Option<Change>,
    ) -> Result<Option<Loaded>, Error> {
        for _ in 0..MOST_TRIES {
            let Some(mut loaded) = self.load(account, id).await? else { return Ok(None) };
            let Some(Change { mut live, facts }) = decide(&loaded) else { return Ok(None) };
            let place = seal::Place { account, id };
            let mut new = Vec::with_capacity(facts.len());
            for (recipient, fact) in facts {
                let n = recipient.map(|n| n as i64);
                new.push(NewFact { recipient: n, sealed: seal::fact(self.store.keys(), place, n, &fact)? });
                loaded.facts.push(Known { recipient, at: loaded.row.now, fact });
            }
            loaded.follow(&mut live);
            let changed = self.store.change_message(account, &loaded.row, &live, &new).await;
            // Also where it is not known whether it was.
            self.marks.forget(account);
            if changed? {
                loaded.row.live = live;
                return Ok(Some(loaded));
            }
        }
        Err(Error::Busy)
    }

    pub(super) async fn load(&self, account: &AccountId, id: MessageId) -> Result<Option<Loaded>, Error> {
        let row = self.store.message(account, &id.0).await?;
        Ok(self.open(account, row.into_iter().collect()).await?.pop())
    }

    /// Opens rows with their recipients and evidence, in the order given.
    async fn open(&self, account: &AccountId, rows: Vec<MessageRow>) -> Result<Vec<Loaded>, Error> {
        let ids: Vec<[u8; 16]> = rows.iter().map(|row| row.id).collect();
        let keys = self.store.keys();
        let mut opened = Vec::with_capacity(rows.len());
        let mut at = std::collections::HashMap::new();
        for row in rows {
            let place = seal::Place { account, id: MessageId(row.id) };
            let line = seal::open_line(keys, place, &row.line)?;
            at.insert(row.id, opened.len());
            opened.push(Loaded { row, line, recipients: Vec::new(), facts: Vec::new() });
        }
        for row in self.store.recipients(account, &ids).await? {
            let Some(loaded) = at.get(&row.message).and_then(|n| opened.get_mut(*n)) else { continue };
            let place = seal::Place { account, id: MessageId(row.message) };
            loaded.recipients.push(seal::open_recipient(keys, place, row.n, &row.address)?);
        }
        for row in self.store.facts(account, &ids).await? {
            let Some(loaded) = at.get(&row.message).and_then(|n| opened.get_mut(*n)) else { continue };
            let place = seal::Place { account, id: MessageId(row.message) };
            let fact = seal::open_fact(keys, place, row.recipient, &row.fact)?;
            let recipient = row.recipient.and_then(|n| usize::try_from(n).ok());
            loaded.facts.push(Known { recipient, at: row.at, fact });
        }
        Ok(opened)
    }

    fn summary(&self, account: &AccountId, loaded: &Loaded) -> Result<Sent, Error> {
        let row = &loaded.row;
        let place = seal::Place { account, id: loaded.id() };
        let about: Option<About> = match &row.head {
            Some(head) => {
                let key = loaded.key(self, account)?;
                Some(seal::open_head(self.store.keys(), place, &key, head)?)
            }
            None => None,
        };
        let recipients = loaded.recipients.iter().enumerate();
        let late = row.live.settled.is_none() && row.not_before < row.now - LONG;
        Ok(Sent {
            id: loaded.id(),
            accepted: time(row.accepted),
            not_before: time(row.not_before),
            from: loaded.line.from.clone(),
            message_id: loaded.line.message_id.clone(),
            about,
            size: row.size as u64,
            follow: row.follow,
            recipients: recipients
                .map(|(n, address)| Recipient { address: address.clone(), state: loaded.state(n) })
                .collect(),
            due: row.live.due.map(time),
            needs_user: row.live.needs_user || late,
        })
    }

    /// At most `most` (and 200) messages: without `before` those that need their author come first, then the newest;
    /// with it the calm ones that were accepted before.
    ///
    /// # Errors
    /// The store's, and [`Error::Sealed`].
    pub async fn list(
        &self,
        account: &AccountId,
        before: Option<MessageId>,
        most: usize,
    ) -> Result<Vec<Sent>, Error> {
        let most = most.min(MOST_LISTED);
        let mut rows = match before {
            Some(_) => Vec::new(),
            None => self.store.messages(account, true, None, most as i64).await?,
        };
        let room = most - rows.len();
        rows.extend(self.store.messages(account, false, before.map(|id| id.0), room as i64).await?);
        let opened = self.open(account, rows).await?;
        opened.iter().map(|loaded| self.summary(account, loaded)).collect()
    }

    /// One message with its whole trail; `None` when the account has no such message.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn get(&self, account: &AccountId, id: MessageId) -> Result<Option<Detail>, Error> {
        let Some(loaded) = self.load(account, id).await? else { return Ok(None) };
        let sent = self.summary(account, &loaded)?;
        let attempts = loaded.facts.iter().map(|known| Attempt {
            at: time(known.at),
            recipient: known.recipient,
            fact: known.fact.clone(),
        });
        Ok(Some(Detail {
            sent,
            attempts: attempts.collect(),
            can_cancel: can_cancel(&loaded),
            can_edit: super::take_back::can_edit(&loaded),
            can_retry: can_retry(&loaded),
        }))
    }

    /// How many messages must be told to the author: refused, uncertain, given up, waiting for a sign-in or for hours.
    ///
    /// # Errors
    /// The store's.
    pub async fn attention(&self, account: &AccountId) -> Result<usize, Error> {
        Ok(usize::try_from(self.store.count_attention(account, LONG).await?).unwrap_or(0))
    }

    /// The same for the marks on pages. What another gateway changed may be missing for 5 s.
    ///
    /// # Errors
    /// The store's.
    pub async fn attention_lately(&self, account: &AccountId) -> Result<usize, Error> {
        let now = Instant::now();
        match self.marks.get(account, now) {
            Ok(count) => Ok(count),
            Err(began) => {
                let count = self.attention(account).await?;
                self.marks.remember(&began, *account, count, now);
                Ok(count)
            }
        }
    }

    /// Takes a message back for the recipients it has not gone to. False when it is in flight or nobody is left: what
    /// was said to a server cannot be unsaid.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn cancel(&self, account: &AccountId, id: MessageId) -> Result<bool, Error> {
        let cancelled = self.change(account, id, |loaded| {
            can_cancel(loaded).then(|| Change {
                // A courier that has it but has not said DATA loses its claim, and says QUIT.
                live: Live { owner: None, lease: 0, due: None, ..loaded.row.live.clone() },
                facts: each(loaded.those(&[State::Waiting, State::SignIn]), || Fact::Cancelled),
            })
        });
        Ok(cancelled.await?.is_some())
    }

    /// Tries again, with the same Message-ID, what was refused, given up or is uncertain. False when there is nothing
    /// of the kind. It then waits for [`Outbox::reseal`], which the caller, who is signed in, calls next.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn retry(&self, account: &AccountId, id: MessageId) -> Result<bool, Error> {
        let retried = self.change(account, id, |loaded| {
            can_retry(loaded).then(|| {
                let those = loaded.those(&[State::Refused, State::GivenUp, State::Uncertain]);
                let mut facts = each(those, || Fact::Retried);
                if loaded.row.live.credential.is_none() {
                    facts.push((None, Fact::SignInGone));
                }
                Change {
                    live: Live { due: Some(loaded.row.now), tries: 0, ..loaded.row.live.clone() },
                    facts,
                }
            })
        });
        let retried = retried.await?.is_some();
        self.wake();
        Ok(retried)
    }

    /// The author saw what became of it and lets it be: it no longer comes first. False when nothing asked for that.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn dismiss(&self, account: &AccountId, id: MessageId) -> Result<bool, Error> {
        let dismissed = self.change(account, id, |loaded| {
            let those: Vec<usize> = (0..loaded.recipients.len())
                .filter(|n| loaded.standing(*n).needs_user() && loaded.state(*n) != State::SignIn)
                .collect();
            (!those.is_empty() && loaded.row.live.owner.is_none())
                .then(|| Change { live: loaded.row.live.clone(), facts: each(those, || Fact::Dismissed) })
        });
        Ok(dismissed.await?.is_some())
    }

    /// Writes down what a report, a receipt or a reply says of one recipient, or of all. False when the account has no
    /// such message, or the fact is none that comes from further on.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn report(
        &self,
        account: &AccountId,
        id: MessageId,
        recipient: Option<usize>,
        fact: Fact,
    ) -> Result<bool, Error> {
        use Fact::{Answered, Delayed, Delivered, Displayed, Failed, Relayed};
        if !matches!(fact, Relayed | Delivered | Delayed | Failed(_) | Displayed | Answered) {
            return Ok(false);
        }
        let wrote = self.change(account, id, |loaded| {
            let known = recipient.is_none_or(|n| n < loaded.recipients.len());
            known.then(|| Change { live: loaded.row.live.clone(), facts: vec![(recipient, fact.clone())] })
        });
        Ok(wrote.await?.is_some())
    }

    /// After a good sign-in: what waits for one goes on, and what waits otherwise gets these credentials too. Returns
    /// how many messages go on.
    ///
    /// # Errors
    /// The store's, and [`Error::Sealed`].
    pub async fn reseal(
        &self,
        account: &AccountId,
        server: &str,
        login: &str,
        password: &str,
    ) -> Result<usize, Error> {
        let keys = self.store.keys();
        let mark = seal::credential_mark(keys, account, server, (login, password));
        self.store.forgive_credential(account, &mark).await?;
        let mut woken = 0;
        for row in self.store.unsettled(account, server).await? {
            let id = MessageId(row.id);
            let mut failed = None;
            let changed = self.change(account, id, |loaded| {
                let live = &loaded.row.live;
                let waits = !loaded.those(&[State::SignIn]).is_empty();
                let same = live.credential.is_some() && live.credential_mark.as_ref() == Some(&mark);
                // Planned for later: they must live until then, and are not taken where they would not.
                let departs = loaded.row.not_before;
                let too_early = departs > loaded.row.now + CREDENTIALS_LIFE;
                let outlive = live.credential_until.is_some_and(|until| until > departs + SPARE);
                let same = same && (outlive || departs <= loaded.row.now);
                if live.in_data || live.settled.is_some() || too_early || same && !waits {
                    return None;
                }
                let place = seal::Place { account, id };
                let sealed = loaded.key(self, account).and_then(|key| {
                    seal::credentials(keys, place, &key, &loaded.envelope(), (login, password))
                });
                let credential = match sealed {
                    Ok(sealed) => Some(sealed),
                    Err(error) => {
                        failed = Some(error);
                        return None;
                    }
                };
                Some(Change {
                    live: Live {
                        credential,
                        credential_mark: Some(mark.clone()),
                        credential_until: Some(loaded.row.now + CREDENTIALS_LIFE),
                        due: match waits {
                            true => Some(loaded.row.now.max(loaded.row.not_before)),
                            false => live.due,
                        },
                        ..live.clone()
                    },
                    facts: if waits { vec![(None, Fact::SignedIn)] } else { Vec::new() },
                })
            });
            // One message that does not open keeps no other from going on.
            match changed.await {
                Ok(Some(loaded)) => woken += usize::from(loaded.row.live.due.is_some()),
                Ok(None) => {}
                Err(error) => failed = Some(error),
            }
            if let Some(error) = failed {
                tracing::warn!(%id, %error, "a message that waits could not be given the new credentials");
            }
        }
        if woken > 0 {
            self.wake();
        }
        Ok(woken)
    }
}

fn can_cancel(loaded: &Loaded) -> bool {
    !loaded.row.live.in_data && !loaded.those(&[State::Waiting, State::SignIn]).is_empty()
}

fn can_retry(loaded: &Loaded) -> bool {
    let retried = |n: &usize| match loaded.state(*n) {
        State::Refused | State::GivenUp => true,
        State::Uncertain => loaded.resend_at(*n).is_none(),
        _ => false,
    };
    let free = loaded.row.live.owner.is_none() && loaded.row.sealed_key.is_some();
    free && (0..loaded.recipients.len()).any(|n| retried(&n))
}

pub(super) fn each(those: Vec<usize>, fact: impl Fn() -> Fact) -> Vec<(Option<usize>, Fact)> {
    those.into_iter().map(|n| (Some(n), fact())).collect()
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
