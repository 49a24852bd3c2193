//! The broken networks break as told, and count right.

use std::time::Duration;

use lab::{Announce, Chaos, Dovecot, Imap, Mode, Options, Reply, Script, Strip, seed};
use tokio::time::timeout;

#[tokio::test]
async fn chaos_counts_commands_and_round_trips_and_keeps_no_password() {
    let dovecot = Dovecot::start(Options::default()).await.unwrap();
    let chaos = Chaos::start(dovecot.imap_port()).await.unwrap();
    let mut client = Imap::connect(chaos.port()).await.unwrap();
    client.login("alice@example.test", "secret").await.unwrap();
    client.append("INBOX", &seed::plain(1, jiff::Timestamp::now()).next().unwrap()).await.unwrap();
    client.select("INBOX").await.unwrap();
    let lines: Vec<String> = chaos.commands().into_iter().map(|command| command.line).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], "t1 LOGIN …");
    assert!(
        lines[1].starts_with("t2 APPEND \"INBOX\"")
            && lines[1].contains('…')
            && !lines[1].contains("Message-ID")
    );
    assert_eq!(lines[2], "t3 SELECT \"INBOX\"");
    let counts = chaos.counts();
    assert_eq!((counts.connections, counts.open, counts.commands, counts.round_trips), (1, 1, 3, 3));

    chaos.clear();
    // Two commands in one go are two commands and one round trip.
    let reply = client.raw("NOOP\r\nx NOOP").await.unwrap();
    assert!(reply.ok());
    assert_eq!((chaos.counts().commands, chaos.counts().round_trips), (2, 1));
    drop(client);
    while chaos.counts().open > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn chaos_breaks_as_told_and_heals() {
    let dovecot = Dovecot::start(Options::default()).await.unwrap();
    let chaos = Chaos::start(dovecot.imap_port()).await.unwrap();
    let mut client = Imap::connect(chaos.port()).await.unwrap();
    client.login("alice@example.test", "secret").await.unwrap();

    chaos.set(Mode::Stall).await;
    let waiting = timeout(Duration::from_millis(200), client.raw("NOOP")).await;
    assert!(waiting.is_err(), "nothing may come: {waiting:?}");
    chaos.set(Mode::Pass).await;
    assert!(client.raw("NOOP").await.unwrap().ok(), "what stalled goes on");

    chaos.clear();
    chaos.set(Mode::ResetAfter(10)).await;
    let error = client.raw("LIST \"\" *").await.unwrap_err();
    assert!(format!("{error:#}").contains("reset"), "{error:#}");
    assert_eq!(chaos.counts().bytes_to_client, 10);

    chaos.set(Mode::CloseAfter(20)).await;
    assert!(Imap::connect(chaos.port()).await.unwrap_err().to_string().contains("closed"));

    chaos.set(Mode::Refuse).await;
    let error = Imap::connect(chaos.port()).await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    chaos.set(Mode::Dribble(Duration::from_micros(50))).await;
    let mut client = Imap::connect(chaos.port()).await.unwrap();
    client.login("alice@example.test", "secret").await.unwrap();
}

#[tokio::test]
async fn strip_answers_bad_to_what_is_not_advertised() {
    let dovecot = Dovecot::start(Options::default()).await.unwrap();
    let strip = Strip::start(dovecot.imap_port(), &["IMAP4rev1"], Announce::Unasked).await.unwrap();
    let mut client = Imap::connect(strip.port()).await.unwrap();
    assert!(client.greeting().contains("[CAPABILITY IMAP4rev1]"), "{}", client.greeting());
    client.login("alice@example.test", "secret").await.unwrap();
    assert_eq!(client.run("CAPABILITY").await.unwrap().text(), ["* CAPABILITY IMAP4rev1"]);
    let list = client.run("LIST \"\" *").await.unwrap().text();
    assert!(list.iter().any(|line| line == "* LIST () \"/\" Sent"), "{list:?}");
    client.select("INBOX").await.unwrap();
    for command in
        ["UID SEARCH RETURN (COUNT) ALL", "NAMESPACE", "UID MOVE 1 Trash", "FETCH 1 (PREVIEW)", "IDLE"]
    {
        let reply = client.raw(command).await.unwrap();
        assert!(reply.tagged.starts_with("BAD"), "{command}: {}", reply.tagged);
    }
    assert_eq!(strip.refused().len(), 5);
    // The connection is as good as before.
    assert!(client.search("ALL").await.unwrap().is_empty());

    // A synchronising literal, for which the proxy speaks the continuation itself.
    let reply = client.raw("SEARCH SUBJECT {3}\r\nabc").await.unwrap();
    assert_eq!((reply.text(), reply.ok()), (vec!["+ go on".into(), "* SEARCH".into()], true));

    let strip = Strip::start(dovecot.imap_port(), &["IMAP4rev1", "AUTH=PLAIN", "IDLE"], Announce::WhenAsked)
        .await
        .unwrap();
    let mut client = Imap::connect(strip.port()).await.unwrap();
    assert!(!client.greeting().contains("CAPABILITY"));
    let reply = client.converse("AUTHENTICATE PLAIN", "AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=").await.unwrap();
    assert!(reply.ok(), "{}", reply.tagged);
    assert!(!reply.tagged.contains("CAPABILITY"), "{}", reply.tagged);
    assert!(client.converse("IDLE", "DONE").await.unwrap().ok());
    assert_eq!(client.run("CAPABILITY").await.unwrap().text(), ["* CAPABILITY IMAP4rev1 IDLE"]);
}

#[tokio::test]
async fn a_script_says_what_it_is_told() {
    let script = Script::new()
        .times("NOOP", 1, "* garbage ((((\r\n{tag} NO [UNAVAILABLE] later\r\n")
        .on("UID FETCH", Reply::SayAndClose(b"* 1 FETCH (UID".to_vec()))
        .start()
        .await
        .unwrap();
    let mut client = Imap::connect(script.port()).await.unwrap();
    client.login("x", "password").await.unwrap();
    let reply = client.raw("NOOP").await.unwrap();
    assert_eq!((reply.text(), reply.code("UNAVAILABLE")), (vec!["* garbage ((((".to_owned()], None));
    assert!(client.raw("NOOP").await.unwrap().ok(), "only once");
    assert_eq!(client.select("INBOX").await.unwrap(), 3);
    assert!(client.raw("UID FETCH 1 FLAGS").await.is_err());
    assert_eq!(
        script.heard(),
        ["t1 LOGIN …", "t2 NOOP", "t3 NOOP", "t4 SELECT \"INBOX\"", "t5 UID FETCH 1 FLAGS"]
    );

    let ssh = Script::new()
        .greeting(Reply::SayAndStall(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()))
        .start()
        .await
        .unwrap();
    assert_eq!(Imap::connect(ssh.port()).await.unwrap().greeting(), "SSH-2.0-OpenSSH_9.2");
}
