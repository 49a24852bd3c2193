//! A subject made comparable, and whether one of some phrases stands in it.

/// Characters of a subject that are read.
const MOST: usize = 300;

/// Lower case, without accents, words with one space between them and around all of it.
pub(super) struct Folded(String);

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
        Folded(out)
    }

    /// One of these, written as folded, as whole words.
    pub(super) fn has(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| {
            let whole = |(at, _)| self.0[..at].ends_with(' ') && self.0[at + phrase.len()..].starts_with(' ');
            self.0.match_indices(phrase).any(whole)
        })
    }

    /// `20 %` or `20%` next to what makes it a rebate: a minus before it was folded away, so words decide, or that it
    /// stands at an end.
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
            percent
                && matches!(
                    next,
                    "" | "off" | "de" | "sur" | "d" | "on" | "discount" | "offerts" | "avec" | "pour"
                )
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
        assert!(folded.has(&["rendez vous"]) && !folded.has(&["rendez vou", "ete re"]));
        assert!(!Folded::of("").has(&["x"]));
    }

    #[test]
    fn a_rebate_is_a_percentage_of_something() {
        assert!(Folded::of("-20% sur tout").has_rebate() && Folded::of("Jusqu'à -50 %").has_rebate());
        assert!(Folded::of("30% off today").has_rebate());
        assert!(!Folded::of("Batterie à 20 % restants").has_rebate() && !Folded::of("% de").has_rebate());
    }
}
