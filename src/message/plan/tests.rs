use super::*;
use crate::message::Disposition;

/// Numbers a part that is the whole of a message (RFC 9051 §6.4.5.1): the children of a multipart count from it, a
/// single part is its `.1`.
fn number_message(part: &mut Part, section: Section) {
    let section = if part.kind == "multipart" { section } else { section.child(1) };
    number(part, section);
}

fn number(part: &mut Part, section: Section) {
    for (child, n) in part.children.iter_mut().zip(1..) {
        if part.kind == "multipart" {
            number(child, section.child(n));
        } else {
            number_message(child, section.clone());
        }
    }
    part.section = section;
}

/// A whole message, its sections numbered.
fn message(mut part: Part) -> Part {
    number_message(&mut part, Section::default());
    part
}

fn part(kind: &str, children: Vec<Part>) -> Part {
    let (kind, subtype) = kind.split_once('/').unwrap_or((kind, ""));
    Part { kind: kind.into(), subtype: subtype.into(), size: 100, children, ..Part::default() }
}

fn leaf(kind: &str) -> Part {
    part(kind, Vec::new())
}

fn disposed(mut part: Part, kind: &str, name: &str) -> Part {
    let params = if name.is_empty() { Vec::new() } else { vec![("filename".into(), name.into())] };
    part.disposition = Some(Disposition { kind: kind.into(), params });
    part
}

fn with_id(mut part: Part, id: &str) -> Part {
    part.id = Some(id.into());
    part
}

/// `body 1.1 html, alternative …` in one line.
fn shape(plan: &Plan) -> String {
    let body = |b: &Body| format!("{}{}", b.section, if b.html { "h" } else { "" });
    let mut out = plan.body.as_ref().map(body).unwrap_or_else(|| "-".into());
    if let Some(b) = &plan.alternative {
        out += &format!(" alt {}", body(b));
    }
    for b in &plan.more {
        out += &format!(" more {}", body(b));
    }
    for i in &plan.inline_images {
        out += &format!(" img {}={}", i.id, i.attachment.section);
    }
    for a in &plan.attachments {
        out += &format!(" file {} {}", a.section, a.name);
    }
    for n in &plan.nested {
        out += &format!(" msg {}", n.section);
    }
    out
}

#[track_caller]
fn is(root: Part, expected: &str, documents: usize) {
    let plan = Plan::of(&message(root));
    assert_eq!(shape(&plan), expected);
    assert_eq!(plan.documents(), documents);
}

#[test]
fn a_single_text() {
    is(leaf("text/plain"), "1", 0);
    is(leaf("text/html"), "1h", 0);
    is(disposed(leaf("text/plain"), "inline", "message.txt"), "1", 0);
    is(disposed(leaf("application/pdf"), "attachment", "a.pdf"), "- file 1 a.pdf", 1);
    // Of no known type: read as the text it probably is, and kept as a file.
    is(leaf(""), "1 file 1 document.bin", 1);
}

#[test]
fn alternative_in_mixed() {
    is(
        part(
            "multipart/mixed",
            vec![
                part("multipart/alternative", vec![leaf("text/plain"), leaf("text/html")]),
                disposed(leaf("application/pdf"), "attachment", "Compte rendu.pdf"),
                leaf("text/plain"),
            ],
        ),
        "1.2h alt 1.1 more 3 file 2 Compte rendu.pdf",
        1,
    );
}

#[test]
fn html_wins_even_first_and_a_calendar_is_a_document() {
    is(part("multipart/alternative", vec![leaf("text/html"), leaf("text/plain")]), "1h alt 2", 0);
    is(
        part(
            "multipart/alternative",
            vec![leaf("text/plain"), leaf("text/x-amp-html"), leaf("text/html"), leaf("text/calendar")],
        ),
        "3h alt 1 file 4 document.ics",
        1,
    );
}

#[test]
fn images_of_the_html_are_not_documents() {
    let logo = disposed(with_id(leaf("image/png"), "logo@x"), "inline", "logo.png");
    let scan = disposed(with_id(leaf("image/jpeg"), "scan@x"), "attachment", "scan.jpg");
    is(
        part(
            "multipart/alternative",
            vec![
                leaf("text/plain"),
                part("multipart/related", vec![leaf("text/html"), logo.clone(), scan, leaf("image/gif")]),
            ],
        ),
        "2.1h alt 1 img logo@x=2.2 img scan@x=2.3 file 2.3 scan.jpg file 2.4 document.gif",
        2,
    );
    // Without HTML nothing can refer to them.
    is(part("multipart/related", vec![leaf("text/plain"), logo]), "1 file 2 logo.png", 1);
}

#[test]
fn the_root_of_related_by_start() {
    let mut related = part(
        "multipart/related",
        vec![with_id(leaf("image/png"), "a@x"), with_id(leaf("text/html"), "root@x")],
    );
    related.params = vec![("start".into(), "<root@x>".into())];
    is(related, "2h img a@x=1", 0);
}

