//! The way of a message: who had it when, how long it waited there, and what of that is certain.
//!
//! Three kinds of evidence: the Date that its author's program wrote, the Received field that every server puts on top of
//! the header (RFC 5321 §4.4), and the time of arrival that the mailbox keeps (INTERNALDATE). Clocks are wrong, in half of
//! all mail by enough for a hop to end before it began; fields below those of one's own servers can be invented; a mailbox
//! that was moved may call every message new. So a delay is what is left when no witness is believed further than the
//! others allow: never negative, never more than lies between the first and the last of them.

mod hop;
mod vouched;

use core::net::IpAddr;

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

pub use hop::{Hop, Trace, hops, trace};
pub use vouched::vouched;

use crate::config::Server;

/// From so much on people are told.
pub const LATE: SignedDuration = SignedDuration::from_hours(1);
/// Clocks that differ by less agree.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(10);
/// No server tries longer than this to hand a message over (RFC 5321 §4.5.4.1 asks for four to five days).
const LONGEST_TRY: SignedDuration = SignedDuration::from_hours(5 * 24);

/// The servers of one's own operator, by the names they give themselves in Received fields. What they wrote is believed,
/// as long as nobody else wrote above it.
///
/// Host names in lower case; one that begins with a dot means every host under it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Operator<'a> {
    pub hosts: &'a [String],
    pub networks: &'a [IpNet],
}

impl<'a> Operator<'a> {
    /// Of those whose mail this server keeps.
    pub fn of(server: &'a Server) -> Operator<'a> {
        Operator { hosts: &server.trusted_hosts, networks: &server.trusted_networks }
    }

    /// One who named none believes none.
    pub fn is_known(&self) -> bool {
        !self.hosts.is_empty() || !self.networks.is_empty()
    }

    fn runs(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| host == own || own.starts_with('.') && host.ends_with(own.as_str()))
            || host.parse().is_ok_and(|address: IpAddr| self.has(address))
    }

    fn has(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// What is known of how a message came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// By the clock of its author's program.
    pub written: Option<Timestamp>,
    /// Where it was, in the order of its travel.
    pub stops: Vec<Stop>,
    pub arrival: Arrival,
    /// From the first server that wrote down a time to the arrival. `None` where nothing tells.
    pub delay: Option<Delay>,
}

/// A server that had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// As it calls itself.
    pub host: Option<String>,
    /// When it took it, by its clock.
    pub at: Option<Timestamp>,
    /// How long until the next one had it, as far as all clocks allow; zero where they contradict each other.
    pub waited: SignedDuration,
    /// One of the operator's own, and those above it too, as each of them says from whom it had the message.
    pub own: bool,
}

/// When it came into the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    At(Timestamp),
    /// The mailbox says this, and it cannot be or need not be: it was moved there later, as when a whole mailbox was copied
    /// to another server.
    Moved(Timestamp),
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    pub whole: SignedDuration,
    /// The part between the first of the operator's own servers and the mailbox: theirs to answer for, by their own clocks.
    pub own: SignedDuration,
}

impl Delay {
    /// Whether people are to be told.
    pub fn is_late(&self) -> bool {
        self.whole >= LATE
    }
}

/// How late a message is as far as a list needs to know it: [`way`] without who is answerable for it.
pub fn whole(
    written: Option<Timestamp>,
    trace: &Trace,
    arrived: Option<Timestamp>,
    in_a_row: bool,
) -> SignedDuration {
    let end = match arrival(Some(trace.last), arrived, in_a_row) {
        Arrival::At(at) => at,
        Arrival::Moved(_) | Arrival::Unknown => trace.last,
    };
    end.duration_since(start(written, trace.first, trace.second, end))
}

/// Whether at least three others of these arrivals, of messages beside it in the mailbox, were in the same two minutes; it is
/// one of them itself.
pub fn in_a_row(arrived: Timestamp, all: impl Iterator<Item = Timestamp>) -> bool {
    all.filter(|other| arrived.duration_since(*other).abs() <= SignedDuration::from_mins(2)).take(4).count()
        > 3
}

