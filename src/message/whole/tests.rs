use proptest::prelude::*;

use super::*;

/// `1 text/plain` a line, in order.
fn shape(part: &Part) -> String {
    let mut out = format!("{} {}/{}\n", part.section, part.kind, part.subtype);
    for child in &part.children {
        out += &shape(child);
    }
    out
}

#[track_caller]
fn body<'a>(raw: &'a [u8], section: &str) -> std::borrow::Cow<'a, str> {
    let section = if section.is_empty() { Section::default() } else { section.parse().unwrap_or_default() };
    let Some((_, body)) = section_bytes(raw, &section) else { panic!("no section {section}") };
    String::from_utf8_lossy(&raw[body])
}

const REPORT: &[u8] = b"From: Dr In\xc3\xa8s <ines@chu.example>\r\n\
Subject: =?utf-8?Q?R=C3=A9sultats?=\r\n\
Content-Type: multipart/mixed; boundary=\"b1\"\r\n\
\r\n\
preamble\r\n\
--b1\r\n\
Content-Type: multipart/alternative; boundary=b12\r\n\
\r\n\
--b12\r\n\
\r\n\
plain\r\n\
--b12\r\n\
Content-Type: text/html; charset=utf-8\r\n\
Content-Transfer-Encoding: Quoted-Printable\r\n\
\r\n\
<p>html=\r\n\
--b12--\r\n\
epilogue\r\n\
--b1\r\n\
Content-Type: message/rfc822\r\n\
\r\n\
Subject: inner\r\n\
From: bob@example.org\r\n\
Content-Type: multipart/mixed; boundary=b3\r\n\
\r\n\
--b3\r\n\
\r\n\
inner text\r\n\
--b3\r\n\
Content-Type: application/pdf; name*=utf-8''%C3%A9.pdf\r\n\
Content-Disposition: attachment; filename=\"x.pdf\"\r\n\
Content-ID: <pdf@x>\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
JVBERi0=\r\n\
--b3--\r\n\
--b1--\r\n\
the end\r\n";

#[test]
fn numbered_as_imap_does() {
    let whole = Whole::parse(REPORT);
    assert_eq!(
        shape(&whole.root),
        " multipart/mixed\n1 multipart/alternative\n1.1 text/plain\n1.2 text/html\n2 message/rfc822\n\
         2 multipart/mixed\n2.1 text/plain\n2.2 application/pdf\n"
    );
    assert_eq!(body(REPORT, "1.1"), "plain");
    assert_eq!(body(REPORT, "1.2"), "<p>html=");
    assert_eq!(body(REPORT, "2.1"), "inner text");
    assert_eq!(body(REPORT, "2.2"), "JVBERi0=");
    assert!(body(REPORT, "").starts_with("preamble") && body(REPORT, "").ends_with("the end\r\n"));
    assert!(body(REPORT, "2").starts_with("Subject: inner") && body(REPORT, "2").ends_with("--b3--"));
    assert!(section_bytes(REPORT, &Section::default().child(9)).is_none());
}

#[test]
fn what_the_headers_say() {
    let whole = Whole::parse(REPORT);
    assert_eq!(whole.envelope.subject.as_deref(), Some("Résultats"));
    assert_eq!(
        whole.envelope.from,
        [super::super::Address { name: Some("Dr Inès".into()), email: "ines@chu.example".into() }]
    );
    let forwarded = &whole.root.children[1];
    assert_eq!(forwarded.envelope.as_ref().and_then(|e| e.subject.as_deref()), Some("inner"));
    let pdf = &forwarded.children[0].children[1];
    assert_eq!(pdf.id.as_deref(), Some("pdf@x"));
    assert_eq!((pdf.encoding.as_str(), pdf.size), ("base64", 8));
    assert_eq!(pdf.params, [("name".to_owned(), "é.pdf".to_owned())]);
    assert_eq!(whole.root.children[0].children[1].encoding, "quoted-printable");
}

#[test]
fn one_text() {
    let raw = b"Subject: x\n\nBonjour\n";
    assert_eq!(shape(&Whole::parse(raw).root), "1 text/plain\n");
    assert_eq!((body(raw, "1"), body(raw, "")), ("Bonjour\n".into(), "Bonjour\n".into()));
}

