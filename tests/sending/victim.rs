//! Where a gateway keeps what it accepts, on either store, and a gateway that stops where it is told to.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use lab::Database;
use relais::store::Store;

/// A folder with the key file, and SQLite in it or a PostgreSQL beside it.
pub struct Home {
    pub folder: tempfile::TempDir,
    pub database: Option<Database>,
}

impl Home {
    /// On PostgreSQL where this thread's tests are to run on one.
    pub fn new() -> Result<Home> {
        Ok(Home { folder: tempfile::tempdir()?, database: Database::wanted() })
    }

    pub fn shared() -> Result<Home> {
        Ok(Home { folder: tempfile::tempdir()?, database: Some(Database::new()?) })
    }

    /// On SQLite only while no gateway runs here.
    pub async fn open(&self) -> Result<Store> {
        let key = self.folder.path().join("data.key");
        Ok(match &self.database {
            Some(database) => Store::connect(&database.url.clone().try_into()?, &key).await?,
            None => Store::open(&self.folder.path().join("data"), &key).await?,
        })
    }
}

/// A gateway that stops at a point, or nowhere.
pub struct Victim {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Victim {
    /// On this store.
    pub fn start_on(home: &Home, imap_port: u16, smtp_port: u16, point: Option<&str>) -> Result<Victim> {
        Victim::spawn(home.folder.path(), home.database.as_ref(), imap_port, smtp_port, point)
    }

    /// With its data in this folder, and on this database where there is one.
    pub fn spawn(
        folder: &Path,
        database: Option<&Database>,
        imap_port: u16,
        smtp_port: u16,
        point: Option<&str>,
    ) -> Result<Victim> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
        command.args(["--imap", &format!("imap://127.0.0.1:{imap_port}?tls=none")]);
        command.args(["--smtp", &format!("smtp://127.0.0.1:{smtp_port}?tls=none")]);
        // Deadlines, quarantine and back-off of seconds instead of minutes.
        command.env("RELAIS_LIMITS__PATIENCE", "2").env_remove("TEST_RELAIS_STOP_AT");
        if let Some(database) = database {
            command.env("RELAIS_DATABASE", &database.url);
        }
        if let Some(point) = point {
            command.env("TEST_RELAIS_STOP_AT", point);
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn()?;
        let errors = BufReader::new(child.stderr.take().context("no standard error")?);
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        Ok(Victim { child, lines })
    }

    pub fn wait_for(&self, words: &str) -> Result<()> {
        let mut told = String::new();
        while !told.contains(words) {
            let line = self.lines.recv_timeout(Duration::from_secs(60));
            told.push_str(&line.with_context(|| format!("“{words}” was not said:\n{told}"))?);
            told.push('\n');
        }
        Ok(())
    }

    pub fn signal(&self, name: &str) -> Result<()> {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status()?;
        ensure!(sent.success());
        Ok(())
    }

    /// SIGTERM, and the end it comes to.
    pub async fn stop(mut self) -> Result<()> {
        self.signal("TERM")?;
        for _ in 0..400 {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "{status}");
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("it does not stop")
    }
}

impl Drop for Victim {
    /// SIGKILL: no destructor, no last word.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
