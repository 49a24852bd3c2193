//! The conversation with a real server.

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};
use lab::postfix;
use relais::smtp::{Envelope, Kind, Stage};

use crate::support::{ALICE, BOB, PASSWORD, Servers, chunks, from_alice};

/// A text with every trap for dots, and all octets there are, as an attachment.
fn message() -> Vec<u8> {
    let attachment: Vec<u8> = (0..300_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let base64: Vec<u8> = STANDARD.encode(&attachment).into_bytes();
    let mut message = b"From: Alice <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Dots\r\n\
        Message-ID: <dots@example.test>\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
        .\r\n..\r\n...\r\n.hidden\r\n\r\n.\r\nQUIT\r\n.\r\n\r\n trailing \t\r\n\r\n\r\n--b\r\n\
        Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        .to_vec();
    for line in base64.chunks(76) {
        message.extend_from_slice(line);
        message.extend_from_slice(b"\r\n");
    }
    message.extend_from_slice(b"--b--\r\n");
    message
}

#[tokio::test]
async fn every_octet_arrives_and_none_is_added() -> Result<()> {
    let servers = Servers::start().await?;
    let message = message();
    let at = message.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let (header, body) = message.split_at(at);
    // Borders of chunks everywhere, and one chunk larger than what is written at once.
    let ends = [&b"no end of line"[..], "né à 8 bits\r\n".as_bytes(), b".", b"\r\n", b""];
    for size in [997, message.len()] {
        let reply = servers.send(&message, size).await?;
        assert_eq!((reply.code, reply.enhanced), (250, Some([2, 0, 0])));
        assert!(reply.text.contains("queued as"), "{}", reply.text);
    }
    for end in ends {
        servers.send(&[header, end].concat(), 1).await?;
    }
    let mut arrived = servers.arrived(BOB, 7).await?;
    // Deliveries run side by side.
    arrived.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
    let texts: Vec<&[u8]> = arrived.iter().map(|(_, text)| &text[..]).collect();
    assert!(texts[0] == body && texts[1] == body, "{} and {} octets", texts[0].len(), texts[1].len());
    // An end of line is the one thing that may be added: a message on the wire has one at its end.
    assert_eq!(
        texts[2..],
        [&b"no end of line\r\n"[..], "né à 8 bits\r\n".as_bytes(), b".\r\n", b"\r\n", b""]
    );
    for (theirs, _) in &arrived {
        assert!(theirs.ends_with(header), "{}", String::from_utf8_lossy(theirs));
    }
    Ok(())
}

#[tokio::test]
async fn tls_by_either_way_and_only_with_the_right_certificate() -> Result<()> {
    let servers = Servers::start().await?;
    for how in ["smtp", "smtps", "plain"] {
        let mut connection = servers.open(how).await?;
        assert_eq!(connection.limit(), Some(50 << 20));
        assert!(connection.reports() && connection.eight_bit());
        connection.sign_in(ALICE, PASSWORD).await?;
        connection.quit().await;
    }
    for url in [
        format!("smtp://localhost:{}", servers.postfix.submission_port()),
        format!("smtps://localhost:{}", servers.postfix.submissions_port()),
    ] {
        let url = relais::config::ServerUrl::parse(relais::config::Protocol::Smtp, &url, false)?;
        let error =
            relais::smtp::Connection::open(&url, &relais::net::client_config(&url)?, "x").await.unwrap_err();
        assert!(matches!((error.stage, &error.kind), (Stage::Tls, Kind::Certificate(_))), "{error:?}");
    }

    let mute = postfix::Options { extra: "smtpd_tls_security_level = none".into(), ..Default::default() };
    let servers = Servers::start_with(mute).await?;
    let error = servers.open("smtp").await.unwrap_err();
    assert_eq!((error.stage, error.kind), (Stage::Tls, Kind::Protocol("no STARTTLS")));
    let log = servers.postfix.logged(" ehlo=1 ").await?;
    assert!(!log.contains(" auth="), "a password was said in clear:\n{log}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_refused_once_and_the_connection_remains() -> Result<()> {
    let servers = Servers::start().await?;
    let mut connection = servers.open("smtp").await?;
    let error = connection.sign_in(ALICE, "wrong").await.unwrap_err();
    assert_eq!((error.stage, error.reply().map(|reply| reply.code)), (Stage::SignIn, Some(535)));
    // Not signed in, nobody may be written to.
    connection.mail(&from_alice(10)).await?;
    let refused = connection.recipient(BOB).await.unwrap_err();
    assert_eq!((refused.stage, refused.reply().map(|reply| reply.code)), (Stage::Recipient, Some(554)));
    connection.reset().await?;
    connection.sign_in(ALICE, PASSWORD).await?;
    connection.mail(&from_alice(10)).await?;
    connection.recipient(BOB).await?;
    connection.quit().await;
    // Two tries, of which one was good.
    let log = servers.postfix.logged(" auth=1/2 ").await?;
    assert_eq!(log.matches("authentication failed").count(), 1, "{log}");
    Ok(())
}

#[tokio::test]
async fn each_recipient_is_judged_alone_and_the_others_get_the_message() -> Result<()> {
    let extra = "smtpd_recipient_restrictions = check_recipient_access inline:{ \
                 {full@example.test=452 4.2.2 The mailbox is full}, \
                 {left@example.test=550 5.1.6 She works elsewhere now} }, permit_sasl_authenticated, reject";
    let options = postfix::Options { extra: extra.into(), ..Default::default() };
    let servers = Servers::start_with(options).await?;
    let mut connection = servers.signed_in().await?;
    connection.mail(&Envelope { id: Some("e+1".into()), ..from_alice(20) }).await?;
    let mut answers = Vec::new();
    for address in
        ["full@example.test", BOB, "left@example.test", "nobody@example.test", "b@d>\r\nRSET", ALICE]
    {
        let reply = match connection.recipient(address).await {
            Ok(reply) => reply,
            Err(e) => e.reply().cloned().expect("a refusal"),
        };
        answers.push((reply.code, reply.enhanced.unwrap_or_default(), reply.text));
    }
    let codes: Vec<_> = answers.iter().map(|(code, enhanced, _)| (*code, *enhanced)).collect();
    assert_eq!(
        codes,
        [
            (452, [4, 2, 2]),
            (250, [2, 1, 5]),
            (550, [5, 1, 6]),
            (550, [5, 1, 1]),
            (553, [5, 1, 3]),
            (250, [2, 1, 5])
        ]
    );
    assert!(answers[2].2.contains("She works elsewhere now"), "{}", answers[2].2);
    connection.data(chunks(b"Subject: to some\r\n\r\nHello\r\n", 9)).await?;
    for user in [BOB, ALICE] {
        let arrived = servers.arrived(user, 1).await?;
        assert_eq!(arrived[0].1, b"Hello\r\n", "{user}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_too_big_is_refused_when_announced_and_when_found_out() -> Result<()> {
    let options = postfix::Options { message_size_limit: 20_000, ..Default::default() };
    let servers = Servers::start_with(options).await?;
    let mut connection = servers.signed_in().await?;
    assert_eq!(connection.limit(), Some(20_000));
    let announced = connection.mail(&from_alice(20_001)).await.unwrap_err();
    assert_eq!((announced.stage, announced.reply().map(|reply| reply.code)), (Stage::Mail, Some(552)));

    connection.mail(&from_alice(10)).await?;
    connection.recipient(BOB).await?;
    let big = [b"Subject: big\r\n\r\n".to_vec(), b"0123456789abcdef\r\n".repeat(2_000)].concat();
    let found_out = connection.data(chunks(&big, 4096)).await.unwrap_err();
    assert_eq!((found_out.stage, found_out.reply().map(|reply| reply.code)), (Stage::End, Some(552)));
    assert!(!found_out.is_uncertain());

    // The connection is good for the next message.
    connection.mail(&from_alice(10)).await?;
    connection.recipient(BOB).await?;
    connection.data(chunks(b"Subject: small\r\n\r\nx\r\n", 100)).await?;
    assert_eq!(servers.arrived(BOB, 1).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn delivery_is_reported_to_who_follows_it_with_our_envelope_id() -> Result<()> {
    let servers = Servers::start().await?;
    for (id, follow) in [("not+followed", false), ("followed=1", true)] {
        let mut connection = servers.signed_in().await?;
        connection.mail(&Envelope { id: Some(id.into()), follow, ..from_alice(30) }).await?;
        connection.recipient(BOB).await?;
        connection.data(chunks(b"Subject: x\r\n\r\nx\r\n", 100)).await?;
        servers.arrived(BOB, if follow { 2 } else { 1 }).await?;
    }
    let reports = servers.arrived(ALICE, 1).await?;
    assert_eq!(reports.len(), 1);
    let text = String::from_utf8_lossy(&reports[0].1).into_owned();
    assert!(text.contains("Original-Envelope-Id: followed=1"), "{text}");
    assert!(text.contains("Original-Recipient: rfc822;bob@example.test"), "{text}");
    assert!(text.contains("Action: delivered"), "{text}");
    Ok(())
}

/// Postfix ends a conversation that says nothing; the next command finds its 421, or the end.
#[tokio::test]
async fn a_conversation_the_server_ended_is_not_taken_for_a_reply() -> Result<()> {
    let options = postfix::Options { extra: "smtpd_timeout = 1s".into(), ..Default::default() };
    let servers = Servers::start_with(options).await?;
    let mut connection = servers.signed_in().await?;
    servers.postfix.logged("timeout after").await?;
    let error = connection.mail(&from_alice(10)).await.unwrap_err();
    let told = error.reply().map(|reply| reply.code);
    assert!(error.stage == Stage::Mail && (told == Some(421) || error.kind == Kind::Closed), "{error:?}");
    let after = connection.mail(&from_alice(10)).await.unwrap_err();
    assert_eq!(after.kind, Kind::Closed);
    Ok(())
}
