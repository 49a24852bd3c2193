//! On their writer's own device letters also outlive the tab: sealed in the browser, until the gateway has them
//! (`static/device.js`). The pages that write, and those that may offer such a letter, carry what that needs. On a shared
//! device they do not, and nothing is kept.

use maud::{Markup, html};

use super::view::hidden;
use crate::{
    locale::Tr,
    session::{device_half, page_owner},
    web::{assets, who::Who},
};

/// What the script needs.
#[derive(Debug, Clone)]
pub struct Device {
    /// Where the browser keeps them.
    pub name: String,
    /// The gateway's half of the key.
    pub half: String,
    /// The `token` of its forms.
    pub token: String,
}

impl Device {
    /// None on a shared device.
    pub fn of(who: &Who) -> Option<Device> {
        (!who.signed.shared_device).then(|| Device {
            name: name(who),
            half: device_half(who.account.store.keys(), &who.signed.pooled),
            token: who.signed.csrf.token().unwrap_or_default(),
        })
    }

    /// Where a letter may be offered that the gateway does not have. The script shows it.
    pub fn offer(&self, tr: &Tr) -> Markup {
        html! {
            (script())
            form.card.device hidden method="post" action="/compose" enctype="multipart/form-data" data-device=(self.name) data-half=(self.half)
                data-token=(self.token) data-offer=(tr.t("device-letter")) data-sure=(tr.t("device-discard-sure")) data-none=(tr.t("no-subject")) {
                (hidden("token", &self.token))
                span data-fields {}
                p role="status" data-said {}
                p.meta { bdi data-subject {} bdi data-to {} " · " span data-at {} }
                p.acts {
                    button.primary name="do" value="save" { (tr.t("device-go-on")) }
                    button type="button" data-drop { (tr.t("device-discard")) }
                }
            }
        }
    }

    /// Where one may be forgotten: it was sent just now.
    pub fn tidy(&self) -> Markup {
        html! { (script()) div hidden data-device=(self.name) data-half=(self.half) data-token=(self.token) {} }
    }
}

/// The database of a browser that holds somebody's letters.
pub fn name(who: &Who) -> String {
    format!("relais {}", page_owner(who.account.store.keys(), &who.signed.pooled))
}

fn script() -> Markup {
    html! { script src=(assets::url("device.js")) defer {} }
}
