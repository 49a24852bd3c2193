//! From accepted to the mailbox: the courier with a real Postfix, and what it makes of each of its answers.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures::stream;
use jiff::Timestamp;
use lab::postfix;
use relais::{
    config::{Protocol, ServerUrl},
    net,
    outbox::{
        About, Accepted, Carrier, Cause, Detail, Fact, Key, MessageId, Outbox, Piece, State, Submission,
        courier,
    },
    session::account_id,
    store::{AccountId, Store},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    support::{ALICE, BOB, PASSWORD, Servers},
    victim::Home,
};

/// A gateway's outbox, without its pages.
pub struct Office {
    pub outbox: Outbox,
    pub store: Arc<Store>,
    home: Home,
    stop: CancellationToken,
    courier: Option<JoinHandle<()>>,
}

pub fn submission(account: AccountId, key: u8, text: &str) -> Submission {
    let message_id = format!("m{key}@relais.example.test");
    let message = format!(
        "From: {ALICE}\r\nTo: {BOB}\r\nSubject: Number {key}\r\nMessage-ID: <{message_id}>\r\n\
         Date: Sun, 22 Nov 2026 09:00:00 +0000\r\n\r\n{text}"
    );
    Submission {
        account,
        server: "default".into(),
        login: ALICE.into(),
        password: PASSWORD.to_owned().into(),
        key: Key([key; 16]),
        digest: [key; 32],
        from: ALICE.into(),
        owns: vec![ALICE.into(), BOB.into()],
        recipients: vec![BOB.into()],
        message: vec![Piece::Bytes(message.into_bytes())],
        not_before: Timestamp::now(),
        follow: false,
        about: About { message_id, ..About::default() },
        form: Vec::new(),
    }
}

impl Office {
    async fn open() -> Result<Office> {
        let home = Home::new()?;
        let store = Arc::new(home.open().await?);
        let outbox = Outbox::new(store.clone());
        Ok(Office { outbox, store, home, stop: CancellationToken::new(), courier: None })
    }

    fn start(&mut self, servers: &Servers) -> Result<()> {
        let url = format!("smtp://localhost:{}", servers.postfix.submission_port());
        self.start_for(&url, Some(&servers.dovecot.ca_pem()))
    }

    fn start_for(&mut self, url: &str, ca: Option<&Path>) -> Result<()> {
        let url = ServerUrl { ca: ca.map(Into::into), ..ServerUrl::parse(Protocol::Smtp, url, false)? };
        let carrier = Carrier {
            name: "default".into(),
            tls: net::client_config(&url)?,
            url,
            hello: "relais.example.test".into(),
            copies: None,
            reports: None,
        };
        let task = courier(self.outbox.clone(), vec![carrier], self.stop.clone());
        self.courier = Some(tokio::spawn(task));
        Ok(())
    }

    async fn end_unstarted(self) -> Result<()> {
        self.store.close().await;
        Ok(())
    }

    async fn end(self) -> Result<()> {
        self.end_keeping().await.map(drop)
    }

    async fn end_keeping(mut self) -> Result<Home> {
        self.stop.cancel();
        self.courier.take().context("not started")?.await?;
        Ok(self.home)
    }

    fn me(&self) -> AccountId {
        account_id(self.store.keys(), "default", ALICE)
    }

    async fn accept(&self, submission: Submission) -> Result<MessageId> {
        match self.outbox.accept(submission).await? {
            Accepted::New(id) => Ok(id),
            other => anyhow::bail!("{other:?}"),
        }
    }

    async fn detail(&self, id: MessageId) -> Result<Detail> {
        self.outbox.get(&self.me(), id).await?.context("no such message")
    }

