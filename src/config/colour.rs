//! A colour as CSS writes it, `#0b6b57`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Red, green, blue in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl FromStr for Colour {
    type Err = String;

    fn from_str(text: &str) -> Result<Colour, String> {
        let read = || {
            let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
            let channel = |at| u8::from_str_radix(&digits[at..at + 2], 16).ok();
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some(())?;
            Some(Colour([channel(0)?, channel(2)?, channel(4)?]))
        };
        read().ok_or_else(|| format!("“{text}” is not a colour such as #0b6b57"))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Colour, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_colour() {
        assert_eq!("#0B6b57".parse(), Ok(Colour([0x0b, 0x6b, 0x57])));
        assert_eq!(Colour([0x0b, 0x6b, 0x57]).to_string(), "#0b6b57");
        for wrong in ["", "#", "0b6b57", "#0b6b5", "#0b6b577", "#0b6bzz", "#é6b57", "#+b6b57", "red"] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong}");
        }
    }
}
