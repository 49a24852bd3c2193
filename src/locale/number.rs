//! Counts and sizes.

use super::{Lang, Tr};

/// NARROW NO-BREAK SPACE, which groups thousands in French.
const NARROW: char = '\u{202f}';

/// `1006` as `1 006` or `1,006`.
pub(super) fn grouped(n: u64, lang: Lang) -> String {
    let digits = n.to_string();
    let mark = match lang {
        Lang::Fr => NARROW,
        Lang::En => ',',
    };
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

impl Tr {
    pub fn number(&self, n: u64) -> String {
        grouped(n, self.lang())
    }

    /// Octets for people: `184 ko`, `1,2 Mo`; powers of ten, as file managers and mail limits count.
    pub fn size(&self, octets: u64) -> String {
        let (key, unit) = match octets {
            0..1_000 => return self.t_with("size-bytes", &[("n", octets.into())]),
            1_000..999_500 => ("size-kilo", 1_000),
            999_500..999_500_000 => ("size-mega", 1_000_000),
            _ => ("size-giga", 1_000_000_000),
        };
        let tenths = (u128::from(octets) * 10 + unit / 2) / unit;
        let n = if tenths >= 100 {
            self.number(((u128::from(octets) + unit / 2) / unit) as u64)
        } else if tenths.is_multiple_of(10) {
            (tenths / 10).to_string()
        } else {
            let point = if self.lang() == Lang::Fr { ',' } else { '.' };
            format!("{}{point}{}", tenths / 10, tenths % 10)
        };
        self.t_with(key, &[("n", (&n).into())])
    }
}
