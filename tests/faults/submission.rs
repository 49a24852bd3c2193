//! Submission servers that stall, tear their replies or talk nonsense. What is not known to be sent and what is not
//! known not to be are told apart: everything before the dot was not sent; after it, only a whole reply decides.

use std::{io, sync::Once};

use anyhow::Result;
use bytes::Bytes;
use futures::stream;
use lab::{Reply, Submission, Submitted};
use relais::{
    config::{Protocol, ServerUrl},
    net,
    smtp::{Connection, Envelope, Error, Kind, Stage, bounds},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

const BODY: &[u8] = b"Subject: x\r\n\r\nHello\r\n.\r\nbye\r\n";

/// The deadlines of RFC 5321 are minutes. Nothing else in this process talks to a mail server by itself.
fn in_haste() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| net::bounds::set_patience(2));
}

async fn open(server: &Submitted) -> Result<Connection, Error> {
    open_at(server.port()).await
}

async fn open_at(port: u16) -> Result<Connection, Error> {
    in_haste();
    let url = format!("smtp://127.0.0.1:{port}?tls=none");
    let url = ServerUrl::parse(Protocol::Smtp, &url, false).unwrap();
    Connection::open(&url, &net::client_config(&url).unwrap(), "relais.example.test").await
}

fn envelope() -> Envelope {
    Envelope { from: "alice@example.test".into(), size: BODY.len() as u64, ..Envelope::default() }
}

fn chunks(octets: &'static [u8]) -> impl futures::Stream<Item = io::Result<Bytes>> {
    stream::iter(octets.chunks(7).map(|chunk| Ok(Bytes::from_static(chunk))))
}

/// The whole way of a message, as a task of its own: a courier has many.
async fn send(server: &Submitted) -> Result<(), Error> {
    let port = server.port();
    tokio::spawn(converse(port)).await.unwrap()
}

async fn converse(port: u16) -> Result<(), Error> {
    let mut connection = open_at(port).await?;
    connection.sign_in("alice", "secret").await?;
    connection.mail(&envelope()).await?;
    connection.recipient("bob@example.test").await?;
    let sent = connection.data(chunks(BODY)).await;
    if sent.is_err() {
        let after = connection.reset().await;
        let usable = sent.as_ref().is_err_and(|e| e.reply().is_some_and(|reply| reply.code != 421));
        assert_eq!(after.is_ok(), usable, "the connection after {sent:?}: {after:?}");
    }
    sent.map(drop)
}

fn stall(said: &str) -> Reply {
    Reply::SayAndStall(said.as_bytes().to_vec())
}

fn hang_up(said: &str) -> Reply {
    Reply::SayAndClose(said.as_bytes().to_vec())
}

fn reset(said: &str) -> Reply {
    Reply::SayAndReset(said.as_bytes().to_vec())
}

/// Runs the conversation against a server that goes wrong in one place, and compares stage and kind.
async fn goes_wrong(script: Submission, stage: Stage, kind: Kind) -> Result<Submitted> {
    let server = script.start().await?;
    let error = send(&server).await.unwrap_err();
    assert_eq!((error.stage, &error.kind), (stage, &kind), "{:?}", server.heard());
    assert_eq!(error.is_uncertain(), stage == Stage::End);
    Ok(server)
}

const PLACES: [(&str, Stage); 7] = [
    ("EHLO", Stage::Hello),
    ("AUTH", Stage::SignIn),
    ("MAIL", Stage::Mail),
    ("RCPT", Stage::Recipient),
    ("DATA", Stage::Data),
    ("body", Stage::Data),
    (".", Stage::End),
];

#[tokio::test]
async fn silence_has_a_deadline_at_every_stage() -> Result<()> {
    let mut all = vec![goes_wrong(Submission::new().greeting(stall("")), Stage::Greeting, Kind::Deadline)];
    for (command, stage) in PLACES.into_iter().filter(|(command, _)| *command != "body") {
        for said in ["", "2", "250-more\r\n"] {
            all.push(goes_wrong(Submission::new().on(command, stall(said)), stage, Kind::Deadline));
        }
    }
    futures::future::try_join_all(all).await?;
    Ok(())
}

