//! The name of a probe's letter: when it left, and a mark that only this store's gateways can make, so that mail from
//! strangers is neither measured nor removed.

use jiff::Timestamp;

use crate::store::Keys;

const LABEL: &str = "relais probe letter";

/// Six octets of milliseconds since 1970, ten of the mark: the seed of the Message-ID.
pub fn make(keys: &Keys, server: &str, at: Timestamp) -> [u8; 16] {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0).to_be_bytes();
    let mut token = [0; 16];
    token[..6].copy_from_slice(&millis[2..]);
    let mark = keys.digest(LABEL, &[server.as_bytes(), &token[..6]]);
    token[6..].copy_from_slice(&mark[..10]);
    token
}

/// When the letter with this Message-ID left, if it is one of ours.
pub fn sent_at(keys: &Keys, server: &str, message_id: &str) -> Option<Timestamp> {
    let hex = message_id.trim().trim_start_matches('<').get(..32)?;
    let token = u128::from_str_radix(hex, 16).ok()?.to_be_bytes();
    let millis = token[..6].iter().fold(0_i64, |n, octet| n << 8 | i64::from(*octet));
    let at = Timestamp::from_millisecond(millis).ok()?;
    (make(keys, server, at) == token).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn a_letter_says_when_it_left_and_nobody_else_can() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("data"), &folder.path().join("key")).await;
        let store = store.expect("a store");
        let at: Timestamp = "2026-11-22T12:00:00.123Z".parse().expect("a time");
        let hex: String = make(store.keys(), "main", at).iter().map(|octet| format!("{octet:02x}")).collect();
        let read = |server, id: &str| sent_at(store.keys(), server, id);
        assert_eq!(read("main", &format!("<{hex}@example.test>")), Some(at));
        assert_eq!(read("main", &format!("{hex}@example.test")), Some(at));
        assert_eq!(read("other", &format!("<{hex}@example.test>")), None);
        for forged in ["", "<é>", "<0>", &format!("<{}00@example.test>", &hex[..30]), &"é".repeat(40)] {
            assert_eq!(read("main", forged), None, "{forged}");
        }
    }
}
