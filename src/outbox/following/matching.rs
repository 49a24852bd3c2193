//! Which message, and which of its recipients.

use jiff::Timestamp;

use crate::{
    message::report::{About, Report, Saying, Words},
    outbox::{Answer, Error, Fact, MessageId, Outbox, journal::Loaded, seal},
    store::AccountId,
};

/// Seconds before a report within which the message may have been accepted, where only its recipient is known.
const NEAR: i64 = 5 * 86_400;
/// Messages looked through for a recipient.
const MOST_NEAR: i64 = 100;

/// How sure a match is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// It holds our ENVID, which the servers of no other recipient were told.
    Proven,
    Claimed,
}

impl Outbox {
    /// Writes down what a report says of the message it is about, and returns which that is. `None`: of none of this
    /// account's. `arrived` is when the mailbox got the report.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn match_report(
        &self,
        account: &AccountId,
        report: &Report,
        arrived: Timestamp,
    ) -> Result<Option<MessageId>, Error> {
        let Some((loaded, sure)) = self.meant(account, report, arrived).await? else { return Ok(None) };
        let said = report.about.iter().map(|about| {
            let fact = fact(&about.saying);
            let recipient = recipient(&loaded, about);
            // Nobody can be told of it: that is not proof of anything about anybody.
            let fact = match (sure, recipient) {
                (Sure::Proven, Some(_)) => fact,
                _ => Fact::Claimed(Box::new(fact)),
            };
            (recipient, fact)
        });
        self.report(account, loaded.id(), &said.collect::<Vec<_>>()).await?;
        Ok(Some(loaded.id()))
    }

    /// Writes down that somebody answered a message with one of these ids (In-Reply-To first). `None`: none of this
    /// account's. Whoever answers needs no ENVID, so that this is a claim.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn match_answer(
        &self,
        account: &AccountId,
        ids: &[String],
        from: &str,
    ) -> Result<Option<MessageId>, Error> {
        for id in ids {
            let Some(found) = self.store.message_by_name(account, id).await? else { continue };
            let Some(loaded) = self.load(account, MessageId(found)).await? else { continue };
            // One's own next message in the thread is no answer.
            if same(from, &loaded.line.from) {
                return Ok(None);
            }
            let recipient = place(&loaded, from);
            let fact = Fact::Claimed(Box::new(Fact::Answered));
            self.report(account, loaded.id(), &[(recipient, fact)]).await?;
            return Ok(Some(loaded.id()));
        }
        Ok(None)
    }

    async fn meant(
        &self,
        account: &AccountId,
        report: &Report,
        arrived: Timestamp,
    ) -> Result<Option<(Loaded, Sure)>, Error> {
        if let Some(Ok(MessageId(envid))) = report.envelope_id.as_deref().map(|id| id.to_lowercase().parse())
            && let name = seal::envid_name(self.store.keys(), account, &envid)
            && let Some(id) = self.store.message_by_envid(account, &name).await?
        {
            let loaded = self.load(account, MessageId(id)).await?;
            return Ok(loaded.map(|loaded| match is_one_domain(&loaded.recipients) {
                true => (loaded, Sure::Proven),
                false => (loaded, Sure::Claimed),
            }));
        }
        if let Some(message_id) = &report.message_id {
            let found = self.store.message_by_name(account, message_id).await?;
            let Some(id) = found else {
                // It names another message: not one of ours.
                return Ok(None);
            };
            return Ok(self.load(account, MessageId(id)).await?.map(|loaded| (loaded, Sure::Claimed)));
        }
        let to = arrived.as_second();
        let near = self.store.messages_between(account, (to - NEAR, to), None, MOST_NEAR).await?;
        let near = self.open(account, near).await?;
        let mut fitting = near.into_iter().filter(|loaded| {
            !report.about.is_empty() && report.about.iter().all(|about| by_address(loaded, about).is_some())
        });
        // Of two that fit nobody can say which.
        Ok(match (fitting.next(), fitting.next()) {
            (Some(one), None) => Some((one, Sure::Claimed)),
            _ => None,
        })
    }
}

/// The ENVID is the message's, so that the servers of all its recipients know it: where these are of several domains,
/// one could speak for another.
fn is_one_domain(recipients: &[String]) -> bool {
    let domain = |address: &String| address.rsplit('@').next().map(str::to_lowercase);
    recipients.iter().all(|address| domain(address) == domain(&recipients[0]))
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn place(loaded: &Loaded, address: &str) -> Option<usize> {
    loaded.recipients.iter().position(|known| same(known, address))
}

/// By the address that the sender wrote, else the one it went to in the end.
fn by_address(loaded: &Loaded, about: &About) -> Option<usize> {
    let of = |address: &Option<String>| place(loaded, address.as_deref()?);
    of(&about.original).or_else(|| of(&about.last))
}

/// Where mail is forwarded, a report may know another address than we do: of a single recipient it can mean no other.
fn recipient(loaded: &Loaded, about: &About) -> Option<usize> {
    by_address(loaded, about).or_else(|| (loaded.recipients.len() == 1).then_some(0))
}

fn fact(saying: &Saying) -> Fact {
    match saying {
        Saying::Failed(words) => Fact::Failed(answer(words)),
        Saying::Delayed => Fact::Delayed,
        Saying::Delivered => Fact::Delivered,
        Saying::Relayed => Fact::Relayed,
        Saying::Displayed => Fact::Displayed,
        Saying::Processed => Fact::Processed,
        Saying::Deleted => Fact::Deleted,
        Saying::NotProcessed(words) => Fact::NotProcessed(answer(words)),
    }
}

fn answer(words: &Words) -> Answer {
    Answer { code: words.code, enhanced: words.enhanced, text: words.text.clone() }
}
