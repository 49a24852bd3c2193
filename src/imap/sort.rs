//! SORT (RFC 5256) of a whole mailbox: an order that only its server can make without telling all of it, and the UIDs
//! of one page in that order.

use super::{
    Batch, Capabilities, Command, Error, Kind, NumberSet, Stage,
    fetch::Whom,
    frame::Frame,
    response::values_of,
    search::{plain, runs},
};

/// What messages are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// When it was written, by the clock of whoever did.
    Date,
    /// Those whom rows name: its author, or its recipient.
    Who,
    Subject,
    Size,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub key: Key,
    pub descending: bool,
}

/// How a server sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// People by the names that are shown (RFC 5957), not by their addresses.
    pub display: bool,
    /// It answers with one page (RFC 5267), not with all UIDs.
    pub partial: bool,
}

impl How {
    pub const PLAIN: How = How { display: false, partial: false };

    /// Dovecot 2.3 announces the context of SEARCH alone, and has that of SORT too.
    pub(super) fn announced(capabilities: &Capabilities) -> Option<How> {
        let context = ["CONTEXT=SORT", "CONTEXT=SEARCH", "PARTIAL"].iter().any(|word| capabilities.has(word));
        let display = capabilities.has("SORT=DISPLAY");
        let partial = capabilities.has("ESORT") && context;
        (capabilities.has("SORT") || display).then_some(How { display, partial })
    }
}

/// The mailbox in this order; where the server can, only what stands at these places of it, from 1.
pub fn sort(order: Order, whom: Whom, how: How, places: (u32, u32)) -> Command {
    let mut command = Command::new("UID SORT");
    if how.partial {
        command = command.word("RETURN (PARTIAL").set(&NumberSet::range(places.0, places.1)).glued(")");
    }
    command =
        command.word("(").glued(if order.descending { "REVERSE " } else { "" }).glued(match order.key {
            Key::Date => "DATE",
            Key::Who => match (whom, how.display) {
                (Whom::Authors, true) => "DISPLAYFROM",
                (Whom::Authors, false) => "FROM",
                (Whom::Recipients, true) => "DISPLAYTO",
                (Whom::Recipients, false) => "TO",
            },
            Key::Subject => "SUBJECT",
            Key::Size => "SIZE",
        });
    // What is called the same: the newest first, as everywhere.
    let command = match order.key {
        Key::Who | Key::Subject => command.glued(" REVERSE ARRIVAL"),
        Key::Date | Key::Size => command,
    };
    command.glued(") UTF-8 ALL")
}

/// The UIDs at these places, as the answer to [`sort`] told them: of all, or of these alone.
///
/// # Errors
/// A refusal; `TooBig` when the answer was cut; `Protocol` when there was none.
pub fn sorted(batch: &Batch, places: (u32, u32)) -> Result<Vec<u32>, Error> {
    batch.ok(0)?;
    read(&batch.untagged, places)
}

