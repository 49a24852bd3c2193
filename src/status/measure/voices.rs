//! Who was heard when: one voice of each mailbox within an hour, and one in a day, however many messages it holds. In
//! memory alone, for a day, and of nothing but times.
//!
//! A voice stands where its message arrived, so that no message counts twice however often a page shows it, and so that a
//! mailbox in which a thousand late messages lie is one voice among all. What counts in the day is drawn from the voices of
//! its hours, each as likely as the others: a day's figure is not that of the morning.

use std::{collections::HashMap, time::Duration};

use super::{kind::SLOT, table::Moment};
use crate::store::AccountId;

/// Mailboxes that are remembered.
const MOST: usize = 50_000;
/// Slots between two voices of a mailbox: one more than any hour that is shown has ([`super::delays`]).
const APART: i64 = 13;
/// How long after it arrived a message is heard, in slots.
const DAY: i64 = 24 * 3600 / SLOT.as_secs() as i64;

#[derive(Debug, Default)]
pub struct Voices(HashMap<AccountId, Voice>);

#[derive(Debug, Default)]
struct Voice {
    /// In which it was heard: 23 in a day at most.
    slots: Vec<i64>,
    days: Vec<InDay>,
}

#[derive(Debug)]
struct InDay {
    day: i64,
    /// Voices it was drawn from.
    of: u32,
    took: Duration,
}

/// What a voice counts in its day.
#[derive(Debug, PartialEq, Eq)]
pub enum Drawn {
    First,
    /// In the place of what that mailbox said before.
    Instead(Duration),
    Not,
}

impl Voices {
    /// Whether a message that arrived then would be heard.
    pub fn are_open_to(&self, account: &AccountId, arrived: Moment, now: Moment) -> bool {
        let apart = |voice: &Voice| voice.slots.iter().all(|slot| (slot - arrived.slot).abs() >= APART);
        let known = self.0.get(account);
        (now.slot - DAY..=now.slot).contains(&arrived.slot) && known.map_or(self.0.len() < MOST, apart)
    }

    /// `None` where it is not heard. `lot`: any number, by chance.
    pub fn hear(
        &mut self,
        account: AccountId,
        took: Duration,
        (arrived, now): (Moment, Moment),
        lot: u32,
    ) -> Option<Drawn> {
        if !self.are_open_to(&account, arrived, now) {
            return None;
        }
        let voice = self.0.entry(account).or_default();
        voice.slots.push(arrived.slot);
        let Some(said) = voice.days.iter_mut().find(|said| said.day == arrived.day) else {
            voice.days.push(InDay { day: arrived.day, of: 1, took });
            return Some(Drawn::First);
        };
        said.of += 1;
        Some(match lot % said.of {
            0 => Drawn::Instead(std::mem::replace(&mut said.took, took)),
            _ => Drawn::Not,
        })
    }

    pub fn forget_old(&mut self, now: Moment) {
        self.0.retain(|_, voice| {
            voice.slots.retain(|slot| *slot >= now.slot - DAY - APART);
            voice.days.retain(|said| said.day >= now.day - 2);
            !voice.slots.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment { slot: 10_000, day: 34 };

    fn ago(slots: i64) -> (Moment, Moment) {
        (Moment { slot: NOW.slot - slots, day: if slots > 140 { 33 } else { 34 } }, NOW)
    }

    fn who(n: u8) -> AccountId {
        AccountId([n; 32])
    }

    fn took(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn one_voice_in_an_hour_and_one_in_a_day() {
        let mut voices = Voices::default();
        assert_eq!(voices.hear(who(1), took(5), ago(20), 0), Some(Drawn::First));
        for slots in [20, 19, 21, 8, 32] {
            assert_eq!(voices.hear(who(1), took(900), ago(slots), 0), None, "{slots}");
        }
        assert_eq!(voices.hear(who(2), took(6), ago(20), 0), Some(Drawn::First), "another mailbox");
        assert_eq!(voices.hear(who(1), took(7), ago(7), 1), Some(Drawn::Not));
        assert_eq!(voices.hear(who(1), took(8), ago(40), 3), Some(Drawn::Instead(took(5))));
        assert_eq!(voices.hear(who(1), took(9), ago(200), 1), Some(Drawn::First), "the day before");
    }

    #[test]
    fn what_is_old_or_not_yet_is_not_heard_and_forgotten() {
        let mut voices = Voices::default();
        for slots in [289, -1] {
            assert_eq!(voices.hear(who(1), took(5), ago(slots), 0), None);
        }
        assert_eq!(voices.hear(who(1), took(5), ago(288), 0), Some(Drawn::First));
        let later = |slots| Moment { slot: NOW.slot + slots, day: 37 };
        voices.forget_old(later(13));
        assert_eq!(voices.0.len(), 1);
        voices.forget_old(later(14));
        assert!(voices.0.is_empty());
    }

    #[test]
    fn a_thousand_messages_of_a_mailbox_are_a_voice_an_hour() {
        let mut voices = Voices::default();
        let heard = (0..1000).filter(|n| voices.hear(who(1), took(9), ago(n % 289), 1).is_some()).count();
        assert_eq!(heard, 23);
        assert!(voices.0[&who(1)].slots.len() <= 23 && voices.0[&who(1)].days.len() == 2);
    }
}
