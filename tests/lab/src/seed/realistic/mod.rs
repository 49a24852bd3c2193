//! The mailbox of somebody who works and lives: people, clinicians, photos, newsletters, machines, delays.

mod kinds;

use std::{collections::VecDeque, fmt::Write as _};

use jiff::{SignedDuration, Timestamp};

use super::{
    Random, Seed, header_date,
    mime::{self, Part},
    words::{PEOPLE, SENTENCES_EN, SENTENCES_FR, SUBJECTS_EN, SUBJECTS_FR},
};

const OWNER: &str = "Alice Martin <alice@example.test>";
/// Over how many days the messages are spread.
const DAYS: f64 = 120.0;

/// `n` messages, oldest first, the newest minutes before `now`; recent days are denser, so that the first page
/// holds today, yesterday and a few days before. The same `now` and `seed` make the same bytes.
pub fn realistic(n: usize, now: Timestamp, seed: u64) -> impl Iterator<Item = Seed> {
    let mut writer = Writer { random: Random::new(seed), number: 0, threads: VecDeque::new() };
    (0..n).map(move |at| {
        #[expect(clippy::cast_precision_loss, reason = "a place in time need not be exact")]
        let age = |at: usize| ((n - at) as f64 / n as f64).powf(1.6) * DAYS * 86_400.0;
        let (older, newer) = (age(at), age(at + 1));
        #[expect(clippy::cast_precision_loss, reason = "as above")]
        let within = writer.random.below(1000) as f64 / 1000.0;
        #[expect(clippy::cast_possible_truncation, reason = "120 days in seconds")]
        let seconds = (newer + (older - newer) * within) as i64 + 90;
        let arrived = now.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
        writer.message(arrived, seconds)
    })
}

/// A conversation that may go on.
struct Thread {
    subject: String,
    french: bool,
    ids: Vec<String>,
    last: String,
    people: [(&'static str, &'static str); 2],
}

struct Writer {
    random: Random,
    number: u64,
    threads: VecDeque<Thread>,
}

/// What is under the headers that every message has.
struct Draft {
    from: String,
    to: String,
    subject: String,
    more: String,
    body: Part,
    /// Something a person would answer.
    personal: bool,
}

impl Writer {
    fn message(&mut self, arrived: Timestamp, age: i64) -> Seed {
        self.number += 1;
        let draft = match self.random.below(100) {
            0..36 => self.conversation(arrived),
            36..46 => self.letter(),
            46..54 => self.results(),
            54..59 => self.exchange(),
            59..66 => self.photos(),
            66..82 => self.newsletter(),
            82..91 => self.notice(arrived),
            91..95 => self.forwarded(arrived),
            95..98 => self.invitation(arrived),
            _ => self.report(),
        };
        let headers = self.way(&draft, arrived);
        Seed { raw: draft.body.message_with(&headers), flags: self.flags(age, draft.personal), arrived }
    }

    /// Old mail is read, much of today's is not.
    fn flags(&mut self, age: i64, personal: bool) -> String {
        let unread = match age / 86_400 {
            0 => 60,
            1 => 40,
            2..7 => 20,
            _ => 4,
        };
        if self.random.chance(unread) {
            return String::new();
        }
        let mut flags = r"\Seen".to_owned();
        if personal && self.random.chance(25) {
            flags += r" \Answered";
        }
        if self.random.chance(4) {
            flags += r" \Flagged";
        }
        flags
    }

