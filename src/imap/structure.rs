//! ENVELOPE and BODYSTRUCTURE (RFC 9051 §7.5.2) as the types of `message`, read tolerantly: what is odd in one
//! part costs that part its details, not the message.

use crate::message::{Address, Disposition, Envelope, Part, Section, words};

use super::value::Value;

/// Parts of one message; more are offered in the downloaded message only.
const MAX_PARTS: usize = 2_000;
/// Parameters of one part.
const MAX_PARAMS: usize = 100;

fn raw<'a>(value: Option<&'a Value<'_>>) -> Option<&'a [u8]> {
    value.and_then(Value::bytes)
}

fn lower(value: Option<&Value>) -> String {
    raw(value)
        .map(|b| {
            let mut word = String::from_utf8_lossy(&b[..b.len().min(100)]).into_owned();
            word.make_ascii_lowercase();
            word
        })
        .unwrap_or_default()
}

fn decoded(value: Option<&Value>) -> Option<String> {
    raw(value).map(words::decode).filter(|t| !t.is_empty())
}

/// Ten fields; a shorter list is read as far as it goes.
pub fn envelope(value: &Value) -> Option<Envelope> {
    let fields = value.list()?;
    let mut more = 0;
    let mut people = |n: usize| addresses(fields.get(n), &mut more);
    let (from, sender, reply_to) = (people(2), people(3), people(4));
    let (to, cc, bcc) = (people(5), people(6), people(7));
    Some(Envelope {
        date: decoded(fields.first()),
        subject: raw(fields.get(1)).map(words::subject).filter(|s| !s.is_empty()),
        from,
        sender,
        reply_to,
        to,
        cc,
        bcc,
        in_reply_to: decoded(fields.get(8)),
        message_id: decoded(fields.get(9)),
        more,
    })
}

/// `(name adl mailbox host)` each; a group opens with a mailbox without a host and closes with neither.
fn addresses(value: Option<&Value>, more: &mut usize) -> Vec<Address> {
    let Some(list) = value.and_then(Value::list) else { return Vec::new() };
    let mut people = Vec::new();
    for entry in list {
        let Some(fields) = entry.list() else { continue };
        let mailbox = raw(fields.get(2)).filter(|m| !m.is_empty());
        // Dovecot writes these for what it cannot parse.
        let host = raw(fields.get(3))
            .filter(|h| !h.is_empty() && *h != b"MISSING_DOMAIN" && *h != b".MISSING-HOST-NAME.");
        let mailbox = mailbox.filter(|m| *m != b"MISSING_MAILBOX");
        let name = decoded(fields.first());
        let address = match (mailbox, host) {
            (None, None) if name.is_none() => continue,
            (None, None) => Address { name, email: String::new() },
            (Some(group), None) if matches!(fields.get(3), None | Some(Value::Nil)) => {
                Address { name: Some(words::decode(group)), email: String::new() }
            }
            (mailbox, host) => {
                let mut email = mailbox.map(words::decode).unwrap_or_default();
                if let Some(host) = host {
                    email.push('@');
                    email.push_str(&words::decode(host));
                }
                Address { name, email }
            }
        };
        if people.len() < Envelope::MAX_ADDRESSES {
            people.push(address);
        } else {
            *more += 1;
        }
    }
    people
}

/// The tree of parts. The depth is bounded by the tokenizer and by [`Section::MAX_DEPTH`].
pub fn structure(value: &Value) -> Option<Part> {
    let top = value.list()?;
    let mut budget = MAX_PARTS;
    let section = Section::default();
    if is_multipart(top) {
        return Some(multipart(top, section, 0, &mut budget));
    }
    Some(leaf(top, section.child(1), 0, &mut budget))
}

fn is_multipart(fields: &[Value]) -> bool {
    match fields.first() {
        Some(Value::List(_)) => true,
        // A multipart without children, as some servers write it: `(NIL "mixed")` or `("mixed" ("boundary" …))`.
        _ => !matches!(fields.get(1), Some(Value::Text(_) | Value::Atom(_))) || fields.len() < 6,
    }
}

