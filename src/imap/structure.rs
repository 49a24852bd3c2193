//! ENVELOPE and BODYSTRUCTURE (RFC 9051 §7.5.2) as the types of `message`, read tolerantly: what is odd in one
//! part costs that part its details, not the message.

use jiff::Timestamp;

use crate::message::{Address, Disposition, Envelope, Part, Section, address, date, words};

use super::value::{Value, Values, text};

/// Names that a row of a list shows at most.
pub const NAMES: usize = 3;
/// Parts of one message; more are offered in the downloaded message only.
const MAX_PARTS: usize = 2_000;
/// Parameters of one part.
const MAX_PARAMS: usize = 100;

pub(super) fn raw<'a>(value: Option<Value<'a>>) -> Option<&'a [u8]> {
    value.and_then(Value::bytes)
}

fn lower(value: Option<Value>) -> String {
    raw(value).map(|b| text(&b[..b.len().min(100)]).to_ascii_lowercase()).unwrap_or_default()
}

fn decoded(value: Option<Value>) -> Option<String> {
    raw(value).map(words::decode).filter(|t| !t.is_empty())
}

/// Ten fields; a shorter list is read as far as it goes.
pub fn envelope(value: Value) -> Option<Envelope> {
    let mut fields = value.list()?;
    let (date, subject) = (fields.next(), fields.next());
    let mut more = 0;
    let mut people = || {
        let mut all = addresses(fields.next());
        let list: Vec<Address> = all.by_ref().take(Envelope::MAX_ADDRESSES).collect();
        more += all.count();
        list
    };
    let (from, sender, reply_to) = (people(), people(), people());
    let (to, cc, bcc) = (people(), people(), people());
    let (subject, is_routed) = raw(subject).map(words::marked_subject).unwrap_or_default();
    Some(Envelope {
        date: decoded(date),
        subject: Some(subject).filter(|s| !s.is_empty()),
        is_routed,
        from,
        sender,
        reply_to,
        to,
        cc,
        bcc,
        in_reply_to: decoded(fields.next()),
        message_id: decoded(fields.next()),
        more,
    })
}

/// Whom the rows of a list name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Whom {
    /// Those a message is from; its sender only where it is from nobody.
    #[default]
    Authors,
    Recipients,
}

/// What a row of a list shows of the envelope; the rest of it is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brief {
    /// By the clock of whoever sent it.
    pub sent: Option<Timestamp>,
    /// Empty when there is none.
    pub subject: String,
    /// The first three of them; empty when it names nobody.
    pub who: String,
}

pub fn brief(value: Value, whom: Whom) -> Option<Brief> {
    let mut fields = value.list()?;
    let (date, subject) = (fields.next(), fields.next());
    let who = match whom {
        Whom::Authors => names(fields.next()).or_else(|| names(fields.next())),
        Whom::Recipients => names(fields.nth(3)),
    };
    Some(Brief {
        sent: raw(date).and_then(date::of_header),
        subject: raw(subject).map(words::subject).unwrap_or_default(),
        who: who.unwrap_or_default(),
    })
}

/// `None` when nobody is named.
fn names(people: Option<Value>) -> Option<String> {
    let people = people.and_then(Value::list).unwrap_or_default();
    let mut shown = people.filter_map(|entry| shown(entry.list()?)).take(NAMES);
    let first = shown.next()?;
    Some(shown.fold(first, |all, next| all + ", " + &next))
}

/// What [`Address::display`] makes of it. A name that holds no address is all of that: the rest is then not read.
fn shown(mut fields: Values) -> Option<String> {
    let all = fields;
    let name = fields.next().filter(|_| fields.nth(2).is_some_and(|host| !host.is_nil()));
    let named = name.and_then(|name| decoded(Some(name))).filter(|name| !address::holds_one(name));
    let named = named.map(|name| Address { name: Some(name), email: String::new() }.display());
    named.filter(|shown| !shown.is_empty()).or_else(|| Some(address(all)?.display()))
}

/// `(name adl mailbox host)` each; a group opens with a mailbox without a host and closes with neither.
fn addresses<'a>(value: Option<Value<'a>>) -> impl Iterator<Item = Address> + use<'a> {
    value.and_then(Value::list).unwrap_or_default().filter_map(|entry| address(entry.list()?))
}

fn address(mut fields: Values) -> Option<Address> {
    let name = decoded(fields.next());
    let mailbox = raw(fields.nth(1)).filter(|m| !m.is_empty());
    let host = fields.next();
    let no_host = host.is_none_or(Value::is_nil);
    // Dovecot writes these for what it cannot parse.
    let host = raw(host).filter(|h| !h.is_empty() && *h != b"MISSING_DOMAIN" && *h != b".MISSING-HOST-NAME.");
    let mailbox = mailbox.filter(|m| *m != b"MISSING_MAILBOX");
    match (mailbox, host) {
        (None, None) if name.is_none() => None,
        (None, None) => Some(Address { name, email: String::new() }),
        (Some(group), None) if no_host => {
            Some(Address { name: Some(words::decode(group)), email: String::new() })
        }
        (mailbox, host) => {
            let mut email = mailbox.map(words::decode).unwrap_or_default();
            if let Some(host) = host {
                email.push('@');
                email.push_str(&words::decode(host));
            }
            Some(Address { name, email })
        }
    }
}

