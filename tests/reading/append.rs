//! Saving messages on a real Dovecot, by the mail floor alone: how it is said, how much is held, what is left when the
//! server dies in the middle.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures::{Stream, stream};
use jiff::Timestamp;
use lab::{
    Chaos, Dovecot, Mode, Options,
    strip::{Announce, Strip},
};
use relais::{
    config::{LoginTemplate, Protocol, Server, ServerUrl},
    imap::{
        Backend, Credentials, Flag, Kind, Limits, Loan, MailboxName, Pool,
        append::{self, Message},
        sent::{self, Kept, Letter},
    },
    net::client_config,
    session::account_id,
    store::Store,
};

use crate::support::{ALICE, PASSWORD, flags, source};

/// A connection that serves no session.
async fn connection(port: u16) -> Result<Loan> {
    let imap = ServerUrl::parse(Protocol::Imap, &format!("imap://127.0.0.1:{port}?tls=none"), false)?;
    let server = Server {
        name: "default".into(),
        imap,
        smtp: None,
        domains: Vec::new(),
        login: LoginTemplate("{address}".into()),
        forward_client_ip: false,
        senders: std::collections::BTreeMap::new(),
        saves_sent: false,
        trusted_hosts: Vec::new(),
        trusted_networks: Vec::new(),
        trusted_domains: Vec::new(),
        probe: None,
    };
    let tls = client_config(&server.imap)?;
    let backend = Backend::new(Arc::new(server), tls);
    let pool = Pool::new(Limits { per_account: 3, total: 10, idle: Duration::from_secs(60) });
    let credentials = Credentials { login: ALICE.into(), password: PASSWORD.to_owned().into() };
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("data"), &folder.path().join("key")).await?;
    let account = account_id(store.keys(), "default", ALICE);
    let fresh = pool.sign_in((account, false), &backend, &credentials, None).await?;
    Ok(fresh.of_nobody())
}

fn name(raw: &str) -> MailboxName {
    MailboxName::from_raw(raw.as_bytes()).expect("a name")
}

fn letter(id: &str, octets: usize) -> Bytes {
    let mut text = format!("Message-ID: {id}\r\nSubject: kept\r\n\r\n");
    while text.len() < octets {
        text.push_str("0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n");
    }
    text.into()
}

fn message<'a>(mailbox: &'a MailboxName, body: &Bytes) -> Message<'a> {
    Message { mailbox, octets: body.len() as u64, flags: &[Flag::Seen], date: None }
}

fn once(body: &Bytes) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    stream::iter([Ok(body.clone())])
}

/// The commands that passed, without tags and passwords.
fn said(wire: &Chaos) -> Vec<String> {
    let untagged = |line: &str| line.split_once(' ').map_or(String::new(), |(_, rest)| rest.to_owned());
    wire.commands().iter().map(|c| untagged(&c.line)).collect()
}

async fn sent(dovecot: &Dovecot) -> Result<u32> {
    dovecot.client(ALICE).await?.select("Sent").await
}

#[tokio::test]
async fn a_message_is_kept_octet_by_octet_in_one_round_trip() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let loan = connection(wire.port()).await?;
    let (sent, body) = (name("Sent"), letter("<a@x>", 9_000));
    wire.clear();
    let date: Timestamp = "2026-11-20T09:42:07Z".parse()?;
    let message = Message { flags: &[Flag::Seen, Flag::Flagged], date: Some(date), ..message(&sent, &body) };
    let place = append::append(&loan, &message, once(&body)).await?.context("no APPENDUID")?;
    // Small, and the server takes literals without being asked.
    ensure!(wire.counts().round_trips == 1 && wire.counts().commands == 1, "{:?}", said(&wire));
    ensure!(
        said(&wire)[0].starts_with("APPEND \"Sent\" (\\Seen \\Flagged) \"20-Nov-2026 09:42:07 +0000\" {"),
        "{:?}",
        said(&wire)
    );
    let mut imap = dovecot.client(ALICE).await?;
    imap.select("Sent").await?;
    ensure!(source(&mut imap, place.uid).await? == body);
    let mut kept = flags(&mut imap, place.uid).await?;
    kept.sort();
    ensure!(kept == ["\\Flagged", "\\Seen"], "{kept:?}");
    let date = imap.run(&format!("UID FETCH {} (INTERNALDATE)", place.uid)).await?.text().join(" ");
    ensure!(date.contains("20-Nov-2026"), "{date}");
    // The same connection goes on.
    ensure!(append::append(&loan, &message, once(&body)).await?.is_some());
    Ok(())
}

