//! What one person would see: the sign-in, their mailboxes, a page of fifty in the biggest one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

use super::Notes;
use crate::{
    config::Config,
    imap::{
        Backend, Connection, Credentials, Error, Kind, MailboxName, NumberSet, Probe, Stage,
        fetch::{self, Fetched},
        list, quota,
    },
    mailbox::{
        folders::{self, Folders, Role},
        window::PAGE,
    },
    message::way::{self, Operator},
    net::bounds::patiently,
};

/// A sign-in that takes longer is a penalty, or a directory that is slow.
const SLOW_SIGN_IN: Duration = Duration::from_secs(4);
const SLOW_LIST: Duration = Duration::from_secs(2);
const SLOW_PAGE: Duration = Duration::from_secs(2);
/// Percent of a quota.
const NEARLY_FULL: u64 = 95;
/// How far two clocks may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
const IDLE: Duration = Duration::from_secs(60);
/// Mailboxes that are asked for their size one by one, where the server does not count as it lists.
const COUNTED: usize = 30;

pub async fn sign_in(
    notes: &mut Notes<'_>,
    probe: Probe<'_>,
    credentials: &Credentials,
) -> Option<Connection> {
    let began = Instant::now();
    let signed_in = probe.sign_in(credentials, IDLE).await;
    let took = began.elapsed();
    match signed_in {
        Ok(connection) if took > patiently(SLOW_SIGN_IN) => {
            notes.warn(
                "slow-sign-in",
                format!("IMAP: the sign-in took {} s", took.as_secs()),
                "failures from this address are being punished (Dovecot: auth penalty), or the user directory is slow",
            );
            notes.took(took);
            Some(connection)
        }
        Ok(connection) => {
            notes.good("sign-in", "IMAP: signs in");
            notes.took(took);
            Some(connection)
        }
        Err(error) => {
            refused(notes, &error);
            None
        }
    }
}

fn refused(notes: &mut Notes<'_>, error: &Error) {
    match (&error.kind, error.code()) {
        (Kind::Refused { .. }, Some("LIMIT" | "INUSE")) => too_many(notes, 1),
        (Kind::Refused { .. }, Some("UNAVAILABLE" | "SERVERBUG" | "CONTACTADMIN")) => notes.fail(
            "sign-in-unavailable",
            "IMAP: the server cannot look up who may sign in just now",
            "its user directory (LDAP, SQL) does not answer: look into the server's log",
        ),
        (Kind::Refused { .. }, Some("PRIVACYREQUIRED")) => notes.fail(
            "sign-in-needs-tls",
            "IMAP: the server takes passwords over TLS only",
            "use imaps:// or imap:// without ?tls=none",
        ),
        (Kind::Refused { .. }, _) => notes.fail(
            "sign-in-refused",
            "IMAP: the name or the password is refused",
            "try it with another mail program; a login template (login = \"{local}\") may be needed, or an \
             application password",
        ),
        (Kind::Deadline, _) => notes.fail(
            "sign-in-silent",
            "IMAP: no answer to the sign-in",
            "the user directory (LDAP, SQL) does not answer: look into the server's log",
        ),
        (Kind::Unsupported(_), _) => notes.fail(
            "no-way-to-sign-in",
            "IMAP: the server takes passwords in no way that Relais knows",
            "switch on PLAIN or LOGIN over TLS there",
        ),
        _ => notes.fail(
            "sign-in-broken",
            format!("IMAP: the server hangs up at the sign-in ({error})"),
            "look into the server's log at this minute",
        ),
    }
}

fn too_many(notes: &mut Notes<'_>, got: usize) {
    notes.fail(
        "connection-limit",
        format!("IMAP: the server refuses connection number {got} of one person"),
        "Dovecot there: mail_max_userip_connections = 20; else set limits.per_account lower here",
    );
}