/// One that answers by the book up to 354, and then reads nothing more.
async fn deaf() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        let mut client = BufReader::new(listener.accept().await?.0);
        for reply in ["220 deaf\r\n", "250 deaf\r\n", "250 ok\r\n", "250 ok\r\n"] {
            client.write_all(reply.as_bytes()).await?;
            client.read_line(&mut String::new()).await?;
        }
        client.write_all(b"354 go\r\n").await?;
        std::future::pending::<io::Result<()>>().await
    });
    Ok(port)
}

#[tokio::test]
async fn neither_a_deaf_server_nor_a_dry_source_holds_the_message_for_ever() -> Result<()> {
    let mut connection = open_at(deaf().await?).await?;
    connection.mail(&envelope()).await?;
    connection.recipient("bob@example.test").await?;
    let mut taken = 0;
    let endless = stream::repeat_with(|| {
        taken += 60_000;
        Ok(Bytes::from_static(&[b'x'; 60_000]))
    });
    let error = connection.data(endless).await.unwrap_err();
    assert_eq!((error.stage, &error.kind), (Stage::Data, &Kind::Deadline));
    // What the kernel holds for a socket, and one piece.
    assert!(taken < 20_000_000, "{taken} octets of the message were taken ahead of the network");

    let server = Submission::new().start().await?;
    let mut connection = open(&server).await?;
    connection.mail(&envelope()).await?;
    connection.recipient("bob@example.test").await?;
    let error = connection.data(stream::pending()).await.unwrap_err();
    assert_eq!((error.stage, &error.kind), (Stage::Data, &Kind::Deadline));
    assert!(server.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_message_that_trickles_ends_without_its_dot() -> Result<()> {
    let server = Submission::new().start().await?;
    let mut connection = open(&server).await?;
    connection.mail(&envelope()).await?;
    connection.recipient("bob@example.test").await?;
    // Each line in time, and no end.
    let trickle = stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        Some((Ok(Bytes::from_static(b"line\r\n")), ()))
    });
    let error = connection.data(trickle).await.unwrap_err();
    assert_eq!((error.stage, &error.kind), (Stage::Data, &Kind::Deadline));
    assert!(!error.is_uncertain() && server.messages().is_empty());
    assert!(bounds::message(1 << 25) > bounds::message(1 << 20), "large ones have longer");
    Ok(())
}

/// Takes a message so slowly that each piece is in time and the whole is not; what it was told after DATA.
async fn slow() -> Result<(u16, tokio::sync::oneshot::Receiver<Vec<u8>>)> {
    use tokio::io::AsyncReadExt;
    let socket = tokio::net::TcpSocket::new_v4()?;
    // What the kernel would take is not taken by the server.
    socket.set_recv_buffer_size(4096)?;
    socket.bind("127.0.0.1:0".parse()?)?;
    let listener = socket.listen(1)?;
    let port = listener.local_addr()?.port();
    let (told, tell) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut client = BufReader::with_capacity(4096, listener.accept().await?.0);
        for reply in ["220 slow\r\n", "250 slow\r\n", "250 ok\r\n", "250 ok\r\n"] {
            client.write_all(reply.as_bytes()).await?;
            client.read_line(&mut String::new()).await?;
        }
        client.write_all(b"354 go\r\n").await?;
        let (mut taken, mut piece) = (Vec::new(), vec![0; 4096]);
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            match client.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(octets) => taken.extend_from_slice(&piece[..octets]),
            }
        }
        let _ = told.send(taken);
        io::Result::Ok(())
    });
    Ok((port, tell))
}

#[tokio::test]
async fn a_server_that_takes_the_message_too_slowly_never_gets_the_dot() -> Result<()> {
    let (port, taken) = slow().await?;
    let mut connection = open_at(port).await?;
    let octets: u64 = 4 << 20;
    connection.mail(&Envelope { size: octets, ..envelope() }).await?;
    connection.recipient("bob@example.test").await?;
    let line = Bytes::from("x".repeat(62) + "\r\n");
    let whole = stream::iter((0..octets / 64).map(move |_| Ok(line.clone())));
    let error = connection.data(whole).await.unwrap_err();
    assert_eq!((error.stage, &error.kind), (Stage::Data, &Kind::Deadline));
    assert!(!error.is_uncertain() && connection.reset().await.is_err());
    drop(connection);
    let taken = taken.await?;
    assert!(taken.len() > 100_000, "it went on taking: {}", taken.len());
    assert!(!taken.windows(5).any(|octets| octets == b"\r\n.\r\n"));
    Ok(())
}

