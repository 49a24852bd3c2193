//! The author's own copy of a message that was sent, in the mailbox for sent mail.
//!
//! Before the first try a [`Note`] is taken, and kept by whoever sends: where the copy goes, and where that mailbox
//! ended. Every later try looks there first, so that a copy whose confirmation was lost is not made twice.

use std::io;

use bytes::Bytes;
use futures::Stream;
use jiff::Timestamp;

use super::{
    Command, Error, Flag, Kind, Loan, MailboxName, Stage,
    append::{self, Mark, Message, Place},
    list::{self, Listed, Namespace, Namespaces},
};

/// What such a mailbox is usually called, in French and English, in lower case.
pub const NAMES: [&str; 9] = [
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "envoyés",
    "envoyes",
    "éléments envoyés",
    "messages envoyés",
    "courrier envoyé",
];
/// What it is called when it has to be made.
const MADE: &[u8] = b"Sent";

/// Where the copy of one message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub mailbox: MailboxName,
    /// Where that mailbox ended before the first try; `None` when it was not there.
    pub end: Option<Mark>,
}

/// The message to keep, as it was sent.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// With its angle brackets.
    pub message_id: &'a str,
    /// Octets of the body, exactly.
    pub octets: u64,
    /// When it was sent.
    pub date: Timestamp,
}

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// `None` where the server does not tell.
    Now(Option<Place>),
    /// By an earlier try, or by the server itself.
    Before(Place),
}

/// Takes the note for a message that was not tried yet: two round trips.
///
/// # Errors
/// What asking for mailboxes can meet.
pub async fn note(loan: &Loan) -> Result<Note, Error> {
    let mailbox = mailbox(loan).await?;
    let end = append::mark(loan, &mailbox).await?;
    Ok(Note { mailbox, end })
}

/// Keeps a copy, marked as read; the mailbox is made if it is not there. `again`: an earlier try may have kept it.
///
/// # Errors
/// As [`append::append`]. Unless the server refused it, the copy may be there all the same: try `again`.
pub async fn keep<S>(
    loan: &Loan,
    letter: &Letter<'_>,
    note: &Note,
    again: bool,
    body: impl Fn() -> S,
) -> Result<Kept, Error>
where
    S: Stream<Item = io::Result<Bytes>>,
{
    if again {
        // Where it did not end yet, it began: no UIDVALIDITY is 0.
        let end = note.end.unwrap_or(Mark { uidvalidity: 0, uidnext: 1 });
        match append::find(loan, &note.mailbox, end, letter.message_id).await {
            Ok(Some(place)) => return Ok(Kept::Before(place)),
            Ok(None) => {}
            // It is still not there, or does not open: saving tells.
            Err(error) if error.stage == Stage::Open && error.refused() => {}
            Err(error) => return Err(error),
        }
    }
    let message = Message {
        mailbox: &note.mailbox,
        octets: letter.octets,
        flags: &[Flag::Seen],
        date: Some(letter.date),
    };
    append::append_to_sent(loan, &message, body).await.map(Kept::Now)
}

/// The mailbox for sent mail: by its attribute (RFC 6154), else by its name, else the name it will get.
async fn mailbox(loan: &Loan) -> Result<MailboxName, Error> {
    let tells = loan.capabilities.has("LIST-EXTENDED") && loan.capabilities.has("SPECIAL-USE");
    let list = Command::new("LIST").word("\"\" \"*\"");
    let mut commands = vec![if tells { list.word("RETURN (SPECIAL-USE)") } else { list }];
    if loan.capabilities.has("NAMESPACE") {
        commands.push(Command::new("NAMESPACE"));
    }
    let batch = loan.run(Stage::Folders, commands).await?;
    batch.ok(0)?;
    let namespaces = list::namespaces(&batch).unwrap_or_default();
    choose(&list::listed(&batch), &namespaces)
        .ok_or(Error::new(Stage::Folders, Kind::Unsupported("a mailbox for sent mail")))
}

fn choose(listed: &[Listed], namespaces: &Namespaces) -> Option<MailboxName> {
    let within = |name: &MailboxName, spaces: &[Namespace]| {
        spaces.iter().any(|space| !space.prefix.is_empty() && name.raw().starts_with(&space.prefix))
    };
    let own = |line: &&Listed| {
        let foreign = within(&line.name, &namespaces.others) || within(&line.name, &namespaces.shared);
        !foreign && !line.has("\\noselect") && !line.has("\\nonexistent")
    };
    if let Some(line) = listed.iter().filter(own).find(|line| line.has("\\sent")) {
        return Some(line.name.clone());
    }
    let prefix = namespaces.personal.first().map(|space| &space.prefix[..]).unwrap_or_default();
    let usual = |line: &&Listed| {
        let bare = line.name.raw().strip_prefix(prefix).and_then(MailboxName::from_raw);
        bare.is_some_and(|bare| NAMES.contains(&bare.display().to_lowercase().as_str()))
    };
    let by_name = listed.iter().filter(own).find(usual).map(|line| line.name.clone());
    by_name.or_else(|| MailboxName::from_raw(&[prefix, MADE].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, attributes: &[&str]) -> Listed {
        Listed {
            name: MailboxName::from_raw(name.as_bytes()).expect("a name"),
            separator: Some(b'.'),
            attributes: attributes.iter().map(|a| (*a).to_owned()).collect(),
        }
    }

    fn space(prefix: &str) -> Vec<Namespace> {
        vec![Namespace { prefix: prefix.into(), separator: Some(b'.') }]
    }

    #[test]
    fn by_attribute_then_by_name_then_by_custom() {
        let own = Namespaces { personal: space("INBOX."), others: space("user."), shared: Vec::new() };
        let chosen =
            |list: &[Listed]| choose(list, &own).map(|name| String::from_utf8_lossy(name.raw()).into_owned());
        let inbox = || listed("INBOX", &[]);
        let of_another = || listed("user.bob.Sent", &["\\sent"]);
        let by_name = || listed("INBOX.&AMk-l&AOk-ments envoy&AOk-s", &[]);
        let by_attribute = || listed("INBOX.Parties", &["\\sent"]);
        let gone = || listed("INBOX.Sent", &["\\noselect"]);
        assert_eq!(
            chosen(&[inbox(), of_another(), by_name(), by_attribute()]).as_deref(),
            Some("INBOX.Parties")
        );
        assert_eq!(
            chosen(&[inbox(), gone(), of_another(), by_name()]).as_deref(),
            Some("INBOX.&AMk-l&AOk-ments envoy&AOk-s")
        );
        assert_eq!(chosen(&[inbox(), of_another()]).as_deref(), Some("INBOX.Sent"));
    }
}
