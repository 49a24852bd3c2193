//! What keeps back what would be advertising: a letter to a circle and the news of something under way are sent by the same tools,
//! in words that nobody can list.

use super::{Address, Clues, Reason, campaign::Signs, phrases::Folded, words};

pub(super) fn reason(clues: &Clues, subject: &Folded, signs: &Signs) -> Option<Reason> {
    // A club that writes from a domain made for sending to many sells something; so does one with a newsletter.
    if !signs.host && !signs.network && !signs.publishes && clues.from.is_some_and(is_circle) {
        return Some(Reason::Circle);
    }
    let under_way = match () {
        () if signs.advertises_plainly() => false,
        () if signs.network => subject.has(&words::OF_ITS_USE),
        // A domain made for sending to many speaks so to everybody.
        () if signs.teases || signs.host => false,
        () => subject.has(&words::UNDER_WAY),
    };
    under_way.then_some(Reason::UnderWay)
}

fn is_circle(from: &Address) -> bool {
    let name = from.name.as_deref().unwrap_or_default();
    Folded::of(&format!("{name} {}", from.email)).has(&words::CIRCLES)
}
