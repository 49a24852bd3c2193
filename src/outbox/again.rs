//! Sending again what a server had taken: as a new message, or identical. Never more than three times to anybody, never
//! twice within 15 minutes, and the same question asked twice is one message.

use futures::TryStreamExt;
use jiff::{Timestamp, Zoned};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    About, Accepted, BlobId, Error, Key, MessageId, Outbox, Piece, State, Submission, courier::Content,
    journal::Loaded, list::time, random, seal,
};
use crate::{
    message::compose::again::{Fresh, again, domain_of},
    store::AccountId,
};

/// Times that a message is sent again to one recipient.
const MOST: usize = 3;
/// Seconds between two.
const APART: i64 = 15 * 60;

/// In which form it goes out again.
#[derive(Clone)]
pub enum How {
    /// As a new message that refers to the first one; `line` says so in its text.
    New { line: String, date: Zoned },
    /// Octet by octet, with the same Message-ID: some servers drop it without a word.
    Identical,
}

/// Who asks, and for what.
pub struct Wish {
    pub form: How,
    /// How often it had been sent again when its author saw it ([`SendAgain::Now`]).
    pub seen: usize,
    /// The addresses that the account may write from.
    pub owns: Vec<String>,
    pub login: String,
    pub password: Zeroizing<String>,
}

/// Whether a message can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendAgain {
    /// To so many recipients; it was sent again `seen` times before.
    Now { recipients: usize, seen: usize },
    /// The last time is less than 15 minutes ago.
    Later(Timestamp),
    /// It is on its way, or nobody knows whether it left: two of it would cross.
    InFlight,
    /// Three times to everybody who might need it.
    Often,
    /// No server took it, everybody is known to have seen it, or it is no longer kept.
    Never,
}

/// What became of the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgainSent {
    Accepted(MessageId),
    Not(SendAgain),
}

struct Plan {
    loaded: Loaded,
    original: [u8; 16],
    recipients: Vec<String>,
    verdict: SendAgain,
}

