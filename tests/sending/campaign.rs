//! Killing and freezing gateways at every named point, again and again, and then counting what arrived.
//!
//! On SQLite one gateway at a time; on PostgreSQL a second one takes over while the first is dead or frozen. A frozen one
//! wakes past its lease and goes on from where it stood. Whatever happens: every accepted message is in the mailbox, and
//! one that is there twice was uncertain before, with the same Message-ID.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{Dovecot, Options, Postfix, postfix, seed::Random};
use relais::{
    outbox::{About, Accepted, Fact, Key, MessageId, Outbox, Piece, State, Submission},
    session::account_id,
};

use super::victim::{Home, Victim};

const ALICE: &str = "alice@example.test";
const BOB: &str = "bob@example.test";
const PASSWORD: &str = "secret";
const POINTS: [&str; 6] = ["mail", "recipients", "mid-data", "after-dot", "before-stored", "before-kept"];
/// The lease of five seconds that `patience = 2` gives, and then some.
const PAST_THE_LEASE: Duration = Duration::from_millis(6_500);

pub struct Plan {
    /// Messages accepted in all.
    pub sends: usize,
    /// How often each point is stopped at, by each of SIGKILL and SIGSTOP.
    pub rounds: usize,
    pub seed: u64,
}

/// What happened, and that it was right.
#[derive(Debug, Default)]
pub struct Report {
    store: &'static str,
    sends: usize,
    /// Kills and freezes at each point.
    stops: BTreeMap<&'static str, (usize, usize)>,
    uncertain: usize,
    /// Lost from sight a second time, so that the author was asked and sent it once more.
    asked: usize,
    twins: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} accepted, all in the mailbox, none lost", self.store, self.sends)?;
        for (point, (kills, freezes)) in &self.stops {
            writeln!(f, "  {point:<14} {kills:>3} killed  {freezes:>3} frozen past the lease")?;
        }
        write!(
            f,
            "  {} were uncertain, {} of them asked the author, {} arrived twice",
            self.uncertain, self.asked, self.twins
        )
    }
}

struct Field {
    home: Home,
    dovecot: Dovecot,
    postfix: Postfix,
    sent: Vec<(MessageId, String)>,
    seed: u64,
}

/// # Errors
/// At the first thing that is not as it must be.
pub async fn run(home: Home, plan: &Plan) -> Result<Report> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let postfix = Postfix::start_with(&dovecot, postfix::Options::default()).await?;
    let mut field = Field { home, dovecot, postfix, sent: Vec::new(), seed: plan.seed };
    let mut report = Report { store: field.store_name(), sends: plan.sends, ..Report::default() };
    println!("{}: seed {}", report.store, plan.seed);

    let mut random = Random::new(plan.seed);
    let mut stops: Vec<(&str, bool)> = Vec::new();
    for _ in 0..plan.rounds {
        stops.extend(POINTS.iter().flat_map(|point| [(*point, false), (*point, true)]));
    }
    for n in (1..stops.len()).rev() {
        stops.swap(n, random.below(n + 1));
    }
    let all = stops.len();
    for (n, (point, freeze)) in stops.into_iter().enumerate() {
        let batch = plan.sends * (n + 1) / all - plan.sends * n / all;
        field.accept(batch).await?;
        let time = 1 + random.below(batch);
        field
            .stop(point, time, freeze)
            .await
            .with_context(|| format!("{point}, time {time}, frozen: {freeze}"))?;
        let count = report.stops.entry(point).or_default();
        *if freeze { &mut count.1 } else { &mut count.0 } += 1;
    }
    report.asked = field.drain().await?;
    field.judge(&mut report).await?;
    for point in POINTS {
        let (kills, freezes) = report.stops.get(point).copied().unwrap_or_default();
        ensure!(kills > 0 && freezes > 0, "nothing was stopped at {point}");
    }
    Ok(report)
}

