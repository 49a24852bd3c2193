//! A Postfix of one's own: submission with SASL asked of a [`Dovecot`], delivery into its mailboxes.
//!
//! Postfix must start as root: it changes to the accounts `postfix` and `nobody` by itself. An ordinary user's is
//! started by `sudo -n`; nothing else here needs more than that user's rights. Mail for other domains is accepted,
//! as submission servers do, and then bounced: nothing leaves the machine.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs,
    io::Write as _,
    net::{Ipv4Addr, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, Result, ensure};

use crate::{
    dovecot::Dovecot,
    process::{Account, Folder, Process, Who, free_ports, program},
};

/// How one Postfix is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The largest message taken, in octets (SIZE, RFC 1870).
    pub message_size_limit: u64,
    /// More lines for `main.cf`, as `smtpd_discard_ehlo_keywords = dsn`.
    pub extra: String,
    /// The queue and the configuration; a temporary folder if not given.
    pub folder: Option<PathBuf>,
    /// The submission port and the implicit TLS port; free ones if not given.
    pub ports: Option<(u16, u16)>,
}

impl Default for Options {
    fn default() -> Self {
        Self { message_size_limit: 50 << 20, extra: String::new(), folder: None, ports: None }
    }
}

/// A running Postfix. It ends, with its folder, when dropped.
pub struct Postfix {
    // Before the folder: the process must end before its files go.
    process: Option<Process>,
    folder: Folder,
    options: Options,
    submission: u16,
    submissions: u16,
}

impl Postfix {
    /// Starts a server for the users of this Dovecot and waits until it greets.
    ///
    /// # Errors
    /// When Postfix is not installed, may not start (see above), or does not come up; its log is in the error.
    pub async fn start(dovecot: &Dovecot) -> Result<Self> {
        Self::start_with(dovecot, Options::default()).await
    }

    /// # Errors
    /// As [`Postfix::start`].
    pub async fn start_with(dovecot: &Dovecot, options: Options) -> Result<Self> {
        let folder = Folder::new(options.folder.as_deref(), "lab-postfix-")?;
        let (submission, submissions) = match options.ports {
            Some(ports) => ports,
            None => free_ports::<2>()?.into(),
        };
        // Two programs that make one mailbox at the same moment: one of them may fail, and mail wait for a next try.
        for (user, _) in &dovecot.options().users {
            dovecot.doveadm(&["mailbox", "status", "-u", user, "messages", "INBOX"])?;
        }
        let mut postfix = Self { process: None, folder, options, submission, submissions };
        postfix.configure(dovecot)?;
        postfix.run().await?;
        Ok(postfix)
    }

    /// Submission (RFC 6409): plain text and STARTTLS, on loopback. The certificate is the Dovecot's.
    #[must_use]
    pub fn submission_port(&self) -> u16 {
        self.submission
    }

    /// Submission with TLS from the first byte (RFC 8314).
    #[must_use]
    pub fn submissions_port(&self) -> u16 {
        self.submissions
    }

    /// What the server logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// What it logged, once it says this: its log is written by a process of its own, a moment after the reply.
    ///
    /// # Errors
    /// When it does not say so within 10 s.
    pub async fn logged(&self, words: &str) -> Result<String> {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let log = self.log();
            if log.contains(words) {
                return Ok(log);
            }
            ensure!(Instant::now() < until, "“{words}” is not in the log:\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends the server; its queue stays.
    pub fn stop(&mut self) {
        self.process = None;
        // Its children hold the port for a moment more than it lives.
        let until = Instant::now() + Duration::from_secs(2);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.submission)).is_ok() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops it if it runs, and starts it again on the same ports with the same queue.
    ///
    /// # Errors
    /// As [`Postfix::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.stop();
        self.run().await
    }

    async fn run(&mut self) -> Result<()> {
        let master = program(&["master"])?;
        let command = [OsStr::new("/bin/sh"), OsStr::new("-c"), OsStr::new(START), OsStr::new("sh")];
        let command = [&command[..], &[self.folder.path().as_os_str(), master.as_os_str()]].concat();
        let log = self.log_file();
        let mut process = Process::start(&command, Who::Root, &self.folder.path().join("output.log"))?;
        process.serves(self.submission, &log).await?;
        self.process = Some(process);
        Ok(())
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("mail.log")
    }