/// Octets of a body that are alive now, and the most there ever were.
#[derive(Default)]
struct Alive {
    now: AtomicUsize,
    most: AtomicUsize,
}

struct Chunk {
    octets: Bytes,
    alive: Arc<Alive>,
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.alive.now.fetch_sub(self.octets.len(), Ordering::SeqCst);
    }
}

fn watched(body: &Bytes, chunk: usize, alive: &Arc<Alive>) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let (body, alive) = (body.clone(), alive.clone());
    stream::iter((0..body.len()).step_by(chunk).map(move |at| {
        let octets = Bytes::copy_from_slice(&body[at..(at + chunk).min(body.len())]);
        let now = alive.now.fetch_add(octets.len(), Ordering::SeqCst) + octets.len();
        alive.most.fetch_max(now, Ordering::SeqCst);
        Ok(Bytes::from_owner(Chunk { octets, alive: alive.clone() }))
    }))
}

#[tokio::test]
async fn thirty_megabytes_pass_without_being_held() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let loan = connection(wire.port()).await?;
    let (sent, body, alive) = (name("Sent"), letter("<big@x>", 30_000_000), Arc::new(Alive::default()));
    wire.clear();
    let place = append::append(&loan, &message(&sent, &body), watched(&body, 50_000, &alive)).await?;
    ensure!(
        wire.counts().commands == 1 && wire.counts().round_trips == 2,
        "asked first: {:?}",
        wire.counts()
    );
    let most = alive.most.load(Ordering::SeqCst);
    ensure!(most <= 200_000, "{most} octets held at once");
    let mut imap = dovecot.client(ALICE).await?;
    imap.select("Sent").await?;
    ensure!(source(&mut imap, place.context("no APPENDUID")?.uid).await? == body);
    Ok(())
}

