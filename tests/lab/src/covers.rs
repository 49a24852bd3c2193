//! Which command needs which capability: the grammar of RFC 3501, and what extensions add to it.

use std::collections::BTreeSet;

use crate::wire::Piece;

/// A set of capabilities, upper case.
#[derive(Debug)]
pub(crate) struct Capabilities(BTreeSet<String>);

/// What RFC 9051 has that RFC 3501 had not.
const REV2: &[&str] = &[
    "BINARY",
    "ENABLE",
    "ESEARCH",
    "IDLE",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "LITERAL-",
    "MOVE",
    "NAMESPACE",
    "SASL-IR",
    "SEARCHRES",
    "SPECIAL-USE",
    "STATUS=SIZE",
    "UIDPLUS",
    "UNSELECT",
];

/// Commands that only an extension has, and its capability.
const COMMANDS: &[(&str, &str)] = &[
    ("ENABLE", "ENABLE"),
    ("GETACL", "ACL"),
    ("GETMETADATA", "METADATA"),
    ("GETQUOTA", "QUOTA"),
    ("GETQUOTAROOT", "QUOTA"),
    ("ID", "ID"),
    ("IDLE", "IDLE"),
    ("LISTRIGHTS", "ACL"),
    ("MOVE", "MOVE"),
    ("MYRIGHTS", "ACL"),
    ("NAMESPACE", "NAMESPACE"),
    ("NOTIFY", "NOTIFY"),
    ("SETMETADATA", "METADATA"),
    ("SORT", "SORT"),
    ("THREAD", "THREAD="),
    ("UID EXPUNGE", "UIDPLUS"),
    ("UID MOVE", "MOVE"),
    ("UID SORT", "SORT"),
    ("UID THREAD", "THREAD="),
    ("UNSELECT", "UNSELECT"),
];

/// Commands of RFC 3501.
const BASE: &[&str] = &[
    "APPEND",
    "AUTHENTICATE",
    "CAPABILITY",
    "CHECK",
    "CLOSE",
    "COPY",
    "CREATE",
    "DELETE",
    "EXAMINE",
    "EXPUNGE",
    "FETCH",
    "LIST",
    "LOGIN",
    "LOGOUT",
    "LSUB",
    "NOOP",
    "RENAME",
    "SEARCH",
    "SELECT",
    "STATUS",
    "STORE",
    "SUBSCRIBE",
    "UID COPY",
    "UID FETCH",
    "UID SEARCH",
    "UID STORE",
    "UNSUBSCRIBE",
];

/// Words that only an extension allows in the arguments of a command.
const WORDS: &[(&str, &[(&str, &str)])] = &[
    ("LIST", &[("RETURN", "LIST-EXTENDED"), ("STATUS", "LIST-STATUS"), ("SPECIAL-USE", "SPECIAL-USE")]),
    (
        "SEARCH",
        &[
            ("RETURN", "ESEARCH"),
            ("SAVE", "SEARCHRES"),
            ("PARTIAL", "CONTEXT=SEARCH"),
            ("UPDATE", "CONTEXT=SEARCH"),
            ("MODSEQ", "CONDSTORE"),
            ("OLDER", "WITHIN"),
            ("YOUNGER", "WITHIN"),
            ("FUZZY", "SEARCH=FUZZY"),
            ("SAVEDBEFORE", "SAVEDATE"),
            ("SAVEDON", "SAVEDATE"),
            ("SAVEDSINCE", "SAVEDATE"),
            ("EMAILID", "OBJECTID"),
            ("THREADID", "OBJECTID"),
            ("$", "SEARCHRES"),
        ],
    ),
    (
        "SORT",
        &[
            ("RETURN", "ESORT"),
            ("PARTIAL", "CONTEXT=SORT"),
            ("DISPLAYFROM", "SORT=DISPLAY"),
            ("DISPLAYTO", "SORT=DISPLAY"),
            ("MODSEQ", "CONDSTORE"),
        ],
    ),
    ("STORE", &[("UNCHANGEDSINCE", "CONDSTORE"), ("$", "SEARCHRES")]),
    ("COPY", &[("$", "SEARCHRES")]),
    ("MOVE", &[("$", "SEARCHRES")]),
    ("SELECT", &[("CONDSTORE", "CONDSTORE"), ("QRESYNC", "QRESYNC")]),
    ("EXAMINE", &[("CONDSTORE", "CONDSTORE"), ("QRESYNC", "QRESYNC")]),
    ("CREATE", &[("USE", "CREATE-SPECIAL-USE")]),
    ("APPEND", &[("CATENATE", "CATENATE"), ("UTF8", "UTF8=ACCEPT")]),
];

