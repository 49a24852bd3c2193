//! The page of one's sessions: one form, a button for each, and one for all others.

use std::net::IpAddr;

use jiff::Timestamp;
use maud::{Markup, html};

use crate::locale::Tr;

#[derive(Debug, Clone, Default)]
pub struct SessionsView {
    pub token: String,
    /// The last used first.
    pub lines: Vec<Line>,
    /// So many were ended a moment ago.
    pub ended: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct Line {
    /// What the form calls it.
    pub name: String,
    /// Browser and system; empty where nothing is known of them.
    pub device: String,
    pub shared: bool,
    /// The first address of a /24 or /48.
    pub network: Option<IpAddr>,
    pub since: Timestamp,
    pub used: Timestamp,
    /// `used`, or any time after it.
    pub or_later: bool,
    /// The session that looks.
    pub here: bool,
}

pub fn render(view: &SessionsView, tr: &Tr) -> Markup {
    let others = view.lines.iter().filter(|line| !line.here).count();
    html! {
        form method="post" action="/settings/sessions" {
            input type="hidden" name="token" value=(view.token);
            div.card {
                @if let Some(n) = view.ended {
                    p role="status" { b { (tr.t_with("sessions-ended", &[("n", n.into())])) } }
                }
                p { (tr.t("sessions-what")) }
                @for line in &view.lines { (one(line, tr)) }
                @if others == 0 { p.meta { (tr.t("sessions-only")) } }
                @if others > 1 { p.acts { button name="end" value="others" { (tr.t("sessions-end-others")) } } }
                p.meta { (tr.t("sessions-kept")) }
            }
        }
    }
}

fn one(line: &Line, tr: &Tr) -> Markup {
    let device = if line.device.is_empty() { tr.t("sessions-unknown") } else { &line.device };
    let moment = |key: &'static str, at: Timestamp| tr.t_with(key, &[("moment", (&tr.moment(at)).into())]);
    let used = if line.or_later { "sessions-used-after" } else { "sessions-used" };
    let place = if line.shared { "sessions-shared" } else { "sessions-own" };
    html! {
        div.gate {
            div {
                p { b { (device) } }
                @if !line.here { p { small { (moment(used, line.used)) } } }
                p { small { (moment("sessions-since", line.since)) } }
                p {
                    small {
                        (tr.t(place))
                        @if let Some(network) = line.network {
                            " · " (tr.t_with("sessions-network", &[("network", (&coarse(network)).into())]))
                        }
                    }
                }
            }
            @if line.here {
                span.chip { (tr.t("sessions-here")) }
            } @else {
                button name="end" value=(line.name) { (tr.t("sessions-end")) span.vh { " " (device) } }
            }
        }
    }
}

/// `192.0.2.*`, `2001:db8:7:*`.
fn coarse(network: IpAddr) -> String {
    match network {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.*")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:*")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_shown_without_its_end() {
        assert_eq!(coarse("192.0.2.0".parse().expect("an address")), "192.0.2.*");
        assert_eq!(coarse("2001:db8:7::".parse().expect("an address")), "2001:db8:7:*");
    }
}
