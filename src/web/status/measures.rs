//! The measures, as rows and as JSON: pure functions of what is known.

use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::view::words;
use crate::{
    locale::{Lang, Tr},
    status::measure::{Day, Figure, Kind, LEAST, Measure, Observed, Server, Shown},
};

/// Of the drawing; a day is a thirtieth of its width.
const WIDTH: u32 = 300;
const HEIGHT: f64 = 32.0;

pub fn render(shown: &Shown, tr: &Tr) -> Markup {
    let servers = shown.servers.iter().filter(|server| server.found.at.is_some());
    let several = shown.servers.len() > 1;
    let observed = || shown.servers.iter().filter_map(|server| Some((server, server.delay.as_ref()?)));
    let told = |kind: Kind| shown.measure(kind) != &Measure::default();
    let send = told(Kind::Send) || shown.queue.is_some();
    let nothing = !send
        && !told(Kind::Open)
        && !told(Kind::Arrive)
        && servers.clone().next().is_none()
        && observed().next().is_none();
    html! {
        section.card {
            h2 { (tr.t("measures-title")) }
            @if nothing { p.meta { (tr.t("measures-none")) } }
            @for one in servers { (server(one, several, tr)) }
            @if told(Kind::Open) { (timed(Kind::Open, &shown.open, tr)) }
            @if send { (sending(shown, tr)) }
            @if told(Kind::Arrive) { (timed(Kind::Arrive, &shown.arrive, tr)) }
            @for (server, delay) in observed() { (delayed(server, delay, several, tr)) }
            @if let Some(at) = shown.as_of {
                p.meta { (tr.t_with("measures-as-of", &[("moment", (&tr.moment(at)).into())])) }
            }
        }
    }
}

/// Never its name: the mail domains it serves, where there are several servers.
fn server(server: &Server, several: bool, tr: &Tr) -> Markup {
    let found = &server.found;
    let (class, word, since) = match (server.stale, found.reads_down, found.sends_down) {
        (true, ..) => ("chip", "server-unknown", found.at),
        (false, Some(since), _) => ("chip bad", "server-silent", Some(since)),
        (false, None, Some(since)) => ("chip late", "server-takes-none", Some(since)),
        (false, None, None) => ("chip ok", "server-answers", None),
    };
    html! {
        div.gate {
            b { (tr.t("measure-server")) (whose(server, several, tr)) }
            span class=(class) { (tr.t(word)) }
            @if let Some(since) = since {
                small { (tr.t_with("status-since", &[("moment", (&tr.moment(since)).into())])) }
            }
        }
    }
}

fn whose(server: &Server, several: bool, tr: &Tr) -> Markup {
    html! {
        @if several && !server.domains.is_empty() { " · " (server.domains.join(", ")) }
        @if several && server.domains.is_empty() { " · " (tr.t("server-others")) }
    }
}

/// How long mail takes to arrive, as received mail shows.
fn delayed(server: &Server, delay: &Observed, several: bool, tr: &Tr) -> Markup {
    let said = |when: &str, figure: Figure| {
        let half = duration(figure.median, tr);
        let half = [("when", when.into()), ("half", (&half).into())];
        match figure.ninth.map(|ninth| duration(ninth, tr)) {
            Some(most) => tr.t_with("delay-within", &[&half[..], &[("most", (&most).into())]].concat()),
            None => tr.t_with("delay-half", &half),
        }
    };
    let few = || tr.t_with("delay-few", &[("n", LEAST.into())]);
    let hour = delay.hour.map_or_else(few, |figure| said(tr.t("delay-hour"), figure));
    let day = delay.day.map(|(date, figure)| said(&tr.day_in_sentence(date), figure));
    html! {
        div.gate data-delay {
            b { (tr.t("measure-delay")) (whose(server, several, tr)) }
            @match delay.hour {
                Some(hour) => span class=(chip(delay.late)) { (duration(hour.median, tr)) },
                None => span.chip { (tr.t("measure-unknown")) },
            }
            small { (hour) }
            (facts(&[day, usual(delay.usual, tr)]))
            (chart("chart-delay", &delay.days, delay.late, tr))
        }
    }
}

fn timed(kind: Kind, measure: &Measure, tr: &Tr) -> Markup {
    html! {
        div.gate {
            b { (tr.t(label(kind))) }
            @match measure.now {
                Some(now) => span class=(chip(measure.late)) { (duration(now, tr)) },
                None => span.chip { (tr.t("measure-unknown")) },
            }
            (facts(&[measure.now.is_none().then(|| missing(measure, tr)), usual(measure.usual, tr)]))
            (chart(chart_words(kind), &measure.days, measure.late, tr))
        }
    }
}

