//! Mail as it should not be and is: one message for each thing that some mail program was seen to trip over.

use std::fmt::Write as _;

use super::{
    documents,
    mime::{Part, base64_lines, parameter},
    odd_html,
};

const DATE: &str = "Date: Mon, 2 Nov 2026 09:15:00 +0100\r\n";

/// Every odd message with a name of its own, `[a-z0-9-]`, the same at each call. All have CRLF lines and a
/// subject that holds the name, except where that is what is odd.
#[must_use]
pub fn odd() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    headers(&mut all);
    charsets(&mut all);
    structure(&mut all);
    attachments(&mut all);
    kinds(&mut all);
    all.extend(odd_html::odd_html());
    all
}

type Odd = Vec<(&'static str, Vec<u8>)>;

/// The headers of an ordinary message.
pub(super) fn head(name: &str) -> String {
    format!(
        "From: Odd Sender <odd@example.org>\r\nTo: alice@example.test\r\nSubject: odd {name}\r\n{DATE}Message-ID: <{name}@odd.example.org>\r\n"
    )
}

fn text(name: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut raw = format!("{}MIME-Version: 1.0\r\n{headers}\r\n", head(name)).into_bytes();
    raw.extend_from_slice(body);
    raw
}

fn headers(all: &mut Odd) {
    let plain = "\r\nA body under odd headers.\r\n";
    let mut add = |name, raw: Vec<u8>| all.push((name, raw));
    let raw = |headers: &str| format!("{headers}{plain}").into_bytes();

    add("no-date", raw("From: odd@example.org\r\nTo: alice@example.test\r\nSubject: odd no-date\r\n"));
    add("no-from", raw(&format!("To: alice@example.test\r\nSubject: odd no-from\r\n{DATE}")));
    add("no-subject", raw(&format!("From: odd@example.org\r\nTo: alice@example.test\r\n{DATE}")));
    add("no-headers", format!("{plain}Really no headers.\r\n").into_bytes());
    // The emptiest message an IMAP server takes: Dovecot refuses zero octets.
    add("empty", b"\r\n".to_vec());
    add("headers-only", head("headers-only").into_bytes());
    add(
        "wrong-date",
        raw("From: odd@example.org\r\nSubject: odd wrong-date\r\nDate: yesterday around noon\r\n"),
    );
    add(
        "date-1970",
        raw("From: odd@example.org\r\nSubject: odd date-1970\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\n"),
    );
    add(
        "date-2106",
        raw("From: odd@example.org\r\nSubject: odd date-2106\r\nDate: Sun, 7 Feb 2106 06:28:16 +2600\r\n"),
    );
    add(
        "two-subjects",
        raw(&format!(
            "{}Subject: odd two-subjects, the second\r\nFrom: Second <second@example.org>\r\n",
            head("two-subjects")
        )),
    );

    let mut latin = b"From: Andr\xe9 Gar\xe7on <andre@example.org>\r\nTo: alice@example.test\r\nSubject: odd raw-8bit-headers: r\xe9union \xe0 l'\xe9cole\r\n".to_vec();
    latin.extend_from_slice(format!("{DATE}{plain}").as_bytes());
    add("raw-8bit-headers", latin);
    add(
        "raw-utf8-headers",
        raw(&format!(
            "From: Zoë Noël <zoe@example.org>\r\nTo: alice@example.test\r\nSubject: odd raw-utf8-headers: été à Nîmes ☀\r\n{DATE}"
        )),
    );
    add(
        "split-words",
        raw(&format!(
            "From: =?utf-8?Q?Fran=C3?=\r\n =?utf-8?Q?=A7ois?= <f@example.org>\r\nTo: alice@example.test\r\nSubject: odd split-words =?utf-8?B?w6nDqcM=?= =?utf-8?B?qcOp?=\r\n{DATE}"
        )),
    );
    add(
        "bad-words",
        raw(&format!(
            "From: =?utf-8?B?not base64!?= <b@example.org>\r\nSubject: odd bad-words =?x-none?Q?caf=E9?= =?utf-8?X?abc?= =?utf-8?Q?un=finished =?utf-8?Q??=\r\n{DATE}"
        )),
    );
    add(
        "words-with-crlf",
        raw(&format!(
            "From: =?utf-8?Q?Eve=0D=0ABcc:_victim=40example.org?= <eve@example.org>\r\nTo: alice@example.test\r\nSubject: odd words-with-crlf =?utf-8?Q?one=0D=0AX-Injected:_yes=0D=0A=0D=0A<b>body</b>?=\r\n{DATE}"
        )),
    );
    add(
        "markup-in-headers",
        raw(&format!(
            "From: \"<script>alert(1)</script>\" <x@example.org>\r\nTo: \"</title><img src=x onerror=alert(2)>\" <alice@example.test>\r\nSubject: odd markup-in-headers <img src=x onerror=alert(3)> &amp; \"'`{{{{7*7}}}}\r\n{DATE}"
        )),
    );
    add(
        "bidi-name",
        raw(&format!(
            "From: \"gpj.\u{202e}moc.elpmaxe@ecila\u{2066}\" <bidi@example.org>\r\nTo: alice@example.test\r\nSubject: odd bidi-name \u{202e}desrever\u{200b}\u{feff}\r\n{DATE}"
        )),
    );
    add(
        "homograph-from",
        raw(&format!(
            "From: \"alice@example.test\" <аlice@ехample.test>\r\nReply-To: thief@example.org\r\nTo: alice@example.test\r\nSubject: odd homograph-from\r\n{DATE}"
        )),
    );
    add(
        "punycode-from",
        raw(&format!(
            "From: Banque <info@xn--e1awd7f.example>\r\nTo: alice@example.test\r\nSubject: odd punycode-from\r\n{DATE}"
        )),
    );
    add(
        "groups",
        raw(&format!(
            "From: odd@example.org\r\nTo: Friends: bob@example.test, \"Carol, the second\" <c@example.org>;, undisclosed-recipients:;\r\nCc: (a comment) d@example.org (another (nested)), <@route.example,@two.example:e@example.org>, Broken <f@, @g, \"h\r\nSubject: odd groups\r\n{DATE}"
        )),
    );
    add(
        "folded-header",
        raw(&format!(
            "From: odd@example.org\r\nTo: alice@example.test\r\nSubject: odd\r\n folded-header\r\n\t and\r\n \r\n again\r\n{DATE}"
        )),
    );
    add(
        "long-subject",
        raw(&format!(
            "From: odd@example.org\r\nTo: alice@example.test\r\nSubject: odd long-subject {}\r\n{DATE}",
            "é".repeat(20_000)
        )),
    );
    let references = (0..3000).map(|n| format!("<{n}@odd.example.org>")).collect::<Vec<_>>().join("\r\n ");
    add("long-references", raw(&format!("{}References: {references}\r\n", head("long-references"))));
    let recipients = (0..10_000)
        .map(|n| format!("\"Recipient {n}\" <r{n}@example.org>"))
        .collect::<Vec<_>>()
        .join(",\r\n ");
    add(
        "10000-recipients",
        raw(&format!("From: odd@example.org\r\nTo: {recipients}\r\nSubject: odd 10000-recipients\r\n{DATE}")),
    );
    let mut many = head("2000-headers");
    for n in 0..2000 {
        let _ = write!(many, "X-Odd-{n}: {}\r\n", "value ".repeat(8));
    }
    add("2000-headers", raw(&many));
    add(
        "header-without-colon",
        raw(&format!("{}this line is no header\r\nX-After: yes\r\n", head("header-without-colon"))),
    );
    add(
        "space-before-colon",
        raw(
            "From : odd@example.org\r\nSubject : odd space-before-colon\r\nDate : Mon, 2 Nov 2026 09:15:00 +0100\r\n",
        ),
    );
    add(
        "bom-first",
        [b"\xef\xbb\xbf".as_slice(), &text("bom-first", "", b"After a byte order mark.\r\n")].concat(),
    );
    add(
        "mbox-from-first",
        [
            b"From odd@example.org Mon Nov  2 09:15:00 2026\r\n".as_slice(),
            &text("mbox-from-first", "", b"After an mbox line.\r\n"),
        ]
        .concat(),
    );
    add(
        "xdm-subject",
        raw(&format!(
            "From: Dr Test <dr@example.org>\r\nTo: alice@example.test\r\nSubject: =?UTF-8?Q?XDM/1.0/DDM+odd_xdm-subject_=C3=A9?=\r\n{DATE}"
        )),
    );
}

fn charsets(all: &mut Odd) {
    let mut add = |name: &'static str, kind: &str, encoding: &str, body: &[u8]| {
        let headers = format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n");
        all.push((name, text(name, &headers, body)));
    };
    let utf8 = "Un café à l’été, 12 €.\r\n".as_bytes();
    add("utf8-labelled-ascii", "text/plain; charset=us-ascii", "8bit", utf8);
    add("utf8-labelled-latin1", "text/plain; charset=iso-8859-1", "8bit", utf8);
    add("latin1-labelled-utf8", "text/plain; charset=utf-8", "8bit", b"Un caf\xe9 \xe0 l'\xe9t\xe9.\r\n");
    add(
        "windows1252-labelled-latin1",
        "text/plain; charset=iso-8859-1",
        "8bit",
        b"Un caf\xe9, \x93quoted\x94, 12 \x80.\r\n",
    );
    add("no-charset-8bit", "text/plain", "8bit", utf8);
    add("unknown-charset", "text/plain; charset=x-klingon", "8bit", utf8);
    add("charset-with-quotes", "text/plain; charset=\"'utf-8'\"", "8bit", utf8);
    add("iso-2022-jp", "text/plain; charset=iso-2022-jp", "7bit", b"\x1b$B$3$s$K$A$O\x1b(B\r\n");
    add(
        "utf-16",
        "text/plain; charset=utf-16",
        "base64",
        base64_lines(b"\xff\xfec\x00a\x00f\x00\xe9\x00\r\x00\n\x00").as_bytes(),
    );
    add(
        "utf-7",
        "text/plain; charset=utf-7",
        "7bit",
        b"caf+AOk- +ADw-script+AD4-alert(1)+ADw-/script+AD4-\r\n",
    );
    add("unknown-encoding", "text/plain; charset=utf-8", "x-rot13", b"Jryy qbar.\r\n");
    add(
        "bad-base64",
        "text/plain; charset=utf-8",
        "base64",
        b"VGhpcyBpcyBmaW5l\r\n***not base64***\r\nIGFuZCBtb3Jl=\r\nZQ\r\n",
    );
    add("bad-qp", "text/plain; charset=utf-8", "quoted-printable", b"100 % =\r\n=G1 =C3=A9 =c3=a9 a=b =");
    add(
        "encoding-with-comment",
        "text/plain; charset=utf-8",
        "(really) BASE64",
        base64_lines(utf8).as_bytes(),
    );
    add("nul-bytes", "text/plain; charset=utf-8", "8bit", b"before\0after\0\0end\r\n");
    add("bare-cr", "text/plain; charset=utf-8", "8bit", b"one\rtwo\rthree\r\nfour\r\r\nfive\r\n");
    add(
        "control-bytes",
        "text/plain; charset=utf-8",
        "8bit",
        b"bell\x07 escape\x1b[31mred backspace\x08 delete\x7f\r\n",
    );
    add(
        "huge-line",
        "text/plain; charset=us-ascii",
        "7bit",
        &[b"word ".repeat(400_000).as_slice(), b"\r\n"].concat(),
    );
    add("flowed-delsp", "text/plain; charset=utf-8; format=flowed; delsp=yes", "8bit", b"A line that goes \r\non without a space bet \r\nween.\r\n\r\n> quoted and flow \r\n> ed too\r\n>> deeper\r\n From stuffed\r\n");
    add("content-type-broken", "text/", "7bit", b"A type without subtype.\r\n");
    add("content-type-garbage", ";;; = charset", "7bit", b"No type at all.\r\n");
}

