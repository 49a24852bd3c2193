//! The real gateway binary, on a free port, with everything it keeps in a temporary folder.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use tokio::time::sleep;

use crate::process::{Folder, Process, START, Who};

/// A running `relais serve`. It ends, with its folder, when dropped.
pub struct Gateway {
    process: Process,
    folder: Folder,
    url: String,
}

impl Gateway {
    /// Starts `binary` (a test's `env!("CARGO_BIN_EXE_relais")`) with `--listen`, `--data` and these arguments; waits
    /// until it says where it listens. `{folder}` in an argument is the gateway's own folder, made before.
    ///
    /// # Errors
    /// When it ends instead, with its log.
    pub async fn start(binary: &str, arguments: &[&str]) -> Result<Self> {
        Self::start_with(binary, arguments, |_| Ok(())).await
    }

    /// The same, with files put into its folder first, as a `relais.toml` or a notice.
    ///
    /// # Errors
    /// As [`Gateway::start`], and those of `prepare`.
    pub async fn start_with(
        binary: &str,
        arguments: &[&str],
        prepare: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Self> {
        // What passes is counted: nothing passes that nobody asked for.
        Self::start_under(&["env", "RELAIS_PROBES=false"], binary, arguments, prepare).await
    }

    /// The same, and it probes its mail servers.
    ///
    /// # Errors
    /// As [`Gateway::start_with`].
    pub async fn start_probing(
        binary: &str,
        arguments: &[&str],
        prepare: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Self> {
        Self::start_under(&[], binary, arguments, prepare).await
    }

    /// The same under another program, as `env` with variables, which must become it (`{folder}` as in an argument).
    ///
    /// # Errors
    /// As [`Gateway::start_with`].
    pub async fn start_under(
        under: &[&str],
        binary: &str,
        arguments: &[&str],
        prepare: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Self> {
        let folder = Folder::new(None, "lab-relais-")?;
        prepare(folder.path())?;
        let log = folder.path().join("relais.log");
        let data = folder.path().join("data");
        let place = folder.path().display().to_string();
        let placed = |argument: &&str| argument.replace("{folder}", &place).into();
        let mut command: Vec<OsString> = under.iter().map(placed).collect();
        command.extend([binary.into(), "serve".into(), "--listen".into(), "127.0.0.1:0".into()]);
        command.extend(["--data".into(), data.into()]);
        command.extend(arguments.iter().map(placed));
        let command: Vec<&OsStr> = command.iter().map(OsString::as_os_str).collect();
        let mut process = Process::start(&command, Who::Us, &log)?;
        let until = Instant::now() + START;
        loop {
            let told = fs::read_to_string(&log).unwrap_or_default();
            if let Some((_, rest)) = told.split_once("listen=") {
                let address: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
                let https = rest.lines().next().is_some_and(|line| line.contains("https=true"));
                let scheme = if https { "https" } else { "http" };
                return Ok(Self { process, folder, url: format!("{scheme}://{address}") });
            }
            if process.ended().is_some() || Instant::now() > until {
                bail!("the gateway does not serve:\n{told}");
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// `http://127.0.0.1:port`, or https where it has a certificate, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("relais.log")).unwrap_or_default()
    }

    /// Where its files are.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The process id of the server itself, however it was started.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.pid("relais")
    }

    /// Resident memory now, in octets (`VmRSS` of Linux).
    #[must_use]
    pub fn memory(&self) -> u64 {
        let pid = self.process.pid("relais").unwrap_or(0);
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 1024
    }

    /// Processor time spent so far, in user and system mode; in steps of 10 ms.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        let pid = self.process.pid("relais").unwrap_or(0);
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // utime and stime: fields 14 and 15 of proc_pid_stat(5), counted from the state after the name.
        let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').skip(11).take(2);
        let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Kills it without a word; its folder stays.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> bool {
        self.process.ended().is_none()
    }
}
