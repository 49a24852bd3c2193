//! A raw header block as fields, without deciding what they mean.

/// Fields read of one header at most.
const MAX_FIELDS: usize = 1_000;
/// Bytes read of one value at most.
const MAX_VALUE: usize = 256 * 1024;

/// One field; the value may still be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    pub name: &'a [u8],
    pub value: &'a [u8],
}

/// The fields of a header block, in order, at most 1,000. Lines that are no field are passed over.
pub fn fields(block: &[u8]) -> Vec<Header<'_>> {
    walk(block).collect()
}

/// The same, one by one.
pub fn walk(block: &[u8]) -> impl Iterator<Item = Header<'_>> {
    let mut field: Option<Open> = None;
    let mut at = 0;
    let next = move || {
        while at < block.len() {
            let end = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |i| at + i + 1);
            let line = &block[at..end];
            let from = std::mem::replace(&mut at, end);
            if let [b' ' | b'\t', ..] = line {
                if let Some(field) = &mut field {
                    field.to = end;
                }
                continue;
            }
            let next = colon(line).map(|colon| Open { from, colon: from + colon, to: end });
            if let Some(whole) = std::mem::replace(&mut field, next) {
                return Some(whole.read(block));
            }
        }
        field.take().map(|last| last.read(block))
    };
    std::iter::from_fn(next).take(MAX_FIELDS)
}

/// A field of a block that may go on in the next line.
struct Open {
    from: usize,
    colon: usize,
    /// Where the value ends so far.
    to: usize,
}

impl Open {
    fn read(self, block: &[u8]) -> Header<'_> {
        let value = &block[self.colon + 1..self.to];
        let value = value[..value.len().min(MAX_VALUE)].trim_ascii();
        Header { name: block[self.from..self.colon].trim_ascii(), value }
    }
}

/// Where the name ends of `Name: …`: printable ASCII without a space up to the colon (RFC 5322 §2.2), one space before the
/// colon tolerated (§4.5.3).
pub(super) fn colon(line: &[u8]) -> Option<usize> {
    let colon = line.iter().take(200).position(|b| *b == b':')?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(colon)
}

/// The value of the first field of this name.
pub fn value<'a>(headers: &[Header<'a>], name: &str) -> Option<&'a [u8]> {
    headers.iter().find(|h| h.name.eq_ignore_ascii_case(name.as_bytes())).map(|h| h.value)
}

/// Names and values as they stand in the field.
type Parameters = Vec<(Vec<u8>, Vec<u8>)>;

/// `text/plain; charset=utf-8` as its first word in lower case and its raw parameters (RFC 2045 §5.1). Comments are
/// dropped; a quote that never ends reaches to the end.
pub(super) fn parameters(value: &[u8]) -> (String, Parameters) {
    let mut pieces: Parameters = Vec::new();
    let (mut name, mut value_of_it): (Vec<u8>, Option<Vec<u8>>) = (Vec::new(), None);
    let mut bytes = value.iter().copied();
    let mut depth = 0usize;
    while let Some(b) = bytes.next() {
        match b {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            b';' if pieces.len() < 300 => {
                pieces.push((std::mem::take(&mut name), value_of_it.take().unwrap_or_default()));
            }
            b'=' if value_of_it.is_none() => value_of_it = Some(Vec::new()),
            b'"' => quoted(&mut bytes, value_of_it.as_mut().unwrap_or(&mut name)),
            b'\r' | b'\n' => {}
            b => value_of_it.as_mut().unwrap_or(&mut name).push(b),
        }
    }
    pieces.push((name, value_of_it.unwrap_or_default()));
    let mut pieces = pieces.into_iter().map(|(n, v)| (n.trim_ascii().to_vec(), v.trim_ascii().to_vec()));
    let first = pieces.next().map(|(first, _)| first).unwrap_or_default();
    let first: String = String::from_utf8_lossy(&first).chars().take(200).collect();
    let params = pieces.filter(|(name, value)| !name.is_empty() && !value.is_empty()).collect();
    (first.to_ascii_lowercase(), params)
}

fn quoted(bytes: &mut impl Iterator<Item = u8>, into: &mut Vec<u8>) {
    while let Some(b) = bytes.next() {
        match b {
            b'"' => break,
            b'\\' => into.extend(bytes.next()),
            b'\r' | b'\n' => {}
            b => into.push(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields() {
        let block = b"Subject: a\r\n b\r\nX-Empty:\r\nno field here\r\n continued\r\nTo : x@y\r\n";
        let fields = fields(block);
        assert_eq!(fields.len(), 3);
        assert_eq!(value(&fields, "SUBJECT"), Some(&b"a\r\n b"[..]));
        assert_eq!(value(&fields, "x-empty"), Some(&b""[..]));
        assert_eq!(value(&fields, "to"), Some(&b"x@y"[..]));
    }

    #[test]
    fn parameters_as_they_come() {
        let pair = |n: &str, v: &str| (n.as_bytes().to_vec(), v.as_bytes().to_vec());
        assert_eq!(
            parameters(
                b"Text/Plain (a (nested) comment); charset = \"utf-8\";\r\n name=\"a;\\\"b\"; flag; =x"
            ),
            ("text/plain".to_owned(), vec![pair("charset", "utf-8"), pair("name", "a;\"b")])
        );
        assert_eq!(
            parameters(b"text/plain; name=\"never ends"),
            ("text/plain".to_owned(), vec![pair("name", "never ends")])
        );
        assert_eq!(parameters(b""), (String::new(), vec![]));
    }
}