    /// Trace headers, newest first, then the author's. Some messages were written hours before they arrived.
    fn way(&mut self, draft: &Draft, arrived: Timestamp) -> String {
        let domain = draft.from.rsplit('@').next().unwrap_or("example.org").trim_end_matches('>');
        let hops = 1 + self.random.below(4);
        let late = self.random.chance(7);
        let stuck = self.random.below(hops);
        let mut headers = format!("Return-Path: <bounce-{}@{domain}>\r\n", self.number);
        let mut time = arrived;
        for hop in 0..hops {
            let by = if hop == 0 { "mx1.example.test".to_owned() } else { format!("relay{hop}.{domain}") };
            let from = if hop + 1 == hops {
                format!("[192.0.2.{}]", 10 + self.number % 200)
            } else {
                format!("relay{}.{domain}", hop + 1)
            };
            let id = format!("{:012X}", self.random.bits() >> 16);
            let _ = write!(
                headers,
                "Received: from {from} by {by} (Postfix) with ESMTPS id {id}\r\n for <alice@example.test>; {}\r\n",
                header_date(time)
            );
            let wait = if late && hop == stuck {
                3600 * (2 + self.random.below(46))
            } else {
                1 + self.random.below(20)
            };
            time = time
                .saturating_sub(SignedDuration::from_secs(i64::try_from(wait).unwrap_or(0)))
                .unwrap_or(time);
        }
        let _ = write!(
            headers,
            "Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\n",
            header_date(time),
            draft.from,
            draft.to,
            draft.subject
        );
        if !draft.more.to_lowercase().contains("message-id:") {
            let _ = write!(headers, "Message-ID: <{}@{domain}>\r\n", self.id());
        }
        headers + &draft.more
    }

    fn id(&mut self) -> String {
        format!("{:x}.{}", self.random.bits(), self.number)
    }

    fn conversation(&mut self, arrived: Timestamp) -> Draft {
        let goes_on = !self.threads.is_empty() && self.random.chance(55);
        let mut thread = if goes_on {
            let at = self.random.below(self.threads.len());
            self.threads.remove(at).unwrap_or_else(|| self.thread())
        } else {
            self.thread()
        };
        let writer = thread.people[thread.ids.len() % 2];
        let id = format!("{}@{}", self.id(), writer.1.rsplit('@').next().unwrap_or("example.org"));
        let mut more = format!("Message-ID: <{id}>\r\n");
        let text = self.letter_text(thread.french, writer.0);
        let mut body = text.clone();
        if let Some(parent) = thread.ids.last() {
            let references = thread.ids.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>().join("\r\n ");
            let _ = write!(more, "In-Reply-To: <{parent}>\r\nReferences: {references}\r\n");
            let day = arrived.strftime("%d/%m/%Y");
            let quoted = thread.people[(thread.ids.len() + 1) % 2].0;
            let introduction = if thread.french {
                format!("Le {day}, {quoted} a écrit :")
            } else {
                format!("On {day}, {quoted} wrote:")
            };
            let _ = writeln!(body, "\n{introduction}");
            for line in thread.last.lines().take(30) {
                let _ = writeln!(body, "{}{line}", if line.starts_with('>') { ">" } else { "> " });
            }
        }
        let subject =
            if thread.ids.is_empty() { thread.subject.clone() } else { format!("Re: {}", thread.subject) };
        let charset = if self.random.chance(20) { "iso-8859-15" } else { "utf-8" };
        let body_part = match self.random.below(3) {
            0 => Part::text("plain; format=flowed", &flowed(&body), "utf-8"),
            1 => Part::text("plain", &body, charset),
            _ => {
                let html = html_of(&body);
                let boundary = self.boundary();
                Part::multi(
                    "alternative",
                    &boundary,
                    &[Part::text("plain", &body, "utf-8"), Part::text("html", &html, "utf-8")],
                )
            }
        };
        let other = thread.people[(thread.ids.len() + 1) % 2];
        let to = if self.random.chance(30) {
            format!("{OWNER},\r\n {}", self.address(other))
        } else {
            OWNER.into()
        };
        thread.ids.push(id);
        thread.last = body;
        let draft = Draft {
            from: self.address(writer),
            to,
            subject: self.encoded(&subject),
            more,
            body: body_part,
            personal: true,
        };
        if thread.ids.len() < 9 {
            self.threads.push_back(thread);
        }
        if self.threads.len() > 12 {
            self.threads.pop_front();
        }
        draft
    }

