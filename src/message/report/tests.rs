use proptest::prelude::*;

use super::*;

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

fn only(report: Report) -> (About, Option<String>, Option<String>) {
    assert_eq!(report.about.len(), 1, "{report:?}");
    (report.about[0].clone(), report.envelope_id, report.message_id)
}

/// As Postfix writes them.
fn postfix(action: &str, status: &str, diagnostic: &str) -> Vec<u8> {
    crlf(&format!(
        "Return-Path: <>
From: MAILER-DAEMON@mail.example.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: alice@example.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary=\"4F1.1795/mail.example.test\"

This is a MIME-encapsulated message.

--4F1.1795/mail.example.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.test.

--4F1.1795/mail.example.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.test
Original-Envelope-Id: 00ff00ff00ff00ff00ff00ff00ff00ff
X-Postfix-Queue-ID: 4F1
Arrival-Date: Sun, 22 Nov 2026 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; bob@elsewhere.test
Original-Recipient: rfc822;Bob+2Bnews@elsewhere.test
Action: {action}
Status: {status}
Remote-MTA: dns; mx.elsewhere.test
Diagnostic-Code: {diagnostic}

--4F1.1795/mail.example.test
Content-Description: Message Headers
Content-Type: text/rfc822-headers

Date: Sun, 22 Nov 2026 09:00:00 +0000
Message-ID: <m1@relais.example.test>
Subject: An order

--4F1.1795/mail.example.test--
"
    ))
}

#[test]
fn a_failure_with_all_that_names_it() {
    let raw =
        postfix("failed", "5.1.1", "smtp; 550 5.1.1 <bob@elsewhere.test>:\n    Recipient address rejected");
    let (about, envelope, message) = only(read(&raw).expect("a report"));
    assert_eq!(envelope.as_deref(), Some("00ff00ff00ff00ff00ff00ff00ff00ff"));
    assert_eq!(message.as_deref(), Some("m1@relais.example.test"));
    assert_eq!(about.original.as_deref(), Some("Bob+news@elsewhere.test"));
    assert_eq!(about.last.as_deref(), Some("bob@elsewhere.test"));
    let text = "<bob@elsewhere.test>: Recipient address rejected".to_owned();
    assert_eq!(about.saying, Saying::Failed(Words { code: 550, enhanced: Some([5, 1, 1]), text }));
}

#[test]
fn actions() {
    for (action, status, saying) in [
        ("relayed", "2.0.0", Saying::Relayed),
        ("expanded (to a list)", "2.0.0", Saying::Relayed),
        ("Delivered", "2.0.0", Saying::Delivered),
        ("delayed", "4.4.1", Saying::Delayed),
        ("odd", "4.4.1", Saying::Delayed),
    ] {
        let (about, ..) = only(read(&postfix(action, status, "smtp; 250 ok")).expect("a report"));
        assert_eq!(about.saying, saying, "{action}");
    }
    let (about, ..) = only(read(&postfix("failed", "5.2.2", "x-unix; 69 quota")).expect("a report"));
    let words = Words { code: 0, enhanced: Some([5, 2, 2]), text: "69 quota".into() };
    assert_eq!(about.saying, Saying::Failed(words));
}

#[test]
fn international_reports() {
    let raw = crlf(
        "Content-Type: multipart/report; boundary=b; report-type=global-delivery-status

--b
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: base64

UmVwb3J0aW5nLU1UQTogZG5zOyBteC50ZXN0CgpPcmlnaW5hbC1SZWNpcGllbnQ6IHV0Zi04OyB6
b1x4e0VCfUBleGFtcGxlLnRlc3QKRmluYWwtUmVjaXBpZW50OiB1dGYtODsgem/Dq0BleGFtcGxl
LnRlc3QKQWN0aW9uOiBmYWlsZWQKU3RhdHVzOiA1LjEuMQo=
--b
Content-Type: message/global-headers

Message-ID: <m2@relais.example.test>
--b--
",
    );
    let (about, _, message) = only(read(&raw).expect("a report"));
    assert_eq!(about.original.as_deref(), Some("zoë@example.test"));
    assert_eq!(about.last.as_deref(), Some("zoë@example.test"));
    assert_eq!(message.as_deref(), Some("m2@relais.example.test"));
}