fn read(frames: &[Frame], places: (u32, u32)) -> Result<Vec<u32>, Error> {
    let error = |kind| Error::new(Stage::Sort, kind);
    let most = usize::try_from(places.1.saturating_sub(places.0)).unwrap_or(0).saturating_add(1);
    let mut page: Option<Vec<u32>> = None;
    // Of plain SORT: how many stand before what comes next. A server may say several lines.
    let mut before = usize::try_from(places.0.saturating_sub(1)).unwrap_or(usize::MAX);
    for frame in frames {
        if let Some(numbers) = plain(frame, "SORT") {
            let page = page.get_or_insert_default();
            let mut numbers = numbers.filter(|uid| *uid > 0);
            while before > 0 && numbers.next().is_some() {
                before -= 1;
            }
            page.extend(numbers.take(most - page.len()));
        } else if let Some(answer) = values_of(frame, "ESEARCH") {
            let tree = answer.map_err(|_| error(Kind::TooBig))?;
            let Some(part) = tree.values().following("PARTIAL").and_then(|value| value.list()) else {
                continue;
            };
            // `(1:50 7,9,8)`, or NIL. A set may name more than anybody has.
            let set = part.get(1).and_then(|value| value.word()).unwrap_or_default();
            let uids = runs(set).flat_map(|(from, to)| from..=to);
            let page = page.get_or_insert_default();
            page.extend(uids.take(most - page.len()));
        } else {
            continue;
        }
        if !frame.whole {
            return Err(error(Kind::TooBig));
        }
    }
    page.ok_or(error(Kind::Protocol("no order")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::command::Piece;

    fn written(key: Key, descending: bool, whom: Whom, how: How) -> String {
        let pieces = sort(Order { key, descending }, whom, how, (51, 100)).0;
        pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Literal(_) | Piece::Upload(_) => unreachable!(),
            })
            .collect()
    }

    #[test]
    fn what_is_asked() {
        let full = How { display: true, partial: true };
        assert_eq!(
            written(Key::Who, false, Whom::Authors, full),
            "UID SORT RETURN (PARTIAL 51:100) (DISPLAYFROM REVERSE ARRIVAL) UTF-8 ALL"
        );
        assert_eq!(
            written(Key::Who, true, Whom::Recipients, How::PLAIN),
            "UID SORT (REVERSE TO REVERSE ARRIVAL) UTF-8 ALL"
        );
        assert_eq!(written(Key::Size, true, Whom::Authors, How::PLAIN), "UID SORT (REVERSE SIZE) UTF-8 ALL");
        assert_eq!(written(Key::Date, false, Whom::Authors, How::PLAIN), "UID SORT (DATE) UTF-8 ALL");
    }

    #[test]
    fn what_is_announced() {
        let how = |words: &str| How::announced(&Capabilities::from_words(words.as_bytes()));
        assert_eq!(how("IMAP4rev1 ESORT CONTEXT=SORT"), None);
        assert_eq!(how("SORT ESORT"), Some(How::PLAIN));
        assert_eq!(how("SORT CONTEXT=SORT"), Some(How::PLAIN));
        assert_eq!(how("SORT=DISPLAY ESORT CONTEXT=SEARCH"), Some(How { display: true, partial: true }));
    }

    fn told(lines: &[&str], places: (u32, u32)) -> Result<Vec<u32>, Kind> {
        let frame = |text: &&str| Frame { bytes: text.as_bytes().to_vec().into(), whole: true };
        read(&lines.iter().map(frame).collect::<Vec<_>>(), places).map_err(|error| error.kind)
    }

    #[test]
    fn answers_of_both_kinds() {
        let partial = ["* ESEARCH (TAG \"a15\") UID PARTIAL (1:5 10,11:12,3,2)\r\n"];
        assert_eq!(told(&partial, (1, 50)), Ok(vec![10, 11, 12, 3, 2]));
        assert_eq!(told(&["* ESEARCH (TAG \"a\") UID PARTIAL (51:100 NIL)\r\n"], (51, 100)), Ok(vec![]));
        let all = ["* 9 EXISTS\r\n", "* SORT 7 9 8\r\n", "* sort 1 4 (MODSEQ 3)\r\n"];
        assert_eq!(told(&all, (1, 2)), Ok(vec![7, 9]));
        assert_eq!(told(&all, (3, 4)), Ok(vec![8, 1]));
        assert_eq!(told(&all, (5, 54)), Ok(vec![4]));
        assert_eq!(told(&all, (51, 100)), Ok(vec![]));
        assert_eq!(told(&["* SORT\r\n"], (1, 50)), Ok(vec![]));
    }

    #[test]
    fn what_is_no_answer() {
        for garbage in [
            "* SORTED 1 2\r\n",
            "* ESEARCH (TAG \"a\") UID ALL 1:3\r\n",
            "* ESEARCH PARTIAL 1:3\r\n",
            "* 4\r\n",
            "SORT 3",
        ] {
            assert_eq!(told(&[garbage], (1, 50)), Err(Kind::Protocol("no order")), "{garbage}");
        }
        assert_eq!(told(&["* SORT x 0 5 -3 99999999999 6\r\n"], (1, 50)), Ok(vec![5, 6]));
        assert_eq!(told(&["* ESEARCH PARTIAL (1:5 7,x:3,0,8:,5)\r\n"], (1, 50)), Ok(vec![7, 5]));
        // No more than was asked for, whatever it names.
        let endless = ["* ESEARCH UID PARTIAL (1:50 1:4294967295,1:4294967295)\r\n"; 3];
        assert_eq!(told(&endless, (1, 50)), Ok((1..=50).collect()));
        let cut = Frame { bytes: "* SORT 4 5 6".into(), whole: false };
        assert_eq!(read(&[cut], (1, 50)).map_err(|error| error.kind), Err(Kind::TooBig));
        let deep = format!("* ESEARCH {}", "(".repeat(5_000));
        assert_eq!(told(&[&deep], (1, 50)), Err(Kind::TooBig));
    }

    proptest::proptest! {
        #[test]
        fn no_answer_is_too_odd(text in "[ -~]{0,80}", from in 1u32..9_000) {
            let places = (from, from + 49);
            for line in [format!("* SORT {text}\r\n"), format!("* ESEARCH UID PARTIAL ({text})\r\n"), text] {
                if let Ok(uids) = told(&[&line], places) {
                    proptest::prop_assert!(uids.len() <= 50 && uids.iter().all(|uid| *uid > 0));
                }
            }
        }
    }
}
