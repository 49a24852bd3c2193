//! What a connection knows of the mailbox it has open, kept true by every response that passes.

use super::{
    Flag, MailboxName, bounds,
    frame::Frame,
    response::{code_argument, is_keyword, numbered, status_text},
    value::number,
};

/// An open mailbox (RFC 9051 §3.3).
#[derive(Debug, Clone)]
pub struct View {
    pub mailbox: MailboxName,
    /// Opened by EXAMINE, or the server said READ-ONLY.
    pub read_only: bool,
    pub exists: u32,
    /// 0 when the server gave none: then no message of it can be named for long.
    pub uidvalidity: u32,
    /// 0 when unknown.
    pub uidnext: u32,
    /// The server lets us make keywords of our own (`\*` in PERMANENTFLAGS).
    pub new_keywords: bool,
    /// PERMANENTFLAGS, where the server told them.
    permanent: Option<Vec<u8>>,
    known: Vec<(u32, u32)>,
}

impl View {
    /// Pairs of sequence number and UID worth remembering: ten pages.
    const KNOWN: usize = 500;

    /// Reads what SELECT or EXAMINE said. `None` without the number of messages, which they must say (RFC 9051 §6.3.2):
    /// then nothing is known of the mailbox, least of all that it is empty.
    pub fn opened(
        mailbox: &MailboxName,
        read_only: bool,
        frames: &[Frame],
        completion: &[u8],
    ) -> Option<View> {
        let counts =
            |frame: &Frame| numbered(frame).is_some_and(|(_, keyword)| is_keyword(keyword, "EXISTS"));
        if !frames.iter().any(counts) {
            return None;
        }
        let mut view = View {
            mailbox: mailbox.clone(),
            read_only,
            exists: 0,
            uidvalidity: 0,
            uidnext: 0,
            new_keywords: false,
            permanent: None,
            known: Vec::new(),
        };
        view.read_only |= code_argument(completion, "READ-ONLY").is_some();
        for frame in frames {
            view.apply(frame);
            let Some(text) = status_text(frame) else { continue };
            let number_of = |name| code_argument(text, name).and_then(|n| u32::try_from(number(&n)?).ok());
            if let Some(n) = number_of("UIDVALIDITY") {
                view.uidvalidity = n;
            }
            if let Some(n) = number_of("UIDNEXT") {
                view.uidnext = n;
            }
            if let Some(flags) = code_argument(text, "PERMANENTFLAGS") {
                view.new_keywords = memchr::memmem::find(&flags, b"\\*").is_some();
                view.permanent = Some(flags.iter().copied().take(bounds::BEGINNING).collect());
            }
        }
        Some(view)
    }

