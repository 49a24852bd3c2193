//! What an administrator may want to tell everybody, made of the measures. Never published by itself.

use jiff::{Timestamp, tz::TimeZone};

use super::{Kind, Shown};
use crate::locale::{Lang, Tr};

/// Seconds after which a server that does not answer is worth a notice.
const SILENT: f64 = 300.0;

/// One notice that could be written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    pub about: About,
    /// Seconds that it takes now, where that is measured.
    pub now: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    Measure(Kind),
    /// A mail server does not answer: its place in the configuration.
    Silent(usize),
    /// It takes no mail.
    TakesNoMail(usize),
    /// Mail reaches its mailboxes late.
    Delayed(usize),
}

/// At most one for each measure, and one for each server.
pub fn proposals(shown: &Shown, now: Timestamp) -> Vec<Proposal> {
    let lasting = |since: Option<Timestamp>| {
        since.is_some_and(|since| now.duration_since(since).as_secs_f64() >= SILENT)
    };
    let of_servers = shown.servers.iter().enumerate().filter_map(|(n, server)| {
        let delay = server.delay.as_ref().filter(|delay| delay.long_late);
        let found = (lasting(server.found.reads_down), lasting(server.found.sends_down));
        let about = match (server.stale, found, delay) {
            (false, (true, _), _) => About::Silent(n),
            (false, (false, true), _) => About::TakesNoMail(n),
            (_, _, Some(_)) => About::Delayed(n),
            _ => return None,
        };
        let delay = delay.filter(|_| about == About::Delayed(n)).and_then(|delay| delay.hour);
        Some(Proposal { about, now: delay.map(|hour| hour.median) })
    });
    let of_servers: Vec<Proposal> = of_servers.collect();
    // Said once, where there is one server: what people's mail shows, and what the probe's letter shows.
    let is_said = shown.servers.len() == 1
        && of_servers.iter().any(|proposal| matches!(proposal.about, About::Delayed(_)));
    let late = Kind::ALL.into_iter().filter(|kind| shown.measure(*kind).long_late);
    let late = late.filter(|kind| !(is_said && *kind == Kind::Arrive));
    of_servers
        .into_iter()
        .chain(late.map(|kind| Proposal { about: About::Measure(kind), now: shown.measure(kind).now }))
        .collect()
}

impl Proposal {
    /// For the log and for `relais check`.
    pub fn words(&self) -> &'static str {
        match self.about {
            About::Measure(Kind::Open) => "opening a mailbox has been slow in the last 20 minutes",
            About::Measure(Kind::Send) => "mail has been leaving late in the last 20 minutes",
            About::Measure(Kind::Arrive) => "mail has been arriving late in the last 40 minutes",
            About::Silent(_) => "a mail server has not answered for 5 minutes",
            About::TakesNoMail(_) => "a mail server has taken no mail for 5 minutes",
            About::Delayed(_) => {
                "mail has been arriving late in the last hour, as the headers of received mail show"
            }
        }
    }

    /// A stable code for machines.
    pub fn code(&self) -> &'static str {
        match self.about {
            About::Measure(Kind::Open) => "slow-open",
            About::Measure(Kind::Send) => "slow-send",
            About::Measure(Kind::Arrive) => "slow-arrive",
            About::Silent(_) => "silent-server",
            About::TakesNoMail(_) => "takes-no-mail",
            About::Delayed(_) => "delayed-mail",
        }
    }

    /// The line that publishes it, for a shell. Whom it is for is said where not everybody is.
    pub fn command(&self, shown: &Shown) -> String {
        let (level, texts) = self.texts();
        let [fr, en] = [Lang::Fr, Lang::En].map(|lang| Tr::new(lang, TimeZone::UTC, Timestamp::UNIX_EPOCH));
        let mut line = format!("relais notice add --level {level}");
        for (flag, key) in ["title", "works", "broken", "todo"].into_iter().zip(texts) {
            if let Some(key) = key {
                line.push_str(&format!(
                    " --{flag}-fr {} --{flag}-en {}",
                    quoted(fr.t(key)),
                    quoted(en.t(key))
                ));
            }
        }
        let server = match self.about {
            About::Silent(n) | About::TakesNoMail(n) | About::Delayed(n) => shown.servers.get(n),
            About::Measure(_) => None,
        };
        for domain in server.filter(|_| shown.servers.len() > 1).iter().flat_map(|server| &server.domains) {
            line.push_str(&format!(" --for {}", quoted(&format!("domain={domain}"))));
        }
        line
    }

    /// The level; then title, what works, what does not, what to do.
    fn texts(&self) -> (&'static str, [Option<&'static str>; 4]) {
        const KEPT: Option<&str> = Some("proposal-kept");
        const TELEPHONE: Option<&str> = Some("proposal-telephone");
        match self.about {
            About::Measure(Kind::Open) => {
                let works = Some("proposal-open-works");
                ("degraded", [Some("proposal-open-title"), works, None, Some("proposal-open-todo")])
            }
            About::Measure(Kind::Send) => {
                ("degraded", [Some("proposal-send-title"), KEPT, None, Some("proposal-send-todo")])
            }
            About::Measure(Kind::Arrive) | About::Delayed(_) => {
                let works = Some("proposal-arrive-works");
                ("degraded", [Some("proposal-arrive-title"), works, None, TELEPHONE])
            }
            About::Silent(_) => {
                ("down", [Some("proposal-silent-title"), None, Some("proposal-silent-broken"), TELEPHONE])
            }
            About::TakesNoMail(_) => {
                let works = Some("proposal-takes-none-works");
                ("degraded", [Some("proposal-takes-none-title"), works, None, KEPT])
            }
        }
    }
}

