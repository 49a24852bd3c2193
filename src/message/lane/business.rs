//! Signs of something that is under way between the reader and somebody's program.

use super::{
    Clues, Reason,
    campaign::{Signs, has_word},
    fields::Fields,
    phrases::Folded,
};

/// Words of an address that does one thing for those who deal with somebody: between the dots and dashes of its local part, or a
/// label of its domain.
const SERVICES: &str = include_str!("words/services.txt");

const CODE: &str = include_str!("words/code.txt");
/// What was done, and is told to who did it.
const DONE: &str = include_str!("words/done.txt");
const ORDER: &str = include_str!("words/order.txt");
const MONEY: &str = include_str!("words/money.txt");
const APPOINTMENT: &str = include_str!("words/appointment.txt");
const ACCOUNT: &str = include_str!("words/account.txt");
const SITE: &str = include_str!("words/site.txt");

/// Who depends on something must hear that it is dangerous, changes, fails or ends, in whatever way that is sent.
const WARNING: &str = include_str!("words/warning.txt");

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
        let words: [(&str, Reason, bool); 8] = [
            (CODE, Reason::Code, true),
            (DONE, Reason::Order, true),
            (ORDER, Reason::Order, often),
            (MONEY, Reason::Money, often),
            (APPOINTMENT, Reason::Appointment, often),
            (ACCOUNT, Reason::Account, often),
            (SITE, Reason::Site, often),
            (WARNING, Reason::Warning, less),
        ];
        let mut said = words.into_iter().filter(|(phrases, _, heard)| *heard && subject.has(phrases));
        reasons.extend(said.next().map(|(_, reason, _)| reason));
    }
    // Who advertises says so, in the address or in the subject.
    if reasons.is_empty() && campaign && !signs.advertises() {
        let serves = clues.from.is_some_and(|from| has_word(from, serves));
        let address = serves.then_some(Reason::ServiceAddress);
        reasons.extend(address.or(subject.has_reference().then_some(Reason::Reference)));
    }
    if reasons.is_empty() && signs.unread && !(campaign && (signs.advertises() || signs.entices())) {
        reasons.push(Reason::NoReply);
    }
    reasons
}

/// A word of an address of those who serve.
pub(super) fn serves(word: &str) -> bool {
    SERVICES.lines().any(|service| service == word)
}
