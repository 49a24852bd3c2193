//! What the form holds, as typed. It goes through every page of the form unchanged: nothing typed is ever lost.

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use jiff::Zoned;
use sha2::{Digest, Sha256};

use crate::{
    message::{
        Section,
        compose::{Draft, Email, KeptField, MessageId, Person},
    },
    outbox::{BlobId, Key},
    web::{form::Fields, list::place::anchor},
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    New,
    Reply,
    All,
    Forward,
    /// The whole message goes along as a file.
    Attach,
    /// Edited as a new one.
    Edit,
    /// It was a draft in the mailbox for drafts, and is none any more once it is sent.
    Resume,
}

impl Mode {
    const NAMES: [(Mode, &'static str); 7] = [
        (Mode::New, "new"),
        (Mode::Reply, "reply"),
        (Mode::All, "all"),
        (Mode::Forward, "forward"),
        (Mode::Attach, "attach"),
        (Mode::Edit, "edit"),
        (Mode::Resume, "resume"),
    ];

    /// As in the query that opens the form.
    pub fn name(self) -> &'static str {
        Mode::NAMES.iter().find(|(mode, _)| *mode == self).map_or("new", |(_, name)| name)
    }

    fn named(name: &str) -> Mode {
        Mode::NAMES.iter().find(|(_, n)| *n == name).map_or(Mode::New, |(mode, _)| *mode)
    }
}

/// The message that is answered: `{folder}/{uidvalidity}-{uid}`, the folder as in the path of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub folder: String,
    pub uidvalidity: u32,
    pub uid: u32,
}

impl Source {
    const MOST: usize = 1_000;

    pub fn parse(text: &str) -> Option<Source> {
        let (folder, id) = text.rsplit_once('/').filter(|_| text.len() <= Self::MOST)?;
        let (uidvalidity, uid) = anchor(id)?;
        Some(Source { folder: folder.to_owned(), uidvalidity, uid })
    }

    pub fn text(&self) -> String {
        format!("{}/{}-{}", self.folder, self.uidvalidity, self.uid)
    }
}

/// A file of the forwarded message, to be taken along or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub section: Section,
    pub octets: u64,
    /// For the page alone.
    pub name: String,
    pub kept: bool,
}

const WHOLE: &str = "whole";

impl Offer {
    /// Of one message.
    const MOST: usize = 100;

    fn parse(text: &str, kept: &[&str]) -> Option<Offer> {
        let mut parts = text.splitn(3, ' ');
        let (section, octets) = (parts.next()?, parts.next()?.parse().ok()?);
        let name = parts.next().unwrap_or_default().to_owned();
        let known = if section == WHOLE { Section::default() } else { section.parse().ok()? };
        Some(Offer { kept: kept.contains(&section), section: known, octets, name })
    }

    pub fn text(&self) -> String {
        format!("{} {} {}", self.mark(), self.octets, self.name)
    }

    /// Its section, or the word for the message itself.
    pub fn mark(&self) -> String {
        if self.section.is_whole() { WHOLE.to_owned() } else { self.section.to_string() }
    }
}

#[derive(Clone, Default)]
pub struct Filled {
    pub mode: Mode,
    pub source: Option<Source>,
    /// Whom it was opened for: with it the browser knows the letter again.
    pub opened_for: String,
    /// The address of the account that it goes from, as posted; empty: the first.
    pub from: String,
    pub to: String,
    pub cc: String,
    pub bcc: String,
    pub subject: String,
    pub text: String,
    /// The subject of the forwarded message as it was; empty where there is none to keep.
    pub original_subject: String,
    /// It goes with that one.
    pub same_subject: bool,
    /// Header fields of the forwarded message that go along.
    pub kept: Vec<KeptField>,
    pub in_reply_to: Option<MessageId>,
    pub references: Vec<MessageId>,
    pub offers: Vec<Offer>,
    /// Uploads that wait for this message.
    pub files: Vec<BlobId>,
    pub follow: bool,
    /// When it is to leave, as typed: see `later`.
    pub later: String,
    pub key: [u8; 16],
    /// The version of the draft that this form shows; 0: it was not saved yet.
    pub based: i64,
    /// Which page of which browser writes, a page, and what answers it, never stand in their own way.
    pub tab: String,
    /// When that page changed last, in milliseconds of its own clock; 0: it says nothing of it.
    pub changed: i64,
    /// What the writer has said yes to: see [`Filled::agrees_to`].
    pub sure: String,
}

