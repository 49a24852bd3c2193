//! As whom a letter is written: one of the account's own addresses, never another.

use crate::{
    message::{
        Envelope,
        compose::{Email, Person},
    },
    web::{
        app::App,
        settings::identity::{self, Identity},
        who::Who,
    },
};

/// What was chosen for each address of the account. Where that cannot be read, the addresses alone: writing goes on.
pub async fn identities(app: &App, who: &Who) -> Vec<Identity> {
    let addresses = who.addresses();
    identity::of(&app.store, &who.signed.account, &addresses).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "how somebody signs could not be read");
        let bare = |address| Identity { address, ..Identity::default() };
        addresses.into_iter().map(bare).collect()
    })
}

/// The one of this address; the first for a form that names none. `None`: it is not the account's.
pub fn chosen<'a>(identities: &'a [Identity], from: &str) -> Option<&'a Identity> {
    match from {
        "" => identities.first(),
        from => identities.iter().find(|identity| identity.address.eq_ignore_ascii_case(from)),
    }
}

/// The one that a message was sent to, or by; else the first.
pub fn of_message<'a>(identities: &'a [Identity], envelope: &Envelope) -> Option<&'a Identity> {
    let Envelope { from, to, cc, bcc, .. } = envelope;
    let mut known = [from, to, cc, bcc].into_iter().flatten();
    known
        .find_map(|address| chosen(identities, address.email.trim()).filter(|_| !address.email.is_empty()))
        .or(identities.first())
}

/// Who stands in From, and in Reply-To. `None`: its address is none.
pub fn fields(identity: &Identity) -> Option<(Person, Option<Email>)> {
    let name = Some(identity.name.clone()).filter(|name| !name.is_empty());
    let email = Email::parse(&identity.address).ok()?;
    Some((Person { name, email }, Email::parse(&identity.reply_to).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Address;

    #[test]
    fn answered_from_where_it_was_sent_to() {
        let own = ["ann@x.test", "team@x.test", "old@x.test"];
        let own = own.map(|address| Identity { address: address.into(), ..Identity::default() });
        let people = |list: &[&str]| -> Vec<Address> {
            list.iter().map(|email| Address { name: None, email: (*email).to_owned() }).collect()
        };
        let of = |from: &[&str], to: &[&str], cc: &[&str]| {
            let envelope =
                Envelope { from: people(from), to: people(to), cc: people(cc), ..Envelope::default() };
            of_message(&own, &envelope).map(|identity| identity.address.clone()).unwrap_or_default()
        };
        assert_eq!(of(&["bob@y.test"], &["Team@X.test"], &["ann@x.test"]), "team@x.test");
        assert_eq!(of(&["bob@y.test"], &["", "list@y.test"], &["old@x.test"]), "old@x.test");
        assert_eq!(of(&["bob@y.test"], &["list@y.test"], &[]), "ann@x.test");
        assert_eq!(of(&["old@x.test"], &["team@x.test"], &[]), "old@x.test", "one's own is gone on with");
        assert_eq!(chosen(&own, "mallory@x.test"), None);
        assert_eq!(chosen(&own, "").map(|own| own.address.as_str()), Some("ann@x.test"));
    }
}
