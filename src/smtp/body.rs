//! The message between DATA and the dot: transparency (RFC 5321 §4.5.2), and what may not be sent at all.

/// Doubles the dots that begin a line, whatever the borders of the pieces, and refuses what servers read in two ways.
/// Some take LF alone, or CR alone, for the end of a line, and a dot between two of them for the end of the message:
/// what follows would be commands (SMTP smuggling; RFC 5321 §2.3.8 forbids both). NUL some servers strip.
pub struct Stuffing {
    at: At,
    eight_bit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    LineStart,
    Within,
    /// After CR.
    Return,
}

impl Stuffing {
    /// With `eight_bit` the server takes octets above 127 (8BITMIME, RFC 6152).
    pub fn new(eight_bit: bool) -> Stuffing {
        Stuffing { at: At::LineStart, eight_bit }
    }

    /// Appends the piece to `out` as it goes over the wire.
    ///
    /// # Errors
    /// What the piece holds that must not be sent. The connection is then to be closed without the dot.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
        for &octet in piece {
            match octet {
                b'\n' if self.at != At::Return => return Err("a bare LF in the message"),
                _ if self.at == At::Return && octet != b'\n' => return Err("a bare CR in the message"),
                0 => return Err("a NUL in the message"),
                128.. if !self.eight_bit => return Err("8-bit text, which the server does not take"),
                b'.' if self.at == At::LineStart => out.push(b'.'),
                _ => {}
            }
            out.push(octet);
            self.at = match octet {
                b'\r' => At::Return,
                b'\n' => At::LineStart,
                _ => At::Within,
            };
        }
        Ok(())
    }

    /// What must stand before the dot: an end of line if the message has none of its own.
    ///
    /// # Errors
    /// As [`Stuffing::push`].
    pub fn finish(self) -> Result<&'static [u8], &'static str> {
        match self.at {
            At::LineStart => Ok(b""),
            At::Within => Ok(b"\r\n"),
            At::Return => Err("a bare CR in the message"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stuff(pieces: &[&[u8]]) -> Result<Vec<u8>, &'static str> {
        let mut stuffing = Stuffing::new(false);
        let mut out = Vec::new();
        for piece in pieces {
            stuffing.push(piece, &mut out)?;
        }
        out.extend_from_slice(stuffing.finish()?);
        Ok(out)
    }

    /// What a server makes of it: RFC 5321 §4.5.2.
    fn unstuff(wire: &[u8]) -> Vec<u8> {
        let text = String::from_utf8(wire.to_vec()).unwrap();
        let lines = text.strip_suffix("\r\n").unwrap_or(&text).split("\r\n");
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix('.').unwrap_or(line)).collect();
        assert!(!text.split("\r\n").any(|line| line == "."), "an end in the middle");
        lines.join("\r\n").into_bytes()
    }

    #[test]
    fn dots_are_doubled_and_the_end_gains_no_line() {
        assert_eq!(stuff(&[b".\r\n..\r\na.\r\n"]).unwrap(), b"..\r\n...\r\na.\r\n");
        assert_eq!(stuff(&[b"a\r", b"\n", b".b"]).unwrap(), b"a\r\n..b\r\n");
        assert_eq!(stuff(&[]).unwrap(), b"");
    }

    #[test]
    fn what_servers_read_in_two_ways_is_refused() {
        for wrong in ["\n", "a\nb", "a\r", "\r\r\n", "a\rb", "\r\n\n", "\0", "a\r\0\n", "é"] {
            let octets = wrong.as_bytes();
            assert!(stuff(&[octets]).is_err(), "{wrong:?}");
            for at in 0..octets.len() {
                assert!(stuff(&[&octets[..at], &octets[at..]]).is_err(), "{wrong:?} at {at}");
            }
        }
        let mut eight_bit = Stuffing::new(true);
        assert!(eight_bit.push("é".as_bytes(), &mut Vec::new()).is_ok());
    }

    proptest! {
        #[test]
        fn every_text_comes_out_as_it_went_in(
            lines in prop::collection::vec("[.a]{0,4}", 1..8),
            cuts in prop::collection::vec(0usize..40, 0..6),
        ) {
            let text = lines.join("\r\n") + "\r\n";
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &text.as_bytes()[w[0]..w[1]]).collect();
            let wire = stuff(&pieces).unwrap();
            prop_assert_eq!(unstuff(&wire), text.strip_suffix("\r\n").unwrap().as_bytes());
            prop_assert!(wire.ends_with(b"\r\n"));
        }
    }
}