fn sending(shown: &Shown, tr: &Tr) -> Markup {
    let measure = &shown.send;
    // What waits stands in the store, which does not tell just now.
    let is_known = shown.as_of.is_none();
    let (chip, word) = match measure.late {
        _ if !is_known => ("chip", "measure-unknown"),
        true => (chip(measure.late), "measure-late"),
        false => (chip(measure.late), "measure-normal"),
    };
    let queue = shown.queue.filter(|_| is_known).map(|queue| match queue.waiting {
        0 => tr.t("queue-none").to_owned(),
        n => {
            let oldest = duration(queue.oldest as f64, tr);
            tr.t_with("queue", &[("n", n.into()), ("time", (&oldest).into())])
        }
    });
    let now = measure
        .now
        .filter(|_| is_known)
        .map(|now| tr.t_with("measure-now", &[("time", (&duration(now, tr)).into())]));
    html! {
        div.gate {
            b { (tr.t(label(Kind::Send))) }
            span class=(chip) { (tr.t(word)) }
            (facts(&[queue, now, usual(measure.usual, tr)]))
            (chart(chart_words(Kind::Send), &measure.days, measure.late, tr))
        }
    }
}

fn facts(facts: &[Option<String>]) -> Markup {
    let told: Vec<&str> = facts.iter().flatten().map(String::as_str).collect();
    html! { @if !told.is_empty() { small { (told.join(" · ")) } } }
}

fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Open => "measure-open",
        Kind::Send => "measure-send",
        Kind::Arrive => "measure-arrive",
    }
}

fn chart_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Open => "chart-open",
        Kind::Send => "chart-send",
        Kind::Arrive => "chart-arrive",
    }
}

fn chip(late: bool) -> &'static str {
    if late { "chip late" } else { "chip ok" }
}

fn usual(usual: Option<f64>, tr: &Tr) -> Option<String> {
    Some(tr.t_with("measure-usual", &[("time", (&duration(usual?, tr)).into())]))
}

/// Why there is no "now".
fn missing(measure: &Measure, tr: &Tr) -> String {
    match measure.last.filter(|_| measure.samples == 0) {
        Some(last) => tr.t_with("measure-none-since", &[("moment", (&words(last, tr)).into())]),
        None => tr.t("measure-few").to_owned(),
    }
}

/// `0,02 s`, `0,1 s`, `12 s`, `5 min`, `6 h`, `3 j`: two digits are enough.
fn duration(seconds: f64, tr: &Tr) -> String {
    let (key, n, digits) = match seconds {
        ..0.095 => ("time-seconds", seconds.max(0.01), 2),
        ..9.95 => ("time-seconds", seconds, 1),
        ..99.5 => ("time-seconds", seconds, 0),
        ..5970.0 => ("time-minutes", seconds / 60.0, 0),
        ..171_000.0 => ("time-hours", seconds / 3600.0, 0),
        _ => ("time-days", seconds / 86_400.0, 0),
    };
    let n = format!("{n:.digits$}");
    let n = n.strip_suffix(".0").unwrap_or(&n).to_owned();
    let n = if tr.lang() == Lang::Fr { n.replace('.', ",") } else { n };
    tr.t_with(key, &[("n", (&n).into())])
}

/// A line through the days, and the same in words.
fn chart(words: &'static str, days: &[Day], late: bool, tr: &Tr) -> Markup {
    let class = if late { "spark late" } else { "spark" };
    html! {
        @if days.len() > 1 {
            svg class=(class) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img"
                aria-label=(in_words(words, days, tr)) {
                path d=(path(days));
            }
        }
    }
}

/// Days without a sample interrupt the line; one alone is a dash.
fn path(days: &[Day]) -> String {
    let most = days.iter().map(|day| day.median).fold(f64::MIN_POSITIVE, f64::max);
    let mut path = String::new();
    for (n, day) in days.iter().enumerate() {
        let follows = |other: Option<&Day>, place: u8| other.is_some_and(|other| other.place == place);
        let joined = n > 0 && follows(days.get(n - 1), day.place.wrapping_sub(1));
        let x = u32::from(day.place) * (WIDTH / 30);
        let y = HEIGHT - 3.0 - (HEIGHT - 6.0) * day.median / most;
        path.push_str(&format!("{}{x} {y:.0}", if joined { "L" } else { "M" }));
        if !joined && !follows(days.get(n + 1), day.place + 1) {
            path.push_str(if x == 0 { "h4" } else { "h-4" });
        }
    }
    path
}

fn in_words(words: &'static str, days: &[Day], tr: &Tr) -> String {
    let most = days.iter().max_by(|a, b| a.median.total_cmp(&b.median));
    let (Some(first), Some(last), Some(most)) = (days.first(), days.last(), most) else {
        return String::new();
    };
    let day = |day: &Day| (duration(day.median, tr), tr.day_in_sentence(day.date));
    let ((first, first_day), (last, last_day), (most, most_day)) = (day(first), day(last), day(most));
    let told = [
        ("first", (&first).into()),
        ("from", (&first_day).into()),
        ("last", (&last).into()),
        ("to", (&last_day).into()),
        ("most", (&most).into()),
        ("on", (&most_day).into()),
    ];
    tr.t_with(words, &told)
}

