use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::{answer::*, guard::*, *};
use crate::message::{
    Address, Envelope,
    text::{Format, Text},
};

fn person(name: &str, email: &str) -> Person {
    let name = (!name.is_empty()).then(|| name.to_owned());
    Person { name, email: Email::parse(email).expect("an address") }
}

fn draft() -> Draft {
    Draft {
        from: person("", "claire@cabinet.example"),
        reply_to: None,
        to: vec![person("Laboratoire Bioval", "labo@bioval.example")],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "Résultats".into(),
        text: "Bonjour".into(),
        in_reply_to: None,
        references: Vec::new(),
        kept: Vec::new(),
        files: Vec::new(),
        date: "2026-11-22T14:10:00+01:00[Europe/Paris]".parse().expect("a date"),
        seed: [7; 16],
    }
}

#[test]
fn answers_go_where_the_writer_wants_them() {
    let reply_to = Email::parse("secretariat@cabinet.example").ok();
    let text = String::from_utf8(wire(&Draft { reply_to, ..draft() }, b"")).expect("ASCII");
    assert!(text.contains("\r\nReply-To: secretariat@cabinet.example\r\n"), "{text}");
    assert!(!String::from_utf8_lossy(&wire(&draft(), b"")).contains("Reply-To"));
}

/// The message, with this base64 for every file.
fn wire(draft: &Draft, blob: &[u8]) -> Vec<u8> {
    let piece = |piece: Piece| match piece {
        Piece::Bytes(bytes) => bytes,
        Piece::File(_) => blob.to_vec(),
    };
    draft.pieces().into_iter().flat_map(piece).collect()
}

/// Fit for every relay: 7-bit, short lines, CRLF alone, an end.
fn assert_fit(wire: &[u8]) {
    assert!(wire.ends_with(b"\r\n"));
    for line in wire.split_inclusive(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r\n").expect("every line ends with CRLF");
        assert!(line.iter().all(|b| matches!(b, b'\t' | b' '..=b'~')), "{:?}", String::from_utf8_lossy(line));
        assert!(line.len() <= 76 || !line.contains(&b' '), "{}", String::from_utf8_lossy(line));
        assert!(line.len() <= 998);
        assert!(!line.starts_with(b"From ") && line != b".");
    }
}

/// A `format=flowed` text as RFC 3676 §4 reads it: quote depth and content of each line.
fn unflowed(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for line in text.strip_suffix("\r\n").unwrap_or(text).split("\r\n") {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = line[depth..].strip_prefix(' ').unwrap_or(&line[depth..]);
        match lines.last_mut() {
            Some((before, held)) if goes_on && *before == depth => held.push_str(content),
            _ => lines.push((depth, content.to_owned())),
        }
        goes_on = content.ends_with(' ') && content != "-- ";
    }
    lines
}

/// What the writer means by what is typed.
fn meant(typed: &str) -> Vec<(usize, String)> {
    let typed = typed.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    let line = |line: &str| {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content =
            if depth > 0 { line[depth..].strip_prefix(' ').unwrap_or(&line[depth..]) } else { line };
        let content = if line == "-- " { content } else { content.trim_end_matches(' ') };
        (depth, content.to_owned())
    };
    typed.strip_suffix('\n').unwrap_or(&typed).split('\n').map(line).collect()
}

fn text_of(wire: &[u8]) -> String {
    let parsed = MessageParser::default().parse(wire).expect("a message");
    parsed.parts[parsed.text_body[0] as usize].text_contents().expect("a text").to_owned()
}

#[track_caller]
fn text_survives(typed: &str) {
    let wire = wire(&Draft { text: typed.into(), ..draft() }, b"");
    assert_fit(&wire);
    assert_eq!(unflowed(&text_of(&wire)), meant(typed), "{typed:?}");
}

#[test]
fn a_plain_message() {
    let wire = String::from_utf8(wire(&draft(), b"")).expect("ASCII");
    assert_eq!(
        wire,
        "Date: Sun, 22 Nov 2026 14:10:00 +0100\r\n\
         From: claire@cabinet.example\r\n\
         To: Laboratoire Bioval <labo@bioval.example>\r\n\
         Message-ID: <07070707070707070707070707070707@cabinet.example>\r\n\
         Subject: =?utf-8?Q?R=C3=A9sultats?=\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8; format=flowed\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\
         \r\n\
         Bonjour\r\n"
    );
}