fn receipt(disposition: &str, more: &str) -> Option<Report> {
    read(&crlf(&format!(
        "From: bob@example.test
Content-Type: multipart/report; report-type=disposition-notification; boundary=\"b\"

--b
Content-Type: text/plain

Read.
--b
Content-Type: message/disposition-notification

Reporting-UA: joes-pc.example.test; Foomail 97.1
Original-Recipient: rfc822;bob@example.test
Final-Recipient: rfc822;bob@example.test
Original-Message-ID: <m3@relais.example.test>
Disposition: {disposition}
{more}
--b--
"
    )))
}

#[test]
fn receipts_and_what_programs_make_of_them() {
    let of = |disposition: &str, more: &str| only(receipt(disposition, more).expect("a receipt")).0.saying;
    assert_eq!(of("manual-action/MDN-sent-manually; displayed", ""), Saying::Displayed);
    assert_eq!(of("automatic-action/MDN-sent-automatically; processed", ""), Saying::Processed);
    assert_eq!(of("automatic-action/MDN-sent-automatically;deleted", ""), Saying::Deleted);
    assert_eq!(of("displayed", ""), Saying::Displayed);
    let said = |text: &str| Saying::NotProcessed(Words { text: text.into(), ..Words::default() });
    let odd = "automatic-action/MDN-sent-automatically; processed/Error: 902^Fichier\n refusé";
    assert_eq!(of(odd, ""), said("902^Fichier refusé"));
    assert_eq!(
        of("automatic-action/MDN-sent-automatically; processed/error", "Error: no key\n"),
        said("no key")
    );
    assert_eq!(of("manual-action/MDN-sent-manually; failed", "Failure: broken\n"), said("broken"));
    let message = receipt("a/b; displayed", "").expect("a receipt").message_id;
    assert_eq!(message.as_deref(), Some("m3@relais.example.test"));
    assert_eq!(receipt("a/b; read perhaps", ""), None);
    assert_eq!(receipt("", ""), None);
}

#[test]
fn qmail() {
    let raw = crlf(
        "Return-Path: <>
From: MAILER-DAEMON@mx.elsewhere.test
Subject: failure notice

Hi. This is the qmail-send program at mx.elsewhere.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bob@elsewhere.test>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 sorry, no mailbox here by that name
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

Return-Path: <alice@example.test>
Message-ID: <m4@relais.example.test>
From: <carol@example.test>
",
    );
    let (about, _, message) = only(read(&raw).expect("a bounce"));
    assert_eq!(about.last.as_deref(), Some("bob@elsewhere.test"));
    let Saying::Failed(words) = about.saying else { panic!("{about:?}") };
    assert_eq!((words.code, words.enhanced), (550, Some([5, 1, 1])));
    assert_eq!(message.as_deref(), Some("m4@relais.example.test"));
}

#[test]
fn exchange_in_html_and_exim_by_its_field() {
    let exchange = crlf(
        "From: Microsoft Exchange <MicrosoftExchange329@elsewhere.test>
Subject: Undeliverable: An order
Content-Type: text/html; charset=utf-8

<p>Delivery has failed to these recipients:</p>
<p><a href=\"mailto:bob@elsewhere.test\">bob@elsewhere.test</a></p><p>#550 5.1.10 RESOLVER.ADR.RecipientNotFound</p>
",
    );
    let (about, ..) = only(read(&exchange).expect("a bounce"));
    assert_eq!(about.last.as_deref(), Some("bob@elsewhere.test"));
    assert!(matches!(about.saying, Saying::Failed(_)));
    let exim = crlf(
        "X-Failed-Recipients: bob@elsewhere.test,
  carol@elsewhere.test
From: Mail Delivery System <Mailer-Daemon@mx.elsewhere.test>
Subject: Mail delivery failed: returning message to sender

  bob@elsewhere.test
    all hosts for 'elsewhere.test' have been failing for a long time

",
    );
    let report = read(&exim).expect("a bounce");
    let names: Vec<_> = report.about.iter().filter_map(|a| a.last.as_deref()).collect();
    assert_eq!(names, ["bob@elsewhere.test", "carol@elsewhere.test"]);
    let late = crlf(
        "From: Mailer-Daemon@mx.elsewhere.test
Subject: Delivery status notification: delayed

bob@elsewhere.test
",
    );
    assert_eq!(only(read(&late).expect("a bounce")).0.saying, Saying::Delayed);
}

