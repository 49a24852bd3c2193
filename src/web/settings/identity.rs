//! As whom somebody writes: an address of the account, with a name, a signature, and where answers go.

use serde::{Deserialize, Serialize};

use crate::{
    message::compose::Email,
    store::{AccountId, Error, Store},
};

/// What was chosen for one address of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    pub address: String,
    /// Empty: the address alone.
    pub name: String,
    /// Below new text; empty: none.
    pub signature: String,
    /// Where answers go, if not to `address`.
    pub reply_to: String,
    /// *Suivre cet envoi* is ticked when the form opens.
    pub follow: bool,
}

/// Characters kept of a name.
pub const NAME: usize = 100;
/// Characters kept of a signature.
pub const SIGNATURE: usize = 2_000;

/// What is wrong with what was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Not one address.
    ReplyTo,
    SignatureTooLong,
}

impl Identity {
    /// Without what can stand in no header field.
    pub fn tidy(mut self) -> Identity {
        let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
        self.name = plain(&self.name).trim().chars().take(NAME).collect();
        self.reply_to = plain(&self.reply_to).trim().to_owned();
        self.signature = self.signature.replace("\r\n", "\n").trim_end().to_owned();
        self.signature.retain(|c| c == '\n' || c == '\t' || !c.is_control());
        self
    }

    pub fn flaw(&self) -> Option<Flaw> {
        if !self.reply_to.is_empty() && Email::parse(&self.reply_to).is_err() {
            return Some(Flaw::ReplyTo);
        }
        (self.signature.chars().count() > SIGNATURE).then_some(Flaw::SignatureTooLong)
    }

    fn says_something(&self) -> bool {
        let bare = Identity { address: self.address.clone(), ..Identity::default() };
        *self != bare
    }
}

/// One for each of these addresses, in their order: the first is the account's own.
///
/// # Errors
/// The store's.
pub async fn of(store: &Store, account: &AccountId, addresses: &[String]) -> Result<Vec<Identity>, Error> {
    let kept = store.preferences(account).await?;
    let kept: Vec<Identity> = kept.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default();
    if !kept.is_empty() {
        store.use_preferences(account).await?;
    }
    let chosen = |address: &String| {
        let known = kept.iter().find(|identity| identity.address.eq_ignore_ascii_case(address));
        Identity { address: address.clone(), ..known.cloned().unwrap_or_default() }
    };
    Ok(addresses.iter().map(chosen).collect())
}

/// Keeps what was chosen, of those that say something.
///
/// # Errors
/// The store's.
pub async fn keep(store: &Store, account: &AccountId, identities: &[Identity]) -> Result<(), Error> {
    let chosen: Vec<&Identity> = identities.iter().filter(|identity| identity.says_something()).collect();
    // Texts and flags alone: it does not fail.
    let plain = if chosen.is_empty() { Vec::new() } else { serde_json::to_vec(&chosen).unwrap_or_default() };
    store.set_preferences(account, &plain).await
}

/// The text that a form opens with: `quoted` is what is answered, below the signature.
pub fn signed(signature: &str, quoted: &str) -> String {
    match (signature.is_empty(), quoted.is_empty()) {
        (true, true) => String::new(),
        (true, false) => quoted.to_owned(),
        // RFC 3676 §4.3: readers know by this line what is the signature.
        (false, true) => format!("\n\n-- \n{signature}\n"),
        (false, false) => format!("\n\n{signature}\n{quoted}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_header_field_can_be_made_of_it() {
        let typed = Identity {
            name: " Ann\r\nBcc: x@y.example ".into(),
            reply_to: "a@b.example\r\nX: y".into(),
            signature: "Ann\r\n\u{0}Roy\n\n".into(),
            ..Identity::default()
        };
        let tidy = typed.tidy();
        assert_eq!(tidy.name, "AnnBcc: x@y.example");
        assert_eq!(tidy.signature, "Ann\nRoy");
        assert_eq!(tidy.flaw(), Some(Flaw::ReplyTo));
        let long = Identity { signature: "x".repeat(SIGNATURE + 1), ..Identity::default() };
        assert_eq!(long.flaw(), Some(Flaw::SignatureTooLong));
        assert_eq!(Identity { reply_to: "a@b.example".into(), ..Identity::default() }.flaw(), None);
    }

    #[tokio::test]
    async fn kept_for_the_addresses_that_the_account_still_has() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await.expect("a store");
        let me = AccountId([1; 32]);
        let named = |address: &str, name: &str| Identity {
            address: address.into(),
            name: name.into(),
            ..Identity::default()
        };
        keep(&store, &me, &[named("ann@x.example", "Ann"), named("team@x.example", "")]).await.expect("kept");
        let found = of(&store, &me, &["ANN@x.example".into(), "other@x.example".into()]).await.expect("read");
        assert_eq!(found, [named("ANN@x.example", "Ann"), named("other@x.example", "")]);
        keep(&store, &me, &[named("ann@x.example", "")]).await.expect("kept");
        assert!(store.preferences(&me).await.expect("read").is_none(), "nothing chosen is nothing kept");
    }

    #[test]
    fn a_signature_stands_above_what_is_quoted() {
        assert_eq!(signed("", ""), "");
        assert_eq!(signed("Ann", ""), "\n\n-- \nAnn\n");
        assert_eq!(signed("Ann", "\n\n> x"), "\n\nAnn\n\n\n> x");
        assert_eq!(signed("", "\n\n> x"), "\n\n> x");
    }
}
