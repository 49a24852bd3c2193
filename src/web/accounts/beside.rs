//! The sessions of other mailboxes that the same browser holds. Each is a session of its own, with its own times; the
//! browser alone knows that they belong together.

use std::net::IpAddr;

use crate::{
    audit::{Event, What},
    session::{Held, MOST_BESIDE, Presented, SignedIn},
    store::AccountId,
    web::app::App,
};

pub struct Beside {
    pub held: Held,
    pub signed: SignedIn,
}

/// Those that live, in the order of the cookie; never the one that its pages show.
pub async fn living(app: &App, presented: &Presented) -> Vec<Beside> {
    let mut living: Vec<Beside> = Vec::new();
    for held in presented.beside.iter().filter(|held| Some(held.id) != presented.id) {
        match app.sessions.find(&held.id, &held.k).await {
            Ok(Some(signed)) if living.iter().all(|other| other.signed.key != signed.key) => {
                living.push(Beside { held: held.clone(), signed });
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "a session beside another was not found"),
        }
    }
    living
}

/// Those of them whose mailboxes this access point is for.
pub async fn admitted(app: &App, presented: &Presented) -> Vec<Beside> {
    let access = &app.config.access;
    let admits =
        |one: &Beside| access.admits_domain(&one.signed.address) && access.admits_user(&one.signed.address);
    living(app, presented).await.into_iter().filter(admits).collect()
}

/// The one its pages show, where it lives.
pub async fn shown(app: &App, presented: &Presented) -> Option<Beside> {
    let held = Held { id: presented.id?, k: presented.k.clone()? };
    let signed = app.sessions.find(&held.id, &held.k).await.ok().flatten()?;
    Some(Beside { held, signed })
}

/// Ends these sessions: no credentials stay behind.
pub async fn end(app: &App, some: &[Beside], network: Option<IpAddr>) {
    for one in some {
        match app.sessions.sign_out(one.signed.key).await {
            Ok(()) => {
                app.pool.end_session(one.signed.key.0);
                app.audit.tell(&Event::of(What::SignOut).account(one.signed.pooled).network(network));
            }
            Err(error) => tracing::warn!(%error, "a session was not ended"),
        }
    }
}

/// After a sign-in over what the browser held: what stays beside the new session, and what has to end. A mailbox stands
/// there once.
pub fn divided(held: Vec<Beside>, adds: bool, pooled: &AccountId) -> (Vec<Held>, Vec<Beside>) {
    let (stays, ends): (Vec<_>, Vec<_>) = held.into_iter().enumerate().partition(|(n, one)| {
        adds && *n < MOST_BESIDE && one.signed.pooled != *pooled && !one.signed.only_suivi
    });
    let ends = ends.into_iter().map(|(_, one)| one).collect();
    (stays.into_iter().map(|(_, one)| one.held).collect(), ends)
}