    fn configure(&self, dovecot: &Dovecot) -> Result<()> {
        let root = self.folder.path();
        fs::create_dir_all(root.join("etc"))?;
        fs::create_dir_all(root.join("data"))?;
        for name in QUEUE {
            let path = root.join("queue").join(name);
            fs::create_dir_all(&path)?;
            let mode = if matches!(*name, "public" | "pid") { 0o755 } else { 0o700 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        }
        let mut users = String::new();
        let mut domains = Vec::new();
        for (user, _) in &dovecot.options().users {
            writeln!(users, "{user} {user}")?;
            domains.extend(user.rsplit_once('@').map(|(_, domain)| domain.to_owned()));
        }
        domains.sort();
        domains.dedup();
        let files = [
            ("users", users),
            ("main.cf", self.main_cf(dovecot, &domains.join(" "))?),
            ("master.cf", self.master_cf(dovecot)?),
        ];
        for (name, text) in files {
            let mut file = fs::File::create(root.join("etc").join(name))?;
            file.write_all(text.as_bytes())?;
            // Postfix waits for a file it reads to be a second old, lest somebody is still writing it.
            file.set_modified(SystemTime::now() - Duration::from_secs(60))?;
        }
        Ok(())
    }

    fn main_cf(&self, dovecot: &Dovecot, domains: &str) -> Result<String> {
        let root = self.folder.path().to_str().context("the folder's name is not UTF-8")?;
        let daemons = program(&["smtpd"])?;
        let daemons = daemons.parent().unwrap_or(Path::new("/usr/lib/postfix/sbin")).display();
        let tls = dovecot.folder().join("tls");
        let tls = tls.display();
        let auth = dovecot.folder().join("run/auth-client");
        let Options { message_size_limit, extra, .. } = &self.options;
        Ok(format!(
            "compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
daemon_directory = {daemons}
maillog_file = {root}/mail.log
maillog_file_prefixes = /
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.test
mydomain = example.test
myorigin = example.test
mydestination =
alias_maps =
local_recipient_maps =
mynetworks =
smtpd_banner = $myhostname ESMTP
biff = no

virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:{root}/etc/users
virtual_transport = dovecot
dovecot_destination_recipient_limit = 1
# Nothing leaves the machine: accepted, as submission servers do, then bounced.
default_transport = elsewhere
relay_transport = $default_transport

message_size_limit = {message_size_limit}
mailbox_size_limit = 0
virtual_mailbox_limit = 0

smtpd_tls_cert_file = {tls}/server.pem
smtpd_tls_key_file = {tls}/server.key
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
# A test of wrong passwords must not slow the next test.
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
{extra}
",
            auth.display()
        ))
    }

    fn master_cf(&self, dovecot: &Dovecot) -> Result<String> {
        let Self { submission, submissions, .. } = self;
        let lda = program(&["dovecot-lda"])?;
        let Account { user, group, .. } = dovecot.account();
        Ok(format!(
            "127.0.0.1:{submission} inet n - n - - smtpd
127.0.0.1:{submissions} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
dovecot unix - n n - - pipe
  flags=DRXhu user={user}:{group} null_sender= argv={} -c {} -d ${{recipient}} -f ${{sender}} -a ${{original_recipient}}
elsewhere unix - n n - - pipe
  user={user}:{group} argv=/bin/sh -c {{echo 5.7.1 this server delivers to its own domains only; exit 69}}
later unix - n n - - pipe
  user={user}:{group} argv=/bin/sh -c {{echo 4.4.1 not now; exit 75}}
smtp unix - - n - - smtp
",
            lda.display(),
            dovecot.configuration().display()
        ))
    }
}

/// The folders of a Postfix queue.
const QUEUE: &[&str] = &[
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid",
    "private", "public", "saved", "trace",
];

/// `sh START folder master`: gives the queue's folders to Postfix's own account, which only root can, and starts.
const START: &str = r#"
chown root "$1" "$1/queue" "$1/queue/pid" "$1"/etc/* &&
for name in active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace; do
  chown postfix "$1/queue/$name" || exit 1
done &&
chown postfix "$1/data" &&
exec "$2" -c "$1/etc" -s
"#;

impl Drop for Postfix {
    fn drop(&mut self) {
        self.stop();
        self.folder.remove_as_root();
    }
}
