//! The way as a line of time: who had the message, from when, for how long.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::{
    locale::Tr,
    message::way::{Arrival, Stop, Way},
    web::message::letter::{Late, lateness},
};

/// Waiting that is worth a word, and worth a colour.
const WORD: SignedDuration = SignedDuration::from_mins(1);
const COLOUR: SignedDuration = SignedDuration::from_mins(30);

#[derive(Debug, Clone)]
pub struct WayView {
    pub subject: String,
    pub late: Option<Late>,
    /// The administrator named the operator's servers.
    pub operator_is_known: bool,
    pub way: Way,
}

pub fn render(view: &WayView, tr: &Tr) -> Markup {
    let way = &view.way;
    html! {
        section.card data-way {
            h2 dir="auto" { @if view.subject.is_empty() { (tr.t("no-subject")) } @else { (view.subject) } }
            p { b { (verdict(view, tr)) } }
            @if let Some(before) = way.before() {
                p.meta { (tr.t_with("way-before", &[("span", (&tr.span(before)).into())])) }
            }
            ol.trail {
                @if let Some(written) = way.written {
                    li.said { span { (tr.t("way-written")) } (time(written, tr)) small { (tr.t("way-written-what")) } }
                }
                @for stop in &way.stops { (step(stop, tr)) }
                (arrived(way.arrival, tr))
            }
            p.meta { (tr.t("way-clocks")) }
            @if view.operator_is_known { p.meta { (tr.t("way-believed")) } }
        }
    }
}

fn verdict(view: &WayView, tr: &Tr) -> String {
    match (&view.late, view.way.delay) {
        (Some(late), _) => lateness(late, tr),
        (None, Some(delay)) => {
            let key = match view.way.arrival {
                Arrival::At(_) => "way-in-time",
                Arrival::Moved(_) | Arrival::Unknown => "way-in-time-up-to-the-last",
            };
            tr.t_with(key, &[("span", (&tr.span(delay.whole)).into())])
        }
        (None, None) => tr.t("way-unknown").to_owned(),
    }
}

fn step(stop: &Stop, tr: &Tr) -> Markup {
    let class = if stop.waited >= COLOUR { "late" } else { "" };
    html! {
        li class=(class) {
            span {
                @match &stop.host { Some(host) => bdi { (host) }, None => (tr.t("way-nameless")) }
                @if stop.own { " " span.chip.ok { (tr.t("way-own")) } }
                @if stop.waited >= WORD {
                    " " span.chip.late[stop.waited >= COLOUR] { (tr.t_with("way-waited", &[("span", (&tr.span(stop.waited)).into())])) }
                }
            }
            @match stop.at { Some(at) => (time(at, tr)), None => span.meta { (tr.t("way-no-time")) } }
        }
    }
}

fn arrived(arrival: Arrival, tr: &Tr) -> Markup {
    html! {
        @match arrival {
            Arrival::At(at) => li { span { (tr.t("way-arrived")) } (time(at, tr)) },
            Arrival::Moved(at) => li.said { span { (tr.t("way-arrived")) } (time(at, tr)) small { (tr.t("way-moved")) } },
            Arrival::Unknown => {}
        }
    }
}

fn time(at: Timestamp, tr: &Tr) -> Markup {
    html! { time datetime=(tr.machine_time(at)) { (tr.moment(at)) } }
}