#[test]
fn texts_that_break_things() {
    for typed in [
        "",
        "\n\n",
        "From here\nFrom \n>From there",
        ".\n..\n. a",
        "> quoted\n>> twice\n>>>\n>unspaced\n> > apart",
        " leading\n  two\n trailing   \nand -- \n-- \nClaire",
        "=3D =\n= ",
        "\u{feff}é\u{2028}è\u{1f469}\u{200d}\u{2695}\u{fe0f}",
        "tab\t\n\t",
        "bare\rreturn\r\nand\0nul",
        "--=_07070707070707070707070707070707--",
    ] {
        text_survives(typed);
    }
    text_survives(&"mot ".repeat(200));
    text_survives(&"x".repeat(3_000));
    text_survives(&format!("> {}", "long mot cité ".repeat(40)));
    text_survives(&format!("{} -- {}", "a".repeat(71), "b ".repeat(60)));
    text_survives(&"  .  >  From ".repeat(60));
}

#[test]
fn long_lines_are_broken_where_every_reader_can_follow() {
    let wire = wire(&Draft { text: "mot ".repeat(100), ..draft() }, b"");
    let text = text_of(&wire);
    assert!(text.lines().count() > 4 && text.lines().all(|line| line.len() <= 78), "{text}");
    let shown = Text::parse(&text, Format { flowed: true, delsp: false });
    assert_eq!(shown.blocks.len(), 1);
}

proptest! {
    #[test]
    fn any_text_survives(typed in any::<String>()) {
        text_survives(&typed);
    }

    #[test]
    fn any_soup_survives(typed in "([a-z]{1,9}|[ >.\n-]|From |é|\\u{1f600}| -- |=){0,200}") {
        text_survives(&typed);
    }

    #[test]
    fn any_subject_survives(subject in "(\\PC|[ -~]|=\\?|\\?=|é| {2}){0,90}") {
        let wire = wire(&Draft { subject: subject.clone(), ..draft() }, b"");
        assert_fit(&wire);
        let parsed = MessageParser::default().parse(&wire).expect("a message");
        prop_assert_eq!(parsed.subject().unwrap_or_default(), subject);
    }

    #[test]
    fn any_name_survives(name in "(\\PC|[ -~]|[\"\\\\,;:<>@()]|=\\?|é){1,90}") {
        let to = vec![person(&name, "a@b.example"), person("", "c@d.example"), person(&name, "e@f.example")];
        let wire = wire(&Draft { to, ..draft() }, b"");
        assert_fit(&wire);
        let parsed = MessageParser::default().parse(&wire).expect("a message");
        let read: Vec<_> = parsed.to().expect("To").iter().map(|a| (a.name().map(str::to_owned), a.address().map(str::to_owned))).collect();
        let name = (!name.trim().is_empty()).then_some(name);
        prop_assert_eq!(read, [(name.clone(), Some("a@b.example".into())), (None, Some("c@d.example".into())), (name, Some("e@f.example".into()))]);
    }

    #[test]
    fn nothing_typed_adds_a_field(evil in "(\r|\n|\r\n|\0|Bcc: x@y|:| |\u{85}|\u{2028}|é){0,30}") {
        let mut draft = draft();
        draft.subject.clone_from(&evil);
        draft.to[0].name = Some(evil.clone());
        draft.files = vec![File { name: evil.clone(), kind: MediaType::of(&evil) }];
        let wire = wire(&draft, b"QUJD\r\n");
        assert_fit(&wire);
        let parsed = MessageParser::default().parse(&wire).expect("a message");
        let names: Vec<_> = parsed.headers().iter().map(|h| h.name().to_owned()).collect();
        prop_assert_eq!(names, ["Date", "From", "To", "Message-ID", "Subject", "MIME-Version", "Content-Type"]);
    }

    #[test]
    fn any_file_name_survives(name in "(\\PC|[ -~]|é|\\u{1f600}){1,80}") {
        let name = crate::message::filename::safe(Some(&name), "application/pdf");
        let files = vec![File { name: name.clone(), kind: MediaType::of("application/pdf") }];
        let wire = wire(&Draft { files, ..draft() }, b"QUJD\r\n");
        assert_fit(&wire);
        let parsed = MessageParser::default().parse(&wire).expect("a message");
        let file = parsed.attachment(0).expect("a file");
        prop_assert_eq!(file.attachment_name(), Some(name.as_str()));
        prop_assert_eq!(file.contents(), b"ABC");
    }

    #[test]
    fn an_address_that_is_taken_is_fit(typed in "\\PC{0,60}") {
        if let Ok(email) = Email::parse(&typed) {
            prop_assert!(email.as_str().bytes().all(|b| matches!(b, b'!'..=b'~') && !b"<>,".contains(&b)));
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
        }
    }

    #[test]
    fn a_field_is_read_back_as_it_was_filled(name in "([a-zé \"\\\\,;<>@'’]){0,30}") {
        let address = Address { name: Some(name), email: "a@b.example".into() };
        let (people, wrong) = Person::list(&field(&[address.clone(), address]));
        prop_assert_eq!((people.len(), wrong), (2, Vec::new()));
        prop_assert_eq!(people[0].email.as_str(), "a@b.example");
        let again = people.iter().map(Person::typed).collect::<Vec<_>>().join(", ");
        prop_assert_eq!(Person::list(&again).0, people);
    }
}