/// The tree of parts. The depth is bounded by the tokenizer and by [`Section::MAX_DEPTH`].
pub fn structure(value: Value) -> Option<Part> {
    let top = value.list()?;
    let mut budget = MAX_PARTS;
    let section = Section::default();
    if is_multipart(top) {
        return Some(multipart(top, section, 0, &mut budget));
    }
    Some(leaf(top, section.child(1), 0, &mut budget))
}

pub(super) fn is_multipart(fields: Values) -> bool {
    match fields.get(0) {
        Some(first) if first.list().is_some() => true,
        // A multipart without children, as some servers write it: `(NIL "mixed")` or `("mixed" ("boundary" …))`.
        _ => raw(fields.get(1)).is_none() || fields.get(5).is_none(),
    }
}

fn multipart(mut fields: Values, section: Section, depth: usize, budget: &mut usize) -> Part {
    let mut part = Part { kind: "multipart".into(), section: section.clone(), ..Part::default() };
    let childless = fields.get(0).is_some_and(Value::is_nil);
    for n in 1u32.. {
        let Some(child) = fields.get(0).and_then(Value::list).filter(|list| !list.is_empty()) else { break };
        fields.next();
        if *budget == 0 || depth >= Section::MAX_DEPTH {
            part.truncated = true;
            continue;
        }
        *budget -= 1;
        part.children.push(any(child, section.child(n), depth + 1, budget));
    }
    if childless && fields.get(1).is_some() {
        fields.next();
    }
    part.subtype = lower(fields.next());
    part.params = params(fields.next());
    part.disposition = disposition(fields.next());
    part
}

fn any(fields: Values, section: Section, depth: usize, budget: &mut usize) -> Part {
    if is_multipart(fields) {
        multipart(fields, section, depth, budget)
    } else {
        leaf(fields, section, depth, budget)
    }
}

fn leaf(mut fields: Values, section: Section, depth: usize, budget: &mut usize) -> Part {
    let mut part = Part {
        kind: lower(fields.next()),
        subtype: lower(fields.next()),
        params: params(fields.next()),
        id: decoded(fields.next()).map(|id| id.trim_matches(['<', '>', ' ']).to_owned()),
        description: decoded(fields.next()),
        encoding: lower(fields.next()),
        size: fields.next().and_then(Value::number).unwrap_or(0),
        section: section.clone(),
        ..Part::default()
    };
    let mut rest = fields;
    let list = |n: usize| fields.get(n).and_then(Value::list);
    if part.kind == "message"
        && let (Some(_), Some(body)) = (list(0), list(1))
    {
        part.envelope = fields.get(0).and_then(envelope).map(Box::new);
        if depth < Section::MAX_DEPTH && *budget > 0 {
            *budget -= 1;
            // The parts of an enclosed multipart are counted from the message itself (RFC 9051 §6.4.5.1).
            part.children.push(if is_multipart(body) {
                multipart(body, section, depth + 1, budget)
            } else {
                leaf(body, section.child(1), depth + 1, budget)
            });
        } else {
            part.truncated = true;
        }
        rest = fields.after(3);
    } else if part.kind == "text" && rest.get(0).is_some_and(|v| v.number().is_some()) {
        rest = fields.after(1);
    }
    // MD5, then the disposition.
    part.disposition = disposition(rest.get(1));
    part
}

fn params(value: Option<Value>) -> Vec<(String, String)> {
    let Some(mut list) = value.and_then(Value::list) else { return Vec::new() };
    let pairs = std::iter::from_fn(|| Some((list.next()?, list.next()?))).take(MAX_PARAMS);
    words::parameter(
        pairs.filter_map(|(name, value)| Some((name.bytes()?, value.bytes().unwrap_or_default()))),
    )
}

fn disposition(value: Option<Value>) -> Option<Disposition> {
    let value = value?;
    match value.list() {
        Some(fields) => Some(Disposition { kind: lower(fields.get(0)), params: params(fields.get(1)) }),
        None => value.bytes().map(|_| Disposition { kind: lower(Some(value)), params: Vec::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::value::Tree;

    fn of(text: &str) -> Part {
        let tree = Tree::read(text.as_bytes()).expect("simple");
        tree.values().get(0).and_then(structure).expect("a structure")
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
            let tree = Tree::read(text.as_bytes()).expect("simple");
            tree.values().get(0).and_then(envelope).expect("an envelope")
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