/// What FETCH may ask: nothing (RFC 3501) or the capability that allows it. Anything else is BAD.
const FETCH: &[(&str, &str)] = &[
    ("ALL", ""),
    ("FAST", ""),
    ("FULL", ""),
    ("ENVELOPE", ""),
    ("FLAGS", ""),
    ("INTERNALDATE", ""),
    ("RFC822", ""),
    ("RFC822.HEADER", ""),
    ("RFC822.SIZE", ""),
    ("RFC822.TEXT", ""),
    ("BODY", ""),
    ("BODY.PEEK", ""),
    ("BODYSTRUCTURE", ""),
    ("UID", ""),
    ("PREVIEW", "PREVIEW"),
    ("LAZY", "PREVIEW"),
    ("SNIPPET", "SNIPPET=FUZZY"),
    ("MODSEQ", "CONDSTORE"),
    ("CHANGEDSINCE", "CONDSTORE"),
    ("VANISHED", "QRESYNC"),
    ("BINARY", "BINARY"),
    ("BINARY.PEEK", "BINARY"),
    ("BINARY.SIZE", "BINARY"),
    ("SAVEDATE", "SAVEDATE"),
    ("EMAILID", "OBJECTID"),
    ("THREADID", "OBJECTID"),
    ("PARTIAL", "PARTIAL"),
];

/// The same for STATUS.
const STATUS: &[(&str, &str)] = &[
    ("MESSAGES", ""),
    ("RECENT", ""),
    ("UIDNEXT", ""),
    ("UIDVALIDITY", ""),
    ("UNSEEN", ""),
    ("SIZE", "STATUS=SIZE"),
    ("HIGHESTMODSEQ", "CONDSTORE"),
    ("MAILBOXID", "OBJECTID"),
    ("APPENDLIMIT", "APPENDLIMIT"),
    ("DELETED", "IMAP4REV2"),
];

impl Capabilities {
    pub(crate) fn new(names: &[&str]) -> Self {
        let mut set: BTreeSet<String> = names.iter().map(|name| name.to_ascii_uppercase()).collect();
        if set.contains("IMAP4REV2") {
            set.extend(REV2.iter().map(|name| (*name).to_owned()));
        }
        if set.contains("QRESYNC") {
            set.insert("CONDSTORE".into());
        }
        set.remove("STARTTLS");
        set.remove("COMPRESS=DEFLATE");
        Self(set)
    }

    fn has(&self, name: &str) -> bool {
        match name {
            "" => true,
            "THREAD=" => self.0.iter().any(|one| one.starts_with(name)),
            // RFC 9394 allows what RFC 5267 did.
            "CONTEXT=SEARCH" | "CONTEXT=SORT" => self.0.contains(name) || self.0.contains("PARTIAL"),
            _ => self.0.contains(name),
        }
    }