/// Header fields kept of one message.
const MOST_KEPT: usize = 50;

fn kept_field(text: &str) -> Option<KeptField> {
    KeptField::new(&BASE64.decode(text).ok()?)
}

/// People of the list that can be ticked.
pub const MOST_PEOPLE: usize = 40;
/// Uploads of one message.
pub const MOST_FILES: usize = 50;

impl Filled {
    /// An empty form with a key of its own.
    ///
    /// # Errors
    /// Without random bytes.
    pub fn new(mode: Mode) -> Result<Filled, getrandom::Error> {
        let mut filled = Filled { mode, tab: Filled::page()?, ..Filled::default() };
        filled.renew()?;
        Ok(filled)
    }

    /// The name of a page that is opened anew.
    ///
    /// # Errors
    /// Without random bytes.
    pub fn page() -> Result<String, getrandom::Error> {
        Ok(format!("{:x}", getrandom::u64()?))
    }

    /// From now on it is another message.
    pub fn renew(&mut self) -> Result<(), getrandom::Error> {
        self.based = 0;
        getrandom::fill(&mut self.key)
    }

    /// What was posted. A form without a key of ours gets none: it is shown again before anything is sent.
    pub fn read(fields: &Fields) -> Filled {
        let text = |name| fields.get(name).unwrap_or_default().to_owned();
        let people = |name| text(name).trim().replace("\r\n", "\n");
        let kept: Vec<&str> = fields.all("keep").collect();
        // Those who were ticked in the list of people.
        let typed = people("to");
        let ticked: Vec<&str> = fields.all("person").take(MOST_PEOPLE).collect();
        let to = if ticked.is_empty() {
            typed
        } else {
            let before = Some(typed.trim_end_matches([',', ';', ' '])).filter(|typed| !typed.is_empty());
            before.into_iter().chain(ticked).collect::<Vec<_>>().join(", ")
        };
        Filled {
            mode: Mode::named(fields.get("mode").unwrap_or_default()),
            source: fields.get("source").and_then(Source::parse),
            opened_for: text("opened_for"),
            from: text("from"),
            to,
            cc: people("cc"),
            bcc: people("bcc"),
            subject: text("subject"),
            text: text("text").replace("\r\n", "\n"),
            original_subject: text("original_subject"),
            same_subject: fields.get("same_subject").is_some(),
            kept: fields.all("kept").take(MOST_KEPT).filter_map(kept_field).collect(),
            in_reply_to: fields.get("in_reply_to").and_then(MessageId::parse),
            references: MessageId::all(fields.get("references").unwrap_or_default()),
            offers: fields.all("offer").take(Offer::MOST).filter_map(|o| Offer::parse(o, &kept)).collect(),
            files: fields.all("file").take(MOST_FILES).filter_map(|id| id.parse().ok()).collect(),
            follow: fields.get("follow").is_some(),
            later: text("later"),
            key: fields
                .get("key")
                .and_then(|key| key.parse::<BlobId>().ok())
                .map_or([0; 16], |BlobId(key)| key),
            based: fields
                .get("based")
                .and_then(|n| n.parse().ok())
                .map_or(0, |n: i64| n.clamp(0, i64::MAX / 2)),
            tab: text("tab").chars().take(40).collect(),
            changed: fields.get("changed").and_then(|n| n.parse().ok()).unwrap_or_default(),
            sure: text("sure"),
        }
    }

    /// What was typed, or the original's where that is wanted.
    pub fn subject_to_send(&self) -> &str {
        if self.same_subject && !self.original_subject.is_empty() {
            &self.original_subject
        } else {
            self.subject.trim()
        }
    }