fn structure(all: &mut Odd) {
    let mut add = |name: &'static str, kind: &str, body: String| {
        all.push((name, text(name, &format!("Content-Type: {kind}\r\n"), body.as_bytes())));
    };
    let part = |kind: &str, body: &str| format!("--b\r\nContent-Type: {kind}\r\n\r\n{body}\r\n");
    let one = part("text/plain; charset=us-ascii", "The first part.");
    add(
        "no-end-boundary",
        "multipart/mixed; boundary=b",
        format!("{one}{}", part("text/plain", "The second, and then nothing.")),
    );
    add("no-boundary-parameter", "multipart/mixed", format!("{one}--b--\r\n"));
    add("boundary-never-seen", "multipart/mixed; boundary=other", format!("{one}--b--\r\n"));
    add("empty-multipart", "multipart/mixed; boundary=b", "--b--\r\n".into());
    add(
        "preamble-epilogue",
        "multipart/mixed; boundary=b",
        format!("Before.\r\n{one}--b--\r\nAfter the end.\r\n"),
    );
    add(
        "same-boundary-nested",
        "multipart/mixed; boundary=b",
        format!("--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n{one}--b--\r\n--b--\r\n"),
    );
    let two_thousand: String =
        (0..2000).map(|n| part("text/plain; charset=us-ascii", &format!("part {n}"))).collect();
    add("2000-parts", "multipart/mixed; boundary=b", format!("{two_thousand}--b--\r\n"));
    add(
        "html-before-text",
        "multipart/alternative; boundary=b",
        format!("{}{}--b--\r\n", part("text/html", "<p>The HTML.</p>"), part("text/plain", "The text.")),
    );
    add(
        "alternative-both-empty",
        "multipart/alternative; boundary=b",
        format!("{}{}--b--\r\n", part("text/plain", ""), part("text/html", "")),
    );
    add(
        "two-texts-and-image",
        "multipart/mixed; boundary=b",
        format!(
            "{one}--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\n{}{}--b--\r\n",
            base64_lines(&documents::png(16, (200, 40, 40))),
            part("text/plain", "Text after the picture.")
        ),
    );

    let mut nested = String::from("--n59\r\n\r\nThe innermost.\r\n--n59--\r\n");
    for level in (0..59).rev() {
        nested = format!(
            "--n{level}\r\nContent-Type: multipart/mixed; boundary=n{}\r\n\r\n{nested}--n{level}--\r\n",
            level + 1
        );
    }
    add("nested-60", "multipart/mixed; boundary=n0", nested);

    let mut message =
        text("nested-messages-inner", "Content-Type: text/plain\r\n", b"The innermost message.\r\n");
    for _ in 0..40 {
        message = text("nested-messages", "Content-Type: message/rfc822\r\n", &message);
    }
    all.push((
        "nested-messages-40",
        text("nested-messages-40", "Content-Type: message/rfc822\r\n", &message),
    ));

    let forwarded = Part::message(&text(
        "inside",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Le message transféré.\r\n".as_bytes(),
    ));
    let parts = [Part::text("plain", "See below.\n", "utf-8"), forwarded];
    all.push(("forwarded", Part::multi("mixed", "fwd", &parts).message_with(&head("forwarded"))));
    all.push((
        "message-global",
        text(
            "message-global",
            "Content-Type: message/global\r\nContent-Transfer-Encoding: 8bit\r\n",
            "From: é@example.org\r\nSubject: à\r\n\r\nBonté.\r\n".as_bytes(),
        ),
    ));
}

