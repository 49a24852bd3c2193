//! The servers really serve.

use lab::{Dovecot, Imap, Options, seed};

#[tokio::test]
async fn dovecot_serves_keeps_its_mail_over_a_kill_and_goes_when_dropped() {
    let mut dovecot = Dovecot::start(Options::default()).await.unwrap();
    let folder = dovecot.folder().to_owned();
    let mut client = dovecot.client("alice@example.test").await.unwrap();
    let seeds: Vec<_> = seed::plain(30, jiff::Timestamp::now()).collect();
    let uids = client.multiappend("INBOX", &seeds).await.unwrap();
    assert_eq!(uids, (1..=30).collect::<Vec<_>>());
    client.create("Réunions & été").await.unwrap();
    let uid = client.append("Réunions & été", &seeds[0]).await.unwrap();
    assert_eq!(client.select("Réunions & été").await.unwrap(), 1);
    client.store(uid, r"+FLAGS (\Flagged)").await.unwrap();
    assert_eq!(client.search("FLAGGED").await.unwrap(), [uid]);
    client.expunge(&[uid]).await.unwrap();
    assert_eq!(client.select("Réunions & été").await.unwrap(), 0);
    assert!(dovecot.doveadm(&["mailbox", "list", "-u", "alice@example.test"]).unwrap().contains("Sent"));

    dovecot.kill_hard();
    assert!(Imap::connect(dovecot.imap_port()).await.is_err(), "nobody answers after a kill");
    dovecot.restart().await.unwrap();
    let mut client = dovecot.client("alice@example.test").await.unwrap();
    assert_eq!(client.select("INBOX").await.unwrap(), 30);

    dovecot.freeze(true);
    let silent = tokio::time::timeout(std::time::Duration::from_millis(200), client.raw("NOOP")).await;
    assert!(silent.is_err(), "a frozen server says nothing: {silent:?}");

    let port = dovecot.imap_port();
    drop(dovecot);
    assert!(Imap::connect(port).await.is_err());
    assert!(!folder.exists(), "nothing stays behind");
}

#[tokio::test]
async fn dovecot_is_what_its_options_say() {
    let options = Options {
        separator: '.',
        prefix: "INBOX.".into(),
        special_use: false,
        capability: Some("IMAP4rev1 LITERAL+".into()),
        ..Options::default()
    };
    let dovecot = Dovecot::start(options).await.unwrap();
    let mut client = dovecot.client("bob@example.test").await.unwrap();
    let list = client.run("LIST \"\" *").await.unwrap().text();
    assert!(list.iter().any(|line| line.ends_with("\".\" INBOX.Sent")), "{list:?}");
    assert!(!list.iter().any(|line| line.contains("\\Sent")), "{list:?}");
    assert_eq!(client.run("CAPABILITY").await.unwrap().text(), ["* CAPABILITY IMAP4rev1 LITERAL+"]);
    assert!(!client.raw("LOGIN x y").await.unwrap().ok());
}

#[tokio::test]
async fn every_seed_is_taken_by_a_real_server() {
    let dovecot = Dovecot::start(Options::default()).await.unwrap();
    let mut client = dovecot.client("alice@example.test").await.unwrap();
    let seeds: Vec<_> = seed::realistic(300, jiff::Timestamp::now(), 1).collect();
    client.multiappend("INBOX", &seeds).await.unwrap();
    client.create("Odd").await.unwrap();
    for (name, raw) in seed::odd() {
        if let Err(error) = client.append("Odd", &seed::Seed::new(raw)).await {
            panic!("{name}: {error}");
        }
    }
    assert_eq!(client.select("INBOX").await.unwrap(), 300);
    client.run("FETCH 1:* (ENVELOPE BODYSTRUCTURE)").await.unwrap();
    assert_eq!(client.select("Odd").await.unwrap() as usize, seed::odd().len());
    let shapes = client.run("FETCH 1:* (ENVELOPE BODYSTRUCTURE)").await.unwrap();
    assert_eq!(shapes.lines.len(), seed::odd().len());
}
