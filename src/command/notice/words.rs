//! What is said, from the flags and a file, over what was said before.

use std::{fs, path::PathBuf};

use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};
use relais::status::{self, Scope, Text};
use toml::{Table, Value};

use super::{Outcome, place::Place};

#[derive(clap::Args)]
pub struct Words {
    /// info, degraded (if left out), down or restored
    #[arg(long, value_parser = ["info", "degraded", "down", "restored"])]
    level: Option<String>,
    #[arg(long, value_name = "TEXT")]
    title_fr: Option<String>,
    #[arg(long, value_name = "TEXT")]
    title_en: Option<String>,
    /// What works; more than one line by giving it again, as those below
    #[arg(long, value_name = "TEXT")]
    works_fr: Option<Vec<String>>,
    #[arg(long, value_name = "TEXT")]
    works_en: Option<Vec<String>>,
    /// What does not work
    #[arg(long, value_name = "TEXT")]
    broken_fr: Option<Vec<String>>,
    #[arg(long, value_name = "TEXT")]
    broken_en: Option<Vec<String>>,
    /// What to do
    #[arg(long, value_name = "TEXT")]
    todo_fr: Option<Vec<String>>,
    #[arg(long, value_name = "TEXT")]
    todo_en: Option<Vec<String>>,
    /// Whom it concerns: everybody, domain=example.org, software=NAME, account=ADDRESS; more of one kind by giving it again
    #[arg(long = "for", value_name = "WHOM")]
    whom: Vec<String>,
    /// Shown from then on: 2026-11-22T16:00, 16:00 for today, or a day. Now, if left out
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// When it will be over. Nothing ("") takes it back, as for the two below
    #[arg(long, value_name = "WHEN")]
    expected_end: Option<String>,
    /// When more will be said: 16:00 is the next one there is. Once it is past, the log and `relais check` remind you
    #[arg(long, value_name = "WHEN")]
    next_update: Option<String>,
    /// Whom to call about it, instead of brand.phone
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// All of it, or some, as a TOML file in the form of docs/notice.example.toml; the flags win
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Words {
    /// What is given here over what was said before; remarks go to standard error. After an end (`is_end`) nothing more
    /// is promised.
    pub fn over(
        &self,
        base: Option<&status::Notice>,
        is_end: bool,
        place: &Place,
    ) -> Outcome<status::Notice> {
        let zone = &place.config.time_zone;
        let mut all = match base {
            Some(base) => base.to_toml().parse::<Table>()?,
            None => Table::from_iter([("level".to_owned(), Value::from("degraded"))]),
        };
        // This is the word that was promised.
        if base.is_some_and(|base| base.late(Timestamp::now(), zone).is_some()) {
            all.remove("next_update");
            if self.next_update.is_none() && !is_end {
                eprintln!("relais: the next word is no longer promised for an hour: --next-update does that");
            }
        }
        if let Some(file) = &self.file {
            let text = fs::read_to_string(file)
                .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            let given = text.parse::<Table>().map_err(|error| format!("{}: {error}", file.display()))?;
            lay(&mut all, given);
        }
        lay(&mut all, self.given(Timestamp::now(), zone)?);
        all.remove("updated");
        let notice = status::Notice::parse_with(&all.to_string(), zone, &*place.accounts())?;
        remarks(&notice, place);
        Ok(notice)
    }

    fn given(&self, now: Timestamp, zone: &TimeZone) -> Outcome<Table> {
        let mut table = Table::new();
        let line = |text: &Option<String>| text.clone().map(|text| vec![text]);
        for (key, fr, en) in [
            ("title", line(&self.title_fr), line(&self.title_en)),
            ("works", self.works_fr.clone(), self.works_en.clone()),
            ("broken", self.broken_fr.clone(), self.broken_en.clone()),
            ("todo", self.todo_fr.clone(), self.todo_en.clone()),
        ] {
            let mut text = Table::new();
            for (language, lines) in [("fr", fr), ("en", en)] {
                if let Some(mut lines) = lines {
                    lines.retain(|line| !line.trim().is_empty());
                    text.insert(language.into(), lines.into());
                }
            }
            if !text.is_empty() {
                table.insert(key.into(), text.into());
            }
        }
        for (key, text, ahead) in [
            ("since", &self.since, false),
            ("expected_end", &self.expected_end, true),
            ("next_update", &self.next_update, true),
        ] {
            if let Some(text) = text {
                table.insert(key.into(), hour(text.trim(), ahead, now, zone).into());
            }
        }
        for (key, text) in [("level", &self.level), ("phone", &self.phone)] {
            if let Some(text) = text {
                table.insert(key.into(), text.trim().into());
            }
        }
        if !self.whom.is_empty() {
            table.insert("for".into(), whom(&self.whom)?);
        }
        Ok(table)
    }
}

/// `given` over `all`: languages one by one, all else whole. What is given as nothing goes.
fn lay(all: &mut Table, given: Table) {
    for (key, value) in given {
        let is_text = matches!(&*key, "title" | "works" | "broken" | "todo");
        match (all.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) if is_text => old.extend(new),
            (_, Value::String(text)) if text.is_empty() => drop(all.remove(&key)),
            (_, value) => drop(all.insert(key, value)),
        }
    }
}

