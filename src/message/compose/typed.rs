//! What people type or paste into a field of recipients. Unlike the reader of header fields, this one guesses
//! nothing away: each piece is a person, or an error that names it.
//!
//! Pieces end at `,`, `;`, a line end or a tab, unless in quotes, and behind `<address>`. A group (`Team: a@x, b@y;`,
//! RFC 5322 §3.4) is its members. A comma in a name needs quotes: in `bob, Inès <x@y>` bob may well be meant.

use super::email::{Email, Person, Unusable};
use crate::message::words;

/// Whom a field reaches, and what of it reaches nobody.
pub(super) fn read(field: &str) -> (Vec<Person>, Vec<Unusable>) {
    let mut found = Found::default();
    // The group that is open, and how much was found before it.
    let mut group: Option<(&str, usize)> = None;
    let mut rest = field;
    while !rest.is_empty() {
        if found.people.len() + found.unusable.len() > Person::MOST {
            found.people.truncate(Person::MOST);
            found.unusable.push(Unusable::TooMany);
            return (found.people, found.unusable);
        }
        let (piece, end, after) = cut(rest, group.is_none());
        rest = after;
        if end == End::Group {
            let name = piece.raw.trim();
            // As copied from a link.
            if !name.eq_ignore_ascii_case("mailto") {
                group = Some((name, found.len()));
            }
            continue;
        }
        found.take(&piece);
        if end == End::Semicolon || rest.is_empty() {
            found.close(group.take());
        }
    }
    found.close(group);
    (found.people, found.unusable)
}

#[derive(Default)]
struct Found {
    people: Vec<Person>,
    unusable: Vec<Unusable>,
}

impl Found {
    fn len(&self) -> usize {
        self.people.len() + self.unusable.len()
    }

    fn take(&mut self, piece: &Piece<'_>) {
        let raw = piece.raw.trim_matches(is_blank);
        if raw.is_empty() {
            return;
        }
        match piece.angle {
            Some(email) => self.named(piece, email, raw),
            None => self.bare(raw),
        }
    }

    fn named(&mut self, piece: &Piece<'_>, typed: &str, raw: &str) {
        let email = match Email::parse(&clean(typed)) {
            Ok(email) => email,
            Err(Unusable::Local(_)) => return self.unusable.push(Unusable::Local(raw.to_owned())),
            Err(_) => return self.odd(raw),
        };
        let name = words::decode(piece.name.trim().as_bytes());
        let repeats = name.eq_ignore_ascii_case(email.as_str());
        // `a@x b@y <c@z>`: somebody forgot a comma.
        // Behind a stray quote, which was refused, the next one opens where none was meant: `" <b@y>," <c@z>`.
        let swallowed = name.contains('<') && name.contains('@') && !self.unusable.is_empty();
        if (piece.loose_at || swallowed) && !repeats {
            return self.odd(raw);
        }
        let name = Some(name).filter(|name| !name.trim().is_empty() && !repeats);
        self.people.push(Person { name, email });
    }

    /// Without brackets: an address, addresses with spaces between them, or `address (Name)`.
    fn bare(&mut self, raw: &str) {
        let words: Vec<&str> = raw.split_whitespace().collect();
        if words.len() > 1 && words.iter().all(|word| word.contains('@') && !word.contains(['"', '('])) {
            return words.into_iter().for_each(|word| self.bare(word));
        }
        let comment = raw.strip_suffix(')').and_then(|raw| raw.split_once('('));
        let (typed, name) = match comment {
            Some((email, name)) if !name.contains(['@', '(', ')']) => (email, Some(name.trim())),
            _ => (raw, None),
        };
        match Email::parse(&clean(typed)) {
            Ok(email) => {
                let name = name.map(|name| words::decode(name.as_bytes())).filter(|name| !name.is_empty());
                self.people.push(Person { name, email });
            }
            Err(Unusable::Local(_)) => self.unusable.push(Unusable::Local(raw.to_owned())),
            Err(_) => self.odd(raw),
        }
    }

    fn odd(&mut self, raw: &str) {
        self.unusable.push(Unusable::Odd(raw.to_owned()));
    }

    /// A group without members reaches nobody, which its writer must know.
    fn close(&mut self, group: Option<(&str, usize)>) {
        if let Some((name, before)) = group
            && before == self.len()
        {
            self.odd(&format!("{name}:"));
        }
    }
}

/// What surrounds an address that was pasted, and is seen by nobody, is not part of it.
fn clean(typed: &str) -> String {
    typed.trim_matches(is_blank).chars().filter(|c| !is_invisible(*c)).collect()
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_invisible(c)
}

