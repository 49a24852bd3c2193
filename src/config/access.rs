//! When, for whom and from where this access point is open. What follows from a moment is a pure function of it.

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use ipnet::IpNet;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{Error, Server, file::AccessTable, select};

/// The table `[access]`, checked.
#[derive(Debug, Clone, Default)]
pub struct Access {
    pub opens: Option<Timestamp>,
    pub closes: Option<Timestamp>,
    /// From closing on, for which what became of sent mail can still be read.
    pub suivi: Duration,
    /// Lower case, A-labels; empty: all.
    pub domains: Vec<String>,
    /// Lower case; empty: everybody.
    pub users: BTreeSet<String>,
    /// Empty: from everywhere.
    pub networks: Vec<IpNet>,
}

/// What is open at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    Before {
        opens: Timestamp,
    },
    Open,
    /// What became of sent mail can be read; nothing else.
    Suivi {
        closed: Timestamp,
        until: Timestamp,
    },
    Over {
        closed: Timestamp,
    },
}

impl Access {
    pub(super) fn read(table: AccessTable, zone: &TimeZone, servers: &[Server]) -> Result<Access, Error> {
        let moment = |key, text: Option<String>| text.map(|text| moment(key, &text, zone)).transpose();
        let (opens, closes) = (moment("opens", table.opens)?, moment("closes", table.closes)?);
        if let (Some(opens), Some(closes)) = (opens, closes)
            && closes <= opens
        {
            return Err(Error::new(format!(
                "access.closes ({closes}) is not after access.opens ({opens}): nobody could ever come in"
            )));
        }
        let served = |domain: &str| {
            servers
                .iter()
                .any(|server| server.domains.is_empty() || server.domains.iter().any(|own| own == domain))
        };
        let domains = table.domains.iter().map(|text| {
            let wrong = || Error::new(format!("access.domains: “{text}” is not a mail domain"));
            let domain = select::domain(text).ok_or_else(wrong)?;
            if served(&domain) {
                return Ok(domain);
            }
            Err(Error::new(format!(
                "access.domains: no server serves {domain}: name it in the domains of a [server.NAME], or leave it out"
            )))
        });
        let domains = domains.collect::<Result<Vec<_>, Error>>()?;
        let users = table.users.iter().map(|text| {
            let (local, domain) = text
                .rsplit_once('@')
                .and_then(|(local, domain)| Some((local, select::domain(domain)?)))
                .filter(|(local, _)| !local.is_empty())
                .ok_or_else(|| Error::new(format!("access.users: “{text}” is not an address")))?;
            if !served(&domain) || !domains.is_empty() && !domains.contains(&domain) {
                return Err(Error::new(format!(
                    "access.users: {text} can never come in: {domain} is in no server’s domains, or not in \
                     access.domains"
                )));
            }
            Ok(format!("{}@{domain}", local.to_lowercase()))
        });
        let users = users.collect::<Result<BTreeSet<_>, Error>>()?;
        Ok(Access { opens, closes, suivi: table.suivi, domains, users, networks: table.networks })
    }

    pub fn at(&self, now: Timestamp) -> Hours {
        match (self.opens, self.closes) {
            (Some(opens), _) if now < opens => Hours::Before { opens },
            (_, Some(closed)) if now >= closed => match self.ends(true) {
                Some(until) if now < until => Hours::Suivi { closed, until },
                _ => Hours::Over { closed },
            },
            _ => Hours::Open,
        }
    }

    /// When the last session ends: those that may do everything, or those that only read what became of sent mail.
    pub fn ends(&self, only_suivi: bool) -> Option<Timestamp> {
        let more = if only_suivi { self.suivi } else { Duration::ZERO };
        self.closes.map(|closes| closes.checked_add(more).unwrap_or(Timestamp::MAX))
    }

    pub fn admits_network(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(&client))
    }

    /// Of an address as [`Config::server_for`](super::Config::server_for) gives it. One without a domain is of none, and
    /// on no list.
    pub fn admits_domain(&self, address: &str) -> bool {
        match address.rsplit_once('@') {
            Some((_, of)) => self.domains.is_empty() || self.domains.iter().any(|domain| domain == of),
            None => self.domains.is_empty() && self.users.is_empty(),
        }
    }

    pub fn admits_user(&self, address: &str) -> bool {
        self.users.is_empty() || self.users.contains(&address.to_lowercase())
    }
}

