//! LIST, NAMESPACE and STATUS (RFC 9051 §6.3.9 to §6.3.11; RFC 2342, 5258, 5819, 6154): which mailboxes there are.

use std::collections::HashMap;

use super::{Batch, Capabilities, Command, MailboxName, response::values_of, value::Value};

/// Mailboxes of one account; more are not shown.
const MAX: usize = 5_000;

/// One line of LIST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: MailboxName,
    pub separator: Option<u8>,
    /// In lower case, with the backslash.
    pub attributes: Vec<String>,
}

impl Listed {
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|a| a == attribute)
    }
}

/// Messages and unread messages of a mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub messages: Option<u32>,
    pub unseen: Option<u32>,
}

/// Where mailboxes live: a prefix and its separator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    pub prefix: Vec<u8>,
    pub separator: Option<u8>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespaces {
    pub personal: Vec<Namespace>,
    pub others: Vec<Namespace>,
    pub shared: Vec<Namespace>,
}

/// The commands that list everything, in as few as this server can do it.
pub fn commands(capabilities: &Capabilities) -> Vec<Command> {
    let all = |command: Command| command.word("\"\" \"*\"");
    let mut commands = Vec::new();
    if capabilities.has("NAMESPACE") {
        commands.push(Command::new("NAMESPACE"));
    }
    let special = capabilities.has("SPECIAL-USE");
    // RETURN itself is of LIST-EXTENDED (RFC 5258).
    if capabilities.has("LIST-STATUS") && capabilities.has("LIST-EXTENDED") {
        let wanted = if special {
            "RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN))"
        } else {
            "RETURN (STATUS (MESSAGES UNSEEN))"
        };
        commands.push(all(Command::new("LIST")).word(wanted));
    } else if capabilities.has("LIST-EXTENDED") && special {
        commands.push(all(Command::new("LIST")).word("RETURN (SPECIAL-USE)"));
    } else {
        commands.push(all(Command::new("LIST")));
    }
    commands
}

/// The oldest words for all mailboxes.
pub fn plain() -> Command {
    Command::new("LIST").word("\"\" \"*\"")
}

/// Asks only for the separator (RFC 9051 §6.3.9), when a URL must be understood first.
pub fn root() -> Command {
    Command::new("LIST").word("\"\" \"\"")
}

/// The separator [`root`] was answered with.
pub fn root_separator(batch: &Batch) -> Option<u8> {
    let tree = batch.untagged.iter().find_map(|frame| values_of(frame, "LIST"))?.ok()?;
    tree.values().get(1)?.bytes()?.first().copied()
}

/// Unread messages of one mailbox that is not open (RFC 9051 §6.3.11).
pub fn status(name: &MailboxName) -> Command {
    Command::new("STATUS").mailbox(name).word("(MESSAGES UNSEEN)")
}

/// All LIST lines, without those that cannot be named and without doubles.
pub fn listed(batch: &Batch) -> Vec<Listed> {
    listed_as(batch, "LIST")
}

/// The same of `LSUB`, which tells the like.
pub(super) fn listed_as(batch: &Batch, word: &str) -> Vec<Listed> {
    let mut found: HashMap<MailboxName, usize> = HashMap::new();
    let mut list: Vec<Listed> = Vec::new();
    for frame in batch.untagged.iter().filter(|f| f.whole) {
        let Some(Ok(tree)) = values_of(frame, word) else { continue };
        let mut values = tree.values();
        let (Some(attributes), Some(separator), Some(name)) = (values.next(), values.next(), values.next())
        else {
            continue;
        };
        // A mailbox may really be called NIL.
        let raw = if name.is_nil() { &b"NIL"[..] } else { name.bytes().unwrap_or_default() };
        let Some(name) = MailboxName::from_raw(raw) else { continue };
        let words = attributes.list().unwrap_or_default();
        let attributes = words.filter_map(Value::text).take(20).map(|a| a.to_ascii_lowercase()).collect();
        let separator = separator.bytes().and_then(|s| s.first().copied());
        let line = Listed { name: name.clone(), separator, attributes };
        match found.get(&name) {
            Some(at) => list[*at].attributes.extend(line.attributes),
            None if list.len() < MAX => {
                found.insert(name, list.len());
                list.push(line);
            }
            None => {}
        }
    }
    list
}

/// All STATUS lines.
pub fn counts(batch: &Batch) -> HashMap<MailboxName, Counts> {
    let mut counts = HashMap::new();
    for frame in batch.untagged.iter().filter(|f| f.whole) {
        let Some(Ok(tree)) = values_of(frame, "STATUS") else { continue };
        let mut values = tree.values();
        let (Some(name), Some(items)) = (values.next(), values.next()) else { continue };
        let Some(name) = name.bytes().and_then(MailboxName::from_raw) else { continue };
        let items = items.list().unwrap_or_default();
        let number = |word: &str| u32::try_from(items.following(word)?.number()?).ok();
        counts.insert(name, Counts { messages: number("MESSAGES"), unseen: number("UNSEEN") });
    }
    counts
}

/// The NAMESPACE line; `None` where the server has none.
pub fn namespaces(batch: &Batch) -> Option<Namespaces> {
    let tree = batch.untagged.iter().find_map(|f| values_of(f, "NAMESPACE"))?.ok()?;
    let read = |n: usize| {
        let entries = tree.values().get(n).and_then(Value::list).unwrap_or_default();
        let entries = entries.filter_map(|entry| {
            let fields = entry.list()?;
            let prefix = fields.get(0)?.bytes()?.to_vec();
            let separator = fields.get(1).and_then(Value::bytes).and_then(|s| s.first().copied());
            Some(Namespace { prefix, separator })
        });
        entries.take(50).collect::<Vec<_>>()
    };
    Some(Namespaces { personal: read(0), others: read(1), shared: read(2) })
}