    /// Whether a client that knows only this set may say this command; if not, why.
    pub(crate) fn covers(&self, pieces: &[Piece]) -> Result<(), String> {
        let needs = |name: &str| if self.has(name) { Ok(()) } else { Err(format!("needs {name}")) };
        for piece in pieces {
            if let Piece::Text(line) = piece
                && let Some(length) = crate::imap::literal_length(line)
            {
                if line.ends_with(b"+}") && !(self.has("LITERAL-") && length <= 4096) {
                    needs("LITERAL+")?;
                }
                if line[..line.len() - 1]
                    .iter()
                    .rposition(|byte| *byte == b'{')
                    .is_some_and(|at| at > 0 && line[at - 1] == b'~')
                {
                    needs("BINARY")?;
                }
            }
        }
        let bare = bare(pieces);
        let mut words = bare.split_whitespace().skip(1);
        let mut verb = words.next().unwrap_or_default().to_owned();
        if verb == "UID" {
            verb = format!("UID {}", words.next().unwrap_or_default());
        }
        if let Some((_, capability)) = COMMANDS.iter().find(|(name, _)| *name == verb) {
            needs(capability)?;
        } else if !BASE.contains(&verb.as_str()) {
            return Err(format!("unknown command {verb}"));
        }
        let arguments: Vec<&str> =
            words.flat_map(|word| word.split(['(', ')'])).filter(|word| !word.is_empty()).collect();
        let verb = verb.trim_start_matches("UID ");
        for (_, words) in WORDS.iter().filter(|(name, _)| *name == verb) {
            for (word, capability) in *words {
                if arguments.contains(word) {
                    needs(capability)?;
                }
            }
        }
        match verb {
            "AUTHENTICATE" => {
                needs(&format!("AUTH={}", arguments.first().copied().unwrap_or_default()))?;
                if arguments.len() > 1 {
                    needs("SASL-IR")?;
                }
            }
            "LOGIN" if self.has("LOGINDISABLED") => return Err("LOGINDISABLED".into()),
            // Selection options, or more patterns than one (RFC 5258).
            "LIST" if bare.contains('(') => needs("LIST-EXTENDED")?,
            "APPEND"
                if pieces.iter().filter(|piece| matches!(piece, Piece::Literal(_))).count()
                    > literals_of_name(pieces) + 1 =>
            {
                needs("MULTIAPPEND")?;
            }
            "FETCH" => {
                // The set is the first argument.
                if arguments.first() == Some(&"$") {
                    needs("SEARCHRES")?;
                }
                only(
                    FETCH,
                    arguments.iter().skip(1).filter(|word| !word.chars().all(|one| one.is_ascii_digit())),
                    &needs,
                )?;
            }
            "STATUS" => {
                let items = bare.rsplit_once('(').map_or("", |(_, items)| items);
                let items: Vec<&str> = items.split([' ', ')']).filter(|word| !word.is_empty()).collect();
                only(STATUS, items.iter(), &needs)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes away from the first line of a response what the set does not cover; false: the whole response.
    /// `unasked`: whether capabilities are told in response codes.
    pub(crate) fn rewrite(&self, line: &mut Vec<u8>, unasked: bool) -> bool {
        let Ok(text) = std::str::from_utf8(line) else { return true };
        let mut text = text.to_owned();
        if let Some(told) = text.strip_prefix("* CAPABILITY ") {
            *line = format!("* CAPABILITY {}", self.told(told)).into_bytes();
            return true;
        }
        if let Some((before, rest)) = text.split_once("[CAPABILITY ")
            && let Some((told, after)) = rest.split_once(']')
        {
            text = if unasked {
                format!("{before}[CAPABILITY {}]{after}", self.told(told))
            } else {
                format!("{before}{}", after.trim_start())
            };
        }
        if !self.has("CONDSTORE") && text.starts_with("* OK [HIGHESTMODSEQ ") {
            return false;
        }
        for (code, capability) in
            [("APPENDUID", "UIDPLUS"), ("COPYUID", "UIDPLUS"), ("MAILBOXID", "OBJECTID")]
        {
            if !self.has(capability)
                && let Some((before, rest)) = text.split_once(&format!("[{code} "))
                && let Some((_, after)) = rest.split_once(']')
            {
                text = format!("{before}{}", after.trim_start());
            }
        }
        if text.starts_with("* LIST (")
            && let Some((attributes, rest)) = text["* LIST (".len()..].split_once(')')
        {
            let keep = |attribute: &&str| match *attribute {
                r"\HasChildren" | r"\HasNoChildren" => self.has("CHILDREN"),
                r"\Noselect" | r"\NoInferiors" | r"\Noinferiors" | r"\Marked" | r"\Unmarked"
                | r"\UnMarked" => true,
                r"\NonExistent" | r"\Subscribed" | r"\Remote" => self.has("LIST-EXTENDED"),
                _ => self.has("SPECIAL-USE"),
            };
            let kept: Vec<&str> = attributes.split(' ').filter(keep).collect();
            text = format!("* LIST ({}){rest}", kept.join(" "));
        }
        *line = text.into_bytes();
        true
    }

    fn told(&self, told: &str) -> String {
        let kept: Vec<&str> =
            told.split(' ').filter(|one| self.0.contains(&one.to_ascii_uppercase())).collect();
        kept.join(" ")
    }
}

fn only<'a>(
    known: &[(&str, &str)],
    words: impl Iterator<Item = &'a &'a str>,
    needs: &impl Fn(&str) -> Result<(), String>,
) -> Result<(), String> {
    for word in words {
        match known.iter().find(|(name, _)| name == word) {
            Some((_, capability)) => needs(capability)?,
            None => return Err(format!("unknown item {word}")),
        }
    }
    Ok(())
}

/// A mailbox name may itself be a literal.
fn literals_of_name(pieces: &[Piece]) -> usize {
    match pieces.first() {
        // `tag APPEND {4}` or `tag APPEND ~{4}`: nothing but the announcement after the verb.
        Some(Piece::Text(line)) if line.iter().filter(|byte| **byte == b' ').count() == 2 => 1,
        _ => 0,
    }
}

/// A command in upper case without what is inside literals, quoted strings and section brackets.
fn bare(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        let Piece::Text(line) = piece else {
            out.push_str(" \"\" ");
            continue;
        };
        let mut bytes = line.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => {
                    while let Some(inside) = bytes.next() {
                        match inside {
                            b'\\' => drop(bytes.next()),
                            b'"' => break,
                            _ => {}
                        }
                    }
                    out.push_str("\"\"");
                }
                b'[' => {
                    // Sections, and the partial after them.
                    for inside in bytes.by_ref() {
                        if *inside == b']' {
                            break;
                        }
                    }
                    if bytes.as_slice().first() == Some(&b'<') {
                        for inside in bytes.by_ref() {
                            if *inside == b'>' {
                                break;
                            }
                        }
                    }
                }
                _ => out.push(char::from(byte.to_ascii_uppercase())),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(capabilities: &[&str], line: &str) -> bool {
        Capabilities::new(capabilities).covers(&[Piece::Text(line.into())]).is_ok()
    }

    #[test]
    fn the_base_covers_rfc_3501_and_nothing_else() {
        for line in [
            "a LOGIN \"x\" \"RETURN (\"",
            "a LIST \"\" *",
            "a STATUS INBOX (MESSAGES UNSEEN UIDNEXT)",
            "a STATUS \"SIZE (x\" (MESSAGES)",
            "a UID FETCH 1:* (UID FLAGS RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (PREVIEW SUBJECT)]<0.100>)",
            "a FETCH 1:5,7 FAST",
            "a UID SEARCH CHARSET UTF-8 SUBJECT \"RETURN\" UNSEEN",
            "a UID STORE 1 +FLAGS.SILENT (\\Seen $RelaisOpened)",
            "a UID COPY 1:3 Trash",
            "a EXPUNGE",
        ] {
            assert!(covers(&["IMAP4rev1"], line), "{line}");
        }
        for (line, capability) in [
            ("a LIST \"\" * RETURN (SUBSCRIBED)", "LIST-EXTENDED"),
            ("a LIST (SUBSCRIBED) \"\" *", "LIST-EXTENDED"),
            ("a UID SEARCH RETURN (COUNT) UNSEEN", "ESEARCH"),
            ("a UID MOVE 1 Trash", "MOVE"),
            ("a UID EXPUNGE 1", "UIDPLUS"),
            ("a FETCH 1:50 (UID PREVIEW)", "PREVIEW"),
            ("a FETCH 1 (FLAGS) (CHANGEDSINCE 7)", "CONDSTORE"),
            ("a FETCH 1 (BINARY.PEEK[1])", "BINARY"),
            ("a UID SORT (REVERSE DATE) UTF-8 ALL", "SORT"),
            ("a UID THREAD REFS UTF-8 ALL", "THREAD=REFS"),
            ("a STATUS INBOX (MESSAGES SIZE)", "STATUS=SIZE"),
            ("a STATUS INBOX (HIGHESTMODSEQ)", "CONDSTORE"),
            ("a SELECT INBOX (CONDSTORE)", "CONDSTORE"),
            ("a NAMESPACE", "NAMESPACE"),
            ("a ID NIL", "ID"),
            ("a ENABLE UTF8=ACCEPT", "ENABLE"),
            ("a UNSELECT", "UNSELECT"),
            ("a IDLE", "IDLE"),
            ("a AUTHENTICATE PLAIN", "AUTH=PLAIN"),
            ("a SEARCH SUBJECT {3+}", "LITERAL+"),
            ("a SEARCH SUBJECT {3+}", "LITERAL-"),
        ] {
            assert!(!covers(&["IMAP4rev1"], line), "{line}");
            assert!(covers(&["IMAP4rev1", capability], line), "{line} with {capability}");
        }
        assert!(!covers(&["IMAP4rev1", "AUTH=PLAIN"], "a AUTHENTICATE PLAIN AGEAYg=="));
        assert!(covers(&["IMAP4rev1", "AUTH=PLAIN", "SASL-IR"], "a AUTHENTICATE PLAIN AGEAYg=="));
        assert!(!covers(&["IMAP4rev1"], "a STARTTLS") && !covers(&["IMAP4rev1", "STARTTLS"], "a STARTTLS"));
        assert!(!covers(&["IMAP4rev1"], "a XYZZY"));
    }

    #[test]
    fn responses_lose_what_the_set_does_not_cover() {
        let base = Capabilities::new(&["IMAP4rev1", "IDLE"]);
        let rewrite = |text: &str, unasked| {
            let mut line = text.as_bytes().to_vec();
            base.rewrite(&mut line, unasked).then(|| String::from_utf8(line).unwrap())
        };
        assert_eq!(
            rewrite("* OK [CAPABILITY IMAP4rev1 SORT IDLE] hi", true).unwrap(),
            "* OK [CAPABILITY IMAP4rev1 IDLE] hi"
        );
        assert_eq!(rewrite("* OK [CAPABILITY IMAP4rev1 SORT IDLE] hi", false).unwrap(), "* OK hi");
        assert_eq!(rewrite("* CAPABILITY IMAP4rev1 MOVE", false).unwrap(), "* CAPABILITY IMAP4rev1");
        assert_eq!(rewrite("a OK [COPYUID 1 2 3] Done", true).unwrap(), "a OK Done");
        assert_eq!(
            rewrite(r#"* LIST (\HasNoChildren \Noselect \Sent) "/" Sent"#, true).unwrap(),
            r#"* LIST (\Noselect) "/" Sent"#
        );
        assert_eq!(rewrite("* OK [HIGHESTMODSEQ 4] Highest", true), None);
    }
}