    /// Whether a mailbox that was opened for changes keeps this flag. A server that does not tell keeps all (RFC 3501
    /// §7.1, PERMANENTFLAGS).
    pub fn keeps(&self, flag: Flag) -> bool {
        let Some(permanent) = &self.permanent else { return true };
        let word = flag.word();
        let mut words = permanent.split(|b| b" ()".contains(b));
        !word.starts_with('\\') && self.new_keywords || words.any(|w| w.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Follows EXISTS and EXPUNGE; true when the positions of messages may have changed.
    pub fn apply(&mut self, frame: &Frame) -> bool {
        let Some((n, keyword)) = numbered(frame) else { return false };
        if is_keyword(keyword, "EXISTS") {
            let before = std::mem::replace(&mut self.exists, n.min(bounds::EXISTS));
            // Fewer without an EXPUNGE is against the protocol: what was known of positions is worth nothing.
            if self.exists < before {
                self.known.clear();
            }
            return self.exists != before;
        }
        if n > 0 && is_keyword(keyword, "EXPUNGE") {
            self.exists = self.exists.saturating_sub(1);
            self.known.retain(|(seq, _)| *seq != n);
            for (seq, _) in &mut self.known {
                *seq -= u32::from(*seq > n);
            }
            return true;
        }
        false
    }

    /// Remembers where messages are, so that walking on from one of them costs no question. What was learned before makes
    /// room: readers walk on from where they are.
    pub fn learn(&mut self, pairs: impl IntoIterator<Item = (u32, u32)>) {
        let pairs: Vec<(u32, u32)> = pairs.into_iter().take(Self::KNOWN).collect();
        if self.known.len() + pairs.len() > Self::KNOWN {
            self.known.clear();
        }
        for (seq, uid) in pairs {
            match self.known.binary_search_by_key(&seq, |(seq, _)| *seq) {
                Ok(at) => self.known[at].1 = uid,
                Err(at) => self.known.insert(at, (seq, uid)),
            }
        }
    }

    /// Of the messages at these positions, as far as they were seen before.
    pub(super) fn uids(&self, positions: impl Iterator<Item = u32>) -> impl Iterator<Item = Option<u32>> {
        positions.map(|seq| {
            let at = self.known.binary_search_by_key(&seq, |(seq, _)| *seq).ok()?;
            Some(self.known[at].1)
        })
    }

    /// The same mailbox opened anew: with as many messages, and none since (RFC 9051 §2.3.1.1, UIDNEXT), each is where
    /// it was.
    pub(super) fn after(mut self, before: Option<View>) -> View {
        let same = |before: &View| {
            let at = |view: &View| (view.exists, view.uidvalidity, view.uidnext);
            before.mailbox == self.mailbox
                && at(before) == at(&self)
                && self.uidvalidity > 0
                && self.uidnext > 0
        };
        if let Some(before) = before.filter(same) {
            self.known = before.known;
        }
        self
    }

    /// The sequence number of a UID seen before and not expunged since.
    pub fn position(&self, uid: u32) -> Option<u32> {
        let at = self.known.binary_search_by_key(&uid, |(_, uid)| *uid).ok()?;
        Some(self.known[at].0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &[&'static str]) -> Vec<Frame> {
        text.iter().map(|t| Frame { bytes: (*t).into(), whole: true }).collect()
    }

    #[test]
    fn opening_and_following() {
        let said = frames(&[
            "* FLAGS (\\Seen)\r\n",
            "* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n",
            "* 7 EXISTS\r\n",
            "* OK [UIDVALIDITY 99] ok\r\n",
            "* OK [UIDNEXT 12] ok\r\n",
        ]);
        let mut view =
            View::opened(&MailboxName::inbox(), false, &said, b"[READ-ONLY] done").expect("counted");
        assert_eq!((view.exists, view.uidvalidity, view.uidnext), (7, 99, 12));
        assert!(view.read_only && view.new_keywords);
        assert!(view.keeps(Flag::Seen) && view.keeps(Flag::Done) && !view.keeps(Flag::Deleted));
        view.learn([(7, 11), (5, 8), (6, 10)]);
        assert_eq!(view.position(10), Some(6));
        for frame in frames(&["* 6 EXPUNGE\r\n", "* 2 EXPUNGE\r\n", "* 9 EXISTS\r\n"]) {
            assert!(view.apply(&frame));
        }
        assert_eq!(view.exists, 9);
        assert_eq!((view.position(8), view.position(10), view.position(11)), (Some(4), None, Some(5)));
        assert!(!view.apply(&frames(&["* 4 FETCH (FLAGS ())\r\n"])[0]));
    }

    #[test]
    fn without_a_count_nothing_is_known() {
        for said in ["* FLAGS (\\Seen)\r\n", "* x EXISTS\r\n", "* 99999999999999999999 EXISTS\r\n"] {
            assert!(View::opened(&MailboxName::inbox(), true, &frames(&[said]), b"").is_none(), "{said}");
        }
    }

    #[test]
    fn what_was_learned_last_is_known() {
        let counted = frames(&["* 1000 EXISTS\r\n"]);
        let mut view = View::opened(&MailboxName::inbox(), true, &counted, b"").expect("counted");
        // From the newest to the oldest page, and back to the newest.
        for page in (0..20).rev().chain([19]) {
            view.learn((1..=50).map(|n| (page * 50 + n, page * 50 + n + 7)));
            assert!(view.known.len() <= View::KNOWN);
            assert_eq!(view.position(page * 50 + 8), Some(page * 50 + 1), "page {page}");
        }
    }

    #[test]
    fn opened_anew_positions_hold_where_nothing_can_have_moved() {
        let opened = |exists: u32, uidvalidity: u32, uidnext: u32| {
            let said = [
                format!("* {exists} EXISTS\r\n"),
                format!("* OK [UIDVALIDITY {uidvalidity}] ok\r\n"),
                format!("* OK [UIDNEXT {uidnext}] ok\r\n"),
            ];
            let said = said.map(|text| Frame { bytes: text.into(), whole: true });
            View::opened(&MailboxName::inbox(), true, &said, b"done").expect("counted")
        };
        let mut before = opened(7, 99, 12);
        before.learn([(6, 9), (7, 11)]);
        let position = |now: View| now.after(Some(before.clone())).position(11);
        assert_eq!(position(opened(7, 99, 12)), Some(7));
        // One came and one went; one went; rebuilt; and a server that does not tell.
        for other in [opened(7, 99, 13), opened(6, 99, 12), opened(7, 98, 12), opened(7, 99, 0)] {
            assert_eq!(position(other), None);
        }
        // What went while it was open is no difference.
        before.apply(&frames(&["* 6 EXPUNGE\r\n"])[0]);
        assert_eq!(opened(6, 99, 12).after(Some(before)).position(11), Some(6));
    }
}