    /// As a letter of this sender to these people: who gets it, who a copy, who one that nobody sees. Its files come from
    /// elsewhere.
    ///
    /// # Errors
    /// Without random bytes.
    pub fn draft(
        &self,
        (from, reply_to): (Person, Option<Email>),
        [to, cc, bcc]: [Vec<Person>; 3],
        date: Zoned,
    ) -> Result<Draft, getrandom::Error> {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed)?;
        Ok(Draft {
            from,
            reply_to,
            to,
            cc,
            bcc,
            subject: self.subject_to_send().to_owned(),
            text: self.text.clone(),
            in_reply_to: self.in_reply_to.clone(),
            references: self.references.clone(),
            receipt: self.follow,
            kept: self.kept.clone(),
            files: Vec::new(),
            date,
            seed,
        })
    }

    pub fn key(&self) -> Key {
        Key(self.key)
    }

    /// What the page does not show and the next POST needs.
    pub fn hidden(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("mode", self.mode.name().to_owned()),
            ("key", BlobId(self.key).to_string()),
            ("based", self.based.to_string()),
            ("tab", self.tab.clone()),
            ("changed", self.changed.to_string()),
        ];
        fields.extend(self.source.iter().map(|source| ("source", source.text())));
        fields.extend(self.in_reply_to.iter().map(|id| ("in_reply_to", id.as_str().to_owned())));
        if !self.original_subject.is_empty() {
            fields.push(("original_subject", self.original_subject.clone()));
        }
        fields.extend(self.kept.iter().map(|field| ("kept", BASE64.encode(field.as_bytes()))));
        if !self.opened_for.is_empty() {
            fields.push(("opened_for", self.opened_for.clone()));
        }
        if !self.references.is_empty() {
            let ids: Vec<&str> = self.references.iter().map(MessageId::as_str).collect();
            fields.push(("references", ids.join(" ")));
        }
        fields.extend(self.offers.iter().map(|offer| ("offer", offer.text())));
        fields.extend(self.files.iter().map(|id| ("file", id.to_string())));
        fields
    }

    /// Everything, for a page that only carries it.
    pub fn all(&self) -> Vec<(&'static str, String)> {
        let mut fields = self.hidden();
        let typed = [
            ("to", &self.to),
            ("cc", &self.cc),
            ("bcc", &self.bcc),
            ("subject", &self.subject),
            ("text", &self.text),
            ("from", &self.from),
        ];
        let typed = typed.into_iter().filter(|(name, value)| *name != "from" || !value.is_empty());
        fields.extend(typed.map(|(name, value)| (name, value.clone())));
        fields.extend(self.offers.iter().filter(|o| o.kept).map(|o| ("keep", o.mark())));
        fields.extend(self.same_subject.then(|| ("same_subject", "1".to_owned())));
        fields.extend(self.follow.then(|| ("follow", "1".to_owned())));
        fields.extend((!self.later.is_empty()).then(|| ("later", self.later.clone())));
        fields
    }

    /// What the writer filled in: the same in every tab and every save of it.
    pub fn content(&self) -> Vec<(&'static str, String)> {
        let mut fields = self.all();
        fields.retain(|(name, _)| !matches!(*name, "key" | "based" | "tab" | "changed"));
        fields
    }

    /// The draft of the mailbox that it goes on with still holds files that nothing else does.
    pub fn needs_source(&self) -> bool {
        self.mode == Mode::Resume && self.offers.iter().any(|offer| offer.kept)
    }

    /// Nothing of it would be missed.
    pub fn is_empty(&self) -> bool {
        let typed = [&self.to, &self.cc, &self.bcc, &self.subject, &self.text];
        self.files.is_empty() && typed.iter().all(|field| field.trim().is_empty())
    }

    /// SHA-256 of what the writer filled in, with the contents of the files that came along: the same form posted
    /// twice is the same message.
    pub fn digest(&self, uploads: &[[u8; 32]]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (name, value) in self.content() {
            for part in [name.as_bytes(), value.as_bytes()] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        uploads.iter().for_each(|upload| hash.update(upload));
        hash.finalize().into()
    }

    /// The questions were asked on the page this came from, and these are they. Other questions are asked again.
    pub fn agrees_to(&self, questions: &str) -> bool {
        self.sure == answer_to(questions)
    }
}

/// What the button under the questions posts.
pub fn answer_to(questions: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(questions).into();
    hash[..8].iter().map(|b| format!("{b:02x}")).collect()
}
