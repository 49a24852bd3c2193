//! A Dovecot of one's own: the real IMAP server, in a folder, on free ports, without privileges. Another real one takes
//! its place where it is asked for ([`crate::cyrus`]).

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use crate::{
    cyrus,
    imap::Imap,
    process::{Account, Folder, Process, Who, free_ports, program},
    tls,
};

/// How one Dovecot is set up. [`Options::default`] serves `alice@example.test` and `bob@example.test`, both
/// with the password `secret`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address and password of everybody served.
    pub users: Vec<(String, String)>,
    /// Between the levels of a mailbox name: `/` or `.`.
    pub separator: char,
    /// Before every mailbox but INBOX: empty, or `INBOX.`, as at many hosters.
    pub prefix: String,
    /// Mailboxes made at first sight, each with its special use (RFC 6154) or an empty string.
    pub folders: Vec<(String, String)>,
    /// Whether the special uses are told to clients; without, they must guess from the names.
    pub special_use: bool,
    /// What the server says it can do, whatever it really can. (It still can: see [`crate::strip`].)
    pub capability: Option<String>,
    /// SASL mechanisms, as Dovecot names them.
    pub auth_mechanisms: String,
    /// Connections that one user may have from one address.
    pub mail_max_userip_connections: u32,
    /// Make clients wait after a wrong password, more and more, as Dovecot does by default. Off: tests of wrong
    /// passwords would slow every later sign-in from this machine.
    pub penalty: bool,
    /// Plugins for IMAP, as `quota imap_quota`.
    pub mail_plugins: String,
    /// More lines for the end of the configuration.
    pub extra: String,
    /// Where everything is kept; a temporary folder if not given.
    pub folder: Option<PathBuf>,
    /// The IMAP port and the implicit TLS port; free ones if not given.
    pub ports: Option<(u16, u16)>,
}

impl Default for Options {
    fn default() -> Self {
        let folder = |name: &str, special: &str| (name.to_owned(), special.to_owned());
        Self {
            users: vec![
                ("alice@example.test".into(), "secret".into()),
                ("bob@example.test".into(), "secret".into()),
            ],
            separator: '/',
            prefix: String::new(),
            folders: vec![
                folder("Archive", r"\Archive"),
                folder("Drafts", r"\Drafts"),
                folder("Junk", r"\Junk"),
                folder("Sent", r"\Sent"),
                folder("Trash", r"\Trash"),
            ],
            special_use: true,
            capability: None,
            auth_mechanisms: "plain login".into(),
            mail_max_userip_connections: 1000,
            penalty: false,
            mail_plugins: String::new(),
            extra: String::new(),
            folder: None,
            ports: None,
        }
    }
}

impl Options {
    /// The password of a user.
    #[must_use]
    pub fn password(&self, user: &str) -> Option<&str> {
        self.users.iter().find(|(name, _)| name == user).map(|(_, password)| password.as_str())
    }
}

/// A running Dovecot. It ends, with its folder, when dropped.
pub struct Dovecot {
    // Before the folder: the process must end before its files go.
    process: Option<Process>,
    folder: Folder,
    account: Account,
    options: Options,
    imap: u16,
    imaps: u16,
}

impl Dovecot {
    /// Starts a server and waits until it greets.
    ///
    /// # Errors
    /// When Dovecot is not installed, or does not come up; its log is in the error.
    pub async fn start(options: Options) -> Result<Self> {
        let account = Account::unprivileged()?;
        let folder = Folder::new(options.folder.as_deref(), "lab-dovecot-")?;
        for name in ["mail", "state", "run", "tls"] {
            fs::create_dir_all(folder.path().join(name))?;
            account.own(&folder.path().join(name))?;
        }
        tls::certificates(&folder.path().join("tls"))?;
        account.own(&folder.path().join("tls/server.key"))?;
        account.own(folder.path())?;

        let (imap, imaps) = match options.ports {
            Some(ports) => ports,
            None => free_ports::<2>()?.into(),
        };
        let mut dovecot = Self { process: None, folder, account, options, imap, imaps };
        dovecot.configure()?;
        dovecot.run().await?;
        Ok(dovecot)
    }

    /// Plain text and STARTTLS, on loopback.
    #[must_use]
    pub fn imap_port(&self) -> u16 {
        self.imap
    }

    /// TLS from the first byte.
    #[must_use]
    pub fn imaps_port(&self) -> u16 {
        self.imaps
    }

