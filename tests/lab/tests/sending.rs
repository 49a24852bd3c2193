//! A message sent through Postfix arrives in Dovecot.

use std::{net::Ipv4Addr, time::Duration};

use lab::{Dovecot, Imap, Options, Postfix};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Says each line and collects each whole reply.
async fn talk(port: u16, lines: &[&str]) -> Vec<String> {
    let mut stream = BufReader::new(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap());
    let mut replies = Vec::new();
    for line in std::iter::once(&"").chain(lines) {
        if !line.is_empty() {
            stream.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        }
        let mut reply = String::new();
        while reply.lines().last().is_none_or(|line| line.as_bytes().get(3) != Some(&b' ')) {
            assert!(stream.read_line(&mut reply).await.unwrap() > 0, "closed after {line:?}: {reply}");
        }
        replies.push(reply);
    }
    replies
}

/// Waits for the mailbox to hold `count` messages.
async fn arrives(client: &mut Imap, count: u32) {
    for _ in 0..200 {
        if client.select("INBOX").await.unwrap() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing arrived");
}

#[tokio::test]
async fn a_message_sent_to_oneself_arrives_and_nothing_leaves_the_machine() {
    let dovecot = Dovecot::start(Options::default()).await.unwrap();
    let postfix = Postfix::start(&dovecot).await.unwrap();
    // \0alice@example.test\0secret
    let sign_in = "AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABzZWNyZXQ=";
    let message =
        "From: alice@example.test\r\nTo: alice@example.test\r\nSubject: To myself\r\n\r\nHello.\r\n.";
    let replies = talk(
        postfix.submission_port(),
        &[
            "EHLO lab",
            "RCPT TO:<alice@example.test>",
            sign_in,
            "MAIL FROM:<alice@example.test>",
            "RCPT TO:<nobody-here@example.test>",
            "RCPT TO:<alice@example.test> NOTIFY=SUCCESS,FAILURE",
            "RCPT TO:<someone@elsewhere.example>",
            "DATA",
            message,
            "QUIT",
        ],
    )
    .await;
    let codes: Vec<&str> = replies.iter().map(|reply| &reply[..3]).collect();
    assert_eq!(
        codes,
        ["220", "250", "503", "235", "250", "550", "250", "250", "354", "250", "221"],
        "{replies:?}"
    );
    for keyword in ["SIZE 52428800", "DSN", "STARTTLS", "AUTH PLAIN LOGIN"] {
        assert!(replies[1].contains(keyword), "{keyword}: {}", replies[1]);
    }

    // The message, the report of its delivery, and the bounce of the other recipient.
    let mut client = dovecot.client("alice@example.test").await.unwrap();
    arrives(&mut client, 3).await;
    assert_eq!(
        client.search("SUBJECT \"To myself\" FROM alice").await.unwrap().len(),
        1,
        "{}",
        postfix.log()
    );
    assert_eq!(client.search("SUBJECT \"Successful Mail Delivery Report\"").await.unwrap().len(), 1);
    assert_eq!(client.search("TEXT \"delivers to its own domains only\"").await.unwrap().len(), 1);

    let refused =
        talk(postfix.submission_port(), &["EHLO lab", "AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdAB3cm9uZw=="])
            .await;
    assert!(refused[2].starts_with("535"), "{refused:?}");

    let port = postfix.submission_port();
    drop(postfix);
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err(), "it ended");
}
