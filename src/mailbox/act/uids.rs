//! UIDs so short that a thousand fit into a URL: each run as the gap before it and its length, in groups of seven bits.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::MOST;

/// Read back in ascending order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Uids(pub Vec<u32>);

impl Serialize for Uids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let mut bytes = Vec::new();
        let mut last = 0;
        for run in sorted.chunk_by(|a, b| a + 1 == *b) {
            let (first, length) = (run[0], run.len() as u32);
            // Whether the run is longer than one stands in the last bit of the gap.
            push(&mut bytes, u64::from(first - last) * 2 + u64::from(length > 1));
            if length > 1 {
                push(&mut bytes, u64::from(length));
            }
            last = first + length - 1;
        }
        serializer.serialize_str(&BASE64.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Uids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Uids, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64.decode(text).map_err(D::Error::custom)?;
        read(&bytes).map(Uids).ok_or(D::Error::custom("no UIDs"))
    }
}

fn read(bytes: &[u8]) -> Option<Vec<u32>> {
    let mut rest = bytes;
    let (mut uids, mut last) = (Vec::new(), 0u64);
    while !rest.is_empty() {
        let gap = pull(&mut rest)?;
        let length = if gap & 1 == 1 { pull(&mut rest)? } else { 1 };
        let first = last.checked_add(gap >> 1)?;
        last = first.checked_add(length.checked_sub(1)?)?;
        if uids.len() as u64 + length > MOST as u64 || last > u64::from(u32::MAX) || first == 0 {
            return None;
        }
        uids.extend((first..=last).filter_map(|uid| u32::try_from(uid).ok()));
    }
    Some(uids)
}

fn push(bytes: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        bytes.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}

fn pull(rest: &mut &[u8]) -> Option<u64> {
    let mut n = 0u64;
    for shift in (0..35).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        n |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(n);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_come_back(uids in proptest::collection::btree_set(1u32.., 0..300), run in 1u32..1_000_000, length in 0u32..600) {
            let all: std::collections::BTreeSet<u32> = uids.into_iter().chain(run..run + length).collect();
            let uids = Uids(all.into_iter().collect());
            let text = serde_json::to_string(&uids).expect("written");
            prop_assert_eq!(serde_json::from_str::<Uids>(&text).expect("read"), uids);
        }

        #[test]
        fn odd_octets_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(read(&bytes).is_none_or(|uids| uids.len() <= MOST));
        }
    }

    #[test]
    fn a_thousand_fit_into_a_url() {
        let every_third = Uids((1..=1000).map(|n| 4_000_000 + n * 3).collect());
        assert!(serde_json::to_string(&every_third).expect("written").len() < 1_400);
        let in_a_row = Uids((9..1009).collect());
        assert!(serde_json::to_string(&in_a_row).expect("written").len() < 10);
        assert!(read(&[3, 0xff, 0xff, 0xff, 0x7f]).is_none());
    }
}
