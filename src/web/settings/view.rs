//! The page of settings: one form for all addresses of the account.

use maud::{Markup, html};

use super::identity::{Flaw, Identity, NAME, SIGNATURE};
use crate::locale::Tr;

#[derive(Debug, Clone, Default)]
pub struct SettingsView {
    pub token: String,
    pub identities: Vec<Identity>,
    /// What is wrong, by the place of the identity.
    pub flaws: Vec<(usize, Flaw)>,
    /// They were kept a moment ago.
    pub saved: bool,
}

pub fn render(view: &SettingsView, tr: &Tr) -> Markup {
    html! {
        form.settings method="post" action="/settings" {
            input type="hidden" name="token" value=(view.token);
            @if view.saved { p.done role="status" { (tr.t("settings-saved")) } }
            @if !view.flaws.is_empty() {
                div.trouble role="alert" data-problem { p { b { (tr.t("settings-not-saved")) } } }
            }
            @for (n, identity) in view.identities.iter().enumerate() { (one(n, identity, view, tr)) }
            p.acts { button.primary { (tr.t("settings-save")) } }
            p.meta { (tr.t("settings-kept")) }
            p.links {
                a href="/settings/senders" { (tr.t("senders-title")) }
                a href="/settings/sessions" { (tr.t("sessions-title")) }
            }
        }
    }
}

fn one(n: usize, identity: &Identity, view: &SettingsView, tr: &Tr) -> Markup {
    let field = |name: &str| format!("{name}-{n}");
    let flawed = |flaw| view.flaws.contains(&(n, flaw));
    html! {
        fieldset.card {
            legend { bdi { (identity.address) } }
            label.line {
                span { (tr.t("settings-name")) }
                input name=(field("name")) value=(identity.name) maxlength=(NAME) dir="auto" autocomplete="name";
            }
            label.line {
                span { (tr.t("settings-reply-to")) }
                input type="email" name=(field("reply_to")) value=(identity.reply_to) autocomplete="off"
                    aria-invalid=[flawed(Flaw::ReplyTo).then_some("true")];
            }
            @if flawed(Flaw::ReplyTo) { p.bad { (tr.t("settings-bad-reply-to")) } }
            label.stack {
                span { (tr.t("settings-signature")) }
                // A line end right behind the tag is dropped by browsers.
                textarea name=(field("signature")) rows="5" dir="auto" { "\n" (identity.signature) }
            }
            @if flawed(Flaw::SignatureTooLong) {
                p.bad { (tr.t_with("settings-long-signature", &[("n", (SIGNATURE as u64).into())])) }
            }
            label.check {
                input type="checkbox" name=(field("follow")) value="1" checked[identity.follow];
                span { (tr.t("settings-follow")) }
            }
        }
    }
}