#[test]
fn files_stand_between_boundaries() {
    let files = ["image/jpeg", "message/rfc822", "text/plain\r\nX: y"]
        .map(|kind| File { name: "photo d’été.jpg".into(), kind: MediaType::of(kind) });
    let wire = wire(&Draft { files: files.to_vec(), ..draft() }, b"QUJD\r\n");
    assert_fit(&wire);
    let parsed = MessageParser::default().parse(&wire).expect("a message");
    assert_eq!(parsed.attachment_count(), 3);
    for (n, kind) in
        ["image/jpeg", "application/octet-stream", "application/octet-stream"].into_iter().enumerate()
    {
        let file = parsed.attachment(n as u32).expect("a file");
        let told = file.content_type().expect("a type");
        assert_eq!(format!("{}/{}", told.c_type, told.c_subtype.as_deref().unwrap_or_default()), kind);
        assert_eq!((file.contents(), file.attachment_name()), (&b"ABC"[..], Some("photo d’été.jpg")));
    }
    assert_eq!(unflowed(&text_of(&wire)), [(0, "Bonjour".to_owned())]);
}

#[test]
fn hidden_recipients_are_in_the_envelope_alone() {
    let mut draft = draft();
    draft.bcc = vec![person("Secret", "hidden@x.example"), person("", "LABO@bioval.example")];
    assert!(!String::from_utf8_lossy(&wire(&draft, b"")).contains("hidden"));
    let recipients: Vec<_> = draft.recipients().iter().map(|e| e.as_str().to_owned()).collect();
    assert_eq!(recipients, ["labo@bioval.example", "hidden@x.example"]);
    draft.to.clear();
    assert!(String::from_utf8_lossy(&wire(&draft, b"")).contains("\r\nTo: undisclosed-recipients:;\r\n"));
}