/// One word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::measure::{Found, Measure, Observed, Server};

    #[test]
    fn one_for_each_thing_that_lasts() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
        let late = Measure { late: true, long_late: true, now: Some(9.0), ..Measure::default() };
        let down = |minutes: i64| Some(now - jiff::SignedDuration::from_mins(minutes));
        let server = |reads, sends| Server {
            domains: vec!["a.example".into(), "b.example".into()],
            found: Found { at: Some(now), reads_down: reads, sends_down: sends, awaited: None },
            ..Server::default()
        };
        let shown = Shown {
            open: late.clone(),
            arrive: Measure { long_late: false, ..late },
            servers: vec![server(down(4), down(9)), server(down(5), None), server(None, None)],
            ..Shown::default()
        };
        let found = proposals(&shown, now);
        let abouts: Vec<About> = found.iter().map(|proposal| proposal.about).collect();
        assert_eq!(abouts, [About::TakesNoMail(0), About::Silent(1), About::Measure(Kind::Open)]);
        let line = found[1].command(&shown);
        assert!(line.starts_with("relais notice add --level down --title-fr 'Le serveur"), "{line}");
        assert!(line.ends_with("--for 'domain=a.example' --for 'domain=b.example'"), "{line}");
        assert!(!found[2].command(&shown).contains("--for"));
        assert!(proposals(&Shown::default(), now).is_empty());
        // What received mail shows: of each server, unless it does not answer at all, and with one server instead of
        // what the probe's letter shows.
        let long_late = Some(Observed { late: true, long_late: true, ..Observed::default() });
        let delayed = |server: Server| Server { delay: long_late.clone(), ..server };
        let abouts = |servers: Vec<Server>| -> Vec<About> {
            let shown = Shown { servers, arrive: shown.open.clone(), ..Shown::default() };
            proposals(&shown, now).iter().map(|proposal| proposal.about).collect()
        };
        let stale = Server { stale: true, ..server(down(5), None) };
        let arrive = About::Measure(Kind::Arrive);
        assert_eq!(abouts(vec![delayed(stale)]), [About::Delayed(0)]);
        let two = abouts(vec![delayed(server(down(5), None)), delayed(server(None, None))]);
        assert_eq!(two, [About::Silent(0), About::Delayed(1), arrive]);
        let line = Proposal { about: About::Delayed(1), now: None }
            .command(&Shown { servers: vec![server(None, None); 2], ..Shown::default() });
        assert!(line.contains("Mail arrives late") && line.ends_with("--for 'domain=b.example'"), "{line}");
        assert_eq!(quoted("n'a"), "'n'\\''a'");
    }

    #[test]
    fn every_proposal_speaks_both_languages() {
        let kinds = Kind::ALL.map(About::Measure);
        for about in kinds.into_iter().chain([About::Silent(0), About::TakesNoMail(0), About::Delayed(0)]) {
            let proposal = Proposal { about, now: None };
            let line = proposal.command(&Shown::default());
            for flag in ["--title-fr", "--title-en", "--todo-fr", "--todo-en"] {
                assert!(line.contains(flag), "{line}");
            }
            assert!(!line.contains("proposal-"), "{line}");
            assert!(!line.contains('\n') && !proposal.words().is_empty() && !proposal.code().is_empty());
        }
    }
}