pub async fn look(
    notes: &mut Notes<'_>,
    config: &Config,
    backend: &Arc<Backend>,
    credentials: &Credentials,
    connection: &Connection,
) {
    several(notes, config, backend, credentials).await;
    let began = Instant::now();
    let (found, sizes) = match list(connection).await {
        Ok(found) => found,
        Err(error) => {
            return notes.fail(
                "no-mailboxes",
                format!("IMAP: the mailboxes cannot be listed ({error})"),
                "look into the server's log at this minute",
            );
        }
    };
    mailboxes(notes, &found, began.elapsed());
    let biggest = sizes.into_iter().max_by_key(|(_, messages)| *messages);
    if let Some((mailbox, messages)) = biggest {
        page(notes, connection, Operator::of(&backend.server), &mailbox, messages).await;
    }
    quotas(notes, connection).await;
}

/// As many connections as the gateway may open for one person.
async fn several(notes: &mut Notes<'_>, config: &Config, backend: &Arc<Backend>, credentials: &Credentials) {
    let mut held = Vec::new();
    for n in 2..=config.limits.per_account {
        let opened = match backend.probe().await {
            Ok(probe) => probe.sign_in(credentials, IDLE).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(connection) => held.push(connection),
            Err(error) if error.refused() => return too_many(notes, n),
            Err(error) => {
                return notes.warn(
                    "another-connection",
                    format!("IMAP: connection number {n} of one person fails ({error})"),
                    "look into the server's log at this minute: a limit, a ban, or a penalty may stand behind it",
                );
            }
        }
    }
    notes.good(
        "connections",
        format!("IMAP: {} connections of one person at once", config.limits.per_account),
    );
}

async fn list(connection: &Connection) -> Result<(Folders, Vec<(MailboxName, u32)>), Error> {
    let commands = list::commands(&connection.capabilities);
    let last = commands.len() - 1;
    let mut batch = connection.run(Stage::Folders, commands).await?;
    let namespaces = list::namespaces(&batch).unwrap_or_default();
    if batch.ok(last).is_err() {
        batch = connection.run(Stage::Folders, vec![list::plain()]).await?;
        batch.ok(0)?;
    }
    let mut counts = list::counts(&batch);
    let folders = folders::tree(list::listed(&batch), &counts, &namespaces);
    if counts.is_empty() {
        let some = folders.list.iter().filter(|folder| folder.selectable).take(COUNTED);
        let asked = connection.run(Stage::Counts, some.map(|f| list::status(&f.name)).collect()).await?;
        counts = list::counts(&asked);
    }
    let sizes = counts.into_iter().filter_map(|(name, counts)| Some((name, counts.messages?)));
    Ok((folders, sizes.collect()))
}

fn mailboxes(notes: &mut Notes<'_>, found: &Folders, took: Duration) {
    let many = found.list.len();
    if took > patiently(SLOW_LIST) {
        notes.warn(
            "slow-mailboxes",
            format!("IMAP: {many} mailboxes, listed in {} s", took.as_secs()),
            "a cold disk cache, or very many mailboxes: the page shows itself before they are counted",
        );
    } else {
        notes.good("mailboxes", format!("IMAP: {many} mailboxes"));
    }
    notes.took(took);
    let missing = [
        (Role::Sent, "no-sent", "a mailbox for sent mail", "the first message sent makes one called Sent"),
        (Role::Drafts, "no-drafts", "a mailbox for drafts", "drafts stay at the gateway until it is there"),
        (Role::Trash, "no-trash", "a trash", "deleting asks whether it is to be for good"),
        (Role::Junk, "no-junk", "a mailbox for junk", "reporting junk is not offered"),
    ];
    for (role, code, what, cost) in missing {
        if !found.list.iter().any(|folder| folder.role == Some(role)) {
            let verdict = format!("IMAP: {what} is missing: {cost}");
            notes.note(
                code,
                verdict,
                "create it for everybody (Dovecot: mailbox … { auto = subscribe, special_use = … })",
            );
        }
    }
}

