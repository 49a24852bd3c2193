//! Domains that anybody can have an address at: who shares one with the reader is not of the reader's organisation.

use super::person::is_under;

const PUBLIC: [&str; 46] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "outlook.fr",
    "hotmail.com",
    "hotmail.fr",
    "hotmail.co.uk",
    "live.com",
    "live.fr",
    "msn.com",
    "yahoo.com",
    "yahoo.fr",
    "yahoo.co.uk",
    "ymail.com",
    "aol.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "gmx.com",
    "gmx.fr",
    "gmx.net",
    "gmx.de",
    "web.de",
    "t-online.de",
    "mail.com",
    "zoho.com",
    "fastmail.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "sfr.fr",
    "neuf.fr",
    "numericable.fr",
    "bbox.fr",
    "laposte.net",
    "mailo.com",
    "net-c.com",
    "skynet.be",
    "bluewin.ch",
    "btinternet.com",
    "libero.it",
    "hey.com",
    "tutanota.com",
];

/// `domain` in lower case.
pub fn is_public(domain: &str) -> bool {
    PUBLIC.iter().any(|public| is_under(domain, public))
}