    /// The authority that signed the server's certificate.
    #[must_use]
    pub fn ca_pem(&self) -> PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The folder that everything is in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Who the mailboxes belong to.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    #[must_use]
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("dovecot.conf")
    }

    /// What the server logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Signs `user` in on a plain connection of its own, as another mail client would.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub async fn client(&self, user: &str) -> Result<Imap> {
        let password = self.options.password(user).context("no such user")?;
        let mut imap = Imap::connect(self.imap).await?;
        imap.login(user, password).await?;
        Ok(imap)
    }

    /// Ends the server; the mailboxes stay.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Kills every process of the server at once. Connections are reset or closed by the kernel.
    pub fn kill_hard(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
            // A number that may by now be another process's.
            let _ = fs::remove_file(self.folder.path().join("run/master.pid"));
        }
    }

    /// Makes every process of the server hang: connections open and nothing is said. `false` lets them go on.
    pub fn freeze(&self, frozen: bool) {
        if let Some(process) = &self.process {
            process.signal(if frozen { Signal::SIGSTOP } else { Signal::SIGCONT });
        }
    }

    /// Stops it if it runs, and starts it again on the same ports with the same mailboxes.
    ///
    /// # Errors
    /// As [`Dovecot::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.stop();
        self.run().await
    }

    /// Restarts with changed options (users, folders, capabilities …). Ports and folder stay.
    ///
    /// # Errors
    /// As [`Dovecot::start`].
    pub async fn restart_with(&mut self, options: Options) -> Result<()> {
        self.stop();
        self.options = options;
        self.configure()?;
        self.run().await
    }

    /// Runs `doveadm` with these arguments and returns what it printed.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub fn doveadm(&self, arguments: &[&str]) -> Result<String> {
        self.doveadm_with(arguments, Stdio::null())
    }

    /// As [`Dovecot::doveadm`], with a file as standard input.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub fn doveadm_with(&self, arguments: &[&str], input: impl Into<Stdio>) -> Result<String> {
        let mut command = Command::new(program(&["doveadm"])?);
        command.arg("-c").arg(self.configuration()).args(arguments).current_dir("/").stdin(input);
        self.account.runs(&mut command);
        let output = command.output()?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "doveadm {arguments:?}: {}: {error}", output.status);
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    async fn run(&mut self) -> Result<()> {
        let command: Vec<OsString> = if cyrus::is_asked_for() {
            cyrus::command(self.folder.path())?
        } else {
            vec![program(&["dovecot"])?.into(), "-F".into(), "-c".into(), self.configuration().into()]
        };
        let command: Vec<&OsStr> = command.iter().map(OsString::as_os_str).collect();
        let log = self.log_file();
        let output = self.folder.path().join("output.log");
        let mut process = Process::start(&command, Who::Account(&self.account), &output)?;
        process.serves(self.imap, &log).await?;
        self.process = Some(process);
        Ok(())
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("dovecot.log")
    }

    fn configure(&self) -> Result<()> {
        if cyrus::is_asked_for() {
            return cyrus::configure(
                self.folder.path(),
                &self.account,
                &self.options,
                (self.imap, self.imaps),
            );
        }
        let mut users = String::new();
        for (user, password) in &self.options.users {
            // The passwd-file format has no quoting (`:` ends a field): base64 says any password.
            use base64::{Engine, prelude::BASE64_STANDARD};
            writeln!(users, "{user}:{{PLAIN.b64}}{}::::::", BASE64_STANDARD.encode(password))?;
        }
        let path = self.folder.path().join("users");
        fs::write(&path, users)?;
        self.account.own(&path)?;
        fs::write(self.configuration(), self.configuration_text()?)?;
        Ok(())
    }

    fn configuration_text(&self) -> Result<String> {
        let Self { account: Account { user, group, uid, gid }, options, imap, imaps, .. } = self;
        let folder = self.folder.path().to_str().context("the folder's name is not UTF-8")?;
        let Options { separator, prefix, auth_mechanisms, mail_plugins, .. } = options;
        let connections = options.mail_max_userip_connections;
        let mut text = format!(
            r#"base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = {uid}
first_valid_gid = {gid}
# The numbers fit one small machine that is being tested hard.
default_client_limit = 3000
default_process_limit = 1000
default_vsz_limit = 0

ssl = yes
ssl_cert = <{folder}/tls/server.pem
ssl_key = <{folder}/tls/server.key
disable_plaintext_auth = no
auth_mechanisms = {auth_mechanisms}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}

mail_location = mdbox:~/mdbox
mail_fsync = never
mailbox_list_index = yes
mail_plugins = {mail_plugins}
postmaster_address = postmaster@example.test

service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0666
  }}
  unix_listener auth-client {{
    mode = 0666
  }}
}}
protocol imap {{
  mail_max_userip_connections = {connections}
}}
"#
        );
        if !options.penalty {
            text += "auth_failure_delay = 0\nservice anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n";
        }
        if let Some(capability) = &options.capability {
            writeln!(text, "imap_capability = {capability}")?;
        }
        writeln!(text, "namespace inbox {{\n  inbox = yes\n  separator = {separator}\n  prefix = {prefix}")?;
        for (name, special) in &options.folders {
            writeln!(text, "  mailbox \"{name}\" {{\n    auto = subscribe")?;
            if options.special_use && !special.is_empty() {
                writeln!(text, "    special_use = {special}")?;
            }
            writeln!(text, "  }}")?;
        }
        writeln!(text, "}}\n{}", options.extra)?;
        Ok(text)
    }
}
