//! What the administrator is told of a notice.

use jiff::Timestamp;
use relais::{
    status::{Scope, Version, When, folder},
    store::Looks,
};

use super::place::Place;

/// After it was written.
pub fn print(version: &Version, place: &Place) {
    let (notice, zone) = (&version.notice, &place.config.time_zone);
    println!("{}", version.id);
    if notice.ended {
        println!("  over since  {}", when(When::Moment(version.at), place));
        println!("  stays       in the feeds; each software that it was about is “restored” for 60 days");
    } else {
        println!("  says        {}", title(version));
        println!("  to          {}", audience(&notice.scope));
        println!("  where       {}", places(&notice.scope));
        if !notice.has_begun(Timestamp::now(), zone)
            && let Some(since) = notice.since
        {
            println!("  from        {} on; before that to nobody", when(since, place));
        }
        match notice.next_update {
            Some(next) => println!("  next word   promised for {}", when(next, place)),
            None => println!("  next word   not promised (--next-update)"),
        }
    }
    match &place.store {
        Some(_) => println!("  by          every gateway, within seconds"),
        None => println!(
            "  by          the gateway of this machine, from {}; the next command without --local puts it into the store",
            place.here().display()
        ),
    }
}

/// In the list.
pub fn line(version: &Version, place: &Place) {
    let notice = &version.notice;
    let level = format!("{:?}", notice.level).to_lowercase();
    println!("{}  {level}  for {}  {}", version.id, audience(&notice.scope), title(version));
    let mut facts = vec![format!("last word {}", when(When::Moment(version.at), place))];
    let (now, zone) = (Timestamp::now(), &place.config.time_zone);
    if notice.ended {
        facts.push("over".into());
    } else if !notice.has_begun(now, zone) {
        facts.extend(notice.since.map(|since| format!("to be shown from {} on", when(since, place))));
    }
    if let Some(next) = notice.next_update.filter(|_| !notice.ended) {
        let late = if notice.late(now, zone).is_some() { " (LATE)" } else { "" };
        facts.push(format!("next word {}{late}", when(next, place)));
    }
    if let Some(end) = notice.expected_end.filter(|_| !notice.ended) {
        facts.push(format!("expected end {}", when(end, place)));
    }
    let is_here = |(id, _): &(_, _)| *id == version.id;
    if folder::files(&place.config.data).is_ok_and(|files| files.iter().any(is_here)) {
        facts.push("on this machine alone".into());
    }
    println!("        {}", facts.join(", "));
}

/// Fewer people than these are no number: it could be somebody's own.
const FEW: i64 = 5;

/// How many people looked at what they missed meanwhile, and what is left of it for them.
pub fn looks(looks: Looks) {
    let Looks { accounts, unopened } = looks;
    if accounts < FEW {
        return println!("        fewer than {FEW} people looked at what was missed");
    }
    println!(
        "        {accounts} people looked at what was missed; at least {unopened} message(s) not opened when they did"
    );
}

fn title(version: &Version) -> String {
    let lines = ["en", "fr"].map(|language| version.notice.title.lines(language).join(" "));
    match &lines {
        [en, _] if en.is_empty() => format!("({:?}, without a title)", version.notice.level),
        [en, fr] if en == fr => en.clone(),
        [en, fr] => format!("{en} / {fr}"),
    }
}

fn audience(scope: &Scope) -> String {
    match scope {
        Scope::Everybody => "everybody".into(),
        Scope::Domains(names) => format!("people of {}", names.join(", ")),
        Scope::Software(names) => format!("users of {}", names.join(", ")),
        Scope::Accounts(ids) => format!("{} account(s)", ids.len()),
    }
}

fn places(scope: &Scope) -> &'static str {
    match scope {
        Scope::Everybody => "/status and its feeds; a line on the sign-in page and on every page",
        Scope::Domains(_) => "/status and its feeds; a line on every page of these people",
        Scope::Software(_) => "/status, in the row of the software, and its feeds; a line on every page",
        Scope::Accounts(_) => "a line on the pages of these accounts; nowhere else",
    }
}

fn when(when: When, place: &Place) -> String {
    match when {
        When::Day(day) => day.to_string(),
        When::Moment(at) => at.to_zoned(place.config.time_zone.clone()).strftime("%F %H:%M").to_string(),
    }
}
