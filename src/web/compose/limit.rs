//! How much can go along: what is configured, or less where the mail server takes less.

use crate::web::{app::App, who::Who};

/// Octets of a message for its header and its text, where files would take all of it.
const WORDS: u64 = 100_000;

/// Octets of all files of one message, as they are on disk.
pub fn files(app: &App, who: &Who) -> u64 {
    let own = app.config.limits.attachments * 1_000_000;
    app.outbox.largest(&who.signed.server).map_or(own, |most| own.min(as_files(most)))
}

/// What base64 in lines of 76 (RFC 2045 §6.8) leaves of so many octets on the wire.
fn as_files(wire: u64) -> u64 {
    wire.saturating_sub(WORDS.min(wire / 10)) / 78 * 57
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_arrives() {
        assert_eq!(as_files(0), 0);
        for wire in [1_000, 100_000, 10_240_000, 25_000_000, u64::MAX] {
            let files = as_files(wire);
            assert!(files.div_ceil(57) * 78 + wire.min(1_000_000) / 10 <= wire, "{wire}: {files}");
            assert!(files > wire / 10 * 6, "{wire}: {files}");
        }
    }
}