async fn page(
    notes: &mut Notes<'_>,
    connection: &Connection,
    operator: Operator<'_>,
    mailbox: &MailboxName,
    messages: u32,
) {
    let began = Instant::now();
    let fetched = async {
        let (view, _) = connection.open_mailbox(mailbox, true).await?;
        if view.exists == 0 {
            return Ok(Vec::new());
        }
        let first = view.exists.saturating_sub(PAGE - 1).max(1);
        let command = fetch::rows(&NumberSet::range(first, view.exists), false);
        let batch = connection.run(Stage::List, vec![command]).await?;
        batch.ok(0)?;
        Ok::<_, Error>(fetch::collect(&batch, fetch::Detail::All))
    };
    let rows = fetched.await;
    let took = began.elapsed();
    match rows {
        Ok(rows) if took > patiently(SLOW_PAGE) => {
            notes.warn(
                "slow-page",
                format!("IMAP: {} rows of a mailbox of {messages} took {} s", rows.len(), took.as_secs()),
                "its index is being rebuilt, or the disk is slow: once more, and if it stays so, ask for a reindex there",
            );
            notes.took(took);
            clock(notes, rows.iter().filter_map(|row| row.internal_date));
            trace(notes, operator, &rows);
        }
        Ok(rows) => {
            notes.good(
                "page",
                format!("IMAP: {} rows of the biggest mailbox ({messages} messages)", rows.len()),
            );
            notes.took(took);
            clock(notes, rows.iter().filter_map(|row| row.internal_date));
            trace(notes, operator, &rows);
        }
        Err(error) => notes.fail(
            "no-page",
            format!("IMAP: the biggest mailbox cannot be read ({error})"),
            "look into the server's log at this minute: its index may be broken",
        ),
    }
}

/// Nothing arrives tomorrow.
pub fn clock(notes: &mut Notes<'_>, arrived: impl Iterator<Item = Timestamp>) {
    if arrived.max().is_some_and(|last| last.duration_since(Timestamp::now()) > SKEW) {
        notes.warn(
            "clock",
            "messages arrived in the future: the mail server's clock and this machine's are minutes apart",
            "set both by NTP: delays and hours that people see are wrong otherwise",
        );
    }
}

/// Whether the header fields of received mail are such that the delay of everybody's mail can be observed.
fn trace(notes: &mut Notes<'_>, operator: Operator<'_>, rows: &[Fetched]) {
    let headers =
        rows.iter().filter_map(|row| row.pieces.iter().find(|p| p.section.starts_with("HEADER.FIELDS")));
    let received: Vec<_> =
        headers.filter_map(|header| Some((&header.bytes, way::trace(&header.bytes)?.last))).collect();
    if !operator.is_known() || received.is_empty() {
        return;
    }
    // As if it had come into the mailbox at once: a mailbox that was moved is another matter.
    let vouched =
        received.iter().filter(|(header, last)| way::vouched(header, *last, false, operator).is_some());
    let what =
        |n: usize| format!("IMAP: {n} of {} received messages came through trusted_hosts", received.len());
    match vouched.count() {
        0 => notes.warn(
            "no-trusted-trace",
            what(0),
            "look at the first Received field of one: the name after “by” belongs into trusted_hosts, and the addresses after \
             “from” where a server of yours had it from another",
        ),
        n => notes.good("trusted-trace", what(n)),
    }
}

async fn quotas(notes: &mut Notes<'_>, connection: &Connection) {
    if !connection.capabilities.has("QUOTA") {
        return;
    }
    let Some(inbox) = MailboxName::from_raw(b"INBOX") else { return };
    let Ok(batch) = connection.run(Stage::Folders, vec![quota::command(&inbox)]).await else { return };
    let full =
        |q: &quota::Quota| q.limit > 0 && q.used.saturating_mul(100) >= q.limit.saturating_mul(NEARLY_FULL);
    if let Some(quota) = quota::read(&batch).into_iter().find(full) {
        notes.warn(
            "quota",
            format!("IMAP: this person's quota is full to {} % ({})", u128::from(quota.used) * 100 / u128::from(quota.limit), quota.resource),
            "copies of sent mail and drafts will be refused, and soon new mail: raise it, or have them delete",
        );
    }
}
