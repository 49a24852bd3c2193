//! Whom a notice concerns.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use super::read::{MAX_ITEMS, bounded};
use crate::{config, store::AccountId};

/// Most accounts of one notice.
const MAX_ACCOUNTS: usize = 500;

/// One kind at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    Everybody,
    /// Mail domains, in lower case and A-labels.
    Domains(Vec<String>),
    /// Accesses of business software, by their names.
    Software(Vec<String>),
    /// By their ids (`session::pooled_id`), never by address. Told to nobody else.
    Accounts(Vec<AccountId>),
}

impl Scope {
    /// Whether strangers may read of it.
    pub fn is_public(&self) -> bool {
        !matches!(self, Scope::Accounts(_))
    }

    /// Whether it is for whoever has this address's domain or this account; for everybody as well, which access of which
    /// software they use being unknown.
    pub fn concerns(&self, address: &str, account: &AccountId) -> bool {
        match self {
            Scope::Everybody | Scope::Software(_) => true,
            Scope::Domains(domains) => address
                .rsplit_once('@')
                .is_some_and(|(_, own)| domains.iter().any(|domain| domain.eq_ignore_ascii_case(own))),
            Scope::Accounts(accounts) => accounts.contains(account),
        }
    }

    /// What is named on public pages.
    pub fn names(&self) -> &[String] {
        match self {
            Scope::Domains(names) | Scope::Software(names) => names,
            Scope::Everybody | Scope::Accounts(_) => &[],
        }
    }
}

/// `"everybody"`, or `{"domains": […]}` and so on.
impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut one = match self {
            Scope::Everybody => return "everybody".serialize(to),
            _ => to.serialize_map(Some(1))?,
        };
        match self {
            Scope::Everybody => {}
            Scope::Domains(names) => one.serialize_entry("domains", names)?,
            Scope::Software(names) => one.serialize_entry("software", names)?,
            Scope::Accounts(ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                one.serialize_entry("accounts", &ids)?;
            }
        }
        one.end()
    }
}

/// As it is written.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawScope {
    Word(String),
    Lists(RawLists),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLists {
    domains: Vec<String>,
    software: Vec<String>,
    accounts: Vec<String>,
}

impl RawScope {
    /// `account` finds the id of an address.
    pub fn checked(self, account: &dyn Fn(&str) -> Result<AccountId, String>) -> Result<Scope, String> {
        const WRONG: &str =
            "for is “everybody”, or one of { domains = […] }, { software = […] } and { accounts = […] }";
        let RawLists { domains, software, accounts } = match self {
            RawScope::Word(word) if word == "everybody" => return Ok(Scope::Everybody),
            RawScope::Word(_) => return Err(WRONG.into()),
            RawScope::Lists(lists) => lists,
        };
        if domains.len().max(software.len()) > MAX_ITEMS || accounts.len() > MAX_ACCOUNTS {
            return Err(format!("for names more than {MAX_ITEMS} names, or {MAX_ACCOUNTS} accounts"));
        }
        match (domains.is_empty(), software.is_empty(), accounts.is_empty()) {
            (false, true, true) => {
                let domain = |text: &String| {
                    config::domain(text.trim_start_matches('@'))
                        .ok_or_else(|| format!("for: “{text}” is not a mail domain"))
                };
                Ok(Scope::Domains(domains.iter().map(domain).collect::<Result<_, _>>()?))
            }
            (true, false, true) => {
                let name = |text: String| bounded("for", &text).map(|name| name.trim().to_owned());
                Ok(Scope::Software(software.into_iter().map(name).collect::<Result<_, _>>()?))
            }
            (true, true, false) => {
                let id = |text: &String| match hexadecimal(text) {
                    Some(id) => Ok(id),
                    None => account(text.trim()),
                };
                Ok(Scope::Accounts(accounts.iter().map(id).collect::<Result<_, _>>()?))
            }
            _ => Err(WRONG.into()),
        }
    }
}

/// An id as it is written down.
fn hexadecimal(text: &str) -> Option<AccountId> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut id = [0; 32];
    for (byte, at) in id.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(AccountId(id))
}
