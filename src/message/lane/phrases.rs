//! A subject made comparable, and whether one of some phrases stands in it.

use super::words::{self, Phrases};
use crate::message::date;

/// Characters of a subject that are read.
const MOST: usize = 300;

pub(super) struct Folded {
    /// Lower case, without accents, words with one space between them and around all of it.
    text: String,
    /// Where the spaces are.
    gaps: Vec<usize>,
    /// What was folded away: digits stood on both sides of a colon.
    colon: bool,
    /// A digit stood behind a minus.
    minus: bool,
}

impl Folded {
    pub(super) fn of(text: &str) -> Folded {
        let mut out = String::with_capacity(text.len().min(MOST) + 2);
        out.push(' ');
        for c in text.chars().take(MOST).flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' | '%' => out.push(c),
                'à' | 'á' | 'â' | 'ä' | 'ã' => out.push('a'),
                'ç' => out.push('c'),
                'è' | 'é' | 'ê' | 'ë' => out.push('e'),
                'î' | 'ï' | 'í' => out.push('i'),
                'ô' | 'ö' | 'ó' => out.push('o'),
                'ù' | 'û' | 'ü' | 'ú' => out.push('u'),
                'œ' => out.push_str("oe"),
                // An accent written as a character of its own.
                '\u{300}'..='\u{36f}' => {}
                c if c.is_alphanumeric() => out.push(c),
                _ if out.ends_with(' ') => {}
                _ => out.push(' '),
            }
        }
        if !out.ends_with(' ') {
            out.push(' ');
        }
        let chars: Vec<char> = text.chars().take(MOST).collect();
        let digit = |c: char| c.is_ascii_digit();
        let colon = chars.windows(3).any(|three| digit(three[0]) && three[1] == ':' && digit(three[2]));
        let sign = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}');
        let minus = chars.windows(2).any(|two| sign(two[0]) && digit(two[1]));
        let gaps = out.match_indices(' ').map(|(at, _)| at).collect();
        Folded { text: out, gaps, colon, minus }
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// One of these, as whole words.
    pub(super) fn has(&self, phrases: &Phrases) -> bool {
        self.gaps.iter().enumerate().any(|(n, from)| {
            let ends = self.gaps[n + 1..].iter().take(phrases.longest());
            ends.into_iter().any(|to| phrases.has(&self.text[from + 1..*to]))
        })
    }

    /// A day (`30 April`, `le 11 avril`, `May 6`), a time of day (`17:40`, `14 h`, `9h30`), or a number of five digits and more.
    pub(super) fn has_reference(&self) -> bool {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let number = |word: &str, most: u8| word.len() <= 2 && word.parse::<u8>().is_ok_and(|n| n < most);
        let nth = |word: &str| {
            let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
            number(digits, 32) && matches!(&word[digits.len()..], "" | "er" | "st" | "nd" | "rd" | "th")
        };
        let hour = |word: &str| {
            let (hour, minute) = word.split_once('h').unwrap_or((word, "x"));
            number(hour, 24) && (minute.is_empty() || minute.len() == 2 && number(minute, 60))
        };
        words.iter().enumerate().any(|(at, word)| {
            let next = words.get(at + 1).copied().unwrap_or_default();
            let clock =
                number(word, 24) && (next == "h" || self.colon && next.len() == 2 && number(next, 60));
            let is_month = |word: &str| date::month_number(word).is_some();
            let day = nth(word) && is_month(next) || is_month(word) && nth(next);
            clock || hour(word) || day || word.bytes().filter(u8::is_ascii_digit).count() >= 5
        })
    }

    /// `20 %` or `20%` of something; behind a minus, or as the most there is, at the end too.
    pub(super) fn has_rebate(&self) -> bool {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        words.iter().enumerate().any(|(at, word)| {
            let percent = match word.strip_suffix('%') {
                Some("") => at > 0 && number(words[at - 1]),
                Some(rest) => number(rest),
                None => false,
            };
            let next = words.get(at + 1).copied().unwrap_or_default();
            let most = || self.minus || self.has(&words::UP_TO);
            percent
                && match next {
                    "off" | "de" | "sur" | "d" | "on" | "discount" | "offerts" | "avec" | "pour" => true,
                    "" => most(),
                    _ => false,
                }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_signs_are_no_difference() {
        let folded = Folded::of("  RAPPEL\u{a0}: votre rendez-vous d’été ; re\u{301}sultat");
        assert_eq!(folded.text, " rappel votre rendez vous d ete resultat ");
    }

    #[test]
    fn a_time_or_a_long_number_is_of_one_thing() {
        for one in [
            "SK 204: new departure 17:40",
            "Demain à 14 h",
            "9h30 au cabinet",
            "Lot 88123",
            "Due by 30 April",
            "Audition du 11 avril",
            "May 6",
        ] {
            let folded = Folded::of(one);
            assert!(folded.has_reference(), "{one}");
        }
        for none in [
            "48 heures pour craquer",
            "Les 10 ans",
            "Saison 24-25",
            "Top 10: 12 idées",
            "Été 2026",
            "Avril 2026",
            "May contain 3",
        ] {
            assert!(!Folded::of(none).has_reference(), "{none}");
        }
    }

    #[test]
    fn a_rebate_is_a_percentage_of_something() {
        assert!(Folded::of("-20% sur tout").has_rebate() && Folded::of("Jusqu'à -50 %").has_rebate());
        assert!(Folded::of("30% off today").has_rebate());
        assert!(!Folded::of("Batterie à 20 % restants").has_rebate());
        assert!(!Folded::of("Espace presque saturé (97 %)").has_rebate() && !Folded::of("% de").has_rebate());
    }
}
