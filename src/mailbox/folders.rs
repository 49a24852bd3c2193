//! Which mailboxes there are: a tree in the order people look for them, each with its role and unread count.

use std::{sync::Arc, time::Duration};

use super::Account;
use crate::imap::{
    Error, Loan, MailboxName, Stage,
    list::{self, Counts, Listed, Namespaces},
    quota::{self, Quota},
    sent,
};

/// Of the inbox alone, in one question; None where the server does not tell.
pub async fn unread_in_inbox(account: &Account) -> Option<u32> {
    let inbox = MailboxName::inbox();
    let (_, batch) = account.ask(Stage::Counts, vec![list::status(&inbox)]).await.ok()?;
    list::counts(&batch).get(&inbox)?.unseen
}

/// What a mailbox is for (RFC 6154), in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Inbox,
    Drafts,
    Sent,
    Archive,
    Junk,
    Trash,
    All,
    Flagged,
    Important,
}

/// Whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Personal,
    OtherUsers,
    Shared,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub name: MailboxName,
    /// As in the URL.
    pub url: String,
    /// The last part of its name, for people.
    pub label: String,
    pub role: Option<Role>,
    pub kind: Kind,
    /// How far it is indented.
    pub depth: usize,
    /// False: it only holds other mailboxes.
    pub selectable: bool,
    pub unread: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    pub separator: Option<u8>,
    /// What the names of one's own mailboxes begin with, as `INBOX.`.
    pub prefix: Vec<u8>,
    /// How much of what the account may have is used, where that was told.
    pub quota: Vec<Quota>,
    /// Parents stand before their children.
    pub list: Vec<Folder>,
    pub alerts: Vec<String>,
}

/// Percent of what an account may have, from which on its owner is warned.
const NEARLY_FULL: u64 = 90;

impl Folders {
    pub fn by_role(&self, role: Role) -> Option<&Folder> {
        self.list.iter().find(|f| f.role == Some(role))
    }

    /// The fullest of what is limited, from 90 percent on.
    pub fn nearly_full(&self) -> Option<&Quota> {
        let nearly = self.quota.iter().filter(|quota| quota.percent() >= NEARLY_FULL);
        nearly.max_by_key(|quota| quota.percent())
    }

    pub fn get(&self, name: &MailboxName) -> Option<&Folder> {
        self.list.iter().find(|f| f.name == *name)
    }
}

/// STATUS commands sent where the server cannot count in its LIST: the ones people look at first, in one flush.
const COUNTED: usize = 12;
/// Such a server may take seconds for each; the page waits no longer than this, and the next one has the counts.
const COUNTING: Duration = Duration::from_millis(400);

/// Asks the server for all mailboxes, in one round trip where it can count while listing, else in two.
pub async fn list(account: &Account) -> Result<Arc<Folders>, Error> {
    let capabilities = account.lend().await?.capabilities.clone();
    let mut commands = list::commands(&capabilities);
    if capabilities.has("QUOTA") {
        commands.push(quota::command(&MailboxName::inbox()));
    }
    let (loan, batch) = account.ask(Stage::Folders, commands).await?;
    let last = usize::from(capabilities.has("NAMESPACE"));
    // A server that lists but chokes on the extension it announced is asked in the oldest words.
    let (listed, counts) = match batch.ok(last) {
        Ok(_) => (list::listed(&batch), list::counts(&batch)),
        Err(_) => {
            let plain = loan.run(Stage::Folders, vec![list::plain()]).await?;
            plain.ok(0)?;
            (list::listed(&plain), Default::default())
        }
    };
    let namespaces = list::namespaces(&batch).unwrap_or_default();
    let mut folders = tree(listed, &counts, &namespaces);
    folders.alerts = batch.alerts.clone();
    folders.quota = quota::read(&batch);
    if counts.is_empty() {
        // Until they are counted again, the last counts are better than none.
        if let Some((_, before)) = account.places.folders(&account.owner) {
            for folder in &mut folders.list {
                folder.unread = before.get(&folder.name).and_then(|f| f.unread);
            }
        }
    }
    let folders = Arc::new(folders);
    account.places.set_folders(account.owner, folders.clone());
    if counts.is_empty() {
        let counting = tokio::spawn(count(account.clone(), loan, folders.clone()));
        if let Ok(Ok(Some(counted))) = tokio::time::timeout(COUNTING, counting).await {
            return Ok(counted);
        }
    }
    Ok(folders)
}

/// The same with unread counts, one STATUS each. A courtesy: without them the mailboxes are shown all the same.
async fn count(account: Account, loan: Loan, folders: Arc<Folders>) -> Option<Arc<Folders>> {
    let wanted = folders
        .list
        .iter()
        .filter(|f| f.selectable && f.kind == Kind::Personal && f.role != Some(Role::Sent))
        .take(COUNTED);
    let batch = loan.run(Stage::Counts, wanted.map(|f| list::status(&f.name)).collect()).await.ok()?;
    let counts = list::counts(&batch);
    let mut counted = Folders::clone(&folders);
    for folder in &mut counted.list {
        folder.unread = counts.get(&folder.name).and_then(|c| c.unseen);
    }
    let counted = Arc::new(counted);
    account.places.set_folders(account.owner, counted.clone());
    Some(counted)
}