    fn thread(&mut self) -> Thread {
        let french = self.random.chance(60);
        let subject = (*self.random.pick(if french { SUBJECTS_FR } else { SUBJECTS_EN })).to_owned();
        let people = [*self.random.pick(PEOPLE), *self.random.pick(PEOPLE)];
        Thread { subject, french, ids: Vec::new(), last: String::new(), people }
    }

    fn letter_text(&mut self, french: bool, name: &str) -> String {
        let (hello, bye, sentences) = if french {
            (
                ["Bonjour,", "Chère Alice,", "Bonjour Alice,"],
                ["Bien cordialement,", "Bonne journée,", "Amitiés,"],
                SENTENCES_FR,
            )
        } else {
            (
                ["Hello Alice,", "Hi,", "Dear Alice,"],
                ["Best wishes,", "Cheers,", "Kind regards,"],
                SENTENCES_EN,
            )
        };
        let mut text = format!("{}\n", self.random.pick(&hello));
        for _ in 0..=self.random.below(3) {
            text.push('\n');
            for _ in 0..=self.random.below(3) {
                let _ = write!(text, "{} ", self.random.pick(sentences));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        let _ = write!(text, "\n{}\n-- \n{name}\n", self.random.pick(&bye));
        text
    }

    fn draft(
        &mut self,
        from: (&str, &str),
        subject: &str,
        more: String,
        body: Part,
        personal: bool,
    ) -> Draft {
        Draft {
            from: self.address(from),
            to: OWNER.into(),
            subject: self.encoded(subject),
            more,
            body,
            personal,
        }
    }

    fn mixed(&mut self, parts: Vec<Part>) -> Part {
        let boundary = self.boundary();
        Part::multi("mixed", &boundary, &parts)
    }

    fn boundary(&mut self) -> String {
        format!("=_{:016x}", self.random.bits())
    }

    fn address(&mut self, (name, address): (&str, &str)) -> String {
        match (name.is_ascii(), name.contains(['.', ',', '\''])) {
            (true, true) => format!("\"{name}\" <{address}>"),
            _ => format!("{} <{address}>", self.encoded(name)),
        }
    }

    /// Header text in one of the forms that mail programs write, one of them wrong and frequent.
    fn encoded(&mut self, text: &str) -> String {
        match self.random.below(10) {
            0..5 => mime::word_b(text),
            5..8 => mime::word_q(text),
            8 if !encoding_rs::WINDOWS_1252.encode(text).2 && !text.is_ascii() => mime::word_latin(text),
            9 if !text.is_ascii() => mime::word_split(text),
            _ => mime::word_b(text),
        }
    }
}

/// Lines of at most 72 with soft ends (RFC 3676 §4.1); quoted lines stay whole.
fn flowed(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.starts_with('>') || line == "-- " {
            let _ = writeln!(out, "{line}");
            continue;
        }
        let mut width = 0;
        for word in line.split_inclusive(' ') {
            if width > 0 && width + word.chars().count() > 72 {
                out.push('\n');
                width = 0;
            }
            out += word;
            width += word.chars().count();
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

fn html_of(text: &str) -> String {
    let mut out = String::from(
        "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body><div dir=\"ltr\">\n",
    );
    let mut quoted = false;
    for line in text.lines() {
        if line.starts_with('>') != quoted {
            quoted = !quoted;
            out += if quoted {
                "<blockquote type=\"cite\" style=\"margin:0 0 0 .8ex;border-left:1px solid #cccccc;padding-left:1ex\">\n"
            } else {
                "</blockquote>\n"
            };
        }
        let _ = writeln!(out, "{}<br>", escape(line.trim_start_matches(['>', ' '])));
    }
    out + if quoted { "</blockquote>" } else { "" } + "</div></body></html>\n"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