#[test]
fn addresses() {
    for (typed, wire) in [
        ("a@münchen.de", "a@xn--mnchen-3ya.de"),
        (" Ann+x@Example.ORG. ", "Ann+x@example.org"),
        ("root@localhost", "root@localhost"),
        ("a@[127.0.0.1]", "a@[127.0.0.1]"),
        ("\"a..b\"@x.org", "\"a..b\"@x.org"),
        ("o'neil@x.org", "o'neil@x.org"),
    ] {
        assert_eq!(Email::parse(typed).map(|e| e.as_str().to_owned()), Ok(wire.to_owned()), "{typed}");
    }
    for odd in ["", "a", "a@", "@b", "a b@c", "a@b c", "a@b..c", "a@-b", ".a@b", "a>@b", "a@b>\r\nX", "a@[x]"]
    {
        assert!(matches!(Email::parse(odd), Err(Unusable::Odd(_))), "{odd}");
    }
    assert!(matches!(Email::parse("inès@x.org"), Err(Unusable::Local(_))));
    let (people, wrong) = Person::list("Ann <ann@x.org>; bob; \"L, I\" <i@x.org>, inès@x.org");
    assert_eq!(people, [person("Ann", "ann@x.org"), person("L, I", "i@x.org")]);
    assert_eq!(wrong, [Unusable::Odd("bob".into()), Unusable::Local("inès@x.org".into())]);
    let many = "a@x.org, ".repeat(Person::MOST + 5);
    assert_eq!(Person::list(&many).1, [Unusable::TooMany]);
}

#[test]
fn subjects_do_not_pile_up() {
    for (before, answer) in [
        ("Résultats", "Re: Résultats"),
        ("Re: Tr: RE[2]: Rép : Résultats", "Re: Résultats"),
        ("AW: Fwd: x", "Re: x"),
        ("Reste : à faire", "Re: Reste : à faire"),
        ("Re:", "Re: Re:"),
        ("", "Re:"),
        ("12:30", "Re: 12:30"),
    ] {
        assert_eq!(subject("Re:", before), answer);
    }
    assert_eq!(subject("Tr:", "Re: x"), "Tr: x");
}

fn address(email: &str) -> Address {
    Address { name: None, email: email.into() }
}

#[test]
fn who_gets_an_answer() {
    let of = |from: &str, reply_to: &[&str], to: &[&str], cc: &[&str]| Envelope {
        from: vec![address(from)],
        reply_to: reply_to.iter().map(|a| address(a)).collect(),
        to: to.iter().map(|a| address(a)).collect(),
        cc: cc.iter().map(|a| address(a)).collect(),
        ..Envelope::default()
    };
    let me = &["me@x.org"][..];
    let all = |e: &Envelope| (field(&reply_all(e, me).to), field(&reply_all(e, me).cc));
    let one = |e: &Envelope| (field(&reply(e, me).to), field(&reply(e, me).cc));
    let usual = of("a@x.org", &[], &["Me@x.org", "b@x.org"], &["c@x.org", "B@x.org", "a@x.org"]);
    assert_eq!(one(&usual), ("a@x.org".into(), "".into()));
    assert_eq!(all(&usual), ("a@x.org".into(), "b@x.org, c@x.org".into()));
    let list = of("a@x.org", &["list@x.org"], &["list@x.org"], &[]);
    assert_eq!(
        (one(&list), all(&list)),
        (("list@x.org".into(), "".into()), ("list@x.org".into(), "".into()))
    );
    let mine = of("me@x.org", &["me@x.org"], &["b@x.org"], &["c@x.org", "me@x.org"]);
    assert_eq!((one(&mine).0, all(&mine)), ("b@x.org".into(), ("b@x.org".into(), "c@x.org".into())));
}

#[test]
fn the_chain_of_a_conversation() {
    let ids = |chain: Vec<MessageId>| chain.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(chain("<a@x> <b@x>", Some("<c@x>"), Some("<d@x>"))), ["<a@x>", "<b@x>", "<d@x>"]);
    assert_eq!(ids(chain("", Some("<c@x>"), Some("<d@x>"))), ["<c@x>", "<d@x>"]);
    assert_eq!(ids(chain("", Some("<c@x> <e@x>"), Some("<d@x>"))), ["<d@x>"]);
    assert_eq!(ids(chain("<a\r\nBcc: x@y> <b@x", None, Some("nonsense"))), Vec::<String>::new());
    let long: String = (0..200).map(|n| format!("<{n}@x>\r\n ")).collect();
    let kept = ids(chain(&long, None, Some("<own@x>")));
    assert_eq!((kept.len(), kept[0].as_str(), kept[29].as_str()), (30, "<0@x>", "<own@x>"));
    let references = chain(&long, None, Some("<own@x>"));
    assert_fit(&wire(&Draft { in_reply_to: references.last().cloned(), references, ..draft() }, b""));
}

