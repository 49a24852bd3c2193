//! The sign-in page. A page of its own kind: the notice first, because that is why people come here on a bad day.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    locale::Tr,
    web::{door::view as door, language, problem::Problem},
};

#[derive(Debug, Clone, Default)]
pub struct LoginView {
    /// The organisation, as the admin named it.
    pub organisation: String,
    /// The address of its logo.
    pub logo: Option<String>,
    /// The admin's own words, one paragraph a line.
    pub help: Option<String>,
    pub phone: Option<String>,
    pub password_reset: Option<String>,
    /// The address of this page.
    pub here: String,
    /// The hidden `token` of the forms.
    pub token: String,
    /// What was typed before a refusal.
    pub username: String,
    pub shared: bool,
    /// The mailbox that stays open: another one is added beside it.
    pub beside: Option<String>,
    pub problem: Option<Problem>,
    /// Where to go afterwards; a path of ours.
    pub next: Option<String>,
    /// What they were writing when their session ended: hidden fields, passed on.
    pub letter: Vec<(String, String)>,
    /// Until when this access point is open.
    pub closes: Option<Timestamp>,
    /// It closed then; until the second moment who signs in reads what became of their sent mail, and nothing else.
    pub closed: Option<(Timestamp, Timestamp)>,
    /// The one to ask is signed out just now, by their own wish.
    pub signed_out: bool,
}

pub fn render(view: &LoginView, tr: &Tr) -> Markup {
    let retry = view.problem.is_some();
    html! {
        @if let Some(logo) = &view.logo { img.logo src=(logo) alt=(view.organisation); }
        form method="post" action="/login" {
            @if let Some((closed, until)) = view.closed {
                h1 { (tr.t("door-closed-title")) }
                (door::said(closed, tr))
                p { (door::at("door-suivi", until, tr)) }
            } @else if let Some(address) = &view.beside {
                h1 { (tr.t("accounts-add")) }
                p { (tr.t("login-beside")) " " bdi { (address) } }
                input type="hidden" name="add" value="1";
            } @else {
                h1 { (tr.t("login-title")) }
            }
            @if let Some(closes) = view.closes { p.meta { (door::at("door-until", closes, tr)) } }
            @if view.signed_out && !retry { p.fine role="status" { (tr.t("login-signed-out")) } }
            @if let Some(help) = view.help.as_ref().filter(|_| view.closed.is_none()) {
                @for line in help.lines().filter(|l| !l.trim().is_empty()) { p { (line) } }
            }
            p.meta { (tr.t("login-which-password")) }
            input type="hidden" name="token" value=(view.token);
            @if let Some(next) = &view.next { input type="hidden" name="next" value=(next); }
            @for (name, value) in &view.letter { input type="hidden" name=(name) value=(value); }
            @if !view.letter.is_empty() { p.fine role="status" { (tr.t("login-letter")) } }
            label {
                span { (tr.t("login-address")) }
                // Not type=email: some people sign in with a short name.
                input type="text" name="username" value=(view.username) required autocomplete="username"
                    inputmode="email" autocapitalize="none" autocorrect="off" spellcheck="false"
                    autofocus[view.username.is_empty()];
            }
            label {
                span { (tr.t("login-password")) }
                input type="password" name="password" required autocomplete="current-password"
                    autofocus[!view.username.is_empty()];
            }
            @if let Some(problem) = &view.problem { (problem.inline(tr)) }
            button.primary { (if retry { tr.t("retry") } else { tr.t("login-submit") }) }
            label.check {
                input type="checkbox" name="shared" value="1" checked[view.shared];
                span { (tr.t("login-shared")) }
            }
            p.meta { (tr.t("login-shared-what")) }
        }
        footer {
            p { (contact(&view.organisation, view.phone.as_deref(), tr)) }
            div.links {
                @if let Some(reset) = &view.password_reset { a href=(reset) { (tr.t("login-forgotten")) } }
                a href="/status" { (tr.t("status-title")) }
                a href="/privacy" { (tr.t("privacy-title")) }
                a href="/accessibility" { (tr.t("accessible-title")) }
                @if view.letter.is_empty() { (language::button(&view.token, &view.here, tr)) }
            }
        }
    }
}

/// Whose service it is, and whom to call. Wherever the line breaks, it does not begin with the point between the two.
pub fn contact(organisation: &str, phone: Option<&str>, tr: &Tr) -> Markup {
    html! {
        @if !organisation.is_empty() { b { (organisation) } }
        @if let Some(phone) = phone {
            @if !organisation.is_empty() { "\u{a0}· " }
            (tr.t("help-by-phone")) " " (phone_link(phone))
        }
    }
}

/// A number to touch: `tel:` takes digits alone (RFC 3966).
fn phone_link(phone: &str) -> Markup {
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    html! { a.num href={ "tel:" (digits) } { (phone) } }
}
