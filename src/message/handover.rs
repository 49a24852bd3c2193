//! What is handed over to other software: the names of its files, the index beside them, and the archive around all.

mod archive;

use std::collections::HashSet;

use jiff::civil::Date;

pub use archive::Archive;

/// Octets of a whole name: any file system takes 255, and a folder comes before it.
pub const LONGEST: usize = 210;
/// Octets of the sender, of the subject, and of the file's own name.
const SENDER: usize = 30;
const SUBJECT: usize = 50;
const FILE: usize = 100;

/// Of which message a file is.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub date: Option<Date>,
    pub sender: &'a str,
    pub subject: &'a str,
}

/// The names of one archive. No two are the same, in whatever case.
#[derive(Debug, Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// This one is taken already.
    pub fn but(taken: &str) -> Names {
        Names(HashSet::from([folded(taken)]))
    }

    /// `2026-11-23_Dr-Martin_Votre-bilan_bilan.pdf`: date, sender, subject and file, none of the first three with a
    /// `_` in it. `file` is a name as of [`filename::safe`](super::filename::safe).
    pub fn file(&mut self, of: &Origin<'_>, file: &str) -> String {
        let file = fitted(file, FILE);
        self.only(&format!("{}_{file}", stem(of)))
    }

    /// `2026-11-23_Dr-Martin_Votre-bilan.eml`.
    pub fn message(&mut self, of: &Origin<'_>) -> String {
        self.only(&format!("{}.eml", stem(of)))
    }

    fn only(&mut self, name: &str) -> String {
        let (stem, extension) = split(name);
        let mut only = name.to_owned();
        let mut n = 2u32;
        while !self.0.insert(folded(&only)) {
            only = format!("{stem}-{n}{extension}");
            n += 1;
        }
        only
    }
}

/// As file systems compare that do not tell case apart.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

fn stem(of: &Origin<'_>) -> String {
    let date = of.date.map_or("0000-00-00".to_owned(), |date| date.to_string());
    format!("{date}_{}_{}", plain(of.sender, SENDER), plain(of.subject, SUBJECT))
}

/// Letters and digits with `-` between them: no separator, control or direction mark is one.
fn plain(text: &str, octets: usize) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        // Accents that stand behind their letter are part of it.
        if c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}') {
            if plain.len() + c.len_utf8() > octets {
                break;
            }
            plain.push(c);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            if plain.len() == octets {
                break;
            }
            plain.push('-');
        }
    }
    let plain = plain.trim_end_matches('-');
    if plain.is_empty() { "x".to_owned() } else { plain.to_owned() }
}

/// With its extension, if it has one as long as extensions are.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= 24 => name.split_at(at),
        _ => (name, ""),
    }
}

/// At most so many octets, the extension kept.
fn fitted(name: &str, octets: usize) -> String {
    if name.len() <= octets {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let mut end = octets - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem[..end].trim_end_matches([' ', '.']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::filename;

    fn of<'a>(sender: &'a str, subject: &'a str) -> Origin<'a> {
        Origin { date: Some(Date::constant(2026, 11, 23)), sender, subject }
    }

    #[test]
    fn names_say_where_a_file_is_from() {
        let mut names = Names::but("index.csv");
        let martin = of("Dr. Anne Martin", "RE: votre_bilan / d’été ");
        assert_eq!(
            names.file(&martin, "bilan.pdf"),
            "2026-11-23_Dr-Anne-Martin_RE-votre-bilan-d-été_bilan.pdf"
        );
        assert_eq!(
            names.file(&martin, "BILAN.PDF"),
            "2026-11-23_Dr-Anne-Martin_RE-votre-bilan-d-été_BILAN-2.PDF"
        );
        assert_eq!(names.message(&martin), "2026-11-23_Dr-Anne-Martin_RE-votre-bilan-d-été.eml");
        assert_eq!(names.message(&martin), "2026-11-23_Dr-Anne-Martin_RE-votre-bilan-d-été-2.eml");
        let nobody = Origin { date: None, sender: "\u{202e}../", subject: "" };
        assert_eq!(names.file(&nobody, "a.b"), "0000-00-00_x_x_a.b");
    }

    #[test]
    fn long_names_are_cut_between_characters_and_keep_their_extension() {
        let name = Names::default()
            .file(&of(&"é".repeat(90), &"語".repeat(90)), &format!("{}.pdf", "語".repeat(80)));
        assert!(name.len() <= LONGEST && name.ends_with("語.pdf"), "{name}");
    }

    proptest! {
        #[test]
        fn whatever_a_mail_says(said in prop::collection::vec(("\\PC{0,60}", "[\\PC\u{0}-\u{1f}/\\\\]{0,90}", "\\PC{0,120}"), 1..12)) {
            let mut names = Names::but("index.csv");
            let mut seen = HashSet::new();
            for (sender, subject, file) in &said {
                let name = names.file(&of(sender, subject), &filename::safe(Some(file), "a/b"));
                prop_assert!(name.len() <= LONGEST, "{}", name);
                prop_assert!(!name.contains(['/', '\\', ':', '"', '*', '?', '<', '>', '|']), "{}", name);
                prop_assert!(!name.chars().any(char::is_control) && !name.ends_with(['.', ' ']), "{}", name);
                prop_assert!(name.starts_with("2026-11-23_") && seen.insert(name.to_lowercase()), "{}", name);
            }
        }
    }
}