#[tokio::test]
async fn a_refusal_comes_before_the_message() -> Result<()> {
    let options = Options {
        mail_plugins: "quota imap_quota".into(),
        extra: "plugin {\n quota = count:User quota\n quota_rule = *:storage=1M\n quota_vsizes = yes\n}\n"
            .into(),
        ..Options::default()
    };
    let dovecot = Dovecot::start(options).await?;
    let loan = connection(dovecot.imap_port()).await?;
    let (sent, body, alive) = (name("Sent"), letter("<big@x>", 3_000_000), Arc::new(Alive::default()));
    let error = append::append(&loan, &message(&sent, &body), watched(&body, 50_000, &alive))
        .await
        .err()
        .context("kept beyond the quota")?;
    ensure!(error.code() == Some("OVERQUOTA"), "{error:?}");
    // It says so, and the connection is as good as before.
    let small = letter("<small@x>", 500);
    ensure!(append::append(&loan, &message(&sent, &small), once(&small)).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_missing_mailbox_is_made_once() -> Result<()> {
    let dovecot = Dovecot::start(Options { folders: Vec::new(), ..Options::default() }).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let loan = connection(wire.port()).await?;
    let sent = name("Sent");
    ensure!(append::mark(&loan, &sent).await?.is_none(), "there is none yet");
    // One that goes unasked, one that asks first.
    for (id, octets) in [("<a@x>", 500), ("<b@x>", 500_000)] {
        let body = letter(id, octets);
        append::append_to_sent(&loan, &message(&sent, &body), || once(&body))
            .await?
            .context("no APPENDUID")?;
    }
    let said = said(&wire);
    let count = |verb: &str| said.iter().filter(|line| line.starts_with(verb)).count();
    ensure!(count("CREATE") == 1 && count("SUBSCRIBE") == 1 && count("APPEND") == 3, "{said:?}");
    // A name that no server would make.
    let bad = name("a//b");
    let body = letter("<c@x>", 500);
    let error = append::append_to_sent(&loan, &message(&bad, &body), || once(&body)).await.err();
    ensure!(error.as_ref().is_some_and(relais::imap::Error::refused), "{error:?}");
    ensure!(append::mark(&loan, &sent).await?.is_some(), "and the connection goes on");
    Ok(())
}

#[tokio::test]
async fn a_server_that_dies_in_the_literal_keeps_nothing_and_the_next_try_is_the_only_one() -> Result<()> {
    let mut dovecot = Dovecot::start(Options::default()).await?;
    let (sent_name, body) = (name("Sent"), letter("<mid@x>", 4_000_000));
    let loan = connection(dovecot.imap_port()).await?;
    let mark = append::mark(&loan, &sent_name).await?.context("no mark")?;
    let (feed, fed) = tokio::sync::mpsc::channel(1);
    let chunks = stream::unfold(fed, |mut fed| async { fed.recv().await.map(|chunk| (Ok(chunk), fed)) });
    let feeding = {
        let body = body.clone();
        async move {
            for at in (0..body.len()).step_by(100_000) {
                if at == 2_000_000 {
                    dovecot.kill_hard();
                }
                let _ = feed.send(body.slice(at..(at + 100_000).min(body.len()))).await;
            }
            dovecot
        }
    };
    let request = message(&sent_name, &body);
    let (outcome, mut dovecot) = tokio::join!(append::append(&loan, &request, chunks), feeding);
    ensure!(outcome.as_ref().is_err_and(|e| e.kind == Kind::Closed), "{outcome:?}");
    ensure!(loan.is_closed());
    dovecot.restart().await?;
    let loan = connection(dovecot.imap_port()).await?;
    ensure!(append::find(&loan, &sent_name, mark, "<mid@x>").await?.is_none());
    let place = append::append(&loan, &request, once(&body)).await?;
    ensure!(append::find(&loan, &sent_name, mark, "<mid@x>").await? == place && place.is_some());
    ensure!(sent(&dovecot).await? == 1);
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_is_found_out_on_plain_imap4rev1_too() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let strip = Strip::start(dovecot.imap_port(), &["IMAP4rev1"], Announce::WhenAsked).await?;
    for (port, id) in [(dovecot.imap_port(), "<rich@x>"), (strip.port(), "<plain@x>")] {
        let wire = Chaos::start(port).await?;
        let sent = name("Sent");
        let loan = connection(wire.port()).await?;
        // An older one with the same id, and a last one that `n:*` names although it is older than the mark.
        let body = letter(id, 1_000);
        append::append(&loan, &message(&sent, &body), once(&body)).await?;
        let mark = append::mark(&loan, &sent).await?.context("no mark")?;
        ensure!(
            append::find(&loan, &sent, mark, id).await?.is_none(),
            "{id}: what was there before does not count"
        );
        // Five octets of the answer come through, after the consent (`+ go on`) where one is asked for.
        let consent = if loan.capabilities.has("LITERAL+") { 0 } else { 9 };
        wire.set(Mode::CloseAfter(consent + 5)).await;
        let outcome = append::append(&loan, &message(&sent, &body), once(&body)).await;
        ensure!(outcome.as_ref().is_err_and(|e| !e.refused()), "{id}: {outcome:?}");
        wire.set(Mode::Pass).await;
        let loan = connection(wire.port()).await?;
        wire.clear();
        let found = append::find(&loan, &sent, mark, id).await?.with_context(|| format!("{id} was kept"))?;
        ensure!(found.uid == mark.uidnext && found.uidvalidity == mark.uidvalidity, "{found:?} {mark:?}");
        ensure!(wire.counts().commands == 2, "{:?}", said(&wire));
        ensure!(append::find(&loan, &sent, mark, "<other@x>").await?.is_none());
        let rebuilt = append::Mark { uidvalidity: mark.uidvalidity + 1, uidnext: 4_000_000_000 };
        ensure!(
            append::find(&loan, &sent, rebuilt, id).await?.is_some(),
            "a rebuilt mailbox is searched whole"
        );
    }
    ensure!(strip.refused().is_empty(), "{:?}", strip.refused());
    Ok(())
}

#[tokio::test]
async fn what_breaks_on_our_side_leaves_nothing_half() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let (sent_name, body) = (name("Sent"), letter("<x@x>", 200_000));
    let half = || Ok(body.slice(..100_000));
    let failing: [Vec<io::Result<Bytes>>; 5] = [
        vec![half(), Err(io::Error::other("unreadable"))],
        vec![half()],
        vec![Ok(body.clone()), Ok(Bytes::from_static(b"more"))],
        vec![half(), half(), Ok(Bytes::from(vec![0; body.len() - 200_000]))],
        vec![],
    ];
    for chunks in failing {
        let loan = connection(dovecot.imap_port()).await?;
        let outcome = append::append(&loan, &message(&sent_name, &body), stream::iter(chunks)).await;
        ensure!(outcome.as_ref().is_err_and(|e| e.kind == Kind::Source), "{outcome:?}");
        ensure!(loan.is_closed());
    }
    // Whoever asked leaves in the middle.
    let loan = connection(dovecot.imap_port()).await?;
    let (feed, fed) = tokio::sync::mpsc::channel(1);
    let chunks = stream::unfold(fed, |mut fed| async { fed.recv().await.map(|chunk| (chunk, fed)) });
    let leaving = {
        let (sent_name, body) = (sent_name.clone(), body.clone());
        tokio::spawn(
            async move { append::append(&loan, &message(&sent_name, &body), chunks).await.map(drop) },
        )
    };
    // The second is only taken once the first was: by then the server waits for the rest.
    feed.send(half()).await?;
    feed.send(Ok(Bytes::new())).await?;
    leaving.abort();
    ensure!(leaving.await.is_err_and(|e| e.is_cancelled()));
    ensure!(sent(&dovecot).await? == 0);
    Ok(())
}

#[tokio::test]
async fn a_copy_of_sent_mail_is_kept_once_however_often_it_is_tried() -> Result<()> {
    let special = |name: &str, special: &str| (name.to_owned(), special.to_owned());
    let cases = [
        // By its attribute, against its name; by its name alone; not there at all, under a prefix.
        (
            Options {
                folders: vec![special("Parties", r"\Sent"), special("Sent", "")],
                ..Options::default()
            },
            "Parties",
        ),
        (
            Options { folders: vec![special("Sent Items", "")], special_use: false, ..Options::default() },
            "Sent Items",
        ),
        (
            Options { folders: Vec::new(), prefix: "INBOX.".into(), separator: '.', ..Options::default() },
            "INBOX.Sent",
        ),
    ];
    for (options, expected) in cases {
        let dovecot = Dovecot::start(options).await?;
        let wire = Chaos::start(dovecot.imap_port()).await?;
        let loan = connection(wire.port()).await?;
        let note = sent::note(&loan).await?;
        ensure!(note.mailbox == name(expected), "{note:?}");
        let body = letter("<copy@x>", 2_000);
        let date = Timestamp::now();
        let letter = Letter { message_id: "<copy@x>", octets: body.len() as u64, date };
        // The answer to the first try is lost: where the mailbox is not there, that to CREATE.
        wire.set(Mode::CloseAfter(5)).await;
        ensure!(sent::keep(&loan, &letter, &note, false, || once(&body)).await.is_err());
        wire.set(Mode::Pass).await;
        for _ in 0..3 {
            let loan = connection(wire.port()).await?;
            let kept = sent::keep(&loan, &letter, &note, true, || once(&body)).await?;
            ensure!(matches!(kept, Kept::Before(_) | Kept::Now(Some(_))), "{kept:?}");
        }
        let mut imap = dovecot.client(ALICE).await?;
        ensure!(imap.select(expected).await? == 1, "{expected}: not once");
        ensure!(flags(&mut imap, 1).await? == ["\\Seen"]);
        ensure!(source(&mut imap, 1).await? == body);
    }
    Ok(())
}
