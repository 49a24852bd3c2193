//! The one function that names an account.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    config::Config,
    store::{AccountId, Keys},
};

/// HMAC(server key, server name ‖ login, domain lower-cased). The same mailbox on the same configured server has
/// the same id for as long as the key file lives; without that file an id tells nothing.
pub fn account_id(keys: &Keys, server: &str, login: &str) -> AccountId {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&*keys.account_key()).expect("HMAC takes keys of any length");
    mac.update(server.as_bytes());
    // Server names and logins hold no NUL: ("a", "bc") and ("ab", "c") stay apart.
    mac.update(&[0]);
    match login.rsplit_once('@') {
        Some((local, domain)) => {
            mac.update(local.as_bytes());
            mac.update(b"@");
            mac.update(domain.to_lowercase().as_bytes());
        }
        None => mac.update(login.as_bytes()),
    }
    AccountId(mac.finalize().into_bytes().into())
}

/// Counts as one account what most servers take for one: names that differ in case alone. For limits, and to know
/// a writer again; never for what is kept.
pub fn pooled_id(keys: &Keys, server: &str, login: &str) -> AccountId {
    account_id(keys, server, &login.to_lowercase())
}

/// The [`pooled_id`] behind an address, found as when it signs in.
///
/// # Errors
/// A sentence: no server serves it.
pub fn account_of(config: &Config, keys: &Keys, address: &str) -> Result<AccountId, String> {
    let (server, login) = config.server_for(address).map_err(|error| format!("“{address}”: {error}"))?;
    Ok(pooled_id(keys, &server.name, &login.login))
}

/// Names a [`pooled_id`] on pages, which do not show the id itself: who signs in on a page can be told from whom it
/// was made for.
pub fn page_owner(keys: &Keys, pooled: &AccountId) -> String {
    AccountId(keys.digest("relais page owner", &[pooled.as_bytes()])).to_string()
}

/// The gateway's half of the key that seals the letters of a [`pooled_id`] on their writer's own device. It stands on
/// pages of that writer alone.
pub fn device_half(keys: &Keys, pooled: &AccountId) -> String {
    AccountId(keys.digest("relais device half", &[pooled.as_bytes()])).to_string()
}
