//! Something of a person that has to stand in a URL: what they searched for, what can be undone. Sealed, so that no log, no
//! history and no other account can read it, and bound to the account, so that it opens for nobody else.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::{Serialize, de::DeserializeOwned};

use crate::store::{AccountId, Error, Keys};

/// Characters of a sealed value that are read: browsers and proxies carry as many in a URL.
pub const LONGEST: usize = 6 * 1024;

/// `label` names what it is: a value of one kind opens as no other.
///
/// # Errors
/// [`Error::Random`].
pub fn seal<T: Serialize>(
    keys: &Keys,
    label: &'static str,
    account: &AccountId,
    value: &T,
) -> Result<String, Error> {
    // Fails for maps whose keys are no strings, and there are none.
    let plain = serde_json::to_vec(value).unwrap_or_default();
    Ok(BASE64.encode(keys.seal(label, None, &account.0, &plain)?))
}

/// None for anything that [`seal`] did not make for this account.
pub fn open<T: DeserializeOwned>(
    keys: &Keys,
    label: &'static str,
    account: &AccountId,
    text: &str,
) -> Option<T> {
    let sealed = BASE64.decode(text.get(..LONGEST.min(text.len()))?).ok()?;
    serde_json::from_slice(&keys.open(label, None, &account.0, &sealed).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_opens_for_its_account_and_as_what_it_is_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("relais.key");
        std::fs::write(&file, format!("relais-keys 1\naccount {0}\nkey 1 {0}\n", "A".repeat(43)))
            .expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("ours alone");
        let keys = Keys::read(&file).expect("keys");
        let (alice, other) = (AccountId([1; 32]), AccountId([2; 32]));
        let text = seal(&keys, "a search", &alice, &"glycémie").expect("sealed");
        assert!(
            !text.contains("glyc") && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
        assert_eq!(open::<String>(&keys, "a search", &alice, &text).as_deref(), Some("glycémie"));
        assert_eq!(open::<String>(&keys, "a search", &other, &text), None);
        assert_eq!(open::<String>(&keys, "an undo", &alice, &text), None);
        assert_eq!(open::<String>(&keys, "a search", &alice, &text[1..]), None);
        assert_eq!(open::<String>(&keys, "a search", &alice, &"é".repeat(LONGEST)), None);
    }
}
