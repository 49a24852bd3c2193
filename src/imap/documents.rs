//! How many documents a row of a list shows. Most messages are put together in a few ways, told by a look at the words
//! of the server's description; the others are read and planned as when they are opened. Both count the same.

use super::{
    structure::{is_multipart, raw, structure},
    value::{Value, Values},
};
use crate::message::plan;

/// Values of a description that is looked at, far fewer parts than what planning leaves out begins with.
const VALUES: usize = 2_000;
/// The same of multiparts within multiparts.
const DEPTH: usize = 10;

/// The number of documents, as [`plan::documents`] counts them.
pub fn documents(value: Value) -> Option<u32> {
    match value.list().and_then(glance) {
        Some(seen) => Some(seen.documents),
        None => structure(value).map(|part| plan::documents(&part) as u32),
    }
}

fn glance(fields: Values) -> Option<Seen> {
    if fields.size() <= VALUES { look(fields, DEPTH) } else { None }
}

/// What a look tells of a part.
#[derive(Clone, Copy, Default)]
struct Seen {
    documents: u32,
    /// Its text is HTML.
    html: bool,
    /// Images lie in it that only HTML can show: documents, if there were none.
    images: bool,
}

/// `None`: it takes more than a look.
fn look(fields: Values, depth: usize) -> Option<Seen> {
    if is_multipart(fields) { multipart(fields, depth.checked_sub(1)?) } else { leaf(fields) }
}

fn multipart(mut fields: Values, depth: usize) -> Option<Seen> {
    let parts = fields;
    let count = parts.map_while(Value::list).take_while(|part| !part.is_empty()).count();
    let mut parts = parts.filter_map(Value::list).take(count);
    fields = fields.after(count);
    let subtype = raw(fields.next()).unwrap_or_default();
    let is = |word: &str| subtype.eq_ignore_ascii_case(word.as_bytes());
    let mut all = look(parts.next()?, depth)?;
    if is("alternative") {
        // HTML wins, wherever it stands, and its images with it.
        for part in parts {
            let part = look(part, depth)?;
            all = Seen {
                documents: all.documents + part.documents,
                html: all.html | part.html,
                images: all.images | part.images,
            };
        }
        // What is in one form alone takes more than a look.
        return Some(all).filter(|all| all.documents == 0);
    }
    let related = is("related");
    if related {
        let mut parameters = fields.next().and_then(Value::list).unwrap_or_default().step_by(2);
        // Its root may be another one than the first.
        let named = parameters.any(|name| {
            name.bytes().is_none_or(|name| name.get(..5).is_some_and(|n| n.eq_ignore_ascii_case(b"start")))
        });
        if named || all.documents > 0 {
            return None;
        }
    }
    for part in parts {
        if related && is_shown_image(part) {
            all.images = true;
            continue;
        }
        let part = look(part, depth)?;
        // Of several texts the first is the body: whether the others are shown is another question.
        if part.images {
            return None;
        }
        all.documents += part.documents;
    }
    Some(all).filter(|all| all.html || !all.images)
}

/// The fields of a part that is no multipart, as far as they are looked at.
struct Leaf<'a> {
    kind: &'a [u8],
    subtype: &'a [u8],
    parameters: Values<'a>,
    id: Option<Value<'a>>,
    disposition: Disposition<'a>,
}

