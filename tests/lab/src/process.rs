//! Processes that never outlive their owner, and the account they run as.

use std::{
    ffi::OsStr,
    fs, io,
    net::{Ipv4Addr, TcpListener},
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::{Gid, Group, Pid, Uid, User},
};

/// How long a server may take to begin serving. Generous: a loaded machine is no failure.
pub const START: Duration = Duration::from_secs(30);
/// How long a server may take to end by itself before it is killed.
const STOP: Duration = Duration::from_secs(5);

/// Runs `"$@"` until it ends or our standard input closes. The owner holds the other end of that pipe, so the
/// server is told to end even when the owner is killed outright.
const KEEPER: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null & server=$!
(read -r _ <&3; kill -TERM $server) 2>/dev/null & watch=$!
exec 3<&-
wait $server; code=$?
# What it may leave behind: children in a process group of its own (Postfix), or in ours (browsers, our watch).
kill -9 -$server 2>/dev/null
trap '' TERM
kill 0
exit $code
"#;

/// The account the mail servers run as: our own, or `nobody` when we are root, because Dovecot refuses to
/// open mailboxes as root.
#[derive(Debug, Clone)]
pub struct Account {
    pub user: String,
    pub group: String,
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// # Errors
    /// When the account has no entry in the user database.
    pub fn unprivileged() -> Result<Self> {
        let user = if Uid::effective().is_root() {
            User::from_name("nobody")?.context("no user called nobody")?
        } else {
            User::from_uid(Uid::effective())?.context("the current user has no name")?
        };
        let group = Group::from_gid(user.gid)?.context("the current group has no name")?;
        Ok(Self { uid: user.uid.as_raw(), gid: user.gid.as_raw(), user: user.name, group: group.name })
    }