fn multipart(fields: &[Value], section: Section, depth: usize, budget: &mut usize) -> Part {
    let count = fields.iter().take_while(|v| v.list().is_some_and(|l| !l.is_empty())).count();
    let mut part = Part { kind: "multipart".into(), section: section.clone(), ..Part::default() };
    for (n, child) in (1u32..).zip(&fields[..count]) {
        if *budget == 0 || depth >= Section::MAX_DEPTH {
            part.truncated = true;
            break;
        }
        *budget -= 1;
        let Some(list) = child.list() else { continue };
        part.children.push(any(list, section.child(n), depth + 1, budget));
    }
    let rest = &fields[count..];
    let rest = if matches!(rest.first(), Some(Value::Nil)) && rest.len() > 1 && count == 0 {
        &rest[1..]
    } else {
        rest
    };
    part.subtype = lower(rest.first());
    part.params = params(rest.get(1));
    part.disposition = disposition(rest.get(2));
    part
}

fn any(fields: &[Value], section: Section, depth: usize, budget: &mut usize) -> Part {
    if is_multipart(fields) {
        multipart(fields, section, depth, budget)
    } else {
        leaf(fields, section, depth, budget)
    }
}

fn leaf(fields: &[Value], section: Section, depth: usize, budget: &mut usize) -> Part {
    let mut part = Part {
        kind: lower(fields.first()),
        subtype: lower(fields.get(1)),
        params: params(fields.get(2)),
        id: decoded(fields.get(3)).map(|id| id.trim_matches(['<', '>', ' ']).to_owned()),
        description: decoded(fields.get(4)),
        encoding: lower(fields.get(5)),
        size: fields.get(6).and_then(Value::number).unwrap_or(0),
        section: section.clone(),
        ..Part::default()
    };
    let mut rest = fields.get(7..).unwrap_or_default();
    if part.kind == "message"
        && matches!(rest.first(), Some(Value::List(_)))
        && matches!(rest.get(1), Some(Value::List(_)))
    {
        part.envelope = rest.first().and_then(envelope).map(Box::new);
        if depth < Section::MAX_DEPTH && *budget > 0 {
            *budget -= 1;
            if let Some(body) = rest.get(1).and_then(Value::list) {
                // The parts of an enclosed multipart are counted from the message itself (RFC 9051 §6.4.5.1).
                let child = if is_multipart(body) {
                    multipart(body, section, depth + 1, budget)
                } else {
                    leaf(body, section.child(1), depth + 1, budget)
                };
                part.children.push(child);
            }
        } else {
            part.truncated = true;
        }
        rest = rest.get(3..).unwrap_or_default();
    } else if part.kind == "text" && rest.first().is_some_and(|v| v.number().is_some()) {
        rest = &rest[1..];
    }
    // MD5, then the disposition.
    part.disposition = disposition(rest.get(1));
    part
}

fn params(value: Option<&Value>) -> Vec<(String, String)> {
    let Some(list) = value.and_then(Value::list) else { return Vec::new() };
    let pairs = list.chunks_exact(2).take(MAX_PARAMS);
    words::parameter(
        pairs.filter_map(|pair| Some((raw(pair.first())?, raw(pair.get(1)).unwrap_or_default()))),
    )
}

