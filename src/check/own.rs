//! This machine: what the gateway needs of it before any mail server is asked.

use std::{fs, path::Path};

use super::{Notes, listener, measured};
use crate::{
    audit,
    config::{Config, is_loopback},
    store::{self, Keys, Store},
};

/// Descriptors for files, logs and what the runtime needs.
const SPARE: u64 = 64;

pub async fn look(notes: &mut Notes<'_>, config: &Config) {
    store(notes, config).await;
    audit(notes, config);
    descriptors(notes, config);
    address(notes, config);
    listener::look(notes, config);
}

/// The key ring opens the store, and what is committed there is on disk.
async fn store(notes: &mut Notes<'_>, config: &Config) {
    let file = config.data.join("relais.db");
    // Nothing is made or changed there: a gateway of an earlier version may be at work.
    let opened = match &config.database {
        Some(url) => match Store::has_tables(url).await {
            Ok(true) => Store::connect_beside(url, &config.key_file).await,
            Ok(false) => {
                return notes
                    .good("store", format!("{url}: commits are on disk before they are reported; empty"));
            }
            Err(error) => Err(error),
        },
        None if file.exists() => Store::open_beside(&config.data, &config.key_file).await,
        None => scratch(&config.data).await,
    };
    let place = match &config.database {
        Some(_) => "PostgreSQL".to_owned(),
        None => config.data.display().to_string(),
    };
    match opened {
        Ok(store) => {
            measured::look(&mut notes.on("measures"), config, &store).await;
            store.close().await;
            notes.good(
                "store",
                format!("{place}: commits are on disk before they are reported, the keys fit"),
            );
        }
        Err(error) => notes.fail("store", format!("{place}: {error}"), "Relais does not start like this"),
    }
    // Of a store that is there it was read just now.
    if config.database.is_none() && !file.exists() && config.key_file.exists() {
        match Keys::read(&config.key_file) {
            Ok(_) => notes.note(
                "key-file",
                format!("{} is there, and no store yet", config.key_file.display()),
                "if a store was here before, put it back; else this key ring will be used for the new one",
            ),
            Err(error) => notes.fail("key-file", error.to_string(), "Relais does not start like this"),
        }
    }
}

/// A store in the same file system, for a moment: the folder is made at the first start.
async fn scratch(data: &Path) -> Result<Store, store::Error> {
    let there = |folder: &&Path| folder.is_dir();
    let absolute = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    let ancestor = absolute.ancestors().find(there).unwrap_or(Path::new("/")).to_owned();
    let folder = ancestor.join(format!(".relais-check-{}", std::process::id()));
    let opened = Store::open(&folder.join("data"), &folder.join("data.key")).await;
    // Open files stay usable until they are closed.
    let _ = fs::remove_dir_all(&folder);
    opened
}

/// The gateway may run as somebody else than who checks: what is said is true for that one where both are the same.
fn audit(notes: &mut Notes<'_>, config: &Config) {
    // Nothing is made where no gateway has been.
    if !config.data.is_dir() {
        return;
    }
    let folder = audit::folder(&config.data);
    match audit::can_write(&folder) {
        Ok(()) => notes.good("audit", format!("{}: can be written", folder.display())),
        Err(error) => notes.warn(
            "audit",
            format!("the audit cannot be written ({}): {error}", folder.display()),
            "make room, or give the folder to the user of the gateway; people read and send meanwhile",
        ),
    }
}

fn descriptors(notes: &mut Notes<'_>, config: &Config) {
    let Some(limit) = fs::read_to_string("/proc/self/limits").ok().as_deref().and_then(open_files) else {
        return;
    };
    let needed = (config.limits.web_connections + config.limits.connections) as u64 + SPARE;
    if limit < needed {
        notes.warn(
            "descriptors",
            format!("{limit} open files are allowed, {needed} may be needed on the busiest morning"),
            format!("LimitNOFILE={needed} in the systemd unit, or ulimit -n {needed}"),
        );
    } else {
        notes.good("descriptors", format!("{limit} open files are allowed, {needed} may be needed"));
    }
}

/// `Max open files            1024                 524288               files` (proc(5)): the soft limit.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// People are taught to type their password only under a name of their own organisation.
fn address(notes: &mut Notes<'_>, config: &Config) {
    let Some(host) = config.public_url.as_ref().and_then(|url| url.host_str()) else {
        notes.note(
            "public-url",
            "no public_url: served on this machine's loopback alone, over plain http",
            "set public_url = \"https://…\", and a certificate ([tls]) or trusted_proxies, before anybody else comes",
        );
        return;
    };
    let domains = || config.servers.iter().flat_map(|server| &server.domains);
    let under = |domain: &String| host == domain || host.ends_with(&format!(".{domain}"));
    if is_loopback(host) || domains().any(under) {
        notes.good("public-url", format!("people come to {host}"));
    } else if domains().next().is_none() {
        notes.note(
            "public-url",
            format!("people come to {host}; which mail domains are served is not said"),
            "name them (domains = […]) so that this can be compared",
        );
    } else {
        notes.warn(
            "public-url-elsewhere",
            format!("people come to {host}, which is under none of the mail domains they know"),
            "a password page under a strange name looks like a fraud: use a name under your mail domain",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_counts() {
        let text = "Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
        assert_eq!(open_files(text), Some(1024));
        assert_eq!(open_files("Max open files unlimited unlimited files"), Some(u64::MAX));
        assert_eq!(open_files("Max processes 1 2 x"), None);
    }
}