#[tokio::test]
async fn a_connection_lost_is_told_by_its_place() -> Result<()> {
    goes_wrong(Submission::new().greeting(hang_up("")), Stage::Greeting, Kind::Closed).await?;
    for (command, stage) in PLACES.into_iter().filter(|(command, _)| *command != "body") {
        for said in ["", "25", "250 2.0.0 ok, queued as 4f", "250-2.0.0 ok\r\n", "250-ok\r\n250"] {
            for torn in [hang_up(said), reset(said)] {
                goes_wrong(Submission::new().on(command, torn), stage, Kind::Closed).await?;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_connection_lost_in_the_message_is_not_uncertain_while_the_dot_is_ours() -> Result<()> {
    let server = Submission::new().on("body", hang_up("")).start().await?;
    let mut connection = open(&server).await?;
    connection.mail(&envelope()).await?;
    connection.recipient("bob@example.test").await?;
    // Lines until the server's absence is felt.
    let endless = stream::repeat_with(|| Ok(Bytes::from_static(b"line\r\n")));
    let error = connection.data(endless).await.unwrap_err();
    assert_eq!((error.stage, &error.kind), (Stage::Data, &Kind::Closed));
    assert!(server.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn nonsense_is_no_reply() -> Result<()> {
    let protocol = |what| Kind::Protocol(what);
    for said in [
        "SSH-2.0-OpenSSH\r\n",
        "* OK IMAP ready\r\n",
        "\r\n",
        "\0\0\0\r\n",
        "999 x\r\n",
        "150 x\r\n",
        "25O ok\r\n",
    ] {
        goes_wrong(Submission::new().greeting(said), Stage::Greeting, protocol("not an SMTP reply")).await?;
        goes_wrong(Submission::new().on(".", said), Stage::End, protocol("not an SMTP reply")).await?;
    }
    goes_wrong(
        Submission::new().on("MAIL", "250-a\r\n550 b\r\n"),
        Stage::Mail,
        protocol("a reply with two codes"),
    )
    .await?;
    for endless in ["250-".to_owned() + &"x".repeat(80_000), "250-x\r\n".repeat(20_000)] {
        let rule = stall(&endless);
        goes_wrong(Submission::new().on("RCPT", rule), Stage::Recipient, protocol("a reply without end"))
            .await?;
    }
    let something_else = protocol("an answer to something else");
    goes_wrong(Submission::new().greeting("250 hello\r\n"), Stage::Greeting, protocol("not a greeting"))
        .await?;
    goes_wrong(Submission::new().on("MAIL", "354 go\r\n"), Stage::Mail, something_else.clone()).await?;
    goes_wrong(Submission::new().on("DATA", "250 done\r\n"), Stage::Data, something_else.clone()).await?;
    goes_wrong(Submission::new().on(".", "354 more\r\n"), Stage::End, something_else).await?;
    Ok(())
}

/// The loss that a reply out of turn makes: with one reply too many, a refusal is read as that of the message before.
#[tokio::test]
async fn a_reply_too_many_never_stands_for_another_one() -> Result<()> {
    let early = Kind::Protocol("the server spoke out of turn");
    let twice = "250 ok\r\n250 ok\r\n";
    let refusing = |script: Submission| script.on(".", "554 5.7.1 no\r\n");
    goes_wrong(refusing(Submission::new().on("MAIL", twice)), Stage::Recipient, early.clone()).await?;
    goes_wrong(refusing(Submission::new().on("RCPT", twice)), Stage::Data, early.clone()).await?;
    goes_wrong(refusing(Submission::new().on("DATA", "354 go\r\n250 queued\r\n")), Stage::Data, early)
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_closes_says_why() -> Result<()> {
    // In the message, long before the dot.
    let server = Submission::new().on("body", hang_up("552 5.3.4 too big\r\n")).start().await?;
    let mut connection = open(&server).await?;
    connection.mail(&envelope()).await?;
    connection.recipient("bob@example.test").await?;
    let endless = stream::repeat_with(|| Ok(Bytes::from_static(b"line\r\n")));
    let error = connection.data(endless).await.unwrap_err();
    let reply = error.reply().expect("the server's words");
    assert_eq!((error.stage, reply.code, reply.enhanced), (Stage::Data, 552, Some([5, 3, 4])));
    assert!(server.messages().is_empty() && !error.is_uncertain());

    // 421 may come at any time (RFC 5321 §3.8), and ends the connection.
    for (command, stage) in PLACES.into_iter().filter(|(command, _)| *command != "body") {
        let server = Submission::new().on(command, "421 4.3.2 closing\r\n").start().await?;
        let error = send(&server).await.unwrap_err();
        assert_eq!((error.stage, error.reply().map(|reply| reply.code)), (stage, Some(421)));
        assert!(!error.is_uncertain());
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_leaves_the_connection_usable() -> Result<()> {
    let script = Submission::new()
        .times("MAIL", 1, "451 4.7.1 greylisted\r\n")
        .on("RCPT TO:<NOBODY", "550 5.1.1 no such user\r\n")
        .on("RCPT TO:<FULL", "452-4.2.2 over\r\n452 4.2.2 quota\r\n")
        .times(".", 1, "554 5.7.1 content\r\n");
    let server = script.start().await?;
    let mut connection = open(&server).await?;
    let code = |sent: Result<relais::smtp::Reply, Error>| match sent {
        Ok(reply) => reply.code,
        Err(e) => e.reply().map_or(0, |reply| reply.code),
    };
    assert_eq!(code(connection.mail(&envelope()).await), 451);
    assert_eq!(code(connection.mail(&envelope()).await), 250);
    assert_eq!(code(connection.recipient("nobody@example.test").await), 550);
    let full = connection.recipient("full@example.test").await.unwrap_err();
    assert_eq!(
        full.reply().map(|reply| (&*reply.text, reply.enhanced)),
        Some(("over quota", Some([4, 2, 2])))
    );
    // Never said to the server at all.
    assert_eq!(code(connection.recipient("a@b>\r\nRCPT TO:<eve@example.test").await), 553);
    assert_eq!(code(connection.recipient("bob@example.test").await), 250);
    assert_eq!(code(connection.data(chunks(BODY)).await), 554);
    connection.reset().await?;
    connection.mail(&envelope()).await?;
    connection.recipient("bob@example.test").await?;
    assert_eq!(code(connection.data(chunks(BODY)).await), 250);
    connection.quit().await;
    assert_eq!(server.messages().len(), 2);
    assert!(server.heard().iter().all(|line| !line.contains("eve")), "{:?}", server.heard());
    Ok(())
}

#[tokio::test]
async fn a_message_that_breaks_off_is_never_ended() -> Result<()> {
    let whole = Bytes::from_static(b"Subject: x\r\n\r\nall of it\r\n");
    let breaks: [(&str, Vec<io::Result<Bytes>>); 5] = [
        ("the message could not be read", vec![Ok(whole.clone()), Err(io::Error::other("the disk"))]),
        ("a bare LF in the message", vec![Ok(whole.clone()), Ok(Bytes::from_static(b"\n"))]),
        ("a bare CR in the message", vec![Ok(whole.clone()), Ok(Bytes::from_static(b"\r"))]),
        ("a NUL in the message", vec![Ok(whole.clone()), Ok(Bytes::from_static(b"\0\r\n"))]),
        ("8-bit text, which the server does not take", vec![Ok(Bytes::from_static(b"\xe9\r\n"))]),
    ];
    for (what, chunks) in breaks {
        let server = Submission::new().on("EHLO", "250-script\r\n250 DSN\r\n").start().await?;
        let mut connection = open(&server).await?;
        connection.mail(&envelope()).await?;
        connection.recipient("bob@example.test").await?;
        let error = connection.data(stream::iter(chunks)).await.unwrap_err();
        assert_eq!((error.stage, error.kind), (Stage::Data, Kind::Protocol(what)));
        let closed = connection.reset().await.unwrap_err();
        assert_eq!(closed.kind, Kind::Closed);
        assert!(server.messages().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn whoever_stops_waiting_ends_the_connection() -> Result<()> {
    let server = Submission::new().on("RCPT", stall("")).start().await?;
    let mut connection = open(&server).await?;
    connection.mail(&envelope()).await?;
    tokio::select! {
        biased;
        _ = connection.recipient("bob@example.test") => panic!("nobody answered"),
        () = async { while server.heard().len() < 3 { tokio::task::yield_now().await } } => {}
    }
    let after = connection.recipient("carol@example.test").await.unwrap_err();
    assert_eq!((after.stage, after.kind), (Stage::Recipient, Kind::Closed));
    Ok(())
}

#[tokio::test]
async fn a_password_is_said_once_and_another_way_only_where_it_was_not_judged() -> Result<()> {
    let sign_in = async |script: Submission| -> Result<(Result<(), Error>, Vec<String>)> {
        let server = script.start().await?;
        let done = open(&server).await?.sign_in("alice", "secret").await;
        Ok((done, server.heard()[1..].to_vec()))
    };
    let refused = |done: Result<(), Error>| done.unwrap_err().reply().map(|reply| reply.code);

    for code in [535, 454, 530, 538] {
        let (done, heard) = sign_in(Submission::new().on("AUTH", &format!("{code} no\r\n"))).await?;
        assert_eq!((refused(done), heard), (Some(code), vec!["AUTH PLAIN …".to_owned()]));
    }
    let by_login = Submission::new()
        .on("AUTH PLAIN", "504 5.5.4 unknown\r\n")
        .on("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n")
        .on("YWXPY2U=", "334 UGFzc3dvcmQ6\r\n")
        .on("C2VJCMV0", "235 welcome\r\n");
    let (done, heard) = sign_in(by_login).await?;
    assert_eq!(done, Ok(()));
    assert_eq!(heard, ["AUTH PLAIN …", "AUTH LOGIN", "YWxpY2U=", "c2VjcmV0"]);

    let (done, heard) = sign_in(Submission::new().on("EHLO", "250-x\r\n250 AUTH CRAM-MD5\r\n")).await?;
    assert_eq!((done.unwrap_err().kind, heard), (Kind::NoWayIn, vec![]));
    Ok(())
}

#[tokio::test]
async fn a_reply_in_another_charset_is_a_reply() -> Result<()> {
    let server = Submission::new().on(".", b"250 2.0.0 accept\xe9 sous A1B2\r\n").start().await?;
    let mut connection = open(&server).await?;
    connection.mail(&envelope()).await?;
    connection.recipient("bob@example.test").await?;
    let reply = connection.data(chunks(BODY)).await?;
    assert_eq!((reply.code, &*reply.text), (250, "accepté sous A1B2"));
    assert_eq!(server.messages(), [b"Subject: x\r\n\r\nHello\r\n..\r\nbye\r\n"]);
    Ok(())
}

#[tokio::test]
async fn what_is_said_follows_what_the_server_can() -> Result<()> {
    let server = Submission::new().start().await?;
    let mut connection = open(&server).await?;
    assert!(connection.reports() && connection.eight_bit() && connection.limit() == Some(1_000_000));
    let envelope = Envelope { id: Some("a+b=c".into()), follow: true, ..envelope() };
    connection.mail(&envelope).await?;
    connection.recipient("o'neil+x@Exämple.test").await?;
    assert_eq!(
        server.heard(),
        [
            "EHLO relais.example.test",
            "MAIL FROM:<alice@example.test> SIZE=29 BODY=8BITMIME RET=HDRS ENVID=a+2Bb+3Dc",
            "RCPT TO:<o'neil+x@xn--exmple-cua.test> NOTIFY=SUCCESS,FAILURE,DELAY \
             ORCPT=rfc822;o'neil+2Bx@xn--exmple-cua.test",
        ]
    );

    let server = Submission::new().on("EHLO", "250 script\r\n").start().await?;
    let mut connection = open(&server).await?;
    assert!(!connection.reports() && !connection.eight_bit() && connection.limit().is_none());
    connection.mail(&Envelope { from: String::new(), ..envelope }).await?;
    connection.recipient("bob@example.test").await?;
    assert_eq!(server.heard()[1..], ["MAIL FROM:<>", "RCPT TO:<bob@example.test>"]);
    Ok(())
}