/// RFC 3339, or a date and a time by the clock of the configured zone.
fn moment(key: &str, text: &str, zone: &TimeZone) -> Result<Timestamp, Error> {
    let wrong = |why: &str| {
        Error::new(format!(
            "access.{key} = “{text}” {why}: write 2026-11-23T08:00, by the clock of time_zone, or \
             2026-11-23T08:00:00+01:00"
        ))
    };
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    // A date alone would be read as its first minute by some and as its last by others.
    let civil = Some(text).filter(|text| text.contains(':') && !text.contains('['));
    let civil = civil.and_then(|text| text.parse::<DateTime>().ok());
    let civil = civil.ok_or_else(|| wrong("is not a date with a time"))?;
    let zoned = zone.to_ambiguous_zoned(civil).unambiguous();
    Ok(zoned.map_err(|_| wrong("is not one moment there, for clocks are changed then"))?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn the_hours_of_a_moment() {
        let access = Access {
            opens: Some(at("2026-11-23T07:00:00Z")),
            closes: Some(at("2026-11-30T17:00:00Z")),
            suivi: Duration::from_secs(86_400),
            ..Access::default()
        };
        let (closed, until) = (at("2026-11-30T17:00:00Z"), at("2026-12-01T17:00:00Z"));
        for (now, hours) in [
            ("2026-11-23T06:59:59Z", Hours::Before { opens: at("2026-11-23T07:00:00Z") }),
            ("2026-11-23T07:00:00Z", Hours::Open),
            ("2026-11-30T16:59:59Z", Hours::Open),
            ("2026-11-30T17:00:00Z", Hours::Suivi { closed, until }),
            ("2026-12-01T16:59:59Z", Hours::Suivi { closed, until }),
            ("2026-12-01T17:00:00Z", Hours::Over { closed }),
        ] {
            assert_eq!(access.at(at(now)), hours, "{now}");
        }
        assert_eq!((access.ends(false), access.ends(true)), (Some(closed), Some(until)));
        let always = Access::default();
        assert_eq!((always.at(Timestamp::MIN), always.at(Timestamp::MAX)), (Hours::Open, Hours::Open));
        assert_eq!(always.ends(true), None);
        let for_good = Access { closes: Some(closed), suivi: Duration::MAX, ..Access::default() };
        assert_eq!(for_good.ends(true), Some(Timestamp::MAX));
    }

    #[test]
    fn a_moment_by_its_offset_or_by_the_clock_there() {
        let paris = TimeZone::get("Europe/Paris").expect("a zone");
        for text in [
            "2026-11-23T08:00:00+01:00",
            "2026-11-23T07:00:00Z",
            "2026-11-23T08:00",
            "2026-11-23 08:00",
            "2026-11-23T08:00:00",
        ] {
            assert_eq!(moment("opens", text, &paris).expect(text), at("2026-11-23T07:00:00Z"), "{text}");
        }
        for text in [
            "",
            "2026-11-23",
            "tomorrow",
            "08:00",
            "2026-11-31T08:00",
            "2026-11-23T08:00[Asia/Tokyo]",
            // Twice, and never.
            "2026-10-25T02:30",
            "2026-03-29T02:30",
        ] {
            let refused = moment("opens", text, &paris).expect_err(text).to_string();
            assert!(refused.starts_with("access.opens = “"), "{refused}");
        }
    }

    #[test]
    fn who_and_from_where() {
        let open = Access::default();
        assert!(open.admits_domain("alice") && open.admits_user("alice"));
        let listed = Access { users: ["alice@example.org".to_owned()].into(), ..Access::default() };
        assert!(!listed.admits_domain("alice") && listed.admits_domain("bob@example.net"));
        assert!(open.admits_network("192.0.2.1".parse().expect("an address")));
        let access = Access {
            domains: vec!["example.org".into()],
            users: ["alice@example.org".to_owned()].into(),
            networks: vec!["192.0.2.0/24".parse().expect("a network")],
            ..Access::default()
        };
        for (address, domain, user) in [
            ("alice@example.org", true, true),
            ("Alice@example.org", true, true),
            ("bob@example.org", true, false),
            ("alice@example.net", false, false),
            ("alice@example.org@example.net", false, false),
            ("alice", false, false),
        ] {
            assert_eq!(
                (access.admits_domain(address), access.admits_user(address)),
                (domain, user),
                "{address}"
            );
        }
        for (client, inside) in
            [("192.0.2.7", true), ("::ffff:192.0.2.7", true), ("198.51.100.1", false), ("::1", false)]
        {
            assert_eq!(access.admits_network(client.parse().expect("an address")), inside, "{client}");
        }
    }
}
