//! Ends of a message that some server takes for the end and another does not. What follows would be a message of
//! somebody else's making, in our name.

use anyhow::Result;
use relais::smtp::{Kind, Stage};

use crate::support::{ALICE, BOB, Servers};

/// The known ones (SEC Consult, "SMTP Smuggling", 2023, and what was found after it).
const ENDINGS: [&str; 10] = [
    "\n.\n",
    "\n.\r\n",
    "\r\n.\n",
    "\r.\r",
    "\r.\r\n",
    "\r\n.\r",
    "\r\n\0.\r\n",
    "\r\n.\0\r\n",
    "\n.\r",
    "\r\r\n.\r\r\n",
];

fn message(ending: &str) -> (Vec<u8>, String) {
    let body = format!(
        "first{ending}MAIL FROM:<{BOB}>\r\nRCPT TO:<{ALICE}>\r\nDATA\r\nSubject: smuggled\r\n\r\nforged\r\n.\r\nQUIT\r\n"
    );
    (format!("From: {ALICE}\r\nTo: {BOB}\r\nSubject: one\r\n\r\n{body}").into_bytes(), body)
}

#[tokio::test]
async fn a_message_is_one_message_unchanged_or_is_not_sent() -> Result<()> {
    // A server that believes them, as Postfix did.
    let options = lab::postfix::Options {
        extra: "smtpd_forbid_bare_newline = no\nsmtpd_forbid_unauth_pipelining = no".into(),
        ..Default::default()
    };
    let servers = Servers::start_with(options).await?;
    for ending in ENDINGS {
        let (octets, _) = message(ending);
        for chunk in [1, 64, octets.len()] {
            let error = servers.send(&octets, chunk).await.unwrap_err();
            assert_eq!(error.stage, Stage::Data, "{ending:?}");
            assert!(matches!(error.kind, Kind::Protocol(_)), "{ending:?}: {error:?}");
        }
    }
    // The real end of a message, in the middle of one, is text.
    let (octets, body) = message("\r\n.\r\n");
    for chunk in [1, 64, octets.len()] {
        servers.send(&octets, chunk).await?;
    }
    let arrived = servers.arrived(BOB, 3).await?;
    assert_eq!(arrived.len(), 3);
    for (_, text) in arrived {
        assert_eq!(String::from_utf8_lossy(&text), body);
    }
    // A smuggled one would have been queued before this one, and be logged as from Bob.
    let mut connection = servers.signed_in().await?;
    connection.mail(&crate::support::from_alice(10)).await?;
    connection.recipient(ALICE).await?;
    connection.data(crate::support::chunks(b"Subject: last\r\n\r\nlast\r\n", 100)).await?;
    let alice = servers.arrived(ALICE, 1).await?;
    assert_eq!(alice.len(), 1);
    assert_eq!(alice[0].1, b"last\r\n");
    let log = servers.postfix.log();
    assert!(log.contains(&format!("from=<{ALICE}>")) && !log.contains(&format!("from=<{BOB}>")), "{log}");
    Ok(())
}

#[tokio::test]
async fn an_address_is_never_a_command_or_a_header() -> Result<()> {
    let servers = Servers::start().await?;
    let mut connection = servers.signed_in().await?;
    for from in [
        "alice@example.test>\r\nRCPT TO:<bob@example.test",
        "\"\r\nRSET\r\n\"@example.test",
        "alice@example.test> SIZE=1",
        "alice@example.test\r\nX: y",
        "alice@example.test\0",
    ] {
        let error =
            connection.mail(&relais::smtp::Envelope { from: from.into(), ..Default::default() }).await;
        let reply = error.unwrap_err().reply().cloned();
        assert!(reply.is_some_and(|reply| reply.code == 553 && reply.text.is_empty()), "{from:?}");
    }
    let mut hello = servers.open("plain").await?;
    hello.sign_in(ALICE, "secret\r\nMAIL FROM:<>").await.unwrap_err();
    assert!(!servers.postfix.log().contains("improper command pipelining"), "{}", servers.postfix.log());
    Ok(())
}
