//! Texts as people look them up: in the order that mail servers use, for where they cannot sort.

use unicode_normalization::UnicodeNormalization;

use super::compose::answer::bare_subject;

/// Characters that are compared.
const LONGEST: usize = 200;

/// What is compared of a text, octet by octet (i;unicode-casemap, RFC 5051): letters of either case are the same, and an
/// accented one comes after all that begin with the plain one.
pub fn folded(text: &str) -> String {
    text.trim().chars().take(LONGEST).flat_map(char::to_uppercase).nfkd().collect()
}

/// The same of a subject, without what answers and forwards put before it (RFC 5256 §2.1).
pub fn folded_subject(subject: &str) -> String {
    folded(bare_subject(subject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_dovecot() {
        let mut names = [
            "Zoé",
            "Émile",
            "emma",
            "Éric",
            "Eric",
            "eve",
            "Ana",
            "Àna",
            "bare@example.test",
            "Ödön",
            "Oskar",
        ];
        names.sort_by_cached_key(|name| folded(name));
        // As Dovecot 2.3.19 answered `UID SORT (DISPLAYFROM) UTF-8 ALL`.
        assert_eq!(
            names,
            [
                "Ana",
                "Àna",
                "bare@example.test",
                "emma",
                "Eric",
                "eve",
                "Émile",
                "Éric",
                "Oskar",
                "Ödön",
                "Zoé"
            ]
        );
        assert_eq!(folded_subject("Re: Tr: été"), folded("ÉTÉ"));
    }
}
