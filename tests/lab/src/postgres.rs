//! A real PostgreSQL in a folder of its own, on a free loopback port, as an ordinary account.

use std::{
    cell::Cell,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    process::{Account, Folder, Process, START, Who, free_ports},
    tls,
};

const USER: &str = "relais";
pub const PASSWORD: &str = "hunter2-of-the-database";

/// A running server. It ends, with all its databases, when dropped.
pub struct Postgres {
    process: Process,
    account: Account,
    bin: PathBuf,
    folder: Folder,
    port: u16,
    made: AtomicU32,
}

impl Postgres {
    /// Makes a cluster and starts it, with durability as it comes and TLS from an authority of its own.
    ///
    /// # Errors
    /// When it is not installed or does not serve, with its log.
    pub async fn start() -> Result<Postgres> {
        tokio::task::spawn_blocking(Postgres::start_blocking).await?
    }

    fn start_blocking() -> Result<Postgres> {
        let (account, bin) = (Account::unprivileged()?, programs()?);
        let folder = Folder::new_in(memory(), "lab-postgres-")?;
        account.own(folder.path())?;
        tls::certificates(folder.path())?;
        for file in ["server.pem", "server.key"] {
            account.own(&folder.path().join(file))?;
        }
        let secret = folder.path().join("password");
        fs::write(&secret, PASSWORD)?;
        account.own(&secret)?;
        let mut init = Command::new(bin.join("initdb"));
        init.args([
            "--no-sync",
            "--no-instructions",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
        ]);
        init.args(["--username", USER, "--pwfile"])
            .arg(&secret)
            .arg("--pgdata")
            .arg(folder.path().join("data"));
        account.runs(&mut init);
        let made = init.current_dir("/").env("HOME", "/").stdin(Stdio::null()).output()?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let [port] = free_ports()?;
        let process = run(&account, &bin, folder.path(), port)?;
        let mut postgres = Postgres { process, account, bin, folder, port, made: AtomicU32::new(0) };
        postgres.serves()?;
        Ok(postgres)
    }

