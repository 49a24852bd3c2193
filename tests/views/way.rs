//! The way of a message.

use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use relais::{
    message::way::{Hop, Operator, way},
    web::message::{
        letter::{Late, Where},
        way::view::{WayView, render},
    },
};

use crate::fixtures::Fixtures;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

impl Fixtures {
    /// Late at the operator; in time; and of a mailbox that was moved, without a trace of when.
    pub fn ways(&self) -> Vec<(String, Markup)> {
        let hosts = [".in.hopital.example".to_owned(), "mx.hopital.example".to_owned()];
        let hop =
            |by: &str, when: Option<&str>| Hop { from: None, by: Some(self.same(by)), at: when.map(at) };
        let late = [
            hop("store.in.hopital.example", Some("2026-11-22T08:42:00Z")),
            hop("mx.hopital.example", Some("2026-11-21T06:42:00Z")),
            hop("out.bioval.example", Some("2026-11-21T06:40:09Z")),
        ];
        let moved = [hop("mx.hopital.example", None), Hop { by: None, ..late[2].clone() }];
        let written = Some(at("2026-11-21T06:40:00Z"));
        let view = |hops: &[Hop], arrived: &str, by: Option<i64>| WayView {
            subject: self.same("Résultats d’analyse — NFS, CRP"),
            late: by.map(|hours| Late {
                by: SignedDuration::from_hours(hours),
                at: Where::Operator,
                href: String::new(),
            }),
            operator_is_known: true,
            way: way(
                written,
                hops,
                Some(at(arrived)),
                false,
                Operator { hosts: &hosts, ..Operator::default() },
            ),
        };
        let page = |name: &str, view: &WayView| {
            (name.to_owned(), self.column_page(self.tr.t("way-title"), render(view, &self.tr)))
        };
        vec![
            page("way-late", &view(&late, "2026-11-22T08:42:00Z", Some(26))),
            page("way-in-time", &view(&late[2..], "2026-11-21T06:40:20Z", None)),
            page("way-moved", &view(&moved, "2027-01-22T08:42:00Z", None)),
            page("way-unknown", &view(&[], "2026-11-21T06:40:20Z", None)),
        ]
    }
}