fn is_invisible(c: char) -> bool {
    words::is_direction_mark(c) || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

#[derive(Default)]
struct Piece<'a> {
    /// As typed, to be named.
    raw: &'a str,
    /// Without quotes and their escapes.
    name: String,
    /// An `@` stands outside quotes and brackets.
    loose_at: bool,
    angle: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Behind it the members of a group follow.
    Group,
    Semicolon,
    Other,
}

/// The first piece, how it ended, and what is behind it.
fn cut<'a>(rest: &'a str, may_open_group: bool) -> (Piece<'a>, End, &'a str) {
    let mut piece = Piece::default();
    let (mut at, mut blank, mut address) = (0, true, false);
    let ends = |piece: Piece<'a>, at: usize, end: End, skip: usize| {
        (Piece { raw: &rest[..at], ..piece }, end, &rest[at + skip..])
    };
    while let Some(c) = rest[at..].chars().next() {
        match c {
            ',' | '\n' | '\r' | '\t' => return ends(piece, at, End::Other, 1),
            ';' => return ends(piece, at, End::Semicolon, 1),
            // Before it a name: not a domain literal, nor one that holds an address, nor what follows a stray quote.
            ':' if may_open_group && !blank && !address && !piece.name.contains('"') => {
                return ends(piece, at, End::Group, 1);
            }
            // In the middle of a word it is a mark of inches.
            '"' if rest[..at].chars().next_back().is_none_or(|before| before.is_whitespace()) => {
                if let Some((text, length)) = quoted(&rest[at + 1..]) {
                    address |= text.contains(['@', '[']);
                    blank = false;
                    piece.name.push_str(&text);
                    at += 1 + length;
                    continue;
                }
            }
            '<' => {
                let inside = &rest[at + 1..];
                if let Some(close) = inside.find(['<', '>', '\n', '\r'])
                    && inside[close..].starts_with('>')
                {
                    piece.angle = Some(&inside[..close]);
                    return ends(piece, at + close + 2, End::Other, 0);
                }
            }
            '@' => piece.loose_at = true,
            _ => {}
        }
        address |= matches!(c, '@' | '[');
        blank &= is_blank(c);
        piece.name.push(c);
        at += c.len_utf8();
    }
    ends(piece, at, End::Other, 0)
}