/// Of `/status.json`: seconds, counts, times in UTC; `null` for what is not known.
pub fn json(shown: &Shown) -> Value {
    let queue = shown.queue.as_ref();
    let servers = shown.servers.iter().map(|server| {
        let found = &server.found;
        let known = !server.stale;
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        json!({
            "domains": server.domains,
            "probed": time(found.at),
            "answers": known.then_some(found.reads_down.is_none()),
            "silent_since": time(found.reads_down),
            "takes_mail": known.then_some(found.sends_down.is_none()),
            "takes_none_since": time(found.sends_down),
            "delay": server.delay.as_ref().map(delay),
        })
    });
    json!({
        "as_of": shown.as_of.map(|at| at.to_string()),
        "open": one(&shown.open),
        "send": one(&shown.send),
        "arrive": one(&shown.arrive),
        "queue": queue.map(|queue| json!({ "waiting": queue.waiting, "oldest": queue.oldest })),
        "servers": servers.collect::<Vec<_>>(),
    })
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn days(days: &[Day]) -> Vec<Value> {
    let day = |day: &Day| json!({ "day": day.date.to_string(), "median": rounded(day.median), "samples": day.samples });
    days.iter().map(day).collect()
}

fn delay(delay: &Observed) -> Value {
    let figure = |figure: Figure| json!({ "median": rounded(figure.median), "p90": figure.ninth.map(rounded), "mailboxes": figure.mailboxes });
    let day = delay.day.map(|(date, one)| {
        let mut day = figure(one);
        day["day"] = date.to_string().into();
        day
    });
    json!({
        "hour": delay.hour.map(figure),
        "day": day,
        "usual": delay.usual.map(rounded),
        "late": delay.late,
        "days": days(&delay.days),
    })
}

fn one(measure: &Measure) -> Value {
    json!({
        "now": measure.now.map(rounded),
        "samples": measure.samples,
        "last": measure.last,
        "usual": measure.usual.map(rounded),
        "late": measure.late,
        "days": days(&measure.days),
    })
}

#[cfg(test)]
mod tests {
    use jiff::{civil::date, tz::TimeZone};

    use super::*;

    fn tr(lang: Lang) -> Tr {
        Tr::new(lang, TimeZone::UTC, "2026-11-22T12:00:00Z".parse().expect("a time"))
    }

    fn day(n: i8, median: f64) -> Day {
        Day { date: date(2026, 11, n), place: u8::try_from(n + 8).expect("a place"), median, samples: 9 }
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = |seconds| duration(seconds, &tr(Lang::Fr)).replace('\u{a0}', " ");
        let expected = [
            (0.0, "0,01 s"),
            (0.02, "0,02 s"),
            (0.1, "0,1 s"),
            (2.0, "2 s"),
            (2.44, "2,4 s"),
            (9.97, "10 s"),
            (40.0, "40 s"),
            (119.0, "2 min"),
            (5400.0, "90 min"),
            (21_600.0, "6 h"),
            (86_400.0, "24 h"),
            (259_200.0, "3 j"),
        ];
        for (seconds, words) in expected {
            assert_eq!(said(seconds), words);
        }
        assert_eq!(duration(2.4, &tr(Lang::En)), "2.4\u{a0}s");
    }

    #[test]
    fn the_chart_says_in_words_what_it_draws() {
        let days = [day(1, 0.1), day(2, 0.2), day(8, 4.1), day(21, 1.0), day(22, 2.4)];
        assert_eq!(path(&days), "M90 28L100 28M160 3h-4M290 23L300 14");
        let said = in_words("chart-open", &days, &tr(Lang::Fr)).replace('\u{a0}', " ");
        assert_eq!(
            said,
            "Temps d’ouverture : de 0,1 s le 1er nov. 2026 à 2,4 s aujourd’hui, maximum 4,1 s le 8 nov. 2026"
        );
        let flat = [day(1, 0.0), day(2, 0.0)];
        assert_eq!(path(&flat), "M90 29L100 29");
    }

    #[test]
    fn what_waits_is_unknown_while_the_store_does_not_tell() {
        let at = "2026-11-22T11:00:00Z".parse().expect("a time");
        let queue = Some(crate::status::measure::Queue { waiting: 0, oldest: 0, at });
        let page = |as_of| render(&Shown { queue, as_of, ..Shown::default() }, &tr(Lang::En)).into_string();
        assert!(page(None).contains("normal") && !page(None).contains("not measured"));
        assert!(!page(Some(at)).contains("normal") && page(Some(at)).contains("not measured"));
    }

    #[test]
    fn nothing_measured_is_one_line() {
        let page = render(&Shown::default(), &tr(Lang::En)).into_string();
        assert!(page.contains("Nothing has been measured yet") && !page.contains("gate"), "{page}");
        let json = json(&Shown::default());
        assert!(json["open"]["now"].is_null() && json["servers"].as_array().is_some_and(Vec::is_empty));
    }
}
