//! What is handed over to other software: what chosen messages are, and which files they hold.

use jiff::Timestamp;

use super::{Account, opened, pieces, window::Trouble};
use crate::{
    imap::{
        Command, Error, MailboxName, NumberSet, Stage,
        fetch::{self, Fetched},
    },
    message::{
        Address, Part, Section, date, filename,
        plan::{Attachment, Icon, InlineImage, Nested, Plan},
        whole::Whole,
    },
};

/// Messages described in one command.
pub const AT_ONCE: usize = 50;
/// An image inside a text that has fewer octets is a logo or a rule, not what somebody wanted to send.
const PICTURE: u64 = 20_000;

/// A message to be handed over.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    pub uid: u32,
    /// As its sender says, else when it came.
    pub sent: Option<Timestamp>,
    pub from: Option<Address>,
    pub subject: String,
    pub message_id: String,
    /// Octets as it came.
    pub size: u64,
    /// None where the server cannot say: see [`files_by_the_whole`].
    pub files: Option<Vec<File>>,
}

#[derive(Debug, Clone)]
pub struct File {
    /// Only what it takes to fetch it.
    pub part: Part,
    /// Safe as a file name.
    pub name: String,
    /// Decoded octets, about.
    pub size: u64,
}

/// What these messages are, [`AT_ONCE`] of them at most. Those that are gone are not among them.
///
/// # Errors
/// `Rebuilt`, and what reading can meet.
pub async fn describe(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
) -> Result<Vec<Letter>, Trouble> {
    let Some(set) = NumberSet::of(uids) else { return Ok(Vec::new()) };
    let mut letters = Vec::new();
    let refused = loop {
        let examined = account.examine(mailbox).await?;
        if examined.view.uidvalidity != uidvalidity {
            return Err(Trouble::Rebuilt);
        }
        match examined.loan.run(Stage::Read, vec![fetch::letters(&set)]).await {
            Err(e) if e.is_of_the_connection() && examined.loan.reused => {}
            Err(e) => return Err(e.into()),
            Ok(batch) => {
                letters.extend(fetch::collect(&batch, fetch::Detail::All).into_iter().filter_map(letter));
                break batch.ok(0).is_err();
            }
        }
    };
    if refused {
        // One of them is to blame: each is asked for alone.
        for uid in uids {
            if letters.iter().any(|letter: &Letter| letter.uid == *uid) {
                continue;
            }
            match opened::about(account, mailbox, uidvalidity, *uid).await {
                Ok(found) => letters.extend(letter(found)),
                Err(Trouble::Gone) => {}
                Err(Trouble::Imap(e)) if e.refused() => {
                    letters.push(Letter { uid: *uid, ..Letter::default() })
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }
    Ok(letters)
}

/// The files of a message of which the server cannot say what it is made of: it is read, up to a bound, and taken apart
/// here; and whether it was cut there, so that there may be more.
///
/// # Errors
/// As [`describe`].
pub async fn files_by_the_whole(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uid: u32,
) -> Result<(Vec<File>, bool), Trouble> {
    let examined = account.examine(mailbox).await?;
    if examined.view.uidvalidity != uidvalidity {
        return Err(Trouble::Rebuilt);
    }
    let raw = pieces::whole(&examined.loan, uid, None).await?;
    Ok((files(&Whole::parse(&raw.bytes).root), raw.cut))
}

/// Whether the mail server answers this person at all, after something failed for no reason of its own.
///
/// # Errors
/// Why it does not.
pub async fn answers(account: &Account) -> Result<(), Error> {
    account.ask(Stage::Read, vec![Command::new("NOOP")]).await.map(drop)
}

fn letter(row: Fetched) -> Option<Letter> {
    let envelope = row.envelope.unwrap_or_default();
    let structure = row.structure.filter(|root| !opened::is_hollow(root));
    Some(Letter {
        uid: row.uid?,
        sent: envelope.date.as_deref().and_then(date::parse).or(row.internal_date),
        from: envelope.from.into_iter().next(),
        subject: envelope.subject.unwrap_or_default(),
        message_id: envelope.message_id.unwrap_or_default(),
        size: row.size.unwrap_or(0),
        files: structure.map(|root| files(&root)),
    })
}

/// What a list counts as documents, and the pictures inside the text.
fn files(root: &Part) -> Vec<File> {
    let plan = Plan::of(root);
    let pictures = plan.inline_images.into_iter().filter(|image| !image.listed);
    let pictures = pictures.map(|InlineImage { attachment, .. }| attachment).filter(|a| a.size >= PICTURE);
    let attachments = plan.attachments.into_iter().filter(|a| a.icon != Icon::Signature).chain(pictures);
    attachments.map(File::of).chain(plan.nested.into_iter().map(File::of_message)).collect()
}

impl File {
    fn of(attachment: Attachment) -> File {
        let Attachment { section, name, size, encoding, .. } = attachment;
        File { part: known(section, encoding), name, size }
    }

    fn of_message(nested: Nested) -> File {
        let subject = nested.envelope.and_then(|e| e.subject).filter(|s| !s.trim().is_empty());
        let name = subject.map(|subject| format!("{}.eml", subject.replace(['/', '\\'], "-")));
        let name = filename::safe(name.as_deref(), "message/rfc822");
        File { part: known(nested.section, String::new()), name, size: nested.size }
    }
}

fn known(section: Section, encoding: String) -> Part {
    Part { section, encoding, ..Part::default() }
}
