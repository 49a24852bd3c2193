//! What did not leave is told to its author in their own INBOX too, for as long as there are credentials to do so. The
//! journal remains the place where it is told for certain; this is for those who do not come back to look.
//!
//! One report for all that was not told so far. Its Message-ID is made of the message's own id and the report's number,
//! and where the INBOX ended is written down before the first try ([`Fact::Telling`]): a later try looks there first.

use bytes::Bytes;
use futures::stream;
use jiff::{Timestamp, tz::TimeZone};

use super::{
    Copies,
    deliver::{Carry, Job},
};
use crate::{
    imap::{
        self, MailboxName,
        append::{self, Mark, Message},
    },
    locale::{Lang, Tr},
    message::compose::{Email, MessageId, Notice},
    outbox::{
        About, Answer, Cause, Error, Fact, State,
        journal::{Change, Loaded},
        list::LONG,
        points::{Point, reach},
        state::Standing,
    },
};

/// Seconds after which a report that could not be put there is let be: no longer than its credentials live.
const GIVE_UP: i64 = 47 * 3600;

/// Where reports to authors go, and how they speak.
#[derive(Clone)]
pub struct Reports {
    pub mailboxes: Copies,
    pub lang: Lang,
    pub zone: TimeZone,
}

/// What is to be told.
pub(super) struct Report {
    /// From 0 on, of this message.
    number: usize,
    /// Where the INBOX ended before the first try; an end that the server did not tell is `Some(None)`.
    note: Option<Option<Mark>>,
    /// Seconds since it was to be told.
    age: i64,
    from: String,
    message_id: String,
    subject: String,
    accepted: Timestamp,
    now: Timestamp,
    people: Vec<(String, State, Option<Answer>)>,
}

impl Loaded {
    fn told(&self) -> usize {
        self.facts.iter().filter(|k| matches!(k.fact, Fact::Told | Fact::NotTold)).count()
    }

    /// Since when there is something that its author was not told: a refusal, that Relais gave up, or that it waits for
    /// hours.
    pub fn untold(&self) -> Option<i64> {
        let over = |fact: &Fact| matches!(fact, Fact::Told | Fact::NotTold);
        let since = self.facts.iter().rposition(|k| over(&k.fact)).map_or(0, |n| n + 1);
        let standings = self.standings();
        let stands = |standing: &Standing| {
            matches!(standing.state, State::Refused | State::GivenUp) && !standing.dismissed
        };
        let ended = self.facts[since..].iter().find(|k| {
            let people = match k.recipient {
                Some(n) => standings.get(n..=n).unwrap_or_default(),
                None => &standings,
            };
            matches!(k.fact, Fact::Refused { .. } | Fact::GivenUp(_)) && people.iter().any(stands)
        });
        if let Some(known) = ended {
            return Some(known.at);
        }
        let late = self.trying_since() + LONG;
        let tried = self.facts.iter().any(|k| matches!(k.fact, Fact::PutOff { .. }));
        let told = self.facts.iter().any(|k| over(&k.fact) && k.at >= late);
        let waits = !self.those(&[State::Waiting]).is_empty();
        (waits && tried && !told && self.row.now > late).then_some(late)
    }
}

impl Report {
    pub fn of(loaded: &Loaded, about: Option<&About>) -> Option<Report> {
        let since = loaded.untold()?;
        let over = loaded.facts.iter().rposition(|k| matches!(k.fact, Fact::Told | Fact::NotTold));
        let note = loaded.facts[over.map_or(0, |n| n + 1)..].iter().find_map(|known| match known.fact {
            Fact::Telling { uidvalidity, uidnext } => {
                Some((uidnext > 0).then_some(Mark { uidvalidity, uidnext }))
            }
            _ => None,
        });
        let told = [State::Refused, State::GivenUp, State::Waiting];
        let states = loaded.states();
        let people = loaded.those(&told).into_iter().map(|n| {
            let words = loaded.facts.iter().rev().filter(|k| k.recipient.is_none_or(|r| r == n));
            let answer = words.into_iter().find_map(|k| match &k.fact {
                Fact::Refused { answer, .. } => Some(Some(answer.clone())),
                Fact::PutOff { cause: Cause::Answer(answer), .. } => Some(Some(answer.clone())),
                Fact::PutOff { .. } | Fact::GivenUp(_) => Some(None),
                _ => None,
            });
            (loaded.recipients[n].clone(), states[n], answer.flatten())
        });
        let time = |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        Some(Report {
            number: loaded.told(),
            note,
            age: loaded.row.now - since,
            from: loaded.line.from.clone(),
            message_id: loaded.line.message_id.clone(),
            subject: about.map(|about| about.subject.clone()).unwrap_or_default(),
            accepted: time(loaded.row.accepted),
            now: time(loaded.row.now),
            people: people.collect(),
        })
    }

