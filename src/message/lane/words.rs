//! The words and phrases that rules look for: one a line, written as [`Folded`](super::phrases::Folded) writes, a list for each
//! matter.

use std::{collections::HashSet, sync::OnceLock};

pub(super) struct Phrases {
    lines: &'static str,
    set: OnceLock<Set>,
}

#[derive(Default)]
struct Set {
    phrases: HashSet<&'static str>,
    longest: usize,
}

impl Phrases {
    const fn new(lines: &'static str) -> Phrases {
        Phrases { lines, set: OnceLock::new() }
    }

    pub(super) fn has(&self, phrase: &str) -> bool {
        self.set().phrases.contains(phrase)
    }

    /// Words of the longest of them.
    pub(super) fn longest(&self) -> usize {
        self.set().longest
    }

    /// Some thousand are looked for in each of some hundred subjects: they are not gone through one by one.
    fn set(&self) -> &Set {
        self.set.get_or_init(|| Set {
            phrases: self.lines.lines().collect(),
            longest: self.lines.lines().map(|line| line.split(' ').count()).max().unwrap_or_default(),
        })
    }
}

// Between the dots and dashes of an address, before the name that its domain is known by.

/// It publishes.
pub(super) static ADDRESSES: Phrases = Phrases::new(include_str!("words/addresses.txt"));
/// It publishes too, and tells those who came or ordered of it what they must know.
pub(super) static MATTERS: Phrases = Phrases::new(include_str!("words/matters.txt"));
/// It is no person's.
pub(super) static DESKS: Phrases = Phrases::new(include_str!("words/desks.txt"));
/// It is of those who sell, publish or invite.
pub(super) static BUSINESSES: Phrases = Phrases::new(include_str!("words/businesses.txt"));
/// It does one thing for those who deal with somebody.
pub(super) static SERVICES: Phrases = Phrases::new(include_str!("words/services.txt"));
/// A label of a domain that mail to many is sent from.
pub(super) static HOSTS: Phrases = Phrases::new(include_str!("words/hosts.txt"));

// In the name that a message comes from.

/// It publishes.
pub(super) static NAMES: Phrases =
    Phrases::new("newsletter\nnewsletters\nnews\nenews\ninfolettre\ndigest\noffres\npromos");
/// It is of people who do something together; in the address, too.
pub(super) static CIRCLES: Phrases = Phrases::new(include_str!("words/circles.txt"));

// In a subject.

/// It offers something.
pub(super) static OFFERS: Phrases = Phrases::new(include_str!("words/offers.txt"));
/// It makes curious. Whatever tells of something under way is stronger.
pub(super) static TEASERS: Phrases = Phrases::new(include_str!("words/teasers.txt"));
/// As much, and of what one is asked to come to.
pub(super) static WEBINARS: Phrases = Phrases::new("webinar\nwebinaire");
/// The most there is of a rebate.
pub(super) static UP_TO: Phrases = Phrases::new("jusqu a\nup to\nsave");
pub(super) static CODE: Phrases = Phrases::new(include_str!("words/code.txt"));
/// What was done, and is told to who did it.
pub(super) static DONE: Phrases = Phrases::new(include_str!("words/done.txt"));
pub(super) static ORDER: Phrases = Phrases::new(include_str!("words/order.txt"));
pub(super) static MONEY: Phrases = Phrases::new(include_str!("words/money.txt"));
pub(super) static APPOINTMENT: Phrases = Phrases::new(include_str!("words/appointment.txt"));
pub(super) static ACCOUNT: Phrases = Phrases::new(include_str!("words/account.txt"));
pub(super) static SITE: Phrases = Phrases::new(include_str!("words/site.txt"));
/// Who depends on something must hear that it is dangerous, changes, fails or ends, in whatever way that is sent.
pub(super) static WARNING: Phrases = Phrases::new(include_str!("words/warning.txt"));
/// It speaks to one reader of one thing, whatever it is. An offer has these too.
pub(super) static UNDER_WAY: Phrases = Phrases::new(include_str!("words/underway.txt"));
/// What a network says to its reader of the use of it, and not of others.
pub(super) static OF_ITS_USE: Phrases = Phrases::new(
    "removed\nretire\nretiree\nappeal\nappel\nreport\nsignalement\nlog in\nlogged\narchive\nconnecte\nis yours\nvalid\n\
     applied\napplication\ncandidature",
);
/// Reports and letters about patients.
pub(super) static REPORTS: Phrases = Phrases::new(include_str!("words/reports.txt"));
/// Words that stand there too, and elsewhere: they count beside a name.
pub(super) static FINDINGS: Phrases = Phrases::new(include_str!("words/findings.txt"));
/// What stands beside a name.
pub(super) static NAMED: Phrases =
    Phrases::new("m\nmr\nmrs\nms\nmme\nmlle\nmadame\nmonsieur\npatient\npatiente\nnee\nne le\ndob\nnhs no");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::phrases::Folded, *};

    const ALL: [&Phrases; 25] = [
        &ADDRESSES,
        &MATTERS,
        &DESKS,
        &BUSINESSES,
        &SERVICES,
        &HOSTS,
        &NAMES,
        &CIRCLES,
        &OFFERS,
        &TEASERS,
        &WEBINARS,
        &UP_TO,
        &CODE,
        &DONE,
        &ORDER,
        &MONEY,
        &APPOINTMENT,
        &ACCOUNT,
        &SITE,
        &WARNING,
        &UNDER_WAY,
        &OF_ITS_USE,
        &REPORTS,
        &FINDINGS,
        &NAMED,
    ];

    #[test]
    fn the_lists_are_written_as_folded() {
        for list in ALL {
            for line in list.lines.lines() {
                assert!(!line.is_empty(), "an empty phrase is in every subject");
                assert_eq!(Folded::of(line).text(), format!(" {line} "));
                let said =
                    |other: &&str| *other != line && format!(" {line} ").contains(&format!(" {other} "));
                assert_eq!(list.lines.lines().find(said), None, "says what is in “{line}”");
            }
        }
    }

    proptest! {
        #[test]
        fn a_phrase_is_found_where_it_stands_as_whole_words(
            before in "[a-z% ]{0,12}", list in 0..ALL.len(), line in any::<prop::sample::Index>(), after in "[a-z% ]{0,12}",
        ) {
            let lines: Vec<&str> = ALL[list].lines.lines().collect();
            let folded = Folded::of(&format!("{before}{}{after}", line.get(&lines)));
            let stands = |line: &&str| folded.text().contains(&format!(" {line} "));
            prop_assert_eq!(folded.has(ALL[list]), lines.iter().any(stands));
        }
    }
}