/// The text up to the closing quote on this line, and how far that is. Without one the first was no quote.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, at + 1)),
            '\r' | '\n' => return None,
            '\\' => text.extend(chars.next().map(|(_, c)| c)),
            c => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn reads(field: &str, people: &[(&str, &str)], wrong: &[&str]) {
        let (found, unusable) = read(field);
        let found: Vec<_> =
            found.iter().map(|p| (p.name.as_deref().unwrap_or_default(), p.email.as_str())).collect();
        let unusable: Vec<_> = unusable.iter().map(Unusable::typed).collect();
        assert_eq!((&found[..], &unusable[..]), (people, wrong), "{field:?}");
    }

    #[test]
    fn nobody_vanishes_into_the_name_of_the_next() {
        reads("bob, Dr Inès <x@y.org>", &[("Dr Inès", "x@y.org")], &["bob"]);
        reads("O'Neil, Ann <ann@x.org>", &[("Ann", "ann@x.org")], &["O'Neil"]);
        reads("Bob <b@x.org> Ann <a@x.org>", &[("Bob", "b@x.org"), ("Ann", "a@x.org")], &[]);
        reads("b@x.org Ann <a@x.org>", &[], &["b@x.org Ann <a@x.org>"]);
        reads("a@x.org b@y.org", &[("", "a@x.org"), ("", "b@y.org")], &[]);
        reads("bob a@x.org", &[], &["bob a@x.org"]);
        reads("<a@x.org, b@y.org>", &[], &["<a@x.org, b@y.org>"]);
        reads("<@x.org,@y.org:c@z.org>", &[], &["<@x.org,@y.org:c@z.org>"]);
        reads("Ann <a@x.org> bob", &[("Ann", "a@x.org")], &["bob"]);
        reads("\"b@x.org\" a@y.org", &[], &["\"b@x.org\" a@y.org"]);
        reads("a@x.org (b@y.org)", &[], &["a@x.org (b@y.org)"]);
    }

    #[test]
    fn pasted_lists() {
        reads(
            "a@x.org\nAnn <b@x.org>\r\nc@x.org\td@x.org;e@x.org,,f@x.org\n",
            &[
                ("", "a@x.org"),
                ("Ann", "b@x.org"),
                ("", "c@x.org"),
                ("", "d@x.org"),
                ("", "e@x.org"),
                ("", "f@x.org"),
            ],
            &[],
        );
        reads("\u{202a}a@x.org\u{202c}, \u{feff}b@x.org\u{a0}", &[("", "a@x.org"), ("", "b@x.org")], &[]);
        reads("mailto:a@x.org, mailto:b@x.org", &[("", "a@x.org"), ("", "b@x.org")], &[]);
        reads(" ,;\n\t", &[], &[]);
    }

    #[test]
    fn groups() {
        reads(
            "Team: a@x.org, \"B, C\" <b@x.org>; c@x.org",
            &[("", "a@x.org"), ("B, C", "b@x.org"), ("", "c@x.org")],
            &[],
        );
        reads("Team: a@x.org, bob;", &[("", "a@x.org")], &["bob"]);
        reads("Team:; a@x.org", &[("", "a@x.org")], &["Team:"]);
        reads("Team:", &[], &["Team:"]);
        reads("A: B: a@x.org;", &[], &["B: a@x.org"]);
        reads("a@x.org:b@x.org", &[], &["a@x.org:b@x.org"]);
    }

    #[test]
    fn any_name_any_domain() {
        reads(
            "\"L, \\\"Nès\\\" <;:>\" <a@x.org>; L'Été d’O <b@x.org>",
            &[("L, \"Nès\" <;:>", "a@x.org"), ("L'Été d’O", "b@x.org")],
            &[],
        );
        reads("=?utf-8?Q?In=C3=A8s?= <a@BÜCHER.example>", &[("Inès", "a@xn--bcher-kva.example")], &[]);
        reads("5\" nail <a@x.org>, 6\" b@x.org", &[("5\" nail", "a@x.org")], &["6\" b@x.org"]);
        reads("\"Ann, b@x.org\n\"C\" <c@x.org>", &[("", "b@x.org"), ("C", "c@x.org")], &["\"Ann"]);
        reads("a@x.org <A@x.org>, b@[IPv6:::1]", &[("", "A@x.org"), ("", "b@[IPv6:::1]")], &[]);
        reads("a@x.org (Ann), \"b c\"@x.org", &[("Ann", "a@x.org")], &["\"b c\"@x.org"]);
        reads("inès@x.org, Ann <a@x.org", &[], &["inès@x.org", "Ann <a@x.org"]);
        reads("\"\n\" <a@x.org>,\"\" <b@x.org>", &[], &["\"", "\" <a@x.org>,\"\" <b@x.org>"]);
        reads("\":\n\" <a@x.org> \"\" <b@x.org>", &[], &["\":", "\" <a@x.org> \"\" <b@x.org>"]);
        reads("\"Team A\": a@x.org;", &[("", "a@x.org")], &[]);
    }

    #[test]
    fn bounded() {
        let (people, wrong) = read(&"a@x.org,".repeat(100_000));
        assert_eq!((people.len(), wrong), (Person::MOST, vec![Unusable::TooMany]));
        for odd in ["\"", "<", " \"\\", ":", "<\"", "(", "a:;", "@:"] {
            let _ = read(&odd.repeat(200_000));
        }
    }

    fn member(n: usize, shape: u8, name: &str) -> String {
        let email = format!("u{n}@d{n}.example");
        match shape {
            0 => email,
            1 => format!("<{email}>"),
            2 => format!("{name} <{email}>"),
            3 => format!("\"{}\" <{email}>", name.replace(['"', '\\'], "")),
            4 => format!("{name} {email}"),
            5 => format!("{name}: {email};"),
            6 => format!("{email} ({name})"),
            7 => format!("{name}<{email}"),
            _ => format!("{email} {name}"),
        }
    }

    proptest! {
        #[test]
        fn every_address_typed_is_in_the_result_or_in_the_error(
            typed in prop::collection::vec((0u8..9, "[a-zé'’ <>:()\\[\\].@\\\\\n\t;,-]{0,8}", "[,;\n\t ]|, |\r\n| , ; "), 1..12)
        ) {
            let field: String = typed
                .iter()
                .enumerate()
                .map(|(n, (shape, name, between))| member(n, *shape, name) + between)
                .collect();
            let (people, wrong) = read(&field);
            for n in 0..typed.len() {
                let email = format!("u{n}@d{n}.example");
                let reached = people.iter().any(|p| p.email.as_str() == email);
                let named = wrong.iter().any(|w| w.typed().contains(&email));
                prop_assert!(reached || named, "{email} of {field:?}");
            }
        }

        /// Quotes anywhere: whatever is typed with an `@` is an address, in a quoted name that is shown, or named.
        #[test]
        fn quotes_hide_nobody(field in "([ab]@x\\.org|[\"\\\\,;<>: ]){0,30}") {
            let (people, wrong) = read(&field);
            let typed = field.matches('@').count();
            let names = people.iter().filter_map(|p| p.name.as_deref());
            let shown: usize = names.map(|name| name.matches('@').count()).sum();
            let named: usize = wrong.iter().map(|w| w.typed().matches('@').count()).sum();
            // `a@x <a@x>` is one.
            let twice = people.iter().filter(|p| p.name.is_none()).count();
            prop_assert!(people.len() + shown + named + twice >= typed, "{field:?}");
        }
    }
}
