//! The archive, file by file, at the pace of whoever takes it. What cannot be read is a line of its index; when the mail
//! server goes away the archive breaks off, so that nobody takes a part for the whole.

use std::io;

use axum::body::Bytes;
use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use crate::{
    audit::{Event, What},
    imap,
    locale::{Lang, Tr},
    mailbox::{
        handover::{self, File, Letter},
        part::{self, Address, Download},
        window::Trouble,
    },
    message::{
        Part, Section, csv,
        handover::{Archive, Names, Origin},
    },
    web::{href::Place, who::Who},
};

/// The name of the index.
const INDEX: &str = "index.csv";
/// Files of one archive, saved or not: what is known of each stays in memory until its end.
const FILES: usize = 5_000;
/// Files one after the other that fail for no reason of their own, while the server answers.
const MISSES: u32 = 5;
/// Characters of one cell of the index.
const CELL: usize = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The files of the messages.
    Files,
    /// The messages themselves.
    Messages,
}

/// Who wants what.
pub struct Order {
    pub form: Form,
    pub who: Who,
    pub place: Place,
    pub uidvalidity: u32,
    pub uids: Vec<u32>,
}

impl Order {
    async fn describe(&self, uids: &[u32]) -> Result<Vec<Letter>, Trouble> {
        handover::describe(&self.who.account, &self.place.mailbox, self.uidvalidity, uids).await
    }

    fn some(&self) -> impl Iterator<Item = &[u32]> {
        self.uids.chunks(handover::AT_ONCE)
    }
}

/// The first messages, before anything is answered: what stands in the way of all of them is told on a page.
pub async fn begin(order: &Order) -> Result<Vec<Letter>, Trouble> {
    match order.some().next() {
        Some(first) => order.describe(first).await,
        None => Ok(Vec::new()),
    }
}

/// Sends the archive, or its beginning and an error.
pub async fn pack(order: Order, begun: Vec<Letter>, out: Sender<io::Result<Bytes>>) {
    let packing = Packing {
        index: heading(&order.who.reader.tr),
        order: &order,
        out: &out,
        archive: Archive::default(),
        names: Names::but(INDEX),
        files: 0,
        misses: 0,
    };
    if let Err(broken) = packing.all(begun).await {
        tracing::info!(%broken, "an archive broke off");
        let _ = out.send(Err(io::ErrorKind::ConnectionAborted.into())).await;
    }
}

#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("whoever took it left")]
    Left,
    #[error("the mail server: {0}")]
    Imap(imap::Error),
    #[error("the mailbox was rebuilt")]
    Rebuilt,
    #[error("the mail server has gone")]
    Gone,
    #[error("the archive could not be written")]
    Archive(#[from] io::Error),
}

/// What became of a file.
enum Became {
    Saved { octets: u64 },
    Gone,
    Unreadable,
}

struct Packing<'a> {
    order: &'a Order,
    out: &'a Sender<io::Result<Bytes>>,
    archive: Archive,
    names: Names,
    index: String,
    files: usize,
    misses: u32,
}

impl<'a> Packing<'a> {
    async fn all(mut self, begun: Vec<Letter>) -> Result<(), Broken> {
        let mut begun = Some(begun);
        for some in self.order.some() {
            let letters = match begun.take() {
                Some(letters) => letters,
                None => self.order.describe(some).await.map_err(broken)?,
            };
            for uid in some {
                match letters.iter().find(|letter| letter.uid == *uid) {
                    Some(letter) if self.order.form == Form::Messages => self.message(letter).await?,
                    Some(letter) => self.files(letter).await?,
                    None => self.line(&Letter::default(), ["", "", "", self.tr().t("save-is-gone")]),
                }
            }
        }
        self.archive.begin(INDEX, None, 0)?;
        let index = std::mem::take(&mut self.index);
        self.archive.push(index.as_bytes())?;
        let rest = self.archive.end()?;
        self.out.send(Ok(rest)).await.map_err(|_| Broken::Left)
    }

    async fn message(&mut self, letter: &Letter) -> Result<(), Broken> {
        let sender = sender(letter);
        let name = self.names.message(&origin(letter, &sender, self.tr()));
        let part = Part { size: letter.size, ..Part::default() };
        self.file(letter, File { part, name: String::new(), size: letter.size }, name).await
    }

    async fn files(&mut self, letter: &Letter) -> Result<(), Broken> {
        let Order { who, place, uidvalidity, .. } = self.order;
        let files = match &letter.files {
            Some(files) => Ok((files.clone(), false)),
            None => {
                handover::files_by_the_whole(&who.account, &place.mailbox, *uidvalidity, letter.uid).await
            }
        };
        let (files, cut) = match files {
            Ok(found) => found,
            Err(trouble) => {
                let became = self.failed(trouble).await?;
                self.told(letter, "", "", &became);
                return Ok(());
            }
        };
        if cut {
            self.line(letter, ["", "", "", self.tr().t("save-is-cut")]);
        } else if files.is_empty() {
            self.line(letter, ["", "", "", self.tr().t("save-is-empty")]);
        }
        let sender = sender(letter);
        for file in files {
            if self.files == FILES {
                self.line(letter, ["", "", "", self.tr().t("save-is-too-many")]);
                return Ok(());
            }
            let name = self.names.file(&origin(letter, &sender, self.tr()), &file.name);
            self.file(letter, file, name).await?;
        }
        Ok(())
    }

    /// One file, under this name.
    async fn file(&mut self, letter: &Letter, file: File, name: String) -> Result<(), Broken> {
        self.files += 1;
        let began = self.fetch(letter, &file.part).await;
        let became = match began {
            Ok(download) => self.copy(letter, &file, &name, download).await?,
            Err(trouble) => self.failed(trouble).await?,
        };
        let saved = matches!(became, Became::Saved { .. });
        self.told(letter, if saved { &name } else { "" }, &file.name, &became);
        Ok(())
    }