#[test]
fn quotes() {
    let text = Text::parse("Bonjour,\nça va ?\n\n> hier\n>> avant\n\n-- \nClaire", Format::default());
    assert_eq!(quoted(&text), "> Bonjour,\n> ça va ?\n>\n>> hier\n>\n>>> avant");
    assert_eq!(quote::plain(&text), "Bonjour,\nça va ?\n\n> hier\n\n>> avant\n\n-- \nClaire");
    assert!(quoted(&Text::parse(&"x\n".repeat(20_000), Format::default())).ends_with("\n> …"));
}

#[test]
fn what_was_typed_is_edited_again() {
    for text in
        ["", "a", "\n\n a\n> b\n>> c\n\n-- \nClaire", "> \n>\nFrom x\n>y", "mot ".repeat(90).trim_end()]
    {
        let wire = wire(&Draft { text: text.into(), ..draft() }, b"");
        let again = quote::typed(&text_of(&wire), true, false);
        assert_eq!(meant(&again), meant(text), "{again:?}");
    }
    assert_eq!(quote::typed("a \r\nb\r\n>c\r\n", false, false), "a \nb\n>c");
    assert_eq!(quote::typed("a \r\nb\r\n", true, true), "ab");
    assert!(quote::typed(&"é".repeat(400_000), false, false).ends_with("\n…"));
}

#[test]
fn links() {
    let link = mailto::parse(
        "mailto:a%40x.org,b@x.org?cc=c@x.org&subject=R%C3%A9+s&amp;body=a%0D%0Ab&bcc=e@x.org&To=d@x.org\
         &In-Reply-To=%3C1@x.org%3E&X-Evil=1",
    );
    assert_eq!((link.to.as_str(), link.cc.as_str()), ("a@x.org,b@x.org, d@x.org", "c@x.org"));
    assert_eq!((link.subject.as_str(), link.body.as_str()), ("Ré+s", "a\r\nb"));
    assert_eq!((link.bcc.as_str(), link.in_reply_to.as_str()), ("e@x.org", "<1@x.org>"));
    assert_eq!(mailto::parse("a@x.org").to, "a@x.org");
    assert_eq!(mailto::parse("mailto:%0D%0ABcc:x").to, "  Bcc:x");
    // RFC 6068 §6.
    let (people, _) = Person::list(&mailto::parse("mailto:%22not%40me%22@example.org").to);
    assert_eq!(people[0].email.as_str(), "\"not@me\"@example.org");
    assert_eq!(mailto::parse("mailto:gorby%25kremvax@example.com").to, "gorby%kremvax@example.com");
    assert_eq!(mailto::parse("mailto:?to=joe@example.com&subject=a&subject=b").subject, "b");
}

#[test]
fn doubts() {
    let trusted = ["bioval.example".to_owned()];
    let rules = Rules { trusted: &trusted, to_all: false };
    assert_eq!(Doubt::of(&draft(), rules), []);
    let mut draft = draft();
    draft.cc = vec![
        person("", "x@sub.bioval.example"),
        person("", "d@notbioval.example"),
        person("", "no-reply@bioval.example"),
    ];
    draft.text = "Voir la pièce jointe".into();
    let email = |e: &str| Email::parse(e).expect("an address");
    assert_eq!(
        Doubt::of(&draft, Rules { to_all: true, ..rules }),
        [
            Doubt::Outside(vec![email("d@notbioval.example")]),
            Doubt::Everybody(draft.to.iter().chain(&draft.cc).cloned().collect()),
            Doubt::NoReply(vec![email("no-reply@bioval.example")]),
            Doubt::NoFile,
        ]
    );
    draft.text = "> ci-joint\nMerci\n-- \nattached".into();
    draft.subject = " ".into();
    draft.cc = (0..20).map(|n| person("", &format!("{n}@bioval.example"))).collect();
    assert_eq!(
        Doubt::of(&draft, Rules { trusted: &[], to_all: false }),
        [Doubt::Visible(21), Doubt::NoSubject]
    );
}
