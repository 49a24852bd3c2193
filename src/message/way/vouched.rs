//! How long the operator's own servers had a message, as nobody but they could have written it: what everybody is told of
//! how late mail comes is made of this.
//!
//! [`super::way`] believes a server that says from whom it had a message, and that name is what the other side called itself
//! (HELO): good enough where the message of one person is explained, not where a stranger who forges fields would move a
//! figure. So the chain of fields is followed here from the top downwards only as long as each server wrote down an *address*
//! that is vouched for: of a network that the configuration names, of its own machine, or one whose name, looked up by that very
//! server (`(name [address])`, as Postfix and Sendmail write it), is one of the operator's. What stands below the first field
//! that anybody else may have handed in is not read.

use core::net::{IpAddr, Ipv6Addr};

use jiff::{SignedDuration, Timestamp};

use super::{
    Arrival, LONGEST_TRY, Operator, arrival,
    hop::{LONGEST, MOST, host},
    is_itself,
};
use crate::message::{date, whole};

/// Clocks of servers of one house agree to this; where they do not, their times say nothing.
const APART: SignedDuration = SignedDuration::from_secs(60);

/// From the first of the operator's own servers in an unbroken chain to the mailbox. `None` where that is not certain: no
/// chain, a step back in time, a mailbox that was moved, or a list's message, which a moderator may have held.
pub fn vouched(
    header: &[u8],
    arrived: Timestamp,
    in_a_row: bool,
    operator: Operator,
) -> Option<SignedDuration> {
    let fields = whole::fields(header);
    if fields.iter().any(|field| field.name.eq_ignore_ascii_case(b"list-post")) {
        return None;
    }
    let received = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(b"received")).take(MOST);
    let (mut first, mut last) = (None, None);
    let mut is_itself_above = false;
    for field in received {
        let text = String::from_utf8_lossy(&field.value[..field.value.len().min(LONGEST)]);
        // One that somebody made unreadable makes no shorter figure either.
        let taken = Taken::read(&text)?;
        let by = taken.by.as_deref().unwrap_or_default();
        let is_own = operator.runs(by) || is_itself_above && is_itself(by);
        if !is_own {
            break;
        }
        let at = taken.at?;
        // Nobody has it before the one it came from.
        if first.is_some_and(|above: Timestamp| at.duration_since(above) > APART) {
            return None;
        }
        first = Some(at);
        last = last.or(Some(at));
        match taken.from.filter(|from| from.is_vouched_for(operator)) {
            Some(from) => is_itself_above = from.is_itself(),
            None => break,
        }
    }
    let (first, last) = (first?, last?);
    match arrival(Some(last), Some(arrived), in_a_row) {
        Arrival::At(_) if last.duration_since(arrived) <= APART => {}
        _ => return None,
    }
    let took = arrived.duration_since(first).max(SignedDuration::ZERO);
    (took <= LONGEST_TRY).then_some(took)
}

/// A Received field, read with suspicion.
struct Taken {
    by: Option<String>,
    at: Option<Timestamp>,
    /// `None` where it does not say, or not beyond doubt.
    from: Option<Origin>,
}

/// Where a server had a message from, by its own knowledge.
enum Origin {
    /// Handed over on the spot, by LMTP, which strangers do not speak (RFC 2033 §5): no address was written down.
    Spot,
    Peer {
        address: IpAddr,
        /// As that server looked it up.
        name: Option<String>,
    },
}

impl Origin {
    fn is_vouched_for(&self, operator: Operator) -> bool {
        match self {
            Origin::Spot => true,
            Origin::Peer { address, name } => {
                address.is_loopback()
                    || operator.has(*address)
                    || name.as_deref().is_some_and(|name| operator.runs(name))
            }
        }
    }

    fn is_itself(&self) -> bool {
        match self {
            Origin::Spot => true,
            Origin::Peer { address, .. } => address.is_loopback(),
        }
    }
}

