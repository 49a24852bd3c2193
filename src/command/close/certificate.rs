//! The certificate: a text that grows with each step, on disk before the next one begins. Its last line says that it is
//! complete; what lacks it tells how far a run came.

use std::{
    error::Error,
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, tz::TimeZone};
use relais::{
    config::Config,
    store::{Keys, Store},
};

const TITLE: &str = "Certificate of closing";
const EMPTIED: &str = "the store was emptied: nothing of the above is left in it";
const COMPLETE: &str = "complete: the key file was overwritten and removed";

pub struct Certificate {
    path: PathBuf,
    zone: TimeZone,
}

impl Certificate {
    /// One whose run was cut after the store was emptied: the keys are to be destroyed.
    pub fn unfinished(path: &Path, zone: &TimeZone) -> Result<Option<Certificate>, Box<dyn Error>> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| format!("cannot read {}: {error}", path.display()))?,
        };
        if !text.starts_with(TITLE) {
            return Err(
                format!("{} is no certificate: name another file with --record", path.display()).into()
            );
        }
        if text.contains(COMPLETE) {
            return Err(format!(
                "{} says that this was closed already: keep it elsewhere, or name another file with --record",
                path.display()
            )
            .into());
        }
        let certificate = Certificate { path: path.to_owned(), zone: zone.clone() };
        Ok(text.contains(EMPTIED).then_some(certificate))
    }

    /// Whose it is; a run that was cut before left that already.
    pub async fn begin(
        path: PathBuf,
        config: &Config,
        store: &Store,
        zone: &TimeZone,
    ) -> Result<Certificate, Box<dyn Error>> {
        let certificate = Certificate { path, zone: zone.clone() };
        if certificate.path.exists() {
            certificate.is_about(store.fingerprints().into_iter())?;
            return Ok(certificate);
        }
        let name = config.brand.name.as_deref().unwrap_or("Relais");
        let address = config.public_url.as_ref().map_or("", |url| url.as_str());
        let place = match &config.database {
            Some(url) => url.to_string(),
            None => std::path::absolute(&config.data)?.display().to_string(),
        };
        let id = store.outbox_age([0; 16]).await?.store;
        let mut text = format!(
            "{TITLE} (relais {})\n\nAccess point  {name} {address}\nStore         {place}, named {}\nKey file      {}\n",
            env!("CARGO_PKG_VERSION"),
            hex(&id),
            std::path::absolute(&config.key_file)?.display(),
        );
        for (id, print) in store.fingerprints() {
            let key = if id == 0 { "account".to_owned() } else { format!("key {id}") };
            text.push_str(&format!("  {key:<12}fingerprint {}\n", hex(&print)));
        }
        certificate.append(&text)?;
        Ok(certificate)
    }

    pub fn found(&mut self, held: &[(&str, i64)], told: &[String]) -> io::Result<()> {
        let mut text = format!("\n{}  begun; what was there:\n", self.now());
        let counts = held.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("    {n} {what}\n"));
        let before = text.len();
        text.extend(counts);
        if text.len() == before {
            text.push_str("    nothing\n");
        }
        text.extend(told.iter().map(|line| format!("    {line}\n")));
        self.append(&text)
    }

    pub fn emptied(&mut self) -> io::Result<()> {
        self.append(&format!("{}  {EMPTIED}\n", self.now()))
    }

    pub fn complete(&mut self) -> io::Result<()> {
        self.append(&format!(
            "{}  {COMPLETE}\n\nWhat was kept was sealed under these keys. Copies of the store, as of a backup, open with no \
             others: copies of\nthe key file, on other gateways or put away, must be destroyed by whoever keeps them.\n\
             The audit stays in the data folder: without the key file its digests belong to nobody. Delete it when it \
             is no longer wanted. So\nit is with notices/, notices.json and measures.json in the data folders of other gateways: here they are destroyed.\n",
            self.now()
        ))
    }

    /// Whether the key file is still there.
    ///
    /// # Errors
    /// Where it is not that of the store this is about.
    pub fn has_key(&self, key_file: &Path) -> Result<bool, Box<dyn Error>> {
        if !key_file.exists() {
            return Ok(false);
        }
        let keys = Keys::read(key_file)?;
        self.is_about(keys.fingerprints()).map(|()| true)
    }

    fn is_about(&self, mut prints: impl Iterator<Item = (u32, [u8; 32])>) -> Result<(), Box<dyn Error>> {
        let text = self.text()?;
        match prints.all(|(_, print)| text.contains(&hex(&print))) {
            true => Ok(()),
            false => Err(format!(
                "{} is about another store, whose closing was not finished: name another file with --record",
                self.path.display()
            )
            .into()),
        }
    }

    pub fn text(&self) -> io::Result<String> {
        fs::read_to_string(&self.path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn now(&self) -> String {
        Timestamp::now().to_zoned(self.zone.clone()).strftime("%F %T %:z").to_string()
    }

    fn append(&self, text: &str) -> io::Result<()> {
        let mut file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
