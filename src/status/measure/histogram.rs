//! Times counted in classes, eight to each doubling: a middle that is right to a twentieth, in a few octets, and two
//! counts make one by adding.

use std::{collections::BTreeMap, time::Duration};

/// Classes to a doubling.
const STEPS: f64 = 8.0;
/// Octets of one class as it is kept: its number and its count.
const ENTRY: usize = 5;

/// How many took about how long: from a millisecond to 45 days; what is shorter or longer counts as that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<u8, u32>);

impl Histogram {
    pub fn add(&mut self, took: Duration) {
        let count = self.0.entry(class(took)).or_default();
        *count = count.saturating_add(1);
    }

    /// Takes out what was added.
    pub fn remove(&mut self, took: Duration) {
        if let Some(count) = self.0.get_mut(&class(took)) {
            *count = count.saturating_sub(1);
        }
        self.0.retain(|_, count| *count > 0);
    }

    pub fn merge(&mut self, other: &Histogram) {
        for (class, n) in &other.0 {
            let count = self.0.entry(*class).or_default();
            *count = count.saturating_add(*n);
        }
    }

    pub fn samples(&self) -> u64 {
        self.0.values().map(|n| u64::from(*n)).sum()
    }

    /// The middle one, in seconds; of two the lower. `None` where there is none.
    pub fn median(&self) -> Option<f64> {
        self.within(5)
    }

    /// In how many seconds so many of ten were done: the first one that is enough for it.
    pub fn within(&self, of_ten: u64) -> Option<f64> {
        let enough = (self.samples() * of_ten).div_ceil(10);
        let mut below = 0;
        self.0.iter().find_map(|(class, n)| {
            below += u64::from(*n);
            (enough > 0 && below >= enough).then(|| seconds(*class))
        })
    }

    /// As it is kept: at most 1,280 octets.
    pub fn encode(&self) -> Vec<u8> {
        let entry = |(class, n): (&u8, &u32)| {
            let [a, b, c, d] = n.to_be_bytes();
            [*class, a, b, c, d]
        };
        self.0.iter().flat_map(entry).collect()
    }

    /// What cannot be read counts nothing.
    pub fn decode(octets: &[u8]) -> Histogram {
        let mut read = Histogram::default();
        for entry in octets.chunks_exact(ENTRY).take(256) {
            if let [class, a, b, c, d] = entry {
                let count = read.0.entry(*class).or_default();
                *count = count.saturating_add(u32::from_be_bytes([*a, *b, *c, *d]));
            }
        }
        read
    }
}

fn class(took: Duration) -> u8 {
    // Saturates at both ends.
    ((took.as_secs_f64() * 1000.0).max(1.0).log2() * STEPS).round() as u8
}

fn seconds(class: u8) -> f64 {
    (f64::from(class) / STEPS).exp2() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seconds: &[f64]) -> Histogram {
        let mut all = Histogram::default();
        seconds.iter().for_each(|one| all.add(Duration::from_secs_f64(*one)));
        all
    }

    #[test]
    fn the_middle_is_right_to_a_twentieth() {
        for exact in [0.001, 0.02, 0.1, 1.0, 2.4, 40.0, 21_600.0, 2_000_000.0] {
            let found = of(&[exact]).median().expect("one");
            assert!((found / exact - 1.0).abs() < 0.05, "{exact}: {found}");
        }
        assert_eq!(of(&[]).median(), None);
        let found = of(&[0.1, 0.1, 0.1, 30.0, 30.0]).median().expect("some");
        assert!(found < 0.11, "{found}");
        let nine = of(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 60.0, 900.0]);
        let found = nine.within(9).expect("some");
        assert!((found / 60.0 - 1.0).abs() < 0.05 && nine.median() < Some(1.1), "{found}");
        assert!(of(&[0.0]).median() < Some(0.002));
        assert!(of(&[1e9]).median() > Some(3_000_000.0));
    }

    #[test]
    fn two_counts_are_one_and_nothing_is_lost_on_the_way() {
        let (mut one, other) = (of(&[0.1, 0.2, 5.0]), of(&[0.1, 60.0]));
        one.merge(&other);
        assert_eq!(one, of(&[0.1, 0.2, 5.0, 0.1, 60.0]));
        assert_eq!((one.samples(), Histogram::decode(&one.encode())), (5, one.clone()));
        one.remove(Duration::from_secs(60));
        one.remove(Duration::from_secs(3600));
        assert_eq!(one, of(&[0.1, 0.2, 5.0, 0.1]));
        assert_eq!(Histogram::decode(&[7, 0, 0]).samples(), 0);
        assert!(Histogram::decode(&[255; 100_000]).encode().len() <= 256 * ENTRY);
    }
}
