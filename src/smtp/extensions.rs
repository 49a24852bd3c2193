//! What a server says it can do (RFC 5321 §4.1.1.1).

/// The keywords that change what we say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions {
    /// MAIL takes the size (RFC 1870).
    pub size: bool,
    /// The largest message, in octets; none told, or told as 0, is no limit known.
    pub limit: Option<u64>,
    /// RFC 3461.
    pub dsn: bool,
    /// RFC 6152.
    pub eight_bit: bool,
    pub starttls: bool,
    pub plain: bool,
    pub login: bool,
}

impl Extensions {
    /// From the lines of the reply to EHLO; the first is the server's name.
    pub fn read(lines: &[Vec<u8>]) -> Extensions {
        let mut found = Extensions::default();
        for line in lines.iter().skip(1) {
            let line = String::from_utf8_lossy(line).to_ascii_uppercase();
            // Old servers write `AUTH=LOGIN`, for clients that are older still.
            let mut words = line.split([' ', '=', '\t']).filter(|word| !word.is_empty());
            match words.next() {
                Some("SIZE") => {
                    found.size = true;
                    found.limit = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                }
                Some("DSN") => found.dsn = true,
                Some("8BITMIME") => found.eight_bit = true,
                Some("STARTTLS") => found.starttls = true,
                Some("AUTH") => {
                    for mechanism in words {
                        found.plain |= mechanism == "PLAIN";
                        found.login |= mechanism == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Extensions {
        Extensions::read(&lines.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn keywords_in_any_case_and_the_name_is_none() {
        let found = read(&["DSN", "size 1000", "Auth cram-md5 login", "AUTH=PLAIN", "8bitmime", "X\u{fffd}"]);
        let expected = Extensions {
            size: true,
            limit: Some(1000),
            eight_bit: true,
            plain: true,
            login: true,
            ..Extensions::default()
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_size_that_is_no_limit() {
        for line in ["SIZE", "SIZE 0", "SIZE -1", "SIZE 99999999999999999999999"] {
            let found = read(&["mail", line]);
            assert_eq!((found.size, found.limit), (true, None), "{line}");
        }
    }
}
