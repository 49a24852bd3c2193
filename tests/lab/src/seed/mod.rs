//! Mail to fill mailboxes with: realistic, plain by the million, and odd.
//!
//! The same arguments make the same bytes, so that a picture or a measurement can be made again.

pub mod documents;
pub mod mime;
mod odd;
mod odd_html;
mod random;
mod realistic;
mod words;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

pub use odd::odd;
pub use random::Random;
pub use realistic::realistic;

/// One message as it goes into a mailbox.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The RFC 5322 bytes, CRLF lines.
    pub raw: Vec<u8>,
    /// IMAP flags separated by spaces: `\Seen \Answered`.
    pub flags: String,
    /// When it arrived.
    pub arrived: Timestamp,
}

impl Seed {
    /// An unread message that arrived now.
    #[must_use]
    pub fn new(raw: impl Into<Vec<u8>>) -> Self {
        Self { raw: raw.into(), flags: String::new(), arrived: Timestamp::now() }
    }

    /// `arrived` as IMAP writes it (RFC 9051, date-time).
    #[must_use]
    pub fn internal_date(&self) -> String {
        self.arrived.strftime("%d-%b-%Y %H:%M:%S +0000").to_string()
    }
}

/// A time as mail headers write it, in French time, as most of these senders would.
#[must_use]
pub fn header_date(time: Timestamp) -> String {
    // A machine without a time zone database still gets valid dates.
    let zone = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    time.to_zoned(zone).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// `n` small cheap messages, oldest first, one a minute up to `now`, for the huge mailbox.
pub fn plain(n: u64, now: Timestamp) -> impl Iterator<Item = Seed> {
    (0..n).map(move |number| {
        let minutes = i64::try_from(n - number).unwrap_or(i64::MAX / 120);
        let arrived = now.saturating_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
        let (name, address) = words::PEOPLE[(number * 7 % words::PEOPLE.len() as u64) as usize];
        let subject = words::SUBJECTS_EN[(number % words::SUBJECTS_EN.len() as u64) as usize];
        let date = header_date(arrived);
        let raw = format!(
            "From: {} <{address}>\r\nTo: huge@example.test\r\nSubject: {subject} {number}\r\nDate: {date}\r\n\
             Message-ID: <{number}.plain@lab.example.test>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=us-ascii\r\n\r\n\
             This is message {number} of a large mailbox.\r\n",
            mime::word_b(name),
        );
        let flags = if n - number < 40 && number % 3 == 0 { "" } else { r"\Seen" };
        Seed { raw: raw.into_bytes(), flags: flags.into(), arrived }
    })
}

/// `n` messages that alice sent over the last weeks, oldest first.
pub fn sent(n: usize, now: Timestamp, seed: u64) -> impl Iterator<Item = Seed> {
    let mut random = Random::new(seed);
    (0..n).map(move |number| {
        let hours = i64::try_from((n - number) * 9 + random.below(8)).unwrap_or(1);
        let arrived = now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
        let (name, address) = *random.pick(words::PEOPLE);
        let french = random.chance(60);
        let (subjects, sentences) = if french {
            (words::SUBJECTS_FR, words::SENTENCES_FR)
        } else {
            (words::SUBJECTS_EN, words::SENTENCES_EN)
        };
        let subject = format!("{}{}", if random.chance(60) { "Re: " } else { "" }, random.pick(subjects));
        let text = format!("{}\n\n{}\n\nAlice\n", random.pick(sentences), random.pick(sentences));
        let headers = format!(
            "From: Alice Martin <alice@example.test>\r\nTo: {} <{address}>\r\nSubject: {}\r\nDate: {}\r\n\
             Message-ID: <{:x}.{number}@example.test>\r\n",
            mime::word_b(name).replace(",", ""),
            mime::word_b(&subject),
            header_date(arrived),
            random.bits(),
        );
        let raw = mime::Part::text("plain", &text, "utf-8").message_with(&headers);
        Seed { raw, flags: r"\Seen".into(), arrived }
    })
}