/// Puts the evidence together. `hops`: newest first, as they stand in the header. `arrived`: what the mailbox says; `in_a_row`:
/// its neighbours say nearly the same, as after a mailbox was copied, or when a server caught up after a failure.
pub fn way(
    written: Option<Timestamp>,
    hops: &[Hop],
    arrived: Option<Timestamp>,
    in_a_row: bool,
    operator: Operator,
) -> Way {
    let mut stops = stops(hops, operator);
    let last = stops.iter().rev().find_map(|stop| stop.at);
    let arrival = arrival(last, arrived, in_a_row);
    let end = match arrival {
        Arrival::At(at) => Some(at),
        Arrival::Moved(_) | Arrival::Unknown => last,
    };
    let delay = end.and_then(|end| spread(&mut stops, written, end));
    Way { written, stops, arrival, delay }
}

fn stops(hops: &[Hop], operator: Operator) -> Vec<Stop> {
    let mut strangers = false;
    let mut stops: Vec<Stop> = hops
        .iter()
        .map(|hop| {
            // Whoever hands a message in can write what they like below, in the operator's name too.
            strangers |= !hop.by.as_deref().is_some_and(|host| operator.runs(host));
            let own = !strangers;
            strangers |= !hop.from.as_deref().is_some_and(|host| operator.runs(host) || is_itself(host));
            Stop { host: hop.by.clone(), at: hop.at, waited: SignedDuration::ZERO, own }
        })
        .collect();
    stops.reverse();
    stops
}

/// As filters on a server call it when they hand a message back.
fn is_itself(host: &str) -> bool {
    host == "localhost"
        || host.starts_with("localhost.")
        || host.starts_with("127.")
        || host == "::1"
        || host == "ipv6:::1"
}

fn arrival(last: Option<Timestamp>, arrived: Option<Timestamp>, in_a_row: bool) -> Arrival {
    let (Some(last), Some(arrived)) = (last, arrived) else {
        return arrived.map_or(Arrival::Unknown, Arrival::At);
    };
    let gap = arrived.duration_since(last);
    let cannot_be = gap < -TOLERANCE || gap > LONGEST_TRY;
    // A server that puts a message into a mailbox says so in the header. Where it does not, many late ones at once are as
    // likely a copied mailbox.
    let need_not_be = gap >= LATE && in_a_row;
    if cannot_be || need_not_be { Arrival::Moved(arrived) } else { Arrival::At(arrived.max(last)) }
}

/// How long it waited at each stop, and in all. `None` where no stop has a time.
fn spread(stops: &mut [Stop], written: Option<Timestamp>, end: Timestamp) -> Option<Delay> {
    let times: Vec<Timestamp> = stops.iter().filter_map(|stop| stop.at).map(|at| at.min(end)).collect();
    let first = *times.first()?;
    let start = start(written, first, times.get(1).copied(), end);
    let own = stops.iter().filter(|stop| stop.own).find_map(|stop| stop.at).map(|at| at.min(end));
    let mut now = start;
    let mut at_last: Option<usize> = None;
    for n in 0..stops.len() {
        let Some(at) = stops[n].at else { continue };
        let next = at.min(end).max(now);
        if let Some(before) = at_last {
            stops[before].waited = next.duration_since(now);
        }
        (now, at_last) = (next, Some(n));
    }
    if let Some(last) = at_last {
        stops[last].waited = end.duration_since(now);
    }
    let whole = end.duration_since(start);
    let own = own.map_or(SignedDuration::ZERO, |own| end.duration_since(own));
    Some(Delay { whole, own: own.min(whole) })
}

/// When it set out. Nobody takes a message before it is written: where the first server says so, one of the clocks is wrong,
/// and the kinder one is believed, up to the time of the second.
fn start(
    written: Option<Timestamp>,
    first: Timestamp,
    second: Option<Timestamp>,
    end: Timestamp,
) -> Timestamp {
    let first = first.min(end);
    match written {
        Some(written) if written > first => first.max(written.min(second.unwrap_or(end).min(end))),
        _ => first,
    }
}

impl Way {
    /// Where it waited longest, if it waited at all.
    pub fn longest(&self) -> Option<&Stop> {
        self.stops.iter().filter(|stop| stop.waited > SignedDuration::ZERO).max_by_key(|stop| stop.waited)
    }

    /// From its Date to the first server, where that is more than clocks differ by: by its author's clock, so it may have
    /// been written on a train.
    pub fn before(&self) -> Option<SignedDuration> {
        let first = self.stops.iter().find_map(|stop| stop.at)?;
        self.written.map(|written| first.duration_since(written)).filter(|before| *before > TOLERANCE)
    }
}

#[cfg(test)]
mod tests;