#[test]
fn what_is_no_report() {
    for text in [
        "",
        "Subject: Undeliverable: me\nFrom: carol@example.test\n\nbob@example.test\n",
        "From: postmaster@example.test\nSubject: Maintenance tonight\n\nbob@example.test\n",
        "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: text/plain\n\nhi\n--b--\n",
    ] {
        assert_eq!(read(&crlf(text)), None, "{text}");
    }
    // A report that somebody forwards is about their message, not about ours.
    let inner = String::from_utf8(postfix("failed", "5.0.0", "smtp; 550 no")).expect("text");
    let forwarded = format!(
        "Content-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--f--\r\n"
    );
    assert_eq!(read(forwarded.as_bytes()), None);
}

#[test]
fn candidates() {
    let is = |text: &str| is_candidate(&whole::fields(&crlf(text)));
    assert!(is("Content-Type: multipart/report; report-type=delivery-status\n"));
    assert!(is("Return-Path: <>\n") && is("Subject: =?utf-8?q?=C3=89chec_de_la_remise?= : x\n"));
    assert!(!is("From: bob@example.test\nSubject: hello\nContent-Type: text/plain\n"));
    let auto = |text: &str| is_automatic(&whole::fields(&crlf(text)));
    assert!(
        auto("Auto-Submitted: auto-replied\n") && auto("Precedence: bulk\n") && !auto("Auto-Submitted: no\n")
    );
}

#[test]
fn bounded() {
    let many = "Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.0.0\n\n".repeat(5_000);
    let raw = crlf(&format!("Content-Type: message/delivery-status\n\n{many}"));
    assert!(read(&raw).expect("a report").about.len() <= MOST_RECIPIENTS);
    let long = "x".repeat(60_000);
    let raw = crlf(&format!(
        "Content-Type: message/delivery-status\n\nOriginal-Envelope-Id: {long}\n\nFinal-Recipient: rfc822; a@b.test\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 {long}\n"
    ));
    let report = read(&raw);
    for about in report.iter().flat_map(|r| &r.about) {
        let Saying::Failed(words) = &about.saying else { panic!("{about:?}") };
        assert!(words.text.chars().count() <= LONGEST_WORDS);
    }
}

proptest! {
    #[test]
    fn nothing_panics(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&raw);
    }

    #[test]
    fn nothing_like_a_report_panics(
        kind in prop_oneof![
            Just("message/delivery-status"), Just("message/disposition-notification"), Just("text/plain"),
            Just("message/global-delivery-status"), Just("text/html"),
        ],
        lines in prop::collection::vec(
            ("(Original-Envelope-Id|Final-Recipient|Original-Recipient|Action|Status|Diagnostic-Code|Disposition|Error|X|)", "\\PC{0,40}"),
            0..20,
        ),
    ) {
        let mut raw = format!("X-Failed-Recipients: a@b.c\r\nContent-Type: {kind}\r\n\r\n");
        for (name, value) in &lines {
            raw.push_str(&format!("{name}: {value}\r\n"));
        }
        let _ = read(raw.as_bytes());
    }

    #[test]
    fn xtext_is_decoded(text in "[ -~]{0,40}") {
        let encoded: String = text.bytes().map(|b| match b {
            b'!'..=b'~' if b != b'+' && b != b'=' => char::from(b).to_string(),
            _ => format!("+{b:02X}"),
        }).collect();
        prop_assert_eq!(fields::xtext(&encoded), text);
    }
}