impl Field {
    fn store_name(&self) -> &'static str {
        if self.home.database.is_some() { "PostgreSQL, two gateways" } else { "SQLite" }
    }

    fn gateway(&self, stop: Option<&str>) -> Result<Victim> {
        Victim::start_on(&self.home, self.dovecot.imap_port(), self.postfix.submission_port(), stop)
    }

    async fn accept(&mut self, batch: usize) -> Result<()> {
        let store = Arc::new(self.home.open().await?);
        let outbox = Outbox::new(store.clone());
        let account = account_id(store.keys(), "default", ALICE);
        for _ in 0..batch {
            let n = self.sent.len();
            let message_id = format!("c{n}.{}@relais.example.test", self.seed);
            let message = format!(
                "From: {ALICE}\r\nTo: {BOB}\r\nSubject: Number {n}\r\nMessage-ID: <{message_id}>\r\n\
                 Date: Sun, 22 Nov 2026 09:00:00 +0000\r\n\r\nhello\r\n"
            );
            let mut key = [0; 16];
            key[..8].copy_from_slice(&(n as u64).to_be_bytes());
            let accepted = outbox
                .accept(Submission {
                    owns: vec![ALICE.into()],
                    account,
                    server: "default".into(),
                    login: ALICE.into(),
                    password: PASSWORD.to_owned().into(),
                    key: Key(key),
                    digest: [7; 32],
                    from: ALICE.into(),
                    recipients: vec![BOB.into()],
                    message: vec![Piece::Bytes(message.into_bytes())],
                    not_before: Timestamp::now(),
                    follow: false,
                    about: About { message_id: message_id.clone(), ..About::default() },
                    form: Vec::new(),
                })
                .await?;
            let Accepted::New(id) = accepted else { anyhow::bail!("{accepted:?}") };
            self.sent.push((id, message_id));
        }
        store.close().await;
        Ok(())
    }

    /// One gateway is stopped at the point; on a shared store another one goes on meanwhile.
    async fn stop(&self, point: &str, time: usize, freeze: bool) -> Result<()> {
        let how = if freeze { format!("{point}:{time}:freeze") } else { format!("{point}:{time}") };
        let victim = self.gateway(Some(&how))?;
        victim.wait_for(&format!("stopped at {point}"))?;
        let shared = self.home.database.is_some();
        if !freeze {
            drop(victim);
            let heir = self.gateway(None)?;
            heir.wait_for("serving")?;
            return heir.stop().await;
        }
        let heir = shared.then(|| self.gateway(None)).transpose()?;
        tokio::time::sleep(PAST_THE_LEASE).await;
        victim.signal("CONT")?;
        victim.stop().await?;
        match heir {
            Some(heir) => heir.stop().await,
            None => Ok(()),
        }
    }

    async fn details(&self) -> Result<Vec<relais::outbox::Detail>> {
        let store = Arc::new(self.home.open().await?);
        let me = account_id(store.keys(), "default", ALICE);
        let outbox = Outbox::new(store.clone());
        let mut details = Vec::with_capacity(self.sent.len());
        for (id, _) in &self.sent {
            details.push(outbox.get(&me, *id).await?.context("a message is no longer in the journal")?);
        }
        store.close().await;
        Ok(details)
    }

    /// What was lost from sight twice goes to nobody by itself any more: the author is asked, and says to try again.
    async fn decide(&self) -> Result<usize> {
        let store = Arc::new(self.home.open().await?);
        let me = account_id(store.keys(), "default", ALICE);
        let outbox = Outbox::new(store.clone());
        let mut asked = 0;
        for (id, _) in &self.sent {
            let sent = outbox.get(&me, *id).await?.context("a message is no longer in the journal")?.sent;
            if sent.needs_user && sent.recipients[0].state == State::Uncertain {
                ensure!(outbox.retry(&me, *id).await?, "the author may not try {id} again");
                asked += 1;
            }
        }
        outbox.reseal(&me, "default", ALICE, PASSWORD).await?;
        store.close().await;
        Ok(asked)
    }

    /// Until nothing waits and nothing is uncertain any more; how many the author was asked about.
    async fn drain(&self) -> Result<usize> {
        let (mut left, mut asked) = (usize::MAX, 0);
        for _ in 0..60 {
            asked += self.decide().await?;
            let details = self.details().await?;
            left = details.iter().filter(|d| d.sent.recipients[0].state != State::Accepted).count();
            if left == 0 {
                return Ok(asked);
            }
            let gateway = self.gateway(None)?;
            tokio::time::sleep(Duration::from_secs(5)).await;
            gateway.stop().await?;
        }
        let details = self.details().await?;
        let odd = details.iter().find(|d| d.sent.recipients[0].state != State::Accepted).context("none")?;
        let facts: Vec<&Fact> = odd.attempts.iter().map(|a| &a.fact).collect();
        anyhow::bail!("{left} of {} were not sent; the first: {facts:?}", self.sent.len())
    }

    /// How often each Message-ID is in the mailbox.
    async fn arrived(&self) -> Result<HashMap<String, usize>> {
        let mut client = self.dovecot.client(BOB).await?;
        let mut arrived = HashMap::new();
        if client.select("INBOX").await? > 0 {
            let reply = client.run("FETCH 1:* (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])").await?;
            let text = String::from_utf8_lossy(&reply.lines.concat()).into_owned();
            for id in text.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                *arrived.entry(id.to_owned()).or_default() += 1;
            }
        }
        Ok(arrived)
    }

    async fn judge(&self, report: &mut Report) -> Result<()> {
        // What Postfix took it may still be delivering.
        let mut arrived = self.arrived().await?;
        for _ in 0..200 {
            if self.sent.iter().all(|(_, id)| arrived.contains_key(id)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            arrived = self.arrived().await?;
        }
        let lost: Vec<&str> =
            self.sent.iter().filter(|(_, id)| !arrived.contains_key(id)).map(|(_, id)| &**id).collect();
        ensure!(
            lost.is_empty(),
            "{} accepted messages are lost: {lost:?}\n{}",
            lost.len(),
            self.postfix.log()
        );
        for (detail, (_, id)) in self.details().await?.iter().zip(&self.sent) {
            let lost_sight = |fact: &Fact| matches!(fact, Fact::Unknown(_) | Fact::Abandoned);
            let uncertain = detail.attempts.iter().filter(|a| lost_sight(&a.fact)).count();
            let copies = arrived.get(id).copied().unwrap_or(0);
            ensure!(
                copies <= 1 + uncertain,
                "{id} is there {copies} times, and was uncertain {uncertain} times"
            );
            report.uncertain += usize::from(uncertain > 0);
            report.twins += usize::from(copies > 1);
        }
        Ok(())
    }
}
