//! What is left, as files: each message as it would have gone out, and a table of its recipients.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use futures::StreamExt;
use jiff::tz::TimeZone;

use super::{
    Error, MessageId, Outbox,
    courier::Content,
    journal::Loaded,
    left::{Left, Why},
    list::time,
    losses::{
        proof,
        table::{line, moment_of, word},
    },
};

const COLUMNS: [&str; 9] =
    ["file", "sender", "recipient", "accepted", "message_id", "size", "state", "proof_at", "proof"];
/// The table.
pub const TABLE: &str = "recipients.csv";

/// What stood in the way of an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Outbox(#[from] Error),
    #[error("{0}: {1}")]
    File(String, io::Error),
}

impl Outbox {
    /// Writes each of these as `<id>.eml` into `folder` (made with mode 0700 where it is missing), and
    /// `recipients.csv`, each file with mode 0600, whole or not at all, and on disk. Returns those that do not open; of
    /// the others with a damaged content the recipients are in the table, without a file.
    ///
    /// # Errors
    /// [`ExportError`]: what was written stays, and the same again replaces it.
    pub async fn export(
        &self,
        left: &[Left],
        folder: &Path,
        zone: &TimeZone,
    ) -> Result<Vec<MessageId>, ExportError> {
        let cannot = |path: &Path| {
            let path = path.display().to_string();
            move |error| ExportError::File(path, error)
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(cannot(folder))?;
        let mut table = line(COLUMNS.iter().map(|name| (*name).to_owned()));
        let mut damaged = Vec::new();
        for one in left {
            let loaded = match self.load(&one.account, one.id).await {
                Ok(Some(loaded)) if one.why != Why::Damaged => loaded,
                // It settled and went meanwhile.
                Ok(None) => continue,
                Ok(Some(_)) | Err(Error::Sealed) => {
                    damaged.push(one.id);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let name = format!("{}.eml", one.id);
            let path = folder.join(&name);
            let written = self.write_message(one, &loaded, &path).await?;
            if !written {
                damaged.push(one.id);
            }
            table.push_str(&rows(&loaded, if written { &name } else { "" }, zone));
        }
        let path = folder.join(TABLE);
        // A spreadsheet takes it for UTF-8 by its mark.
        let bytes = [&b"\xef\xbb\xbf"[..], table.as_bytes()].concat();
        whole(&path, |file| file.write_all(&bytes)).map_err(cannot(&path))?;
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(cannot(folder))?;
        Ok(damaged)
    }

    /// False where its content does not open: then there is no file.
    async fn write_message(&self, one: &Left, loaded: &Loaded, path: &Path) -> Result<bool, ExportError> {
        let content = match Content::of(self, &one.account, loaded).await {
            Ok(content) => content,
            Err(Error::Sealed) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let file = |error| ExportError::File(path.display().to_string(), error);
        let aside = path.with_extension("part");
        let mut out = open(&aside).map_err(file)?;
        let mut chunks = std::pin::pin!(content.chunks());
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else {
                drop(out);
                fs::remove_file(&aside).map_err(file)?;
                return match content.trouble() {
                    Some(super::Cause::Unreadable) => Ok(false),
                    _ => Err(file(io::Error::other("the kept message cannot be read just now"))),
                };
            };
            out.write_all(&chunk).map_err(file)?;
        }
        out.sync_all().and_then(|()| fs::rename(&aside, path)).map_err(file)?;
        Ok(true)
    }
}

fn rows(loaded: &Loaded, file: &str, zone: &TimeZone) -> String {
    let row = |(n, state): (usize, super::State)| {
        let (proof_at, words) =
            proof(loaded, n).map_or_else(Default::default, |(at, words)| (moment_of(at, zone), words));
        line(
            [
                file.to_owned(),
                loaded.line.from.clone(),
                loaded.recipients[n].clone(),
                moment_of(time(loaded.row.accepted), zone),
                loaded.line.message_id.clone(),
                loaded.row.size.to_string(),
                word(state).to_owned(),
                proof_at,
                words,
            ]
            .into_iter(),
        )
    };
    loaded.states().into_iter().enumerate().map(row).collect()
}

fn whole(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
    let aside = path.with_extension("part");
    let mut file = open(&aside)?;
    write(&mut file)?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

/// Anew, readable by its owner alone.
fn open(path: &Path) -> io::Result<fs::File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
