//! When and for whom the door is open, as an administrator should know it before people stand before it.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::Notes;
use crate::config::{Access, Hours};

/// Closing within it is told as something that people will feel.
const SOON: SignedDuration = SignedDuration::from_hours(72);

/// Nothing where it is always open, for everybody.
pub fn look(notes: &mut Notes<'_>, access: &Access, zone: &TimeZone, now: Timestamp) {
    let at = |moment: Timestamp| moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
    let closing = "another access.closes keeps it open; relais close ends it for good";
    match access.at(now) {
        Hours::Before { opens } => {
            notes.note("not-open-yet", format!("nobody can sign in before {}", at(opens)), "access.opens");
        }
        Hours::Open => match access.closes {
            Some(closes) if closes.duration_since(now) < SOON => {
                notes.warn("closes-soon", format!("every session ends {}", at(closes)), closing);
            }
            Some(closes) => notes.good("closes", format!("open until {}", at(closes))),
            None => {}
        },
        Hours::Suivi { closed, until } => notes.warn(
            "closed",
            format!("closed since {}; what became of sent mail can be read until {}", at(closed), at(until)),
            closing,
        ),
        Hours::Over { closed } => {
            notes.warn(
                "over",
                format!("closed since {}, and nothing can be read any more", at(closed)),
                closing,
            );
        }
    }
    let only = [
        ("mail domains", access.domains.len()),
        ("addresses", access.users.len()),
        ("networks", access.networks.len()),
    ];
    let only: Vec<_> = only.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{n} {what}")).collect();
    if !only.is_empty() {
        notes.note("only-for", format!("open for {} alone", only.join(", ")), "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Report;

    #[test]
    fn each_hour_is_told() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a moment");
        let access = Access {
            opens: Some(at("2026-11-20T08:00:00Z")),
            closes: Some(at("2026-11-30T17:00:00Z")),
            suivi: std::time::Duration::from_secs(86_400),
            networks: vec!["10.0.0.0/8".parse().expect("a network")],
            ..Access::default()
        };
        let told = |access: &Access, now: &str| {
            let mut report = Report::default();
            let mut notes = Notes { about: "gateway", area: "access", findings: &mut report.findings };
            look(&mut notes, access, &TimeZone::UTC, at(now));
            report.findings
        };
        for (now, code) in [
            ("2026-11-19T00:00:00Z", "access.not-open-yet"),
            ("2026-11-21T00:00:00Z", "access.closes"),
            ("2026-11-29T00:00:00Z", "access.closes-soon"),
            ("2026-12-01T00:00:00Z", "access.closed"),
            ("2026-12-02T00:00:00Z", "access.over"),
        ] {
            let found = told(&access, now);
            assert_eq!(
                (&*found[0].code, &*found[1].code, found.len()),
                (code, "access.only-for", 2),
                "{now}"
            );
        }
        assert!(told(&access, "2026-11-21T00:00:00Z")[0].what.contains("2026-11-30 17:00 UTC"));
        assert!(told(&Access::default(), "2026-11-21T00:00:00Z").is_empty());
    }
}
