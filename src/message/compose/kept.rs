//! Header fields that a forwarded message keeps octet for octet: business software finds its way by them.

/// One field as it came, with its folds and its CRLF; nothing can be broken out of by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptField(Vec<u8>);

/// What the names of such fields begin with.
const PREFIX: &[u8] = b"X-MSS-";
/// Octets of one field, and fields of one message.
const LONGEST: usize = 4_096;
const MOST: usize = 50;
/// Octets of a line (RFC 5322 §2.1.1).
const LINE: usize = 998;

impl KeptField {
    /// `None` for another field, and for one that cannot go over every wire as it is: 8-bit, a bare CR or LF, a line
    /// that is too long or empty.
    pub fn new(raw: &[u8]) -> Option<KeptField> {
        let named = raw.get(..PREFIX.len())?.eq_ignore_ascii_case(PREFIX);
        let (name, _) = raw.split_at(raw.iter().position(|b| *b == b':')?);
        let lines: Vec<&[u8]> = raw.strip_suffix(b"\r\n")?.split(|b| *b == b'\n').collect();
        let last = lines.len() - 1;
        let good = |(n, line): (usize, &&[u8])| {
            let line = if n < last { line.strip_suffix(b"\r")? } else { line };
            let folded = n == 0 || line.starts_with(b" ") || line.starts_with(b"\t");
            let plain =
                line.iter().all(|b| matches!(b, b'\t' | b' '..=b'~')) && !line.trim_ascii().is_empty();
            (folded && plain && line.len() <= LINE).then_some(())
        };
        let fits = raw.len() <= LONGEST && name.iter().all(u8::is_ascii_graphic);
        (named && fits && lines.iter().enumerate().all(|line| good(line).is_some()))
            .then(|| KeptField(raw.to_vec()))
    }

    /// Those of a header block, in their order.
    pub fn all(block: &[u8]) -> Vec<KeptField> {
        let mut fields: Vec<Vec<u8>> = Vec::new();
        for line in block.split_inclusive(|b| *b == b'\n') {
            match fields.last_mut() {
                Some(field) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                    field.extend_from_slice(line)
                }
                _ => fields.push(line.to_vec()),
            }
        }
        fields.iter().filter_map(|raw| KeptField::new(raw)).take(MOST).collect()
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_are_kept_as_they_came() {
        let block =
            b"Subject: x\r\nX-MSS-Type:  a\r\n\t b ;c\r\nx-mss-Empty: \r\nX-MSS-\xe9: a\r\nX-MSS-Bad: a\n \
                      X-Other: z\r\nX-MSS-b: =?utf-8?Q?a?=\r\n\r\n";
        let kept: Vec<_> = KeptField::all(block)
            .iter()
            .map(|f| String::from_utf8_lossy(f.as_bytes()).into_owned())
            .collect();
        assert_eq!(
            kept,
            ["X-MSS-Type:  a\r\n\t b ;c\r\n", "x-mss-Empty: \r\n", "X-MSS-b: =?utf-8?Q?a?=\r\n"]
        );
        for bad in [
            "X-MSS-a: b",
            "X-MSS-a: b\r\n\r\n",
            "X-MSS-a: b\r\nBcc: c\r\n",
            "X-MSS-a\r\n",
            "X-MSS-a: b\r\n \r\n",
            "X-MSS-a b: c\r\n",
            "",
        ] {
            assert_eq!(KeptField::new(bad.as_bytes()), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_out(raw in "X-MSS-[a-z]{0,2}(:|[ -~]|\r|\n|\r\n|\t|\0|é|Bcc:){0,20}\r\n") {
            if let Some(field) = KeptField::new(raw.as_bytes()) {
                let lines: Vec<_> = raw.split("\r\n").collect();
                prop_assert!(lines[1..lines.len() - 1].iter().all(|line| line.starts_with([' ', '\t'])));
                prop_assert!(!raw.replace("\r\n", "").contains(['\r', '\n', '\0', 'é']));
                prop_assert_eq!(field.as_bytes(), raw.as_bytes());
            }
        }
    }
}
