//! What was told of the rows of a mailbox and can never change (RFC 9051 §2.3.1.1): a page that was shown before is
//! asked for its flags alone. It lives and dies with its connection.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    MailboxName, View,
    fetch::{Brief, Fetched, Whom},
};
use crate::message::way::Trace;

/// The rows of one mailbox, by UID.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// Of which mailbox, its UIDVALIDITY, and whom the rows name.
    of: Option<(MailboxName, u32, Whom)>,
    rows: HashMap<u32, Lasting>,
}

#[derive(Debug)]
struct Lasting {
    internal_date: Option<Timestamp>,
    size: Option<u64>,
    brief: Brief,
    documents: Option<u32>,
    trace: Option<Trace>,
    preview: Option<String>,
}

impl Remembered {
    /// Ten pages.
    const ROWS: usize = 500;
    /// Octets of one row's words. Longer ones are asked for again.
    const WORDS: usize = 2_000;

    fn is_of(&self, view: &View, whom: Whom) -> bool {
        self.of.as_ref().is_some_and(|(mailbox, uidvalidity, named)| {
            *mailbox == view.mailbox && *uidvalidity == view.uidvalidity && *named == whom
        })
    }

    /// Every message at these positions was seen there before, and is remembered.
    pub(super) fn has_all(&self, view: &View, whom: Whom, positions: impl Iterator<Item = u32>) -> bool {
        self.is_of(view, whom)
            && view.uids(positions).all(|uid| uid.is_some_and(|uid| self.rows.contains_key(&uid)))
    }

    pub(super) fn keep(&mut self, view: &View, whom: Whom, rows: &[Fetched]) {
        // Without a UIDVALIDITY no UID means anything for long.
        if view.uidvalidity == 0 {
            return;
        }
        if !self.is_of(view, whom) {
            *self =
                Remembered { of: Some((view.mailbox.clone(), view.uidvalidity, whom)), rows: HashMap::new() };
        }
        if self.rows.len() + rows.len() > Self::ROWS {
            self.rows.clear();
        }
        let lasting = rows.iter().filter_map(|row| Some((row.uid?, Lasting::of(row)?)));
        self.rows.extend(lasting.take(Self::ROWS));
    }

    /// Tells what is remembered of this row.
    pub(super) fn tell(&self, view: &View, whom: Whom, row: &mut Fetched) {
        let lasting = row.uid.filter(|_| self.is_of(view, whom)).and_then(|uid| self.rows.get(&uid));
        let Some(lasting) = lasting else { return };
        row.internal_date = lasting.internal_date;
        row.size = lasting.size;
        row.brief = Some(lasting.brief.clone());
        row.documents = lasting.documents;
        row.trace = lasting.trace;
        // The server may have made one since.
        if row.preview.is_none() {
            row.preview.clone_from(&lasting.preview);
        }
    }
}

impl Lasting {
    /// `None` for what was not told whole.
    fn of(row: &Fetched) -> Option<Lasting> {
        let brief = row.brief.as_ref().filter(|_| !row.too_complex)?;
        let preview = row.preview.as_ref().map_or(0, String::len);
        let words = brief.subject.len() + brief.who.len() + preview;
        (words <= Remembered::WORDS).then(|| Lasting {
            internal_date: row.internal_date,
            size: row.size,
            brief: brief.clone(),
            documents: row.documents,
            trace: row.trace,
            preview: row.preview.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::{MailboxName, frame::Frame};

    fn view(uidvalidity: u32) -> View {
        let said = Frame { bytes: format!("* OK [UIDVALIDITY {uidvalidity}] ok\r\n").into(), whole: true };
        let count = Frame { bytes: "* 60 EXISTS\r\n".into(), whole: true };
        let mut view = View::opened(&MailboxName::inbox(), true, &[count, said], b"done").expect("counted");
        view.learn((1..=60).map(|n| (n, n + 100)));
        view
    }

    fn row(uid: u32, subject: &str) -> Fetched {
        let brief = Brief { subject: subject.into(), ..Brief::default() };
        Fetched { seq: uid - 100, uid: Some(uid), size: Some(7), brief: Some(brief), ..Fetched::default() }
    }

    fn told(remembered: &Remembered, view: &View, whom: Whom, uid: u32) -> Option<String> {
        let mut row = Fetched { uid: Some(uid), ..Fetched::default() };
        remembered.tell(view, whom, &mut row);
        row.brief.map(|brief| brief.subject)
    }

    #[test]
    fn told_of_the_same_mailbox_and_people_alone() {
        let (mut remembered, here) = (Remembered::default(), view(9));
        remembered.keep(&here, Whom::Authors, &[row(101, "one"), row(102, "two")]);
        assert_eq!(told(&remembered, &here, Whom::Authors, 102).as_deref(), Some("two"));
        assert_eq!(told(&remembered, &here, Whom::Recipients, 102), None);
        assert_eq!(told(&remembered, &view(8), Whom::Authors, 102), None);
        assert!(remembered.has_all(&here, Whom::Authors, 1..=2));
        assert!(!remembered.has_all(&here, Whom::Authors, 1..=3));
        assert!(!remembered.has_all(&view(8), Whom::Authors, 1..=2));
        remembered.keep(&view(8), Whom::Authors, &[row(103, "three")]);
        assert!(!remembered.has_all(&here, Whom::Authors, 1..=2));
    }

    #[test]
    fn bounded_and_nothing_that_was_not_told_whole() {
        let (mut remembered, here) = (Remembered::default(), view(9));
        let torn = Fetched { too_complex: true, ..row(101, "torn") };
        let long = row(102, &"x".repeat(Remembered::WORDS + 1));
        remembered.keep(&here, Whom::Authors, &[torn, long, Fetched { brief: None, ..row(103, "") }]);
        assert!(remembered.rows.is_empty());
        for page in 0..30 {
            let rows: Vec<Fetched> = (1..=50).map(|n| row(1000 + page * 50 + n, "x")).collect();
            remembered.keep(&here, Whom::Authors, &rows);
            assert!(remembered.rows.len() <= Remembered::ROWS);
            // The page shown last is remembered, whatever came before.
            assert!(told(&remembered, &here, Whom::Authors, 1000 + page * 50 + 1).is_some());
        }
        remembered.keep(&view(0), Whom::Authors, &[row(101, "x")]);
        assert_eq!(told(&remembered, &view(0), Whom::Authors, 101), None);
    }
}