#[test]
fn named_texts_are_documents_unless_there_is_nothing_else() {
    is(
        part(
            "multipart/mixed",
            vec![
                leaf("text/plain"),
                disposed(leaf("text/plain"), "inline", "notes.txt"),
                disposed(leaf("text/html"), "attachment", ""),
            ],
        ),
        "1 file 2 notes.txt file 3 document.html",
        2,
    );
    is(
        part("multipart/mixed", vec![disposed(leaf("text/plain"), "inline", "fax.txt")]),
        "1 file 1 fax.txt",
        1,
    );
}

#[test]
fn the_forms_of_an_alternative_may_have_names() {
    let html = disposed(leaf("text/html"), "inline", "mail.html");
    is(
        part(
            "multipart/alternative",
            vec![leaf("text/plain"), part("multipart/related", vec![html.clone()])],
        ),
        "2.1h alt 1",
        0,
    );
    is(part("multipart/alternative", vec![leaf("text/plain"), html]), "2h alt 1", 0);
}

#[test]
fn a_message_the_server_did_not_open_is_a_document() {
    is(part("multipart/mixed", vec![leaf("text/plain"), leaf("message/rfc822")]), "1 file 2 message.eml", 1);
}

#[test]
fn signed_encrypted_report() {
    let signed = part(
        "multipart/signed",
        vec![leaf("text/plain"), disposed(leaf("application/pkcs7-signature"), "attachment", "smime.p7s")],
    );
    is(signed.clone(), "1 file 2 smime.p7s", 0);
    assert_eq!(Plan::of(&message(signed)).protection, Some(Protection::Signed));

    let pgp = part(
        "multipart/encrypted",
        vec![
            leaf("application/pgp-encrypted"),
            disposed(leaf("application/octet-stream"), "inline", "encrypted.asc"),
        ],
    );
    is(pgp.clone(), "- file 2 encrypted.asc", 1);
    assert_eq!(Plan::of(&message(pgp)).protection, Some(Protection::EncryptedPgp));

    let smime = disposed(leaf("application/pkcs7-mime"), "attachment", "smime.p7m");
    assert_eq!(Plan::of(&message(smime)).protection, Some(Protection::EncryptedSmime));

    is(
        part(
            "multipart/report",
            vec![
                leaf("text/plain"),
                leaf("message/delivery-status"),
                part("message/rfc822", vec![leaf("text/plain")]),
            ],
        ),
        "1 file 2 report.txt msg 3",
        2,
    );
    is(
        part("multipart/appledouble", vec![leaf("application/applefile"), leaf("image/jpeg")]),
        "- file 2 document.jpg",
        1,
    );
}

#[test]
fn forwarded_messages_have_their_own_plan() {
    let inner =
        part("multipart/mixed", vec![leaf("text/html"), disposed(leaf("image/png"), "attachment", "a.png")]);
    let root =
        message(part("multipart/mixed", vec![leaf("text/plain"), part("message/rfc822", vec![inner])]));
    let plan = Plan::of(&root);
    assert_eq!(shape(&plan), "1 msg 2");
    assert_eq!(plan.documents(), 1);
    assert_eq!(shape(&plan.nested[0].plan), "2.1h file 2.2 a.png");
    // A message that is nothing but a forwarded one.
    is(part("message/rfc822", vec![leaf("text/plain")]), "- msg 1", 1);
}

#[test]
fn sizes_and_viewable() {
    let mut pdf = disposed(leaf("application/octet-stream"), "attachment", "a.PDF");
    pdf.encoding = "base64".into();
    pdf.size = 78 * 1000 + 4;
    let plan = Plan::of(&message(part(
        "multipart/mixed",
        vec![leaf("text/plain"), pdf, disposed(leaf("image/svg+xml"), "attachment", "x.svg")],
    )));
    let [pdf, svg] = &plan.attachments[..] else { panic!("{plan:?}") };
    assert_eq!((pdf.size, pdf.viewable, pdf.icon), (57_003, true, Icon::Pdf));
    assert!(!svg.viewable);
}

#[test]
fn text_parameters() {
    let mut text = leaf("text/plain");
    text.params = vec![
        ("charset".into(), "utf-8".into()),
        ("format".into(), "Flowed".into()),
        ("delsp".into(), "yes".into()),
    ];
    let body = Plan::of(&message(text)).body.unwrap_or_default();
    assert_eq!((body.charset.as_deref(), body.flowed, body.delsp), (Some("utf-8"), true, true));
}

#[test]
fn bounded() {
    let many =
        message(part("multipart/mixed", vec![disposed(leaf("image/png"), "attachment", "a.png"); 5_000]));
    let plan = Plan::of(&many);
    assert!(plan.truncated && plan.attachments.len() < MAX_PARTS);
    let mut deep = leaf("text/plain");
    for _ in 0..200 {
        deep = part("multipart/mixed", vec![deep]);
    }
    let plan = Plan::of(&deep);
    assert!(plan.truncated && plan.body.is_none());
}
