//! Signs of something that is under way between the reader and somebody's program.

use super::{
    Clues, Reason,
    campaign::{Signs, has_word, is_unread, offers, publishes},
    fields::Fields,
    phrases::Folded,
};

/// Words of an address that does one thing for those who deal with somebody: between the dots and dashes of its local part, or a
/// label of its domain.
const SERVICES: &str = include_str!("words/services.txt");

const CODE: &str = include_str!("words/code.txt");
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
    let no_reply = is_unread(clues);
    if automatic {
        reasons.push(Reason::Automatic);
    }
    if (automatic || no_reply || campaign) && !offers(subject) {
        let words: [(&str, Reason); 7] = [
            (CODE, Reason::Code),
            (ORDER, Reason::Order),
            (MONEY, Reason::Money),
            (APPOINTMENT, Reason::Appointment),
            (ACCOUNT, Reason::Account),
            (SITE, Reason::Site),
            (WARNING, Reason::Warning),
        ];
        // A newsletter writes of money and of appointments too, of codes and dangers less.
        let heard = |reason: &Reason| match reason {
            Reason::Code => true,
            Reason::Warning => !signs.publisher,
            _ => !signs.are_three(),
        };
        let mut said = words.into_iter().filter(|(phrases, reason)| heard(reason) && subject.has(phrases));
        reasons.extend(said.next().map(|(_, reason)| reason));
    }
    // Who advertises says so, in the address or in the subject.
    let says = offers(subject) || publishes(clues) || signs.matter || signs.network;
    if reasons.is_empty() && campaign && !says {
        let address = serves(clues).then_some(Reason::ServiceAddress);
        reasons.extend(address.or(subject.has_reference().then_some(Reason::Reference)));
    }
    if reasons.is_empty() && no_reply && !(campaign && says) && !signs.is_to_subscribers() {
        reasons.push(Reason::NoReply);
    }
    reasons
}

fn serves(clues: &Clues) -> bool {
    clues.from.is_some_and(|from| has_word(from, |word| SERVICES.lines().any(|service| service == word)))
}