    /// Waits until this is so.
    async fn until(&self, id: MessageId, so: impl Fn(&Detail) -> bool) -> Result<Detail> {
        for _ in 0..1200 {
            let detail = self.detail(id).await?;
            if so(&detail) {
                // Once more: the row may have been read just before the evidence was written.
                return self.detail(id).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let facts: Vec<Fact> = self.detail(id).await?.attempts.into_iter().map(|a| a.fact).collect();
        anyhow::bail!("it did not come to that: {facts:?}")
    }

    async fn settled(&self, id: MessageId, states: &[State]) -> Result<Detail> {
        self.until(id, |detail| detail.sent.recipients.iter().map(|r| r.state).eq(states.iter().copied()))
            .await
    }
}

#[tokio::test]
async fn text_and_attachment_arrive_octet_by_octet() -> Result<()> {
    let servers = Servers::start().await?;
    let mut office = Office::open().await?;
    office.start(&servers)?;
    let file: Vec<u8> = (0..700_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let body: Vec<Result<Bytes, ()>> = file.chunks(10_000).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    let staged = office.outbox.stage(&office.me(), "é.bin", "", stream::iter(body), 1 << 20).await?;
    let mut submission = submission(office.me(), 1, ".\r\n..\r\n.hidden\r\n\r\n");
    submission.message.push(Piece::Blob(staged.id));
    submission.message.push(Piece::Bytes(b"the end\r\n".to_vec()));
    let id = office.accept(submission).await?;
    let detail = office.settled(id, &[State::Accepted]).await?;
    let queued =
        |a: &relais::outbox::Attempt| matches!(&a.fact, Fact::Accepted(r) if r.text.contains("queued as"));
    ensure!(detail.attempts.iter().any(queued), "the server's words are kept");
    let arrived = servers.arrived(BOB, 1).await?;
    let (_, text) = &arrived[0];
    let lines = text.strip_prefix(b".\r\n..\r\n.hidden\r\n\r\n").context("the text")?;
    let lines = lines.strip_suffix(b"the end\r\n").context("the end")?;
    use base64::Engine;
    let joined: Vec<u8> = lines.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    ensure!(base64::prelude::BASE64_STANDARD.decode(joined)? == file);
    office.end().await
}

#[tokio::test]
async fn a_refusal_is_of_its_recipient_alone() -> Result<()> {
    let later = "smtpd_recipient_restrictions = check_recipient_access \
                 inline:{{later@example.test = 450 4.2.0 come back}}, permit_sasl_authenticated, reject";
    let servers =
        Servers::start_with(postfix::Options { extra: later.into(), ..postfix::Options::default() }).await?;
    let mut office = Office::open().await?;
    office.start(&servers)?;
    let recipients = [BOB, "nobody@example.test", "later@example.test", "odd\"@example.test"];
    let id = office
        .accept(Submission {
            recipients: recipients.map(str::to_owned).to_vec(),
            ..submission(office.me(), 1, "hello\r\n")
        })
        .await?;
    let states = [State::Accepted, State::Refused, State::Waiting, State::Refused];
    let detail = office.settled(id, &states).await?;
    let of = |n: usize| detail.attempts.iter().filter(move |a| a.recipient == Some(n)).map(|a| &a.fact);
    ensure!(of(1).any(|f| matches!(f, Fact::Refused { stage, answer } if stage == "recipient"
        && answer.code == 550 && answer.enhanced == Some([5, 1, 1]))));
    ensure!(of(2).any(|f| matches!(f, Fact::PutOff { .. })));
    let due = detail.sent.due.context("the rest is tried again")?;
    ensure!(due > Timestamp::now(), "and not at once");
    ensure!(detail.sent.needs_user && office.outbox.attention(&office.me()).await? == 1);
    ensure!(servers.arrived(BOB, 1).await?.len() == 1);
    ensure!(office.outbox.cancel(&office.me(), id).await?, "who waits can be taken back");
    office.settled(id, &[State::Accepted, State::Refused, State::Cancelled, State::Refused]).await?;
    office.end().await
}

#[tokio::test]
async fn a_password_that_one_process_alone_may_open_is_gone_with_it() -> Result<()> {
    let servers = Servers::start().await?;
    let mut office = Office::open().await?;
    let process =
        || Outbox::new(office.store.clone()).keeping_passwords(Duration::from_secs(48 * 3600), true);
    let (first, second) = (process()?, process()?);
    let (now, soon) = (Timestamp::now(), Timestamp::now() + jiff::SignedDuration::from_secs(300));
    let mut ids = Vec::new();
    for (key, not_before) in [(1, now), (2, soon)] {
        let submission = Submission { not_before, ..submission(office.me(), key, "hi\r\n") };
        let Accepted::New(id) = first.accept(submission).await? else { anyhow::bail!("not accepted") };
        ids.push(id);
    }
    let id = ids[0];
    office.outbox = second;
    office.start(&servers)?;
    office.settled(id, &[State::SignIn]).await?;
    // One sign-in is enough for what leaves later too.
    let later = office.store.message(&office.me(), &ids[1].0).await?.context("it is there")?;
    office.outbox.reseal(&office.me(), "default", ALICE, PASSWORD).await?;
    let anew = office.store.message(&office.me(), &ids[1].0).await?.context("it is there")?;
    ensure!(anew.live.credential.is_some() && anew.live.credential != later.live.credential);
    office.settled(id, &[State::Accepted]).await?;
    let log = servers.postfix.logged("status=sent").await?;
    ensure!(!log.contains("authentication failed"), "it was tried:\n{log}");
    office.end().await
}

#[tokio::test]
async fn a_refused_password_is_said_once_and_a_sign_in_wakes_all() -> Result<()> {
    let servers = Servers::start().await?;
    let mut office = Office::open().await?;
    let mut ids = Vec::new();
    for key in 1..=3 {
        let wrong = "wrong".to_owned().into();
        ids.push(
            office.accept(Submission { password: wrong, ..submission(office.me(), key, "hi\r\n") }).await?,
        );
    }
    office.start(&servers)?;
    for id in &ids {
        office.settled(*id, &[State::SignIn]).await?;
    }
    // Accepted by a session that does not know yet.
    let wrong = "wrong".to_owned().into();
    ids.push(office.accept(Submission { password: wrong, ..submission(office.me(), 4, "hi\r\n") }).await?);
    office.settled(ids[3], &[State::SignIn]).await?;
    let log = servers.postfix.logged("authentication failed").await?;
    let refusals = log.matches("authentication failed").count();
    ensure!(refusals == 1, "{refusals} tries:\n{log}");
    ensure!(office.outbox.attention(&office.me()).await? == 4);
    ensure!(office.outbox.reseal(&office.me(), "default", ALICE, PASSWORD).await? == 4);
    for id in &ids {
        office.settled(*id, &[State::Accepted]).await?;
    }
    ensure!(servers.arrived(BOB, 4).await?.len() == 4);
    office.end().await
}

#[tokio::test]
async fn a_server_that_is_down_is_asked_by_one_and_then_gets_all() -> Result<()> {
    let mut servers = Servers::start().await?;
    servers.postfix.stop();
    let mut office = Office::open().await?;
    let mut ids = Vec::new();
    for key in 1..=12 {
        ids.push(office.accept(submission(office.me(), key, "hi\r\n")).await?);
    }
    office.start(&servers)?;
    // One account has one conversation at a time: the first is the probe.
    office.until(ids[0], |detail| !detail.attempts.is_empty()).await?;
    let mut asked = 0;
    for id in &ids {
        asked += usize::from(!office.detail(*id).await?.attempts.is_empty());
    }
    ensure!(asked <= 2, "{asked} messages were carried to a server that is down");
    servers.postfix.restart().await?;
    for id in &ids {
        office.settled(*id, &[State::Accepted]).await?;
    }
    ensure!(servers.arrived(BOB, 12).await?.len() == 12);
    office.end().await
}

#[tokio::test]
async fn what_cannot_be_read_any_more_is_not_sent_and_comes_back() -> Result<()> {
    let servers = Servers::start().await?;
    let mut office = Office::open().await?;
    let long = "0123456789\r\n".repeat(60_000);
    let id = office.accept(submission(office.me(), 1, &long)).await?;
    match &office.home.database {
        Some(database) => drop(database.sql("UPDATE blob_chunk SET data = '\\x00' WHERE n = 2")?),
        None => {
            let file = office.home.folder.path().join("data/relais.db");
            let damage = "UPDATE blob_chunk SET data = x'00' WHERE n = 2";
            let said = std::process::Command::new("sqlite3").arg(&file).arg(damage).status();
            ensure!(said.context("sqlite3 does the damage from outside")?.success());
        }
    }
    office.start(&servers)?;
    let detail = office.settled(id, &[State::GivenUp]).await?;
    ensure!(detail.sent.needs_user);
    // Closed without the dot.
    servers.postfix.logged("lost connection after DATA").await?;
    ensure!(servers.dovecot.client(BOB).await?.select("INBOX").await? == 0, "half a message arrived");
    office.end().await
}

#[tokio::test]
async fn one_account_does_not_keep_another_waiting() -> Result<()> {
    let servers = Servers::start().await?;
    let mut office = Office::open().await?;
    let mut ids = Vec::new();
    for key in 1..=30 {
        ids.push(office.accept(submission(office.me(), key, "hi\r\n")).await?);
    }
    let other = account_id(office.store.keys(), "default", BOB);
    let login = BOB.to_owned();
    let from = BOB.to_owned();
    let small = office.accept(Submission { login, from, ..submission(other, 31, "hi\r\n") }).await?;
    office.start(&servers)?;
    let accepted = async || {
        let detail = office.outbox.get(&other, small).await?.context("no such message")?;
        anyhow::Ok(detail.sent.recipients[0].state == State::Accepted)
    };
    let mut tries = 0;
    while !accepted().await? {
        tries += 1;
        ensure!(tries < 1200, "the small account's message was not sent");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ensure!(office.detail(ids[29]).await?.sent.recipients[0].state == State::Waiting);
    office.end().await
}

#[tokio::test]
async fn stopping_gives_back_what_has_not_begun() -> Result<()> {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let mut office = Office::open().await?;
    let id = office.accept(submission(office.me(), 1, "hi\r\n")).await?;
    office.start_for(&format!("smtp://127.0.0.1:{}?tls=none", silent.local_addr()?.port()), None)?;
    let _held = silent.accept().await?;
    let (outbox, me) = (office.outbox.clone(), office.me());
    let store = office.store.clone();
    let home = office.end_keeping().await?;
    let detail = outbox.get(&me, id).await?.context("no such message")?;
    ensure!(detail.sent.recipients[0].state == State::Waiting);
    ensure!(matches!(detail.attempts[0].fact, Fact::PutOff { cause: Cause::Stopped, .. }));
    let due: Vec<_> = store.accounts_due("default").await?.into_iter().map(|(account, _)| account).collect();
    ensure!(due == [me], "the next courier takes it at once");
    drop(home);
    Ok(())
}

/// Answers by the book up to 354, then says that it did, and gives the connection away.
async fn up_to_data(listener: tokio::net::TcpListener) -> Result<BufReader<TcpStream>> {
    let mut client = BufReader::new(listener.accept().await?.0);
    client.write_all(b"220 script ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        ensure!(client.read_line(&mut line).await? > 0, "gone before DATA");
        let reply: &[u8] = match line.split_whitespace().next() {
            Some("EHLO") => b"250-script\r\n250 AUTH PLAIN\r\n",
            Some("AUTH") => b"235 2.7.0 welcome\r\n",
            Some("DATA") => {
                client.write_all(b"354 go on\r\n").await?;
                return Ok(client);
            }
            _ => b"250 2.0.0 ok\r\n",
        };
        client.write_all(reply).await?;
    }
}

fn narrow() -> Result<(tokio::net::TcpListener, String)> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    // What the kernel would take is not taken by the server.
    socket.set_recv_buffer_size(4096)?;
    socket.bind("127.0.0.1:0".parse()?)?;
    let listener = socket.listen(1)?;
    let url = format!("smtp://127.0.0.1:{}?tls=none", listener.local_addr()?.port());
    Ok((listener, url))
}

#[tokio::test]
async fn stopping_breaks_off_before_the_dot_and_gives_the_message_back() -> Result<()> {
    let (listener, url) = narrow()?;
    let mut office = Office::open().await?;
    let long = "0123456789\r\n".repeat(1_000_000);
    let id = office.accept(submission(office.me(), 1, &long)).await?;
    office.start_for(&url, None)?;
    let mut client = up_to_data(listener).await?;
    office.until(id, |detail| detail.attempts.iter().any(|a| a.fact == Fact::InData)).await?;
    let (outbox, me, store) = (office.outbox.clone(), office.me(), office.store.clone());
    let home = office.end_keeping().await?;
    let detail = outbox.get(&me, id).await?.context("no such message")?;
    ensure!(detail.sent.recipients[0].state == State::Waiting, "{:?}", detail.sent.recipients[0].state);
    let last = detail.attempts.last().context("no attempt")?;
    ensure!(matches!(last.fact, Fact::PutOff { cause: Cause::Stopped, .. }), "{:?}", last.fact);
    let due: Vec<_> = store.accounts_due("default").await?.into_iter().map(|(account, _)| account).collect();
    ensure!(due == [me], "the next courier takes it at once");
    let mut taken = Vec::new();
    // However the connection ended.
    let _ = client.read_to_end(&mut taken).await;
    ensure!(taken.len() < long.len() && !taken.ends_with(b"\r\n.\r\n"), "it was said whole");
    drop(home);
    Ok(())
}

#[tokio::test]
async fn stopping_waits_for_the_answer_to_the_dot() -> Result<()> {
    let (listener, url) = narrow()?;
    let mut office = Office::open().await?;
    let id = office.accept(submission(office.me(), 1, "hi\r\n")).await?;
    office.start_for(&url, None)?;
    let mut client = up_to_data(listener).await?;
    let mut line = String::new();
    while line != ".\r\n" {
        line.clear();
        ensure!(client.read_line(&mut line).await? > 0, "gone before the dot");
    }
    office.stop.cancel();
    let (outbox, me) = (office.outbox.clone(), office.me());
    let ending = tokio::spawn(office.end_keeping());
    // Nothing more is said, and nobody hangs up.
    let quiet = tokio::time::timeout(Duration::from_millis(500), client.read_line(&mut line)).await;
    ensure!(quiet.is_err() && !ending.is_finished(), "it did not wait: {line:?}");
    client.write_all(b"250 2.0.0 kept\r\n").await?;
    let home = ending.await??;
    let detail = outbox.get(&me, id).await?.context("no such message")?;
    ensure!(detail.sent.recipients[0].state == State::Accepted, "{:?}", detail.sent.recipients[0].state);
    drop(home);
    Ok(())
}

#[tokio::test]
async fn two_couriers_carry_each_message_once() -> Result<()> {
    let servers = Servers::start().await?;
    let mut first = Office::open().await?;
    let mut second = match &first.home.database {
        None => return first.end_unstarted().await,
        Some(_) => {
            let store = Arc::new(first.home.open().await?);
            let home = Home { folder: tempfile::tempdir()?, database: None };
            Office {
                outbox: Outbox::new(store.clone()),
                store,
                home,
                stop: CancellationToken::new(),
                courier: None,
            }
        }
    };
    let mut ids = Vec::new();
    for key in 1..=40 {
        ids.push(first.accept(submission(first.me(), key, "hi\r\n")).await?);
    }
    first.start(&servers)?;
    second.start(&servers)?;
    for id in &ids {
        let detail = second.settled(*id, &[State::Accepted]).await?;
        let begun = detail.attempts.iter().filter(|a| a.fact == Fact::InData).count();
        ensure!(begun == 1, "{begun} couriers said DATA");
    }
    ensure!(servers.arrived(BOB, 40).await?.len() == 40);
    first.end().await?;
    second.end().await
}

#[test]
fn all_of_this_on_postgresql() {
    let tests: &[lab::postgres::Test<Result<()>>] = &[
        ("text_and_attachment_arrive_octet_by_octet", text_and_attachment_arrive_octet_by_octet),
        ("a_refusal_is_of_its_recipient_alone", a_refusal_is_of_its_recipient_alone),
        (
            "a_password_that_one_process_alone_may_open_is_gone_with_it",
            a_password_that_one_process_alone_may_open_is_gone_with_it,
        ),
        (
            "a_refused_password_is_said_once_and_a_sign_in_wakes_all",
            a_refused_password_is_said_once_and_a_sign_in_wakes_all,
        ),
        (
            "a_server_that_is_down_is_asked_by_one_and_then_gets_all",
            a_server_that_is_down_is_asked_by_one_and_then_gets_all,
        ),
        (
            "what_cannot_be_read_any_more_is_not_sent_and_comes_back",
            what_cannot_be_read_any_more_is_not_sent_and_comes_back,
        ),
        ("one_account_does_not_keep_another_waiting", one_account_does_not_keep_another_waiting),
        ("stopping_gives_back_what_has_not_begun", stopping_gives_back_what_has_not_begun),
        (
            "stopping_breaks_off_before_the_dot_and_gives_the_message_back",
            stopping_breaks_off_before_the_dot_and_gives_the_message_back,
        ),
        ("stopping_waits_for_the_answer_to_the_dot", stopping_waits_for_the_answer_to_the_dot),
        ("two_couriers_carry_each_message_once", two_couriers_carry_each_message_once),
    ];
    lab::postgres::on_postgres(include_str!("outbox.rs"), tests, |ended| ended.unwrap());
}
