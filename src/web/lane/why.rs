//! "Why is it here?": the lane of a message, what decided it, and the way to put its sender elsewhere.

use maud::{Markup, html};

use super::asked::LANES;
use crate::{
    locale::Tr,
    mailbox::{lane::Reader, opened::Opened, written},
    message::lane::{Lane, Reason, Verdict},
    store::LONGEST_SENDER,
    web::{app::App, who::Who},
};

#[derive(Debug, Clone)]
pub struct Why {
    pub verdict: Verdict,
    /// `None` where it would change nothing: documents come first whoever sends them, and nobody moves oneself.
    pub mover: Option<Mover>,
}

/// The forms that put the sender of a message somewhere.
#[derive(Debug, Clone, Default)]
pub struct Mover {
    pub token: String,
    pub address: String,
    /// This page.
    pub back: String,
    /// Where the sender was put.
    pub chosen: Option<Lane>,
}

/// Where people put senders, each as in a form.
pub const PLACES: [(Lane, &str); 2] = [(Lane::People, "people"), (Lane::Advertising, "advertising")];

/// What the store does not tell counts as no choice: the message is shown in any case.
pub async fn of(app: &App, who: &Who, opened: &Opened, back: &str) -> Why {
    let id = &who.account.id;
    let from = opened.message.envelope.as_ref().and_then(|envelope| envelope.from.first());
    let address = from.map(|from| from.email.to_lowercase()).filter(|address| is_sender(address));
    let mut reader = Reader::of(&who.account, who.addresses());
    let mut chosen = None;
    if let Some(address) = &address {
        let unknown = |error| {
            tracing::warn!(%error, "where a sender was put is not known");
            None
        };
        chosen = app.store.sender(id, address).await.unwrap_or_else(unknown);
        if let Some(lane) = chosen {
            reader.choices.insert(address.clone(), lane);
            let used = app.store.use_senders(id, std::slice::from_ref(address)).await;
            used.unwrap_or_else(|error| tracing::warn!(%error, "a sender's use was not noted"));
        }
    }
    let mut verdict = reader.judge(&opened.message);
    if verdict.lane == Lane::Advertising && reader.written.is_none() {
        // Nobody is put behind whom the reader wrote to: asked once for a while, and for what advertises alone.
        reader.written = written::written(&who.account).await;
        verdict = reader.judge(&opened.message);
    }
    let own = |address: &String| reader.addresses.iter().any(|own| own.eq_ignore_ascii_case(address));
    let stays = verdict.reasons.contains(&Reason::ClinicalFile);
    let movable = address.filter(|address| !stays && !own(address));
    let mover = movable.map(|address| Mover {
        token: who.signed.csrf.token().unwrap_or_default(),
        address,
        back: back.to_owned(),
        chosen,
    });
    Why { verdict, mover }
}

/// What can be the address of a sender.
pub fn is_sender(address: &str) -> bool {
    let fits = address.len() <= LONGEST_SENDER && !address.chars().any(char::is_control);
    fits && address.rsplit_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
}

pub fn render(why: &Why, tr: &Tr) -> Markup {
    let Verdict { lane, reasons } = &why.verdict;
    let chosen = reasons.contains(&Reason::Chosen);
    let view = LANES.iter().find(|(wanted, ..)| wanted.holds(*lane)).map_or("", |(.., key)| tr.t(key));
    html! {
        details.why #why data-lane=(lane.key()) open[chosen] {
            summary { (tr.t_with("why-title", &[("lane", view.into())])) }
            @if tr.t(lane.key()) != view { p { b { (tr.t(lane.key())) } } }
            ul { @for reason in reasons { li { (sentence(reason, tr)) } } }
            @if let Some(mover) = &why.mover { (forms(mover, tr)) }
            p.meta { (tr.t("why-forged")) }
        }
    }
}

fn sentence(reason: &Reason, tr: &Tr) -> String {
    match reason.tool() {
        Some(tool) => tr.t_with(reason.key(), &[("tool", tool.into())]),
        None => tr.t(reason.key()).to_owned(),
    }
}

fn forms(mover: &Mover, tr: &Tr) -> Markup {
    html! {
        p.meta { (tr.t("why-move")) }
        form.acts method="post" action="/settings/senders" {
            input type="hidden" name="token" value=(mover.token);
            input type="hidden" name="sender" value=(mover.address);
            input type="hidden" name="back" value=(mover.back);
            @for (lane, word) in PLACES.iter().filter(|(lane, _)| mover.chosen != Some(*lane)) {
                button name="to" value=(word) { (tr.t(lane.key())) }
            }
            @if mover.chosen.is_some() { button name="to" value="nowhere" { (tr.t("why-forget")) } }
        }
        @if mover.chosen.is_some() { p.links { a href="/settings/senders" { (tr.t("senders-title")) } } }
    }
}
