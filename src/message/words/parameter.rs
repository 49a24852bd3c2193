//! Parameters of a header field (RFC 2045 §5.1) with their continuations and charsets (RFC 2231).

use super::{MAX_RAW, decode, find, tidy};
use crate::message::{charset, transfer::hex};

/// Most parameters kept from one field.
const MAX_PARAMETERS: usize = 64;

/// Parameters of Content-Type or Content-Disposition: names in lower case, values decoded. Continuations
/// (`name*0*`, `name*1` …, RFC 2231 §3) are joined as bytes before the charset is decoded; where a field carries both
/// `name*` and `name`, the extended one is taken.
pub fn parameter<'a>(params: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<(String, String)> {
    let params = params.into_iter().take(MAX_PARAMETERS * 4);
    let mut fields: Vec<Field> = Vec::with_capacity(params.size_hint().0);
    for (name, value) in params {
        let mut name = charset::decode(&name[..name.len().min(200)], None);
        name.make_ascii_lowercase();
        let name = name.trim();
        let (name, extended) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (name, number) = match name.rsplit_once('*') {
            Some((base, n)) => match n.parse::<u32>() {
                Ok(n) => (base, Some(n)),
                Err(_) => (name, None),
            },
            None => (name, None),
        };
        let field = match fields.iter().position(|f| f.name == name) {
            Some(i) => &mut fields[i],
            None if fields.len() < MAX_PARAMETERS => {
                fields.push(Field { name: name.to_owned(), plain: None, pieces: Vec::new() });
                match fields.last_mut() {
                    Some(field) => field,
                    None => continue,
                }
            }
            None => continue,
        };
        let value = &value[..value.len().min(MAX_RAW)];
        if !extended && number.is_none() {
            field.plain.get_or_insert(value);
        } else if field.pieces.len() < 200 {
            field.pieces.push((number.unwrap_or(0), extended, value));
        }
    }
    fields.into_iter().map(Field::join).collect()
}

/// What several raw parameters say about one name.
struct Field<'a> {
    name: String,
    plain: Option<&'a [u8]>,
    /// (number, percent-encoded, raw value)
    pieces: Vec<(u32, bool, &'a [u8])>,
}

impl Field<'_> {
    fn join(mut self) -> (String, String) {
        if self.pieces.is_empty() {
            return (self.name, decode(self.plain.unwrap_or_default()));
        }
        self.pieces.sort_by_key(|(number, ..)| *number);
        let mut charset_name = None;
        let mut bytes = Vec::new();
        for (i, (_, extended, value)) in self.pieces.iter().enumerate() {
            let mut value = *value;
            if i == 0 && *extended {
                // charset'language'text (RFC 2231 §4); some leave the quotes out.
                if let Some(a) = find(value, b"'")
                    && let Some(b) = find(&value[a + 1..], b"'")
                {
                    charset_name = Some(charset::decode(&value[..a], None));
                    value = &value[a + 1 + b + 1..];
                }
            }
            if *extended {
                unpercent(value, &mut bytes);
            } else {
                bytes.extend_from_slice(value);
            }
        }
        let text = match charset_name.filter(|name| !name.is_empty()) {
            Some(name) => tidy(&charset::decode(&bytes, Some(&name))),
            // Seen in the wild: encoded-words cut into continuations.
            None => decode(&bytes),
        };
        (self.name, text)
    }
}

fn unpercent(value: &[u8], out: &mut Vec<u8>) {
    let mut i = 0;
    while i < value.len() {
        match value[i..] {
            [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                out.push(hex(a) << 4 | hex(b));
                i += 3;
            }
            [byte, ..] => {
                out.push(byte);
                i += 1;
            }
            [] => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn params(list: &[(&str, &[u8])]) -> Vec<(String, String)> {
        parameter(list.iter().map(|(n, v)| (n.as_bytes(), *v)))
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn continued_parameters() {
        let got = params(&[
            ("CHARSET", b"utf-8"),
            ("filename*1*", b"%A9sultats"),
            ("filename*0*", b"utf-8'fr'R%C3"),
            ("filename*2", b" (1).pdf"),
        ]);
        assert_eq!(got, [pair("charset", "utf-8"), pair("filename", "Résultats (1).pdf")]);
    }

    #[test]
    fn extended_wins_over_plain() {
        let got = params(&[("filename", b"r?sum?.pdf"), ("filename*", b"iso-8859-1''r%e9sum%E9.pdf")]);
        assert_eq!(got, [pair("filename", "résumé.pdf")]);
    }

    #[test]
    fn odd_parameters() {
        assert_eq!(params(&[("name", b"=?utf-8?Q?=C3=A9t=C3=A9.doc?=")]), [pair("name", "été.doc")]);
        assert_eq!(params(&[("name*", b"no quotes %zz")]), [pair("name", "no quotes %zz")]);
        assert_eq!(params(&[("name*0", b"=?utf-8?Q?=C3"), ("name*1", b"=A9?=")]), [pair("name", "é")]);
        assert_eq!(params(&[("name", b"caf\xe9.txt")]), [pair("name", "café.txt")]);
        assert_eq!(params(&[("*", b"x"), ("**", b"y")]).len(), 2);
    }

    #[test]
    fn many_parameters_are_bounded() {
        let raw: Vec<_> = (0..10_000).map(|i| (format!("p{i}").into_bytes(), b"v".to_vec())).collect();
        assert_eq!(parameter(raw.iter().map(|(n, v)| (&n[..], &v[..]))).len(), MAX_PARAMETERS);
    }

    proptest! {
        #[test]
        fn parameters_never_panic(raw: Vec<(Vec<u8>, Vec<u8>)>) {
            parameter(raw.iter().map(|(n, v)| (&n[..], &v[..])));
        }
    }
}