/// A word, or what stands in parentheses.
enum Item<'a> {
    Word(&'a str),
    Comment(&'a str),
}

impl Taken {
    /// `None` where the field cannot be told apart: who hands a message in has a say in some of its words, and some servers
    /// write them down as they come.
    fn read(field: &str) -> Option<Taken> {
        let (words, time) = halves(field)?;
        let items = items(words)?;
        let place = |keyword: &str| {
            let is = |item: &Item| matches!(item, Item::Word(word) if word.eq_ignore_ascii_case(keyword));
            let mut found = items.iter().enumerate().filter(|(_, item)| is(item)).map(|(n, _)| n);
            let first = found.next();
            // Two of them: one is a name that somebody gave himself.
            if found.next().is_some() { Err(()) } else { Ok(first) }
        };
        let (from, by) = (place("from").ok()?, place("by").ok()?);
        let word = |n: usize| match items.get(n) {
            Some(Item::Word(word)) => Some(*word),
            _ => None,
        };
        let with = place("with").ok()?;
        let peer = match (from, by) {
            (Some(from), Some(by)) if from < by && with.is_none_or(|with| by < with) => {
                peer(&items[from + 1..by], with.and_then(|with| word(with + 1)).unwrap_or_default())
            }
            _ => None,
        };
        let at = date::of_header(time.trim().as_bytes());
        Some(Taken { by: by.and_then(|by| host(word(by + 1)?)), at, from: peer })
    }
}

/// What a server knows of the other side, of what it wrote between "from" and "by".
fn peer(items: &[Item], with: &str) -> Option<Origin> {
    let with = with.to_ascii_uppercase();
    let comments = || {
        items.iter().filter_map(|item| match item {
            Item::Comment(text) => Some(*text),
            Item::Word(_) => None,
        })
    };
    // Signed in (RFC 3848): a person's program, which writes below what it likes.
    if with.ends_with('A') || comments().any(|text| contains(text, "authenticated")) {
        return None;
    }
    // The same address wherever one stands, or one of them is not the server's own word.
    let mut all = items.iter().flat_map(|item| match item {
        Item::Word(text) | Item::Comment(text) => addresses(text),
    });
    let Some(address) = all.next() else { return with.starts_with("LMTP").then_some(Origin::Spot) };
    if all.any(|other| other != address) {
        return None;
    }
    // What follows "helo" was said by the other side, and so was the first word, but where nothing else but a "helo" follows
    // it (Exim, of an address without a name). Of two that hold the address, one may be part of a name that was given.
    let mut known = comments().filter(|text| addresses(before_helo(text)).contains(&address));
    let (known, second) = (known.next(), known.next());
    if second.is_some() {
        return None;
    }
    let Some(known) = known else {
        let exim =
            matches!(items, [Item::Word(_), Item::Comment(text)] if before_helo(text).trim().is_empty());
        return exim.then_some(Origin::Peer { address, name: None });
    };
    let name = known.split_once('[').filter(|_| !contains(known, "forged")).map(|(name, _)| name.trim());
    Some(Origin::Peer { address, name: name.and_then(host) })
}

fn contains(text: &str, word: &str) -> bool {
    text.to_ascii_lowercase().contains(word)
}

fn before_helo(comment: &str) -> &str {
    let at = comment.to_ascii_lowercase().find("helo");
    // The same places in lower case: only ASCII was changed.
    at.map_or(comment, |at| &comment[..at])
}

/// Those in brackets, or the whole as it is (qmail, Exchange).
fn addresses(text: &str) -> Vec<IpAddr> {
    let bare = text.trim();
    let bare = bare.rsplit_once('@').map_or(bare, |(_, address)| address);
    let bracketed = text.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(inside, _)| inside);
    bracketed.chain([bare]).filter_map(address).collect()
}

fn address(text: &str) -> Option<IpAddr> {
    let v6 = text.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case("ipv6:"));
    let address =
        if v6 { text[5..].parse::<Ipv6Addr>().ok()?.into() } else { text.parse::<IpAddr>().ok()? };
    // `::ffff:192.0.2.1`, as sockets for both call it.
    Some(address.to_canonical())
}

/// What stands before and after the one semicolon. There are two where a message that begins with a space goes on with the
/// field that a careless server put above it.
fn halves(field: &str) -> Option<(&str, &str)> {
    let (mut depth, mut found) = (0_usize, None);
    for (at, c) in field.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            ';' if depth == 0 && found.replace(at).is_some() => return None,
            _ => {}
        }
    }
    Some((&field[..found?], &field[found? + 1..]))
}

/// `None` where parentheses do not match.
fn items(text: &str) -> Option<Vec<Item<'_>>> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => {
                if depth == 0 {
                    items.extend(text[start..at].split_whitespace().map(Item::Word));
                    start = at + 1;
                }
                depth += 1;
            }
            ')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    items.push(Item::Comment(&text[start..at]));
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    items.extend(text[start..].split_whitespace().map(Item::Word));
    (depth == 0).then_some(items)
}

#[cfg(test)]
mod tests;
