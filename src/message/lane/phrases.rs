//! A subject made comparable, and whether one of some phrases stands in it.

use crate::message::date;

/// Characters of a subject that are read.
const MOST: usize = 300;

/// Lower case, without accents, words with one space between them and around all of it.
///
/// And what was folded away: whether digits stand on both sides of a colon, and whether one stands behind a minus.
pub(super) struct Folded(String, bool, bool);

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
        Folded(out, colon, minus)
    }

    /// One of these, one a line, written as folded, as whole words.
    pub(super) fn has(&self, phrases: &str) -> bool {
        phrases.lines().any(|phrase| {
            let whole = |(at, _)| self.0[..at].ends_with(' ') && self.0[at + phrase.len()..].starts_with(' ');
            self.0.match_indices(phrase).any(whole)
        })
    }

    /// A day (`30 April`, `le 11 avril`, `May 6`), a time of day (`17:40`, `14 h`, `9h30`), or a number of five digits and more.
    pub(super) fn has_reference(&self) -> bool {
        let words: Vec<&str> = self.0.split_whitespace().collect();
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
            let clock = number(word, 24) && (next == "h" || self.1 && next.len() == 2 && number(next, 60));
            let is_month = |word: &str| date::month_number(word).is_some();
            let day = nth(word) && is_month(next) || is_month(word) && nth(next);
            clock || hour(word) || day || word.bytes().filter(u8::is_ascii_digit).count() >= 5
        })
    }

    /// `20 %` or `20%` of something; behind a minus, or as the most there is, at the end too.
    pub(super) fn has_rebate(&self) -> bool {
        let words: Vec<&str> = self.0.split_whitespace().collect();
        let number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        words.iter().enumerate().any(|(at, word)| {
            let percent = match word.strip_suffix('%') {
                Some("") => at > 0 && number(words[at - 1]),
                Some(rest) => number(rest),
                None => false,
            };
            let next = words.get(at + 1).copied().unwrap_or_default();
            let most = || self.2 || self.has("jusqu a\nup to\nsave");
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
        assert_eq!(folded.0, " rappel votre rendez vous d ete resultat ");
        assert!(folded.has("rendez vous") && !folded.has("rendez vou\nete re"));
        assert!(!Folded::of("").has("x"));
    }

    #[test]
    fn the_lists_are_written_as_folded() {
        let lists = [
            include_str!("words/account.txt"),
            include_str!("words/addresses.txt"),
            include_str!("words/appointment.txt"),
            include_str!("words/businesses.txt"),
            include_str!("words/circles.txt"),
            include_str!("words/code.txt"),
            include_str!("words/desks.txt"),
            include_str!("words/done.txt"),
            include_str!("words/findings.txt"),
            include_str!("words/hosts.txt"),
            include_str!("words/matters.txt"),
            include_str!("words/money.txt"),
            include_str!("words/offers.txt"),
            include_str!("words/order.txt"),
            include_str!("words/reports.txt"),
            include_str!("words/services.txt"),
            include_str!("words/site.txt"),
            include_str!("words/teasers.txt"),
            include_str!("words/underway.txt"),
            include_str!("words/warning.txt"),
        ];
        for list in lists {
            for line in list.lines() {
                assert!(!line.is_empty(), "an empty phrase is in every subject");
                assert_eq!(Folded::of(line).0, format!(" {line} "));
                let said =
                    |other: &&str| *other != line && format!(" {line} ").contains(&format!(" {other} "));
                assert_eq!(list.lines().find(said), None, "says what is in “{line}”");
            }
        }
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
