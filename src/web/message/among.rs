//! What a message was opened from, where that is not the mailbox: the results of a search, a sorted list, a lane, what was
//! missed. Its page leads back there; from hit to hit, and from one that was missed to the next.

use super::view::{Act, MessageView};
use crate::{
    mailbox::search::Direction,
    web::{app::App, href::Place, lane, missed, search, sort, who::Who},
};

pub enum Among {
    Mailbox,
    Hits(search::Asked),
    Sorted(sort::Asked),
    Laned(lane::Asked),
    Missed(missed::asked::Asked),
}

impl Among {
    /// As the address of the message tells.
    pub fn of(app: &App, who: &Who, query: &str) -> Among {
        if let Some(hits) = search::Asked::of(app.store.keys(), &who.account.id, query).flatten() {
            return Among::Hits(hits);
        }
        if let Some(sorted) = sort::Asked::of(query).flatten() {
            return Among::Sorted(sorted);
        }
        if let Some(laned) = lane::Asked::of(query).flatten() {
            return Among::Laned(laned);
        }
        missed::asked::Asked::of(query).flatten().map_or(Among::Mailbox, Among::Missed)
    }

    /// What the address of a message among them ends with.
    pub fn query(&self) -> String {
        match self {
            Among::Mailbox => String::new(),
            Among::Hits(hits) => format!("?{}", hits.part),
            Among::Sorted(sorted) => format!("?{}", sorted.part()),
            Among::Laned(laned) => format!("?{}", laned.part()),
            Among::Missed(asked) => format!("?{}", asked.part()),
        }
    }

    /// The page that they are on.
    pub fn back(&self, place: &Place) -> String {
        let page = if let Among::Missed(_) = self { "/missed".to_owned() } else { place.list() };
        page + &self.query()
    }

    pub fn lead(&self, view: &mut MessageView, place: &Place, uidvalidity: u32, uid: u32) {
        let beside = |direction| match self {
            Among::Hits(hits) => Some(search::hit::href(place, hits, direction, uidvalidity, uid)),
            Among::Missed(asked) => Some(missed::next::href(place, asked, direction, uidvalidity, uid)),
            Among::Mailbox | Among::Sorted(_) | Among::Laned(_) => None,
        };
        if let Some((newer, older)) = beside(Direction::Newer).zip(beside(Direction::Older)) {
            (view.newer, view.older) = (Some(newer), Some(older));
        }
        if let Among::Laned(_) = self {
            // Those beside it in the mailbox: in a lane they would have to be looked for. The way back stays.
            for beside in [&mut view.newer, &mut view.older].into_iter().flatten() {
                beside.push_str(&self.query());
            }
        }
        if !matches!(self, Among::Mailbox) {
            let mark = if let Among::Missed(_) = self { format!("{uidvalidity}-") } else { String::new() };
            view.list_href = format!("{}#u{mark}{uid}", self.back(place));
            let act = view.act.take();
            view.act = act.map(|act| Act { back: act.back + &self.query(), ..act });
        }
    }
}