    async fn fetch(&self, letter: &Letter, part: &Part) -> Result<Download, Trouble> {
        let Order { who, place, uidvalidity, form, .. } = self.order;
        let section = part.section.clone();
        let text = section.to_string();
        let event = match form {
            Form::Files => Event::of(What::AttachmentFetched).part(&text),
            Form::Messages => Event::of(What::MessageExported),
        };
        let address = address(place, *uidvalidity, letter.uid, section);
        let account = who.account.clone();
        let is_known = match form {
            Form::Files => letter.files.is_some(),
            Form::Messages => letter.size > 0,
        };
        // What the server cannot find is found as it is for one file.
        let download = match is_known {
            true => part::download_known(account, address, part.clone()).await?,
            false => part::download(account, address).await?,
        };
        who.tell(event.received(place.mailbox.raw(), *uidvalidity, letter.uid));
        Ok(download)
    }

    async fn copy(
        &mut self,
        letter: &Letter,
        file: &File,
        name: &str,
        mut download: Download,
    ) -> Result<Became, Broken> {
        let at = letter.sent.map(|at| self.tr().zoned(at).datetime());
        self.archive.begin(name, at, file.size)?;
        let mut octets = 0;
        let mut next = Some(Ok(download.head));
        while let Some(piece) = next {
            let Ok(piece) = piece else {
                self.archive.forget(name)?;
                self.missed().await?;
                return Ok(Became::Unreadable);
            };
            octets += piece.len() as u64;
            self.archive.push(&piece)?;
            let ready = self.archive.take();
            if !ready.is_empty() {
                self.out.send(Ok(ready)).await.map_err(|_| Broken::Left)?;
            }
            next = download.rest.recv().await;
        }
        self.misses = 0;
        Ok(Became::Saved { octets })
    }

    /// Whether that is the end of it all.
    async fn failed(&mut self, trouble: Trouble) -> Result<Became, Broken> {
        use imap::Kind as K;
        match trouble {
            Trouble::Gone => Ok(Became::Gone),
            Trouble::Imap(error) => match &error.kind {
                K::Refused { .. } | K::TooBig | K::Unsupported(_) => Ok(Became::Unreadable),
                K::Closed | K::Protocol(_) | K::Deadline => {
                    self.missed().await?;
                    Ok(Became::Unreadable)
                }
                _ => Err(Broken::Imap(error)),
            },
            Trouble::Rebuilt => Err(Broken::Rebuilt),
        }
    }

    /// A message can be what a server breaks on; a server that has gone is the end.
    async fn missed(&mut self) -> Result<(), Broken> {
        self.misses += 1;
        if self.misses == MISSES {
            return Err(Broken::Gone);
        }
        handover::answers(&self.order.who.account).await.map_err(Broken::Imap)
    }

    fn told(&mut self, letter: &Letter, name: &str, original: &str, became: &Became) {
        let tr = self.tr();
        let (octets, word) = match became {
            Became::Saved { octets } => (octets.to_string(), "save-is-saved"),
            Became::Gone => (String::new(), "save-is-gone"),
            Became::Unreadable => (String::new(), "save-is-unreadable"),
        };
        self.line(letter, [name, original, &octets, tr.t(word)]);
    }

    /// Name in the archive, name in the message, octets, what became of it.
    fn line(&mut self, letter: &Letter, [name, original, octets, became]: [&str; 4]) {
        let tr = self.tr();
        let sent = letter.sent.map(|at| tr.zoned(at).strftime("%Y-%m-%d %H:%M").to_string());
        let from = letter.from.clone().unwrap_or_default();
        let cells = [
            name,
            &sent.unwrap_or_default(),
            &from.name.unwrap_or_default(),
            &from.email,
            &letter.subject,
            original,
            octets,
            became,
            &letter.message_id,
        ];
        let cells = cells.map(|cell| cell.chars().filter(|c| !c.is_control()).take(CELL).collect());
        self.index.push_str(&csv::line(separator(tr), cells.into_iter()));
    }

    fn tr(&self) -> &'a Tr {
        &self.order.who.reader.tr
    }
}

fn broken(trouble: Trouble) -> Broken {
    match trouble {
        Trouble::Imap(error) => Broken::Imap(error),
        Trouble::Rebuilt => Broken::Rebuilt,
        Trouble::Gone => Broken::Gone,
    }
}

fn address(place: &Place, uidvalidity: u32, uid: u32, section: Section) -> Address {
    Address { mailbox: place.mailbox.clone(), uidvalidity, uid, section }
}

fn sender(letter: &Letter) -> String {
    letter.from.as_ref().map(|from| from.display()).unwrap_or_default()
}

fn origin<'a>(letter: &'a Letter, sender: &'a str, tr: &Tr) -> Origin<'a> {
    let date = letter.sent.map(|at: Timestamp| tr.date_of(at));
    Origin { date, sender, subject: &letter.subject }
}

/// A spreadsheet in French takes a comma for the mark of decimals.
pub fn separator(tr: &Tr) -> char {
    match tr.lang() {
        Lang::Fr => ';',
        Lang::En => ',',
    }
}

/// A spreadsheet takes it for UTF-8 by its mark.
fn heading(tr: &Tr) -> String {
    const COLUMNS: [&str; 9] = [
        "save-col-file",
        "save-col-date",
        "save-col-sender",
        "save-col-address",
        "save-col-subject",
        "save-col-name",
        "save-col-octets",
        "save-col-state",
        "save-col-id",
    ];
    let cells = COLUMNS.iter().map(|key| tr.t(key).to_owned());
    format!("\u{feff}{}", csv::line(separator(tr), cells))
}