    fn late(&self) -> bool {
        self.people.iter().all(|(_, state, _)| *state == State::Waiting)
    }

    fn id(&self, message: crate::outbox::MessageId, to: &Email) -> Option<MessageId> {
        MessageId::parse(&format!("<relais.{message}.{}@{}>", self.number, to.domain()))
    }

    fn write(&self, to: &Email, id: &MessageId, reports: &Reports) -> Vec<u8> {
        let tr = Tr::new(reports.lang, reports.zone.clone(), self.now);
        let subject = match self.subject.trim() {
            "" => tr.t("no-subject"),
            subject => subject,
        };
        let (title, first) = match self.late() {
            true => ("report-late", "report-said-late"),
            false => ("report-unsent", "report-said-unsent"),
        };
        let mut text = format!("{}\n\n    {subject}\n\n", tr.t(first));
        for (address, state, answer) in &self.people {
            let key = match state {
                State::Refused => "report-refused",
                State::GivenUp => "report-given-up",
                _ => "report-waiting",
            };
            text.push_str(&format!("* {}\n", tr.t_with(key, &[("name", address.into())])));
            if let Some(answer) = answer {
                let code = answer.enhanced.map(|[a, b, c]| format!(" {a}.{b}.{c}")).unwrap_or_default();
                let words = format!("{}{code} {}", answer.code, answer.text);
                text.push_str(&format!("  {}\n", tr.t_with("report-server", &[("words", (&words).into())])));
            }
        }
        let moment = tr.moment(self.accepted);
        let accepted = [("moment", (&moment).into()), ("id", (&self.message_id).into())];
        text.push_str(&format!("\n{}\n{}\n", tr.t_with("report-accepted", &accepted), tr.t("report-see")));
        let subject = tr.t_with(title, &[("subject", subject.into())]);
        Notice { to, id, subject: &subject, text: &text, date: &tr.zoned(self.now) }.bytes()
    }
}

impl Carry<'_> {
    /// Tries to tell the author, and writes down how it ended. The claim stays. False when it is to be tried again.
    pub(super) async fn tell(&self, job: &Job, report: &Report) -> Result<bool, Error> {
        let hopeless = report.age > GIVE_UP;
        let told = match &self.carrier.reports {
            Some(reports) => self.try_to_tell(job, report, reports).await,
            None => Ok(false),
        };
        let fact = match told {
            Ok(true) => Fact::Told,
            Ok(false) => Fact::NotTold,
            Err(error) => {
                tracing::info!(id = %self.id(), %error, "an author was not told this time");
                let refused = error.stage == imap::Stage::SignIn && error.refused();
                if !refused && !hopeless {
                    return Ok(false);
                }
                Fact::NotTold
            }
        };
        self.write(vec![(None, fact)], |live, _| live.clone()).await?;
        Ok(true)
    }

    async fn try_to_tell(&self, job: &Job, report: &Report, reports: &Reports) -> Result<bool, imap::Error> {
        let (Ok(to), Some(inbox)) = (Email::parse(&report.from), MailboxName::from_raw(b"INBOX")) else {
            return Ok(false);
        };
        let Some(id) = report.id(self.id(), &to) else { return Ok(false) };
        let loan = self.mailboxes(&reports.mailboxes, &job.credentials).await?;
        if let Some(end) = report.note {
            // Where it did not end yet, it began: no UIDVALIDITY is 0.
            let end = end.unwrap_or(Mark { uidvalidity: 0, uidnext: 1 });
            if append::find(&loan, &inbox, end, id.as_str()).await?.is_some() {
                return Ok(true);
            }
        } else {
            let end = append::mark(&loan, &inbox).await?;
            self.write_telling(end).await?;
        }
        let bytes = Bytes::from(report.write(&to, &id, reports));
        let message = Message { mailbox: &inbox, octets: bytes.len() as u64, flags: &[], date: None };
        append::append(&loan, &message, stream::iter([Ok(bytes)])).await?;
        reach(Point::BeforeTold).await;
        Ok(true)
    }

    async fn write_telling(&self, end: Option<Mark>) -> Result<(), imap::Error> {
        let (uidvalidity, uidnext) = end.map_or((0, 0), |end| (end.uidvalidity, end.uidnext));
        let written = self.outbox.change(&self.claim.account, self.id(), |loaded| {
            let live = &loaded.row.live;
            let fact = Fact::Telling { uidvalidity, uidnext };
            self.is_mine(live).then(|| Change { live: live.clone(), facts: vec![(None, fact)] })
        });
        match written.await {
            Ok(Some(_)) => Ok(()),
            // Not now: the claim is lost, or the store does not take it.
            _ => Err(imap::Error::new(imap::Stage::Append, imap::Kind::Source)),
        }
    }
}