    /// Gives a path to this account, where we may.
    pub(crate) fn own(&self, path: &Path) -> io::Result<()> {
        if is_root() { chown(path, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }

    /// Makes a command run as this account.
    pub(crate) fn runs(&self, command: &mut Command) {
        if is_root() {
            command.uid(self.uid).gid(self.gid);
        }
    }
}

pub(crate) fn is_root() -> bool {
    Uid::effective() == Uid::from_raw(0) && Gid::effective() == Gid::from_raw(0)
}

/// Who a process runs as.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// Whoever runs this.
    Us,
    Account(&'a Account),
    Root,
}

/// The beginning of a command that runs what is added to it as root.
pub(crate) fn as_root() -> Result<Command> {
    if is_root() {
        return Ok(Command::new("/usr/bin/env"));
    }
    let sudo = || {
        let mut command = Command::new("sudo");
        command.arg("-n");
        command
    };
    let tried = sudo().arg("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !tried.is_ok_and(|status| status.success()) {
        bail!("this needs root: run it as root, or let sudo remember you (sudo -v) and run it again");
    }
    Ok(sudo())
}

/// A folder that goes with its owner, or one that stays.
pub(crate) struct Folder {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
}

impl Folder {
    /// `kept`, made if need be, or a new temporary folder. Other accounts may pass through it.
    pub(crate) fn new(kept: Option<&Path>, prefix: &str) -> Result<Self> {
        let (path, temporary) = match kept {
            Some(path) => {
                fs::create_dir_all(path)?;
                (path.canonicalize()?, None)
            }
            None => {
                let folder = tempfile::Builder::new().prefix(prefix).tempdir()?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(Self { path, temporary })
    }

    /// A new temporary folder under this one, or where they usually are.
    pub(crate) fn new_in(parent: Option<&Path>, prefix: &str) -> Result<Self> {
        let Some(parent) = parent else { return Self::new(None, prefix) };
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        Ok(Self { path: folder.path().to_owned(), temporary: Some(folder) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes a temporary folder that holds files of other accounts.
    pub(crate) fn remove_as_root(&mut self) {
        if let Some(temporary) = self.temporary.take()
            && !is_root()
            && let Ok(mut command) = as_root()
        {
            let _ = command.args(["rm", "-rf"]).arg(temporary.path()).status();
        }
    }
}

/// A running server. Dropping it ends the server and every process that server started.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts `command` in a process group of its own, so that the terminal's Ctrl-C reaches only the owner,
    /// who then ends things in order. What it prints is appended to `output`.
    ///
    /// # Errors
    /// When it cannot be started, or root is asked for and cannot be had.
    pub fn start(command: &[&OsStr], who: Who, output: &Path) -> Result<Self> {
        let log = fs::OpenOptions::new().create(true).append(true).open(output)?;
        let mut keeper = match who {
            Who::Root => as_root()?,
            Who::Account(_) | Who::Us => Command::new("/usr/bin/env"),
        };
        keeper.args(["/bin/sh", "-c", KEEPER, "sh"]).args(command).current_dir("/").process_group(0);
        keeper.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        if let Who::Account(account) = who {
            account.runs(&mut keeper);
        }
        let child = keeper.spawn().with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self { child })
    }

    /// The exit status, once it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The process id of the server itself: the first of its group with this name.
    #[must_use]
    pub fn pid(&self, name: &str) -> Option<u32> {
        let group = self.child.id().to_string();
        fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let (pid, rest) = stat.split_once(" (")?;
            let (comm, rest) = rest.rsplit_once(") ")?;
            let of_group = rest.split(' ').nth(2) == Some(group.as_str());
            (of_group && comm == name).then(|| pid.parse().ok())?
        })
    }

    /// Asks it to end and waits until it has; kills it when it does not.
    pub fn stop(&mut self) {
        drop(self.child.stdin.take());
        // One that hangs by our own doing cannot hear.
        self.signal(Signal::SIGCONT);
        let until = Instant::now() + STOP;
        while self.ended().is_none() {
            if Instant::now() > until {
                return self.kill();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // Whatever the server left behind in its group.
        self.signal(Signal::SIGKILL);
    }

    /// Kills it and its children without a word, as a power cut would.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        let _ = self.child.wait();
        // The server itself is a grandchild: it is gone when its group is.
        let group = Pid::from_raw(self.child.id().cast_signed());
        let until = Instant::now() + STOP;
        while killpg(group, None).is_ok() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends a signal to the server and its children: `SIGSTOP` makes a server that hangs.
    pub fn signal(&self, signal: Signal) {
        let _ = killpg(Pid::from_raw(self.child.id().cast_signed()), signal);
    }

    /// Waits until a TCP connection to `port` says something. `log` is quoted when the server ends instead.
    pub(crate) async fn serves(&mut self, port: u16, log: &Path) -> Result<()> {
        let until = Instant::now() + START;
        loop {
            if greeting(port).await.is_ok() {
                return Ok(());
            }
            if let Some(status) = self.ended() {
                bail!("the server ended ({status}) instead of serving:\n{}", tail(log));
            }
            if Instant::now() > until {
                bail!("no greeting on port {port} after {START:?}:\n{}", tail(log));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.stop();
        }
    }
}

async fn greeting(port: u16) -> io::Result<()> {
    use tokio::io::AsyncReadExt;
    let said = async {
        let mut stream = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        if stream.read(&mut [0; 2048]).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(5), said).await?
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// `N` different loopback ports that are free. Not of those that the system gives to outgoing connections, and to whoever
/// listens on any: a server that is started again finds its own still free.
///
/// # Errors
/// When the machine has none left.
pub fn free_ports<const N: usize>() -> io::Result<[u16; N]> {
    const FIRST: u16 = 11_000;
    const COUNT: u32 = 20_000;
    // Each process counts from another place.
    static NEXT: LazyLock<AtomicU32> =
        LazyLock::new(|| AtomicU32::new(std::process::id().wrapping_mul(7_919)));
    let mut ports = [0; N];
    for port in &mut ports {
        let mut candidates = (0..COUNT).map(|_| {
            let offset = NEXT.fetch_add(1, Relaxed) % COUNT;
            FIRST + u16::try_from(offset).unwrap_or(0)
        });
        let free = candidates.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
        *port = free.ok_or(io::ErrorKind::AddrInUse)?;
    }
    Ok(ports)
}

/// The first of `names` that is a program, in the usual places or on the path.
pub(crate) fn program(names: &[&str]) -> Result<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/sbin", "/usr/lib/dovecot", "/usr/lib/postfix/sbin"]);
    for folder in folders {
        for name in names {
            let file = Path::new(folder).join(name);
            if file.is_file() {
                return Ok(file);
            }
        }
    }
    bail!("none of {names:?} is installed: run scripts/install")
}