fn attachments(all: &mut Odd) {
    let pdf = documents::pdf("An odd name", &["The file is fine, its name is not."]);
    let mut add = |name: &'static str, disposition: &str| {
        let head = head(name);
        let body = format!(
            "--b\r\nContent-Type: text/plain\r\n\r\nOne file.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: {disposition}\r\n\r\n{}--b--\r\n",
            base64_lines(&pdf)
        );
        all.push((
            name,
            format!("{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{body}")
                .into_bytes(),
        ));
    };
    add("name-traversal", "attachment; filename=\"../../etc/passwd\"");
    add("name-windows-path", "attachment; filename=\"C:\\\\Users\\\\x\\\\run.exe.pdf\"");
    add("name-quotes", "attachment; filename=\"a \\\"quoted\\\" 'name'; x=y.pdf\"");
    add("name-emoji", &format!("attachment; {}", parameter("filename", "📎 pièce jointe 中文.pdf")));
    add(
        "name-rfc2231",
        "attachment; filename*0*=utf-8'fr'Compte%20rendu%20; filename*1*=d%E2%80%99hospitalisation%C3; filename*2*=%A9; filename*3=.pdf",
    );
    add("name-encoded-word", "attachment; filename=\"=?utf-8?Q?r=C3=A9sultats.pdf?=\"");
    add("name-raw-utf8", "attachment; filename=\"résultats.pdf\"");
    add("name-crlf", "attachment; filename*=utf-8''evil%0D%0ASet-Cookie:%20x=y.pdf");
    add("name-bidi", "attachment; filename*=utf-8''invoice%E2%80%AEfdp.exe");
    add("name-long", &format!("attachment; filename=\"{}.pdf\"", "long".repeat(500)));
    add("name-none", "attachment");
    add("name-empty", "attachment; filename=\"\"");
    add("name-markup", "attachment; filename=\"<img src=x onerror=alert(1)>.pdf\"");
    add("name-reserved", "attachment; filename=\"CON\"");

    let mut file = |name: &'static str, kind: &str, file: &str, bytes: &[u8]| {
        let parts = [Part::text("plain", "One file.\n", "utf-8"), Part::file(kind, file, bytes)];
        all.push((name, Part::multi("mixed", "odd", &parts).message_with(&head(name))));
    };
    file("html-attachment", "text/html", "page.html", b"<script>top.location='/logout'</script><p>A page.\n");
    file(
        "svg-attachment",
        "image/svg+xml",
        "drawing.svg",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(2)</script></svg>\n",
    );
    file("script-named-png", "image/png", "picture.png", b"<html><script>alert(1)</script></html>\n");
    file("octet-stream-pdf", "application/octet-stream", "report.pdf", &pdf);
    file(
        "text-without-last-newline",
        "text/plain; charset=windows-1252",
        "notes.txt",
        b"caf\xe9\nlast line without end",
    );
    file("empty-file", "application/pdf", "empty.pdf", b"");
    file("winmail-dat", "application/ms-tnef", "winmail.dat", &tnef());
    file(
        "zip-attachment",
        "application/zip",
        "archive.zip",
        &documents::zip(&[("../up.txt", b"a name that climbs\n")]),
    );
    all.push((
        "uuencode",
        text(
            "uuencode",
            "Content-Type: text/plain\r\n",
            b"A file as in 1990:\r\n\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n\r\nBye.\r\n",
        ),
    ));
    all.push(("uuencode-encoding", text("uuencode-encoding", "Content-Type: application/octet-stream; name=cat.txt\r\nContent-Transfer-Encoding: x-uuencode\r\n", b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n")));
    all.push((
        "only-attachment",
        Part::file("application/pdf", "alone.pdf", &pdf).message_with(&head("only-attachment")),
    ));
}

fn kinds(all: &mut Odd) {
    let mut add = |name: &'static str, part: &Part| all.push((name, part.message_with(&head(name))));
    let raw = |kind: &str, body: &str| Part::with_headers("", kind, body.as_bytes());
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:odd@example.org\r\nDTSTAMP:20261101T080000Z\r\nDTSTART;TZID=Europe/Paris:20261105T100000\r\nRRULE:FREQ=SECONDLY;COUNT=99999999\r\nSUMMARY:An invitation <b>in bold</b>\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    add("calendar", &raw("text/calendar; method=REQUEST; charset=utf-8", calendar));
    add(
        "smime-opaque",
        &Part::file(
            "application/pkcs7-mime; smime-type=enveloped-data",
            "smime.p7m",
            b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03",
        ),
    );
    let signed = [
        Part::text("plain", "A signed text.\n", "utf-8"),
        Part::file("application/pkcs7-signature", "smime.p7s", b"\x30\x80\x06\x09"),
    ];
    add(
        "smime-signed",
        &Part::multi("signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256", "sig", &signed),
    );
    let encrypted = [
        raw("application/pgp-encrypted", "Version: 1\r\n"),
        raw(
            "application/octet-stream; name=\"encrypted.asc\"",
            "-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA0odd\r\n-----END PGP MESSAGE-----\r\n",
        ),
    ];
    add(
        "pgp-encrypted",
        &Part::multi("encrypted; protocol=\"application/pgp-encrypted\"", "pgp", &encrypted),
    );
    add(
        "pgp-inline",
        &Part::text(
            "plain",
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- - a dash\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n-----END PGP SIGNATURE-----\n",
            "utf-8",
        ),
    );
    let report = [
        Part::text("plain", "Your message could not be delivered.\n", "us-ascii"),
        raw(
            "message/delivery-status",
            "Reporting-MTA: dns; mx1.example.test\r\nArrival-Date: Mon, 2 Nov 2026 09:00:00 +0100\r\n\r\nFinal-Recipient: rfc822; gone@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <gone@example.org>: User unknown\r\n",
        ),
        raw(
            "text/rfc822-headers",
            "From: alice@example.test\r\nTo: gone@example.org\r\nSubject: Lost\r\nMessage-ID: <lost@example.test>\r\n",
        ),
    ];
    add("dsn", &Part::multi("report; report-type=delivery-status", "dsn", &report));
    let receipt = [
        Part::text("plain", "The message was displayed.\n", "us-ascii"),
        raw(
            "message/disposition-notification",
            "Final-Recipient: rfc822; bob@example.test\r\nOriginal-Message-ID: <shown@example.test>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n",
        ),
    ];
    add("mdn", &Part::multi("report; report-type=disposition-notification", "mdn", &receipt));
    add(
        "external-body",
        &raw(
            "message/external-body; access-type=URL; URL=\"http://evil.example/x\"",
            "Content-Type: text/html\r\n\r\n",
        ),
    );
    add(
        "partial",
        &raw(
            "message/partial; number=1; total=3; id=\"part@odd\"",
            "Subject: the rest is missing\r\n\r\nThe first third.\r\n",
        ),
    );
    add("rich-text", &raw("text/enriched", "<bold>Bold</bold> and <<brackets>\r\n"));
}

/// A small valid TNEF stream: signature, key, a subject attribute, and nothing else.
fn tnef() -> Vec<u8> {
    let subject = b"odd winmail\0";
    let sum = subject.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let mut out = 0x223e_9f78_u32.to_le_bytes().to_vec();
    out.extend([1, 0]);
    out.push(1);
    out.extend(0x0001_8004_u32.to_le_bytes());
    out.extend(u32::try_from(subject.len()).unwrap_or(0).to_le_bytes());
    out.extend(subject);
    out.extend(sum.to_le_bytes());
    out
}
