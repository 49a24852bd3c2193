//! The privacy page (GDPR article 13) and the accessibility statement (directive 2016/2102): short, and true of this
//! installation, whose times they read off the configuration.

use std::time::Duration;

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    locale::Tr,
    web::{language, login::view::contact},
};

/// Both pages.
#[derive(Debug, Clone, Default)]
pub struct AboutView {
    pub organisation: String,
    pub phone: Option<String>,
    /// Who answers for personal data, in the admin's words.
    pub data_contact: Option<String>,
    /// A sign-in without a click: on one's own device, on a shared one; and in all.
    pub idle_own: Duration,
    pub idle_shared: Duration,
    pub absolute: Duration,
    /// How long the password of a message that waits is kept at most.
    pub password: Duration,
    /// This access point closes then, and the second moment is the last at which anybody reads anything here.
    pub closes: Option<(Timestamp, Timestamp)>,
    /// The address of this page.
    pub here: &'static str,
    /// Of the form that changes the language.
    pub token: String,
}

pub fn privacy(view: &AboutView, tr: &Tr) -> Markup {
    let span = |duration| span(duration, tr);
    let kept = [
        (
            "privacy-sign-in",
            tr.t_with(
                "privacy-sign-in-until",
                &[
                    ("own", (&span(view.idle_own)).into()),
                    ("shared", (&span(view.idle_shared)).into()),
                    ("all", (&span(view.absolute)).into()),
                ],
            ),
        ),
        ("privacy-drafts", tr.t("privacy-drafts-until").to_owned()),
        ("privacy-device", tr.t("privacy-device-until").to_owned()),
        ("privacy-sent", tr.t("privacy-sent-until").to_owned()),
        ("privacy-password", tr.t_with("privacy-password-until", &[("life", (&span(view.password)).into())])),
        ("privacy-settings", tr.t("privacy-settings-until").to_owned()),
        ("privacy-audit", tr.t("privacy-audit-until").to_owned()),
    ];
    html! {
        section.card {
            h2 { (tr.t("privacy-mail")) }
            p { (tr.t("privacy-mail-what")) }
        }
        section.card {
            h2 { (tr.t("privacy-kept")) }
            @for (what, until) in kept { p { b { (tr.t(what)) } " " (until) } }
            @if let Some((closes, over)) = view.closes {
                p { (tr.t_with("privacy-closes", &[
                    ("closes", (&tr.moment(closes)).into()),
                    ("over", (&tr.moment(over)).into()),
                ])) }
            }
            p { (tr.t("privacy-cookies")) }
        }
        section.card {
            h2 { (tr.t("privacy-who")) }
            p { (tr.t("privacy-who-what")) }
        }
        section.card {
            h2 { (tr.t("privacy-rights")) }
            p { (tr.t("privacy-rights-what")) }
            @if let Some(who) = &view.data_contact { p { (who) } }
            p.meta { (contact(&view.organisation, view.phone.as_deref(), tr)) }
        }
        (foot(view, tr))
    }
}

pub fn accessibility(view: &AboutView, tr: &Tr) -> Markup {
    html! {
        section.card {
            h2 { (tr.t("accessible-state")) }
            p { (tr.t("accessible-state-what")) }
            p { (tr.t("accessible-checked")) }
        }
        section.card {
            h2 { (tr.t("accessible-limits")) }
            p { (tr.t("accessible-limits-what")) }
        }
        section.card {
            h2 { (tr.t("accessible-tell")) }
            p { (tr.t("accessible-tell-what")) }
            p.meta { (contact(&view.organisation, view.phone.as_deref(), tr)) }
            p { (tr.t("accessible-remedy")) }
        }
        (foot(view, tr))
    }
}

fn foot(view: &AboutView, tr: &Tr) -> Markup {
    html! {
        footer.foot {
            div.links { a href="/login" { (tr.t("status-to-mail")) } (language::button(&view.token, view.here, tr)) }
        }
    }
}

/// In the largest unit that says it exactly.
fn span(duration: Duration, tr: &Tr) -> String {
    const UNITS: [(&str, u64); 3] = [("span-days", 24 * 3600), ("span-hours", 3600), ("span-minutes", 60)];
    let seconds = duration.as_secs();
    let exact = UNITS.into_iter().find(|(_, unit)| seconds >= *unit && seconds.is_multiple_of(*unit));
    let (key, unit) = exact.unwrap_or(("span-minutes", 60));
    tr.t_with(key, &[("n", seconds.div_ceil(unit).into())])
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;
    use crate::locale::Lang;

    #[test]
    fn a_span_in_the_largest_unit_that_says_it() {
        let tr = Tr::new(Lang::En, TimeZone::UTC, Timestamp::UNIX_EPOCH);
        let says = |seconds| span(Duration::from_secs(seconds), &tr);
        assert_eq!(
            [86_400, 172_800, 43_200, 3600, 1800, 60].map(says),
            ["1 day", "2 days", "12 hours", "1 hour", "30 minutes", "1 minute"]
        );
        // Never less than what is kept.
        assert_eq!([3660, 90_000, 61].map(says), ["61 minutes", "25 hours", "2 minutes"]);
    }
}