    /// One server for all the tests of a process that run at the same time.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn shared() -> Result<Arc<Postgres>> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Ok(running);
        }
        let fresh = Arc::new(Postgres::start_blocking()?);
        *shared = Arc::downgrade(&fresh);
        Ok(fresh)
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The authority that signed its certificate.
    #[must_use]
    pub fn ca_pem(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The folder of its socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// Makes an empty database; its address, with the password.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn database(&self) -> Result<String> {
        let name = format!("relais_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.sql(&self.url("postgres"), &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    fn url(&self, name: &str) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs statements as another client does; what they answer, columns with `|`, one row a line.
    ///
    /// # Errors
    /// What the server says against them.
    pub fn sql(&self, url: &str, text: &str) -> Result<String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text]).arg(url);
        let said = psql.stdin(Stdio::null()).output()?;
        ensure!(said.status.success(), "{text}: {}", String::from_utf8_lossy(&said.stderr));
        Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
    }

    /// What it logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Changes a setting that is read without a restart.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn set(&mut self, setting: &str) -> Result<()> {
        let (name, value) = setting.split_once('=').context("name=value")?;
        self.sql(&self.url("postgres"), &format!("ALTER SYSTEM SET {name} = '{value}'"))?;
        self.sql(&self.url("postgres"), "SELECT pg_reload_conf()")?;
        let until = Instant::now() + START;
        while self.sql(&self.url("postgres"), &format!("SHOW {name}"))? != value {
            ensure!(Instant::now() < until, "{name} stays as it was");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Ends it at once, as a power cut would end it: what was committed must be there after [`Postgres::restart`].
    pub fn crash(&mut self) {
        self.signal(Signal::SIGQUIT);
        self.wait();
    }

    /// # Errors
    /// When it does not serve again.
    pub fn restart(&mut self) -> Result<()> {
        self.process = run(&self.account, &self.bin, self.folder.path(), self.port)?;
        self.serves()
    }

    fn serves(&mut self) -> Result<()> {
        let until = Instant::now() + START;
        while self.sql(&self.url("postgres"), "SELECT 1").is_err() {
            if self.process.ended().is_some() || Instant::now() > until {
                bail!("PostgreSQL does not serve:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        let pid = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap_or_default();
        if let Some(pid) = pid.lines().next().and_then(|pid| pid.trim().parse().ok()) {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    fn wait(&mut self) {
        let until = Instant::now() + START;
        while self.process.ended().is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.process.stop();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The signal by which it does not wait for its clients.
        self.signal(Signal::SIGINT);
        self.wait();
    }
}

fn run(account: &Account, bin: &Path, folder: &Path, port: u16) -> Result<Process> {
    let program = bin.join("postgres");
    let mut command: Vec<OsString> = vec![program.into(), "-D".into(), folder.join("data").into()];
    for setting in [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".into(),
        format!("unix_socket_directories={}", folder.display()),
        "max_connections=300".into(),
        "shared_buffers=32MB".into(),
        "wal_level=minimal".into(),
        "max_wal_senders=0".into(),
        "ssl=on".into(),
        format!("ssl_cert_file={}", folder.join("server.pem").display()),
        format!("ssl_key_file={}", folder.join("server.key").display()),
    ] {
        command.extend(["-c".into(), setting.into()]);
    }
    let command: Vec<&OsStr> = command.iter().map(OsString::as_os_str).collect();
    Process::start(&command, Who::Account(account), &folder.join("log"))
}

/// A file system in memory with room enough, if there is one: what PostgreSQL promises does not become less true there,
/// and a hundred databases are made in no time.
fn memory() -> Option<&'static Path> {
    let folder = Path::new("/dev/shm");
    let free = nix::sys::statvfs::statvfs(folder).ok()?;
    let octets = free.blocks_available().saturating_mul(free.fragment_size());
    (octets > 2 << 30).then_some(folder)
}

/// Where the programs of the newest version are: Debian keeps them off the path.
fn programs() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .max_by_key(|bin| {
            let version = bin.parent().and_then(Path::file_name).and_then(OsStr::to_str);
            version.and_then(|version| version.parse::<u32>().ok())
        });
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    };
    newest.or_else(on_path).context("PostgreSQL is not installed: run scripts/install")
}

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// An empty database on a server that lives while it is held.
pub struct Database {
    pub server: Arc<Postgres>,
    pub url: String,
}

impl Database {
    /// An empty one, where this thread's tests are to run on PostgreSQL ([`on_postgres`]).
    #[must_use]
    pub fn wanted() -> Option<Database> {
        HERE.get().then(|| Database::new().expect("PostgreSQL"))
    }

    /// # Errors
    /// As [`Postgres::shared`] and [`Postgres::database`].
    pub fn new() -> Result<Database> {
        let server = Postgres::shared()?;
        let url = server.database()?;
        Ok(Database { server, url })
    }

    /// Whether these octets stand in it anywhere, as text or as bytes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn holds(&self, octets: &[u8]) -> Result<bool> {
        let mut dump = Command::new(self.server.bin.join("pg_dump"));
        let said = dump.arg("--data-only").arg(&self.url).stdin(Stdio::null()).output()?;
        ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let there = |bytes: &[u8]| said.stdout.windows(bytes.len()).any(|window| window == bytes);
        Ok(there(octets) || there(hex.as_bytes()))
    }

    /// # Errors
    /// As [`Postgres::sql`].
    pub fn sql(&self, text: &str) -> Result<String> {
        self.server.sql(&self.url, text)
    }
}

/// They wait for the database more than they work.
const AT_ONCE: usize = 4;

/// A test and its name.
pub type Test<T> = (&'static str, fn() -> T);

/// Runs tests once more, some at a time: stores that ask for [`Database::wanted`] in them are on PostgreSQL.
///
/// # Panics
/// When `tests` are not as many as `source`, the file they stand in, has: none may be forgotten.
pub fn on_postgres<T>(source: &str, tests: &[Test<T>], check: impl Fn(T) + Sync) {
    let marks = source.lines().filter(|line| line.starts_with("#[tokio::test")).count();
    assert_eq!(marks, tests.len(), "as many tests as this file has");
    let _server = Postgres::shared().expect("PostgreSQL");
    let next = AtomicUsize::new(0);
    let work = || {
        HERE.set(true);
        while let Some((name, test)) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
            println!("{name} on PostgreSQL");
            check(test());
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
}