#[test]
fn odd_beginnings() {
    for raw in [
        &b"\xef\xbb\xbfSubject: x\r\n\r\nBonjour"[..],
        b"From ann@example.org Sat Nov 21 07:40:00 2026\nSubject: x\n\nBonjour",
        b"\r\n\r\nSubject: x\r\n\r\nBonjour",
    ] {
        assert_eq!(Whole::parse(raw).envelope.subject.as_deref(), Some("x"));
        assert_eq!(body(raw, "1"), "Bonjour");
    }
    for raw in [&b"no header at all\nbut text"[..], b"", b"\n\nText only"] {
        let whole = Whole::parse(raw);
        assert_eq!(shape(&whole.root), "1 text/plain\n");
        assert!(raw.ends_with(body(raw, "1").as_bytes()));
    }
    assert_eq!(body(b"no header at all\nbut text", "1"), "no header at all\nbut text");
    assert_eq!(body(b"Subject: x\nno header: here is text", "1"), "no header: here is text");
}

#[test]
fn broken_multiparts() {
    // The boundary never closes, the inner one is closed by the outer.
    let raw = b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\none\n--a\n\ntwo\n";
    assert_eq!(
        shape(&Whole::parse(raw).root),
        " multipart/mixed\n1 multipart/mixed\n1.1 text/plain\n2 text/plain\n"
    );
    assert_eq!((body(raw, "1.1"), body(raw, "2")), ("one".into(), "two\n".into()));
    // No boundary parameter, or one that never comes: the text is shown.
    let raw = b"Content-Type: multipart/mixed\n\n--x\n\ntext\n";
    assert_eq!(body(raw, ""), "--x\n\ntext\n");
    assert_eq!(Whole::parse(raw).root.kind, "text");
    // A part that is over before its header is.
    let raw = b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n--a\n\ntwo\n--a--";
    assert_eq!(shape(&Whole::parse(raw).root), " multipart/mixed\n1 text/html\n2 text/plain\n");
    assert_eq!((body(raw, "1"), body(raw, "2")), ("".into(), "two".into()));
}

#[test]
fn bounded_in_depth_and_number() {
    fn depth(part: &Part) -> usize {
        1 + part.children.iter().map(depth).max().unwrap_or(0)
    }
    fn count(part: &Part) -> usize {
        1 + part.children.iter().map(count).sum::<usize>()
    }
    let messages = b"Content-Type: message/rfc822\n\n".repeat(50_000);
    assert!(depth(&Whole::parse(&messages).root) <= 2 * MAX_DEPTH + 2);
    let mut multiparts = Vec::new();
    for i in 0..50_000 {
        multiparts.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=b{i}x\n\n--b{i}x\n").as_bytes(),
        );
    }
    assert!(depth(&Whole::parse(&multiparts).root) <= MAX_DEPTH + 2);
    let mut many = b"Content-Type: multipart/mixed; boundary=a\n\n".to_vec();
    many.extend(b"--a\n\nx\n".repeat(50_000));
    let whole = Whole::parse(&many);
    assert!(count(&whole.root) <= MAX_PARTS && whole.root.truncated);
}

#[test]
fn ten_thousand_recipients() {
    let mut raw = b"To: ".to_vec();
    raw.extend(b"ann@example.org,\r\n ".repeat(3_000));
    raw.extend(b"\r\n\r\nx");
    let envelope = Whole::parse(&raw).envelope;
    assert_eq!((envelope.to.len(), envelope.more), (Envelope::MAX_ADDRESSES, 2_800));
}

proptest! {
    #[test]
    fn ranges_are_inside(raw in "(Content-Type: |multipart/mixed; boundary=a|message/rfc822|text/html|--a|--a--|--|\r\n|\n\n|x: y|é){0,60}") {
        let raw = raw.as_bytes();
        let whole = Whole::parse(raw);
        for (_, head, body) in &whole.index {
            prop_assert!(head.start <= head.end && body.start <= body.end && body.end <= raw.len());
        }
    }

    #[test]
    fn any_bytes(raw: Vec<u8>) {
        Whole::parse(&raw);
    }
}

#[test]
fn a_multipart_whose_boundary_never_comes_is_a_text() {
    let raw = b"Content-Type: multipart/mixed; boundary=other\r\n\r\n--b\r\n\r\nWords.\r\n--b--\r\n";
    let whole = Whole::parse(raw);
    assert_eq!((whole.root.kind.as_str(), whole.root.children.len()), ("text", 0));
    let (_, body) = whole.section(&whole.root.section).expect("its bytes");
    assert_eq!(&raw[body], b"--b\r\n\r\nWords.\r\n--b--\r\n");
}
