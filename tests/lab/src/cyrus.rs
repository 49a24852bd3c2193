//! A Cyrus in Dovecot's place: the second real IMAP server that the reading and acting suites are run against.
//!
//! `LAB_IMAP=cyrus` asks for it. Its packages and Dovecot's exclude each other: `scripts/install soak` unpacks them into
//! `target/cyrus`, a root of their own.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::{dovecot::Options, process::Account};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/cyrus");

/// Whether it is asked for.
#[must_use]
pub fn is_asked_for() -> bool {
    std::env::var("LAB_IMAP").is_ok_and(|server| server == "cyrus")
}

/// Writes its configuration into `folder`, with the programs, which others than their owner must reach.
pub(crate) fn configure(
    folder: &Path,
    account: &Account,
    options: &Options,
    ports: (u16, u16),
) -> Result<()> {
    let Options { separator, prefix, capability, mail_plugins, extra, special_use, .. } = options;
    let plain = prefix.is_empty() && mail_plugins.is_empty() && extra.is_empty() && capability.is_none();
    ensure!(plain && *separator == '/' && *special_use, "these options are for Dovecot alone");
    if !root(folder).exists() {
        ensure!(Path::new(ROOT).join("usr").exists(), "Cyrus is missing: run scripts/install soak");
        let copied = Command::new("cp").arg("-a").arg(ROOT).arg(root(folder)).status()?;
        ensure!(copied.success(), "Cyrus could not be copied");
    }
    for name in ["conf", "spool", "proc", "lock", "socket"] {
        fs::create_dir_all(folder.join("cyrus").join(name))?;
        account.own(&folder.join("cyrus").join(name))?;
    }
    for (user, password) in &options.users {
        add(folder, user, password)?;
    }
    account.own(&folder.join("cyrus/sasldb"))?;
    fs::write(folder.join("cyrus/imapd.conf"), imapd_conf(folder, account, options))?;
    fs::write(folder.join("cyrus/cyrus.conf"), cyrus_conf(folder, ports))?;
    Ok(())
}

/// The command that serves until it is told to end.
pub(crate) fn command(folder: &Path) -> Result<Vec<OsString>> {
    let cyrus = folder.join("cyrus");
    let mut command: Vec<OsString> =
        vec!["/usr/bin/env".into(), libraries(folder)?, program(folder, "master").into()];
    command.extend(["-D".into(), "-C".into(), cyrus.join("imapd.conf").into()]);
    command.extend([
        "-M".into(),
        cyrus.join("cyrus.conf").into(),
        "-p".into(),
        cyrus.join("conf/master.pid").into(),
    ]);
    Ok(command)
}

fn root(folder: &Path) -> PathBuf {
    folder.join("cyrus-root")
}

fn program(folder: &Path, name: &str) -> PathBuf {
    root(folder).join("usr/lib/cyrus/bin").join(name)
}

/// Where its libraries are, as a word for `env`.
fn libraries(folder: &Path) -> Result<OsString> {
    let triple = format!("{}-linux-gnu", std::env::consts::ARCH);
    let root = root(folder);
    let root = root.to_str().context("the folder's name is not UTF-8")?;
    Ok(format!("LD_LIBRARY_PATH={root}/usr/lib/{triple}:{root}/lib/{triple}").into())
}

/// Somebody with a password.
fn add(folder: &Path, user: &str, password: &str) -> Result<()> {
    let (local, domain) = user.split_once('@').context("a user without a domain")?;
    let mut command = Command::new("/usr/bin/env");
    command.arg(libraries(folder)?).arg(root(folder).join("usr/sbin/saslpasswd2")).args(["-p", "-c", "-f"]);
    command.arg(folder.join("cyrus/sasldb")).args(["-u", domain, local]).stdin(Stdio::piped());
    let mut running = command.spawn()?;
    running.stdin.take().context("no standard input")?.write_all(password.as_bytes())?;
    ensure!(running.wait()?.success(), "no password for {user}");
    Ok(())
}

fn imapd_conf(folder: &Path, account: &Account, options: &Options) -> String {
    let (cyrus, tls) = (folder.join("cyrus"), folder.join("tls"));
    let (cyrus, tls, Account { user, group, .. }) = (cyrus.display(), tls.display(), account);
    let names: Vec<&str> = options.folders.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join("|");
    let mut text = format!(
        "cyrus_user: {user}\ncyrus_group: {group}\nconfigdirectory: {cyrus}/conf\npartition-default: {cyrus}/spool\n\
         defaultpartition: default\nproc_path: {cyrus}/proc\nmboxname_lockpath: {cyrus}/lock\nidlesocket: {cyrus}/socket/idle\n\
         admins: cyrus\nallowplaintext: yes\nunixhierarchysep: yes\nvirtdomains: userid\ndefaultdomain: localhost\n\
         altnamespace: yes\nsasl_pwcheck_method: auxprop\nsasl_auxprop_plugin: sasldb\nsasl_sasldb_path: {cyrus}/sasldb\n\
         sasl_mech_list: PLAIN LOGIN\nautocreate_quota: 0\nautocreate_inbox_folders: {names}\n\
         autocreate_subscribe_folders: {names}\ntls_server_cert: {tls}/server.pem\ntls_server_key: {tls}/server.key\n\
         maxheaderlines: 100000\nfailedloginpause: 0\n"
    );
    for (name, special) in &options.folders {
        if let Some(special) = special.strip_prefix('\\') {
            text.push_str(&format!("xlist-{}: {name}\n", special.to_lowercase()));
        }
    }
    text
}

fn cyrus_conf(folder: &Path, (imap, imaps): (u16, u16)) -> String {
    let configured = |name: &str| {
        format!("{} -C {}", program(folder, name).display(), folder.join("cyrus/imapd.conf").display())
    };
    let (recover, imapd) = (configured("ctl_cyrusdb"), configured("imapd"));
    format!(
        "START {{\n  recover cmd=\"{recover} -r\"\n}}\nSERVICES {{\n  imap cmd=\"{imapd} -U 30\" listen=\"127.0.0.1:{imap}\" \
         prefork=0 proto=tcp4\n  imaps cmd=\"{imapd} -s -U 30\" listen=\"127.0.0.1:{imaps}\" prefork=0 proto=tcp4\n}}\n"
    )
}
