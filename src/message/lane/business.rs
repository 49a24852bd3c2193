//! Signs of something that is under way between the reader and somebody's program.

use super::{
    Clues, Reason,
    campaign::{Signs, has_word},
    fields::Fields,
    phrases::Folded,
    words::{self, Phrases},
};

/// A person may write "Facture" too: the words of a subject only count where a program wrote it.
pub(super) fn reasons(clues: &Clues, fields: &Fields, subject: &Folded, signs: &Signs) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let campaign = signs.any();
    let automatic = fields.unsubscribe.is_none() && fields.auto("auto-generated");
    if automatic {
        reasons.push(Reason::Automatic);
    }
    if (automatic || signs.unread || campaign) && !signs.offers {
        // A newsletter writes of money and of appointments too, of dangers less, of codes and of what was done never.
        let (often, less) = (!signs.are_three() && !signs.publisher, !signs.publisher);
        let all: [(&Phrases, Reason, bool); 8] = [
            (&words::CODE, Reason::Code, true),
            (&words::DONE, Reason::Order, true),
            (&words::ORDER, Reason::Order, often),
            (&words::MONEY, Reason::Money, often),
            (&words::APPOINTMENT, Reason::Appointment, often),
            (&words::ACCOUNT, Reason::Account, often),
            (&words::SITE, Reason::Site, often),
            (&words::WARNING, Reason::Warning, less),
        ];
        let mut said = all.into_iter().filter(|(phrases, _, heard)| *heard && subject.has(phrases));
        reasons.extend(said.next().map(|(_, reason, _)| reason));
    }
    // Who advertises says so, in the address or in the subject.
    if reasons.is_empty() && campaign && !signs.advertises() {
        let serves = clues.from.is_some_and(|from| has_word(from, serves));
        let address = serves.then_some(Reason::ServiceAddress);
        reasons.extend(address.or(subject.has_reference().then_some(Reason::Reference)));
    }
    if reasons.is_empty() && signs.unread && !(campaign && signs.advertises()) {
        reasons.push(Reason::NoReply);
    }
    reasons
}

/// A word of an address of those who serve.
pub(super) fn serves(word: &str) -> bool {
    words::SERVICES.has(word)
}