#[derive(Clone, Copy)]
enum Disposition<'a> {
    None,
    Inline(Values<'a>),
    Attachment(Values<'a>),
}

impl<'a> Leaf<'a> {
    fn of(mut fields: Values<'a>) -> Option<Leaf<'a>> {
        let (kind, subtype) = (raw(fields.next())?, raw(fields.next())?);
        let parameters = fields.next().and_then(Value::list).unwrap_or_default();
        let id = fields.next().filter(|id| !id.is_nil());
        // Description, encoding, size.
        fields = fields.after(3);
        if kind.eq_ignore_ascii_case(b"text") && fields.next().is_some_and(|lines| lines.number().is_none()) {
            return None;
        }
        // MD5.
        fields.next();
        let disposition = match fields.next() {
            None => Disposition::None,
            Some(value) if value.is_nil() => Disposition::None,
            Some(value) => {
                let mut fields = value.list()?;
                let (kind, parameters) = (raw(fields.next())?, fields.next());
                let parameters = parameters.and_then(Value::list).unwrap_or_default();
                match kind {
                    kind if kind.eq_ignore_ascii_case(b"inline") => Disposition::Inline(parameters),
                    kind if kind.eq_ignore_ascii_case(b"attachment") => Disposition::Attachment(parameters),
                    _ => return None,
                }
            }
        };
        Some(Leaf { kind, subtype, parameters, id, disposition })
    }

    fn is_kind(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|kind| self.kind.eq_ignore_ascii_case(kind.as_bytes()))
    }

    fn is_subtype(&self, subtypes: &[&str]) -> bool {
        subtypes.iter().any(|subtype| self.subtype.eq_ignore_ascii_case(subtype.as_bytes()))
    }

    /// It counts as what it says it is: no name makes a signature of it.
    fn is_named_plainly(&self) -> bool {
        let more = match self.disposition {
            Disposition::None => Values::default(),
            Disposition::Inline(parameters) | Disposition::Attachment(parameters) => parameters,
        };
        are_plain(self.parameters) && are_plain(more)
    }
}

fn leaf(fields: Values) -> Option<Seen> {
    if is_whole_message(fields) {
        return Some(Seen { documents: 1, ..Seen::default() });
    }
    let leaf = Leaf::of(fields)?;
    let nothing = Some(Seen::default());
    let document = || leaf.is_named_plainly().then_some(Seen { documents: 1, ..Seen::default() });
    if leaf.is_kind(&["text"]) {
        if matches!(leaf.disposition, Disposition::Attachment(_)) {
            return document();
        }
        let unnamed =
            leaf.parameters.step_by(2).filter_map(Value::bytes).all(|name| {
                [&b"charset"[..], b"format", b"delsp"].iter().any(|n| name.eq_ignore_ascii_case(n))
            }) && !matches!(leaf.disposition, Disposition::Inline(parameters) if !parameters.is_empty());
        let html = leaf.is_subtype(&["html"]);
        let shown = unnamed && (html || leaf.is_subtype(&["plain"]));
        return shown.then_some(Seen { html, ..Seen::default() });
    }
    if leaf.is_kind(&["application"]) {
        if leaf.is_subtype(&["pkcs7-signature", "x-pkcs7-signature", "pgp-signature"]) {
            return nothing;
        }
        // What these are depends on what stands around them.
        if leaf.is_subtype(&["pgp-encrypted", "applefile", "pkcs7-mime", "x-pkcs7-mime"]) {
            return None;
        }
        return document();
    }
    if leaf.is_kind(&["image"]) {
        // What HTML can name may be shown by it.
        return if leaf.id.is_none() || matches!(leaf.disposition, Disposition::Attachment(_)) {
            document()
        } else {
            None
        };
    }
    leaf.is_kind(&["audio", "video"]).then(document).flatten()
}

/// A forwarded message that the server has looked into: it counts as one, whatever is in it.
fn is_whole_message(fields: Values) -> bool {
    let is = |value: Option<Value>, words: &[&str]| {
        raw(value).is_some_and(|b| words.iter().any(|word| b.eq_ignore_ascii_case(word.as_bytes())))
    };
    let is_list = |value: Option<Value>| value.and_then(Value::list).is_some();
    is(fields.get(0), &["message"])
        && is(fields.get(1), &["rfc822", "global"])
        // Its envelope, and what it is made of.
        && is_list(fields.get(7))
        && is_list(fields.get(8))
}

/// An image within a related that its HTML names.
fn is_shown_image(fields: Values) -> bool {
    !is_multipart(fields)
        && Leaf::of(fields).is_some_and(|leaf| {
            let id = leaf.id.and_then(Value::bytes).unwrap_or_default();
            leaf.is_kind(&["image"])
                && !matches!(leaf.disposition, Disposition::Attachment(_))
                && id.is_ascii()
                // An encoded word may say nothing (RFC 2047).
                && memchr::memmem::find(id, b"=?").is_none()
                && id.iter().any(u8::is_ascii_alphanumeric)
                && leaf.is_named_plainly()
        })
}

/// Parameters with one value each, in ASCII or in percent-encoded UTF-8, none of which could be the name of a
/// signature.
fn are_plain(mut parameters: Values) -> bool {
    while let Some((name, value)) = parameters.next().zip(parameters.next()) {
        let (Some(name), value) = (name.bytes(), value.bytes().unwrap_or_default()) else { return false };
        let plain = match memchr::memchr(b'*', name) {
            None => is_plain(value),
            Some(at) => at + 1 == name.len() && is_plain_extended(value),
        };
        if !plain {
            return false;
        }
    }
    true
}

fn is_plain(value: &[u8]) -> bool {
    let mut before = 0;
    value.iter().all(|&byte| {
        let odd = matches!((before, byte), (b'=', b'?') | (b'7', b's' | b'S'));
        before = byte;
        !odd && matches!(byte, b' '..=b'~')
    })
}

/// `utf-8''…` (RFC 2231 §4). Characters beyond ASCII may vanish from a name.
fn is_plain_extended(value: &[u8]) -> bool {
    let Some((start, mut rest)) = value.split_at_checked(7) else { return false };
    let mut before = 0;
    while let [byte, after @ ..] = rest {
        rest = match (byte, after) {
            (b'%', [b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', low, after @ ..]) if low.is_ascii_hexdigit() => {
                after
            }
            (b'%', [b'2', b'0', after @ ..]) => {
                before = b' ';
                after
            }
            (b'!'..=b'$' | b'&'..=b'~', after) if !matches!((before, byte), (b'7', b's' | b'S')) => {
                before = *byte;
                after
            }
            _ => return false,
        };
    }
    start.eq_ignore_ascii_case(b"utf-8''")
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;
    use crate::imap::value::Tree;

    /// What both say of it, and whether a look was enough.
    fn counted(text: &str) -> (Option<u32>, Option<u32>, bool) {
        let tree = Tree::read(text.as_bytes()).expect("simple");
        let value = tree.values().get(0).expect("a value");
        let planned = structure(value).map(|part| plan::documents(&part) as u32);
        let looked = value.list().and_then(glance);
        (documents(value), planned, looked.is_some())
    }

    #[test]
    fn what_most_messages_are_takes_a_look() {
        let plain =
            r#"("text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable" 107 4 NIL NIL NIL NIL)"#;
        let html = r#"("text" "html" ("charset" "utf-8") NIL NIL "quoted-printable" 251 4 NIL ("inline" NIL) NIL NIL)"#;
        let logo = r#"("image" "png" ("name" "logo.png") "<logo@lab>" NIL "base64" 16996 NIL ("inline" ("filename" "logo.png")) NIL NIL)"#;
        let file = r#"("image" "png" ("name*" "utf-8''Capture%20d%E2%80%99%C3%A9cran.png") NIL NIL "base64" 9620 NIL ("attachment" ("filename*" "utf-8''Capture%20d%E2%80%99%C3%A9cran.png")) NIL NIL)"#;
        let signature = r#"("application" "pkcs7-signature" ("name" "smime.p7s") NIL NIL "base64" 4000 NIL ("attachment" ("filename" "smime.p7s")) NIL NIL)"#;
        let related =
            format!(r#"({html}{logo} "related" ("type" "text/html" "boundary" "=_8") NIL NIL NIL)"#);
        let alternative = format!(r#"({plain}{related} "alternative" ("boundary" "=_6") NIL NIL NIL)"#);
        for (text, documents) in [
            (plain.to_owned(), 0),
            (alternative.clone(), 0),
            (format!(r#"({plain}{file}{file} "mixed" ("boundary" "=_f") NIL NIL NIL)"#), 2),
            (format!(r#"({alternative}{file} "mixed" NIL NIL NIL)"#), 1),
            (format!(r#"({plain}{signature} "signed" NIL NIL NIL)"#), 0),
            (format!(r#"({file} "mixed" NIL NIL NIL)"#), 1),
            (
                format!(
                    r#"({plain}("message" "rfc822" NIL NIL "fwd" "7bit" 900 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) {alternative} 40) "mixed")"#
                ),
                1,
            ),
            (file.to_owned(), 1),
        ] {
            assert_eq!(counted(&text), (Some(documents), Some(documents), true), "{text}");
        }
        // Without HTML nothing shows the image; with a plain text before it, HTML may not be shown.
        for text in [
            format!(r#"({plain}{logo} "related" NIL NIL NIL)"#),
            format!(r#"({plain}{related} "mixed" NIL NIL NIL)"#),
            logo.to_owned(),
        ] {
            let (counted, planned, looked) = counted(&text);
            assert_eq!((counted, looked), (planned, false), "{text}");
        }
    }

    #[test]
    fn documents_are_counted_as_the_plan_does() {
        let leaf = |kind: &str, parameters: &str, rest: &str| {
            format!(r#"("text" "{kind}" {parameters} NIL NIL "7bit" 30 {rest})"#)
        };
        let charset = r#"("charset" "utf-8" "format" "flowed")"#;
        let named = r#"("charset" "utf-8" "name" "a.txt")"#;
        let leaves = [
            leaf("plain", "NIL", "1"),
            leaf("plain", charset, "1 NIL NIL NIL"),
            leaf("html", charset, r#"1 NIL ("inline" NIL) NIL"#),
            leaf("html", charset, r#"1 NIL ("attachment" ("filename" "a.html")) NIL"#),
            leaf("plain", named, "1 NIL NIL"),
            // Without the number of lines.
            leaf("plain", charset, r#"NIL ("attachment" NIL) NIL"#),
            leaf("calendar", "NIL", "1"),
            r#"("image" "png" NIL "<a@b>" NIL "base64" 900)"#.to_owned(),
        ];
        let mut messages = leaves.to_vec();
        for a in &leaves {
            for b in &leaves {
                for kind in ["mixed", "alternative", "related", "signed", "encrypted"] {
                    messages.push(format!(r#"({a}{b} "{kind}" NIL NIL)"#));
                    messages.push(format!(r#"(({a}{b} "{kind}"){a} "mixed" NIL NIL)"#));
                    messages.push(format!(r#"({a} () {b} "{kind}")"#));
                }
            }
        }
        let mut by_a_look = 0;
        for text in &messages {
            let (counted, planned, looked) = counted(text);
            assert_eq!(counted, planned, "{text}");
            by_a_look += usize::from(looked);
        }
        assert!(by_a_look > 10 && by_a_look < messages.len() / 2);
    }

    fn name() -> impl Strategy<Value = String> {
        let value = select(vec![
            "a.png",
            "a.p7s",
            "A.P7S",
            "x.pdf",
            "utf-8''a%2Ep7s",
            "utf-8''a.p%E2%80%8B7s",
            "utf-8''a.p7%E2%80%8Bs",
            "utf-8''%C3%A9t%C3%A9%20.png",
            "utf-8'fr'a.p7s",
            "=?utf-8?B?YS5wN3M=?=",
            "7s",
            "p7 s",
            "é.p7s",
            "a.p7s/",
            " ",
            "",
        ]);
        let key =
            select(vec!["name", "NAME", "name*", "filename", "filename*", "filename*0", "filename*0*", "x"]);
        (key, value).prop_map(|(key, value)| format!(r#"("{key}" "{value}")"#))
    }

    fn parameters() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("NIL".to_owned()),
            Just("()".to_owned()),
            Just(r#"("charset" "utf-8")"#.to_owned()),
            Just(r#"("charset" "utf-8" "format" "flowed")"#.to_owned()),
            name(),
        ]
    }

    fn disposition() -> impl Strategy<Value = String> {
        let kind = select(vec!["inline", "attachment", "ATTACHMENT", "", "x"]);
        prop_oneof![
            3 => Just("NIL".to_owned()),
            1 => select(vec!["\"inline\"", "\"attachment\"", "()"]).prop_map(str::to_owned),
            3 => (kind, parameters()).prop_map(|(kind, parameters)| format!(r#"("{kind}" {parameters})"#)),
        ]
    }

    fn leaf() -> impl Strategy<Value = String> {
        let kind = select(vec![
            ("text", "plain"),
            ("text", "html"),
            ("TEXT", "HTML"),
            ("text", "html"),
            ("text", "calendar"),
            ("text", "x-amp-html"),
            ("image", "png"),
            ("image", "png"),
            ("image", "jpeg"),
            ("application", "pdf"),
            ("application", "octet-stream"),
            ("application", "pkcs7-signature"),
            ("application", "pgp-signature"),
            ("application", "pgp-encrypted"),
            ("application", "pkcs7-mime"),
            ("application", "applefile"),
            ("audio", "mpeg"),
            ("message", "rfc822"),
            ("message", "delivery-status"),
            ("", ""),
        ]);
        let id = select(vec!["NIL", "NIL", "\"<a@b>\"", "\"<a@b>\"", "\"<>\"", "\"\"", "\"=?utf-8?q??=\""]);
        let size = select(vec![0, 1, 2, 3, 900, 300_000]);
        let lines = select(vec!["4", "4", "NIL", ""]);
        (kind, parameters(), id, size, lines, disposition()).prop_map(
            |((kind, subtype), parameters, id, size, lines, disposition)| {
                let lines = if kind.eq_ignore_ascii_case("text") { lines } else { "" };
                format!(
                    r#"("{kind}" "{subtype}" {parameters} {id} NIL "7bit" {size} {lines} NIL {disposition} NIL NIL)"#
                )
            },
        )
    }

    fn message() -> impl Strategy<Value = String> {
        leaf().prop_recursive(4, 24, 4, |part| {
            let subtype = select(vec![
                "mixed",
                "alternative",
                "ALTERNATIVE",
                "related",
                "related",
                "signed",
                "encrypted",
                "report",
                "",
            ]);
            let parameters = select(vec![
                "NIL",
                r#"("boundary" "x")"#,
                r#"("start" "<a@b>")"#,
                r#"("START*" "x")"#,
                r#"("type" "text/html" "start" "<b>")"#,
            ]);
            let forwarded = (part.clone(), name(), disposition()).prop_map(|(part, name, disposition)| {
                let envelope = r#"(NIL "S" NIL NIL NIL NIL NIL NIL NIL NIL)"#;
                format!(
                    r#"("message" "rfc822" {name} NIL NIL "7bit" 900 {envelope} {part} 9 NIL {disposition})"#
                )
            });
            let several = (proptest::collection::vec(part, 1..4), subtype, parameters).prop_map(
                |(parts, subtype, parameters)| {
                    format!(r#"({} "{subtype}" {parameters} NIL NIL NIL)"#, parts.concat())
                },
            );
            prop_oneof![1 => forwarded, 6 => several]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_look_counts_as_the_plan_does(text in message()) {
            let (counted, planned, _) = counted(&text);
            prop_assert_eq!(counted, planned);
        }
    }
}