fn disposition(value: Option<&Value>) -> Option<Disposition> {
    match value? {
        Value::List(fields) => {
            Some(Disposition { kind: lower(fields.first()), params: params(fields.get(1)) })
        }
        word @ (Value::Atom(_) | Value::Text(_)) => {
            Some(Disposition { kind: lower(Some(word)), params: Vec::new() })
        }
        Value::Nil => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::value;

    fn of(text: &str) -> Part {
        let values = value::read(text.as_bytes()).expect("simple");
        structure(&values[0]).expect("a structure")
    }

    #[test]
    fn a_forwarded_message_counts_its_parts_from_itself() {
        let part = of(
            r#"(("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 5 1 NIL NIL NIL)("MESSAGE" "RFC822" NIL NIL "fwd" "7BIT" 900 ("Mon" "=?utf-8?q?R=C3=A9?=" (("A" NIL "a" "b.c")) NIL NIL NIL NIL NIL NIL "<1@x>") (("TEXT" "HTML" NIL NIL NIL "QUOTED-PRINTABLE" 20 1)("IMAGE" "PNG" ("NAME" "x.png") "<cid@1>" NIL "BASE64" 100 NIL ("INLINE" ("FILENAME" "y.png")) NIL) "RELATED" ("BOUNDARY" "b") NIL NIL) 40 NIL ("ATTACHMENT" NIL) NIL) "MIXED" ("BOUNDARY" "x") NIL NIL NIL)"#,
        );
        assert_eq!((part.kind.as_str(), part.subtype.as_str()), ("multipart", "mixed"));
        let message = &part.children[1];
        assert_eq!(message.section.to_string(), "2");
        assert_eq!(message.envelope.as_ref().and_then(|e| e.subject.as_deref()), Some("Ré"));
        assert_eq!(message.disposition.as_ref().map(|d| d.kind.as_str()), Some("attachment"));
        let image = &message.children[0].children[1];
        assert_eq!((image.section.to_string().as_str(), image.id.as_deref()), ("2.2", Some("cid@1")));
        assert_eq!(
            image.disposition.as_ref().map(|d| d.params.clone()),
            Some(vec![("filename".into(), "y.png".into())])
        );
    }

    #[test]
    fn one_text_part_is_section_1() {
        let part = of(r#"("text" "plain" NIL NIL NIL "8bit" 12 1)"#);
        assert_eq!((part.section.to_string().as_str(), part.encoding.as_str(), part.size), ("1", "8bit", 12));
    }

    #[test]
    fn odd_structures_are_read_as_far_as_they_go() {
        assert_eq!(of(r#"(NIL "mixed")"#).subtype, "mixed");
        assert_eq!(of(r#"("mixed" ("boundary" "x") NIL NIL)"#).subtype, "mixed");
        assert_eq!(
            of(r#"("text" "plain" () NIL NIL "7bit" 3 0 NIL "inline" NIL)"#).disposition.map(|d| d.kind),
            Some("inline".into())
        );
        assert_eq!(
            of(r#"("text" "plain" ("charset" NIL) NIL NIL "7bit" 3 0)"#).params,
            [("charset".to_owned(), String::new())]
        );
        assert_eq!(of(r#"(("text" "plain" NIL NIL NIL "7bit" 3 0) ("text" "html" NIL NIL NIL "7bit" 3 0) "alternative")"#).children.len(), 2);
        let deep = format!(
            "{}(\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1){}",
            "(".repeat(90),
            " \"mixed\")".repeat(90)
        );
        let mut part = &of(&deep);
        let mut depth = 0;
        while let Some(child) = part.children.first() {
            part = child;
            depth += 1;
        }
        assert!(part.truncated && depth == Section::MAX_DEPTH);
    }

    #[test]
    fn people_groups_and_crowds() {
        let read = |text: String| {
            let values = value::read(text.as_bytes()).expect("simple");
            envelope(&values[0]).expect("an envelope")
        };
        let one = r#"(NIL NIL "a" "b.c")"#;
        let crowd = read(format!("(NIL NIL NIL NIL NIL ({}) NIL NIL NIL NIL)", one.repeat(10_000)));
        assert_eq!((crowd.to.len(), crowd.more), (Envelope::MAX_ADDRESSES, 10_000 - Envelope::MAX_ADDRESSES));
        let group = read(r#"(NIL NIL ((NIL NIL "Team" NIL)(NIL NIL "a" "b.c")(NIL NIL NIL NIL)) NIL NIL NIL NIL NIL NIL NIL)"#.into());
        assert_eq!(group.from.len(), 2);
        assert_eq!(group.from[0].name.as_deref(), Some("Team"));
        assert_eq!(group.from[1].email, "a@b.c");
    }
}
