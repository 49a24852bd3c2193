//! Writing a query as its reader would type it.

use super::{EVERYWHERE, FIELDS, FILES, Field, MARKS, Query, Term, Within};
use crate::locale::Lang;

impl Query {
    /// What [`super::read`] reads as this query.
    pub fn typed(&self, lang: Lang) -> String {
        let which = match lang {
            Lang::En => 0,
            Lang::Fr => 1,
        };
        let name =
            |field: Field| FIELDS.iter().find(|(f, _)| *f == field).map_or("", |(_, names)| names[which]);
        let with = |field: Field, value: &str| format!("{}:{}", name(field), quoted(value));
        let mut words: Vec<String> = self
            .terms
            .iter()
            .map(|term| match term {
                Term::Anywhere(text) => quoted(text.as_str()),
                Term::From(text) => with(Field::From, text.as_str()),
                Term::To(text) => with(Field::To, text.as_str()),
                Term::Subject(text) => with(Field::Subject, text.as_str()),
                Term::Thread(ids) => with(Field::Thread, ids.as_str()),
                Term::Before(day) => with(Field::Before, &day.to_string()),
                Term::After(day) => with(Field::After, &day.to_string()),
                Term::Larger(octets) => with(Field::Larger, &size(*octets)),
                Term::Attachment => with(Field::Has, FILES[which]),
                Term::Is(mark) => {
                    let words = MARKS.iter().find(|(m, _)| m == mark).map_or(&[][..], |(_, words)| words);
                    with(Field::Is, words.get(which).copied().unwrap_or_default())
                }
            })
            .collect();
        match &self.within {
            Within::Here => {}
            Within::All => words.push(with(Field::In, EVERYWHERE[which])),
            Within::Named(name) => words.push(with(Field::In, name.as_str())),
        }
        words.join(" ")
    }
}

fn size(octets: u64) -> String {
    match octets {
        n if n > 0 && n % (1 << 20) == 0 => format!("{}M", n >> 20),
        n if n > 0 && n % (1 << 10) == 0 => format!("{}k", n >> 10),
        n => n.to_string(),
    }
}

/// In quotation marks where it would be read as something else without.
fn quoted(text: &str) -> String {
    let plain = !text.contains(|c: char| c.is_whitespace() || "\"\\:“”«»".contains(c));
    if plain {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