/// `16:00` as the moment that is meant; anything else as it is.
fn hour(text: &str, ahead: bool, now: Timestamp, zone: &TimeZone) -> String {
    let Some(time) = text.parse::<Time>().ok().filter(|_| text.len() <= 5) else { return text.to_owned() };
    let today = now.to_zoned(zone.clone()).date();
    let at = |day: jiff::civil::Date| day.to_datetime(time).to_zoned(zone.clone()).ok();
    let soon = at(today).filter(|at| !ahead || at.timestamp() > now);
    let soon = soon.or_else(|| at(today.checked_add(1.day()).ok()?));
    soon.map_or_else(|| text.to_owned(), |at| at.timestamp().to_string())
}

/// `domain=a,b` and `domain=c` make one list; kinds are not mixed.
fn whom(given: &[String]) -> Outcome<Value> {
    let mut lists = Table::new();
    for one in given {
        let (key, names) = match one.split_once('=') {
            None if one == "everybody" && given.len() == 1 => return Ok("everybody".into()),
            // The name of a software may have a comma.
            Some(("software", name)) => ("software", vec![name.to_owned()]),
            Some(("domain", names)) => ("domains", names.split(',').map(str::to_owned).collect()),
            Some(("account", names)) => ("accounts", names.split(',').map(str::to_owned).collect()),
            _ => {
                return Err(format!(
                    "--for {one}: say everybody, domain=example.org, software=NAME or account=ADDRESS"
                )
                .into());
            }
        };
        let list = lists.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.extend(names.into_iter().map(Value::from));
        }
    }
    Ok(lists.into())
}

/// What is right as it is, and may not be what was meant.
fn remarks(notice: &status::Notice, place: &Place) {
    let texts: [(&str, &Text); 4] = [
        ("title", &notice.title),
        ("works", &notice.works),
        ("broken", &notice.broken),
        ("todo", &notice.todo),
    ];
    for (key, text) in texts {
        match text.missing() {
            Some("fr") => eprintln!("relais: no {key} in French: the English one is shown in both languages"),
            Some(_) => eprintln!("relais: no {key} in English: the French one is shown in both languages"),
            None => {}
        }
    }
    let config = &place.config;
    match &notice.scope {
        Scope::Domains(domains) => {
            let all = config.servers.iter().any(|server| server.domains.is_empty());
            let served =
                |domain: &&String| !all && !config.servers.iter().any(|s| s.domains.contains(domain));
            for domain in domains.iter().filter(served) {
                eprintln!("relais: no server is configured for {domain}");
            }
        }
        Scope::Software(names) => {
            for name in names.iter().filter(|name| !config.software.contains(name)) {
                eprintln!(
                    "relais: “{name}” is not in software = […]: its row goes some time after the notice"
                );
            }
        }
        Scope::Everybody | Scope::Accounts(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_the_next_one_there_is() {
        let zone = TimeZone::get("Europe/Paris").expect("a zone");
        let now: Timestamp = "2026-11-22T15:30:00Z".parse().expect("a time");
        for (text, ahead, meant) in [
            ("18:00", true, "2026-11-22T17:00:00Z"),
            ("16:00", true, "2026-11-23T15:00:00Z"),
            ("16:00", false, "2026-11-22T15:00:00Z"),
            ("2026-12-15", true, "2026-12-15"),
            ("soon", true, "soon"),
        ] {
            assert_eq!(hour(text, ahead, now, &zone), meant, "{text}");
        }
    }

    #[test]
    fn languages_are_laid_over_one_by_one() {
        let mut all = "phone = \"1\"\n[title]\nfr = [\"a\"]\nen = [\"b\"]".parse::<Table>().expect("TOML");
        lay(&mut all, "phone = \"\"\n[title]\nen = [\"c\"]".parse().expect("TOML"));
        assert_eq!(all, "[title]\nfr = [\"a\"]\nen = [\"c\"]".parse().expect("TOML"));
        lay(&mut all, "title = \"d\"".parse().expect("TOML"));
        assert_eq!(all, "title = \"d\"".parse().expect("TOML"));
    }
}