impl Outbox {
    /// Whether this message can be sent again; `None`: the account has no such message.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn may_send_again(
        &self,
        account: &AccountId,
        id: MessageId,
    ) -> Result<Option<SendAgain>, Error> {
        Ok(self.plan(account, id).await?.map(|plan| plan.verdict))
    }

    /// The messages that this one was sent again as, and when.
    ///
    /// # Errors
    /// The store's.
    pub async fn sent_again(
        &self,
        account: &AccountId,
        id: MessageId,
    ) -> Result<Vec<(MessageId, Timestamp)>, Error> {
        let original = self.store.first_sent(account, &id.0).await?;
        let family = self.store.sent_again(account, &original).await?;
        Ok(family.into_iter().map(|(id, at)| (MessageId(id), time(at))).collect())
    }

    async fn plan(&self, account: &AccountId, id: MessageId) -> Result<Option<Plan>, Error> {
        let Some(loaded) = self.load(account, id).await? else { return Ok(None) };
        let original = self.store.first_sent(account, &id.0).await?;
        let family = self.store.sent_again(account, &original).await?;
        let (mut counts, mut in_flight) = (std::collections::HashMap::<String, usize>::new(), false);
        let mut last = loaded.row.not_before;
        for (member, at) in &family {
            last = last.max(*at);
            let Some(member) = self.load(account, MessageId(*member)).await? else { continue };
            in_flight |= member.row.live.settled.is_none();
            for address in &member.recipients {
                *counts.entry(address.to_lowercase()).or_default() += 1;
            }
        }
        let states = loaded.states();
        let unsettled = |state: State| !state.is_settled();
        in_flight |= loaded.row.live.settled.is_none() || states.iter().any(|state| unsettled(*state));
        let lost = !self.store.lost(account, &[id.0]).await?.is_empty();
        let may_need = |n: &usize| {
            let state = states[*n];
            state.is_out() && (lost || !matches!(state, State::Displayed | State::Answered))
        };
        let needing: Vec<&String> =
            (0..loaded.recipients.len()).filter(may_need).map(|n| &loaded.recipients[n]).collect();
        let allowed = |address: &&String| counts.get(&address.to_lowercase()).is_none_or(|n| *n < MOST);
        let recipients: Vec<String> = needing.iter().copied().filter(allowed).cloned().collect();
        let verdict = match () {
            () if in_flight => SendAgain::InFlight,
            // A receipt, too, is not sent twice.
            () if needing.is_empty() || loaded.row.sealed_key.is_none() || loaded.line.from.is_empty() => {
                SendAgain::Never
            }
            () if recipients.is_empty() => SendAgain::Often,
            () if last + APART > loaded.row.now => SendAgain::Later(time(last + APART)),
            () => SendAgain::Now { recipients: recipients.len(), seen: family.len() },
        };
        Ok(Some(Plan { loaded, original, recipients, verdict }))
    }

    /// Sends it again. The same wish (message, form, `seen`) twice is one message.
    ///
    /// # Errors
    /// As [`Outbox::list`] and [`Outbox::accept`].
    pub async fn send_again(
        &self,
        account: &AccountId,
        id: MessageId,
        wish: Wish,
    ) -> Result<Option<AgainSent>, Error> {
        let Some(Plan { loaded, original, recipients, verdict }) = self.plan(account, id).await? else {
            return Ok(None);
        };
        let key = key(&original, &wish);
        if let Some((twin, _)) = self.store.message_by_key(account, &key.0).await? {
            self.store.add_sent_again(account, &original, &twin).await?;
            return Ok(Some(AgainSent::Accepted(MessageId(twin))));
        }
        match verdict {
            SendAgain::Now { seen, .. } if seen == wish.seen => {}
            // Somebody sent it meanwhile, in another form.
            SendAgain::Now { .. } => return Ok(Some(AgainSent::Not(SendAgain::InFlight))),
            other => return Ok(Some(AgainSent::Not(other))),
        }
        let place = seal::Place { account, id };
        let head = loaded.row.head.as_deref().ok_or(Error::Sealed)?;
        let mut about: About = seal::open_head(self.store.keys(), place, &loaded.key(self, account)?, head)?;
        let (mut message, copies) = self.pieces(account, &loaded).await?;
        if let How::New { line, date } = wish.form {
            let fresh = Fresh { seed: random()?, date, line, domain: domain_of(&loaded.line.from) };
            let headless = Error::Wire("a message without a header");
            let Some(Piece::Bytes(first)) = message.first_mut() else { return Err(headless) };
            let (renewed, id) = again(first, &fresh).ok_or(headless)?;
            about.message_id = id.bare().to_owned();
            *first = renewed;
        }
        let submission = Submission {
            account: *account,
            server: loaded.row.server.as_str().into(),
            owns: wish.owns,
            login: wish.login,
            password: wish.password,
            digest: Sha256::digest(key.0).into(),
            key,
            from: loaded.line.from.clone(),
            recipients,
            message,
            form: Vec::new(),
            not_before: Timestamp::now(),
            follow: loaded.row.follow,
            about,
        };
        let accepted = self.accept(submission).await;
        if !matches!(accepted, Ok(Accepted::New(_))) {
            for copy in copies {
                // What stays expires.
                let _ = self.drop_staged(account, copy).await;
            }
        }
        let (Accepted::New(new) | Accepted::Again(new) | Accepted::Conflict(new)) = accepted?;
        self.store.add_sent_again(account, &original, &new.0).await?;
        // The offer is taken; the wait goes on with the new one.
        self.store.forget_lost(account, &id.0).await?;
        self.store.acknowledge(account, &id.0).await?;
        self.marks.forget(account);
        Ok(Some(AgainSent::Accepted(new)))
    }

    /// The message in pieces, and those that are copies: what was written is in memory, what was attached goes from
    /// chunk to chunk.
    async fn pieces(&self, account: &AccountId, loaded: &Loaded) -> Result<(Vec<Piece>, Vec<BlobId>), Error> {
        let content = Content::of(self, account, loaded).await?;
        let (mut pieces, mut copies) = (Vec::new(), Vec::new());
        for (n, blob) in content.blobs().iter().enumerate() {
            let mut chunks = std::pin::pin!(content.chunks_of(n..n + 1));
            if blob.label.is_some() {
                // An empty file has no line.
                if blob.wire_octets > 0 {
                    let copy = self.stage_message(account, "", chunks, u64::MAX).await;
                    let copy = copy
                        .map_err(|error| if matches!(error, Error::Body) { Error::Sealed } else { error });
                    let id = copy?.ok_or(Error::Sealed)?.id;
                    pieces.push(Piece::Blob(id));
                    copies.push(id);
                }
                continue;
            }
            if !matches!(pieces.last(), Some(Piece::Bytes(_))) {
                pieces.push(Piece::Bytes(Vec::new()));
            }
            while let Some(chunk) = chunks.try_next().await.map_err(|_| Error::Sealed)? {
                if let Some(Piece::Bytes(written)) = pieces.last_mut() {
                    written.extend_from_slice(&chunk);
                }
            }
        }
        Ok((pieces, copies))
    }
}

fn key(original: &[u8; 16], wish: &Wish) -> Key {
    let mut digest = Sha256::new();
    digest.update(b"relais sent again");
    digest.update(original);
    digest.update((wish.seen as u64).to_be_bytes());
    digest.update([u8::from(matches!(wish.form, How::Identical))]);
    let digest: [u8; 32] = digest.finalize().into();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    Key(key)
}