/// Sorts what was listed into the order of the page.
pub fn tree(
    listed: Vec<Listed>,
    counts: &std::collections::HashMap<MailboxName, Counts>,
    namespaces: &Namespaces,
) -> Folders {
    // Addresses are read back with the account's, which is that of its first mailbox that has one; what is shown is parted
    // where each mailbox's own is.
    let mut inbox_first: Vec<&Listed> = listed.iter().collect();
    inbox_first.sort_by_key(|line| !line.name.is_inbox());
    let separator = inbox_first.iter().find_map(|line| line.separator);
    let told = namespaces.personal.first().map(|n| n.prefix.clone());
    let prefix = told.or_else(|| all_in_inbox(&listed)).unwrap_or_default();
    let mut list: Vec<(Vec<String>, Folder)> = listed
        .iter()
        .map(|line| {
            let kind = kind(&line.name, namespaces);
            let personal = line.name.raw().strip_prefix(&prefix[..]).filter(|_| kind == Kind::Personal);
            let shown = personal.and_then(MailboxName::from_raw).unwrap_or_else(|| line.name.clone());
            let path = shown.path(line.separator);
            let folder = Folder {
                url: line.name.to_url(separator),
                label: path
                    .last()
                    .filter(|l| !l.trim().is_empty())
                    .cloned()
                    .unwrap_or_else(|| shown.display()),
                role: role_by_attribute(line),
                kind,
                depth: path.len() - 1,
                selectable: !line.has("\\noselect") && !line.has("\\nonexistent"),
                unread: counts.get(&line.name).and_then(|c| c.unseen),
                name: line.name.clone(),
            };
            (path, folder)
        })
        .collect();
    roles_by_name(&mut list);
    // A child stands under its parent; a parent with a role takes its children along.
    let roots: std::collections::HashMap<String, Role> = list
        .iter()
        .filter(|(path, f)| path.len() == 1 && f.kind == Kind::Personal)
        .filter_map(|(path, f)| Some((path[0].clone(), f.role?)))
        .collect();
    list.sort_by_cached_key(|(path, folder)| {
        let root = roots.get(&path[0]).filter(|_| folder.kind == Kind::Personal);
        let own = folder.role.filter(|_| root.is_none());
        let rank = root.copied().or(own).map_or(u8::MAX, |r| r as u8);
        let lower: Vec<String> = path.iter().map(|p| p.to_lowercase()).collect();
        (folder.kind, rank, lower)
    });
    // Only parents that are there indent.
    let mut open: Vec<Vec<String>> = Vec::new();
    for (path, folder) in &mut list {
        while open.last().is_some_and(|parent| !(path.len() > parent.len() && path.starts_with(parent))) {
            open.pop();
        }
        folder.depth = open.len();
        if open.is_empty() && path.len() > 1 && folder.role.is_none() {
            folder.label = path.join(" / ");
        }
        open.push(path.clone());
    }
    let quota = Vec::new();
    Folders {
        separator,
        prefix,
        quota,
        list: list.into_iter().map(|(_, folder)| folder).collect(),
        alerts: Vec::new(),
    }
}

/// `INBOX.`, where a server without NAMESPACE has all other mailboxes in it: there is no place beside it.
fn all_in_inbox(listed: &[Listed]) -> Option<Vec<u8>> {
    let mut others = listed.iter().filter(|line| !line.name.is_inbox()).peekable();
    let prefix = [b"INBOX", &[others.peek()?.separator?][..]].concat();
    others.all(|line| line.name.raw().starts_with(&prefix)).then_some(prefix)
}

fn kind(name: &MailboxName, namespaces: &Namespaces) -> Kind {
    let within = |spaces: &[list::Namespace]| {
        spaces.iter().any(|n| {
            let bare = n.separator.and_then(|s| n.prefix.strip_suffix(&[s])).unwrap_or(&n.prefix);
            !bare.is_empty() && (name.raw().starts_with(&n.prefix) || name.raw() == bare)
        })
    };
    if within(&namespaces.others) {
        Kind::OtherUsers
    } else if within(&namespaces.shared) {
        Kind::Shared
    } else {
        Kind::Personal
    }
}

fn role_by_attribute(line: &Listed) -> Option<Role> {
    if line.name.is_inbox() {
        return Some(Role::Inbox);
    }
    let roles: [(&str, Role); 8] = [
        ("\\drafts", Role::Drafts),
        ("\\sent", Role::Sent),
        ("\\archive", Role::Archive),
        ("\\junk", Role::Junk),
        ("\\trash", Role::Trash),
        ("\\all", Role::All),
        ("\\flagged", Role::Flagged),
        ("\\important", Role::Important),
    ];
    roles.iter().find(|(attribute, _)| line.has(attribute)).map(|(_, role)| *role)
}

/// The usual names, in French and English, for roles that no attribute gave.
fn roles_by_name(list: &mut [(Vec<String>, Folder)]) {
    const NAMES: [(Role, &[&str]); 5] = [
        (Role::Drafts, &["drafts", "draft", "brouillons", "brouillon"]),
        (Role::Sent, &sent::NAMES),
        (Role::Archive, &["archive", "archives"]),
        (
            Role::Junk,
            &[
                "junk",
                "spam",
                "junk e-mail",
                "junk email",
                "bulk mail",
                "indésirables",
                "indesirables",
                "courrier indésirable",
                "pourriel",
                "pourriels",
            ],
        ),
        (
            Role::Trash,
            &[
                "trash",
                "deleted items",
                "deleted messages",
                "corbeille",
                "éléments supprimés",
                "messages supprimés",
                "poubelle",
            ],
        ),
    ];
    for (role, names) in NAMES {
        if list.iter().any(|(_, f)| f.role == Some(role)) {
            continue;
        }
        let fits = |path: &[String], f: &Folder| {
            f.role.is_none()
                && f.kind == Kind::Personal
                && f.selectable
                && path.len() == 1
                && names.contains(&path[0].to_lowercase().as_str())
        };
        if let Some((_, folder)) = list.iter_mut().find(|(path, f)| fits(path, f)) {
            folder.role = Some(role);
        }
    }
}
