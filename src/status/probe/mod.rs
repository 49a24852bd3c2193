//! Probes: whether each mail server answers, and how long its own mailbox takes, also while nobody is there.
//!
//! One gateway probes each server, by a lease in the store. A probe goes the way that people's connections go (circuit,
//! TLS, deadlines), on connections of its own that take nobody's place: one at a time for IMAP and one for SMTP.

pub mod letter;
mod mailbox;
mod token;
mod visit;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Measures,
    measure::{Found, Kind},
};
use crate::{
    config::ServerUrl,
    imap::{self, Backend, Stage},
    net::{TlsConfig, bounds::patiently},
    store::Store,
};
use letter::Letter;
use visit::Visit;

/// How often it is looked whether anything is due.
const LOOK: Duration = Duration::from_secs(5);
/// How often a server is asked to greet.
const GREET: Duration = Duration::from_secs(60);
/// The same while it does not, or while a letter is on its way.
const AGAIN: Duration = Duration::from_secs(10);
/// How often the mailbox is opened.
const OPEN: Duration = Duration::from_secs(300);
/// How often a letter is sent.
const SEND: Duration = Duration::from_secs(900);
/// The same while none is taken.
const SEND_AGAIN: Duration = Duration::from_secs(30);
/// How long a letter is looked for every second.
const AWAIT: Duration = Duration::from_secs(60);
/// Seconds for which a gateway may probe without asking again: longer than one round takes whose every step takes as
/// long as it may (some 400 s), and less than what is shown as a probe's word of now.
const LEASE: i64 = 480;
/// The same between two rounds: whoever takes over after a restart waits no longer.
const BETWEEN: i64 = 90;
/// Letters of those that are out, the oldest and the newest, that are looked for at once.
const LOOKED_FOR: usize = 10;
/// Seconds after which a letter is given up.
const LOST: i64 = 48 * 3600;

/// A server, and how it is reached.
pub struct Probed {
    pub backend: Arc<Backend>,
    pub smtp: Option<(ServerUrl, TlsConfig)>,
    /// What EHLO says.
    pub hello: String,
}

/// What is due when.
struct Due {
    greet: Instant,
    open: Instant,
    send: Instant,
}

/// One server's probe.
struct Round {
    probed: Probed,
    store: Arc<Store>,
    measures: Measures,
    due: Due,
    /// In a row; one alone is no outage.
    misses: [u32; 2],
    /// The letters that are on their way: when each left, and its Message-ID.
    out: BTreeMap<Timestamp, String>,
    /// Letters in a row that the server did not take.
    untaken: u32,
    /// Whether this gateway is the one that probes.
    held: bool,
    /// What is wrong with the probe's own account, as far as it was told.
    told: HashSet<&'static str>,
}

/// Probes for as long as the process lives; spawn it once for each server.
pub async fn probe(probed: Probed, store: Arc<Store>, measures: Measures) {
    let now = Instant::now();
    let due = Due { greet: now, open: now, send: now };
    let (out, told) = (BTreeMap::new(), HashSet::new());
    let mut round =
        Round { probed, store, measures, due, misses: [0, 0], out, untaken: 0, held: false, told };
    // What the store knows of before comes first.
    tokio::time::sleep(Duration::from_secs(1)).await;
    loop {
        let broken = round.probed.backend.circuit.cause().is_some();
        let known = round.found().reads_down.is_some();
        if Instant::now() >= round.due.greet || broken != known {
            round.go().await;
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl Round {
    fn name(&self) -> &str {
        &self.probed.backend.server.name
    }

    fn found(&self) -> Found {
        self.measures.found(self.name())
    }

    async fn go(&mut self) {
        let held = self.store.hold_probe(self.name(), self.measures.gateway(), LEASE).await;
        if let Ok(false) = held {
            self.lost();
            self.due.greet = Instant::now() + AGAIN;
            return;
        }
        // With the store down each gateway sees for itself, but all of them together write no letters.
        let mailbox = held.is_ok();
        if mailbox && !self.held {
            self.gained().await;
        }
        let reads = self.reads(mailbox).await;
        let greets = self.greets().await;
        // A greeting is not everything: whoever writes through it does not get rid of their mail either.
        let sends = greets && self.untaken < 2;
        let at = Timestamp::now().as_second();
        let at = Timestamp::from_second(at).ok();
        let mut found = self.found();
        for (n, (fine, since)) in
            [(reads, &mut found.reads_down), (sends, &mut found.sends_down)].into_iter().enumerate()
        {
            match fine {
                true => (self.misses[n], *since) = (0, None),
                false => {
                    self.misses[n] += 1;
                    if self.misses[n] > 1 {
                        *since = since.or(at);
                    }
                }
            }
        }
        self.out.retain(|sent, _| Timestamp::now().duration_since(*sent).as_secs() < LOST);
        // Nobody looks for letters while the store is down.
        (found.at, found.awaited) = (at, self.awaited().filter(|_| mailbox));
        if mailbox && reads && greets {
            self.letters(&mut found).await;
        }
        self.tell(found).await;
        let sound = reads && sends && self.untaken == 0 && self.out.is_empty();
        self.due.greet = Instant::now() + if sound { GREET } else { AGAIN };
        if let Err(error) = self.store.hold_probe(self.name(), self.measures.gateway(), BETWEEN).await {
            tracing::debug!(%error, "the lease of a probe was not cut short");
        }
    }

    /// What another gateway may have found, and the letter that it still awaited.
    async fn gained(&mut self) {
        let Ok(all) = self.store.probes().await else { return };
        self.held = true;
        let Some((_, row)) = all.into_iter().find(|(server, _)| server == self.name()) else { return };
        let found = Found::from(row);
        if found.at >= self.found().at {
            self.measures.probed(self.name(), found);
        }
        if let Some(sent) = found.awaited
            && let Some(letter) = self.letter(sent)
        {
            self.out.insert(sent, letter.message_id().to_owned());
        }
    }

    /// Another gateway probes: what is known here of letters is no longer so.
    fn lost(&mut self) {
        self.held = false;
        self.misses = [0, 0];
        self.untaken = 0;
        self.out.clear();
    }

    fn awaited(&self) -> Option<Timestamp> {
        self.out.keys().next().copied()
    }

    /// The letter that left then; `None` without an account.
    fn letter(&self, sent: Timestamp) -> Option<Letter> {
        const TEXT: &str = "Relais measures with this message how long mail takes, and removes it again.\n";
        let account = self.probed.backend.server.probe.as_ref()?;
        let seed = token::make(self.store.keys(), self.name(), sent);
        Letter::new(&account.address, mailbox::SUBJECT, TEXT, seed)
    }

    async fn tell(&self, found: Found) {
        self.measures.probed(self.name(), found);
        if let Err(error) = self.store.tell_probe(self.name(), self.measures.gateway(), &found.row()).await {
            tracing::debug!(%error, "what a probe found was not told to the others");
        }
    }

    /// Whether people could read there.
    async fn reads(&mut self, mailbox: bool) -> bool {
        let backend = self.probed.backend.clone();
        // It is probed already, and people are answered for it.
        if backend.circuit.cause().is_some() {
            return false;
        }
        let greeted = backend.probe().await;
        backend.note(None, None, greeted.as_ref().map(|_| Stage::Greeting));
        let Ok(greeted) = greeted else { return false };
        let due = mailbox && (self.misses[0] > 0 || Instant::now() >= self.due.open);
        let Some(account) = backend.server.probe.as_ref().filter(|_| due) else { return true };
        match (Visit { account }).signed_in(greeted).await {
            Ok(connection) => {
                let began = Instant::now();
                let opened = mailbox::open(&connection).await;
                match &opened {
                    Ok(took) => self.measures.took(Kind::Open, *took),
                    Err(error) if error.kind == imap::Kind::Deadline => {
                        self.measures.took(Kind::Open, began.elapsed());
                    }
                    Err(_) => {}
                }
                let down = opened.is_err_and(|error| {
                    let down = is_down(&error);
                    if !down {
                        self.complain("its mailbox cannot be opened");
                    }
                    down
                });
                if !down {
                    self.due.open = Instant::now() + OPEN;
                }
                !down
            }
            Err(visit::Error::Own(why)) => {
                self.complain(why);
                self.due.open = Instant::now() + OPEN;
                true
            }
            Err(visit::Error::Server) => false,
        }
    }

    /// Whether the server for sending greets.
    async fn greets(&mut self) -> bool {
        let Some((url, tls)) = &self.probed.smtp else { return true };
        visit::greets(url, tls, &self.probed.hello).await
    }

    /// Sends a letter when it is time, and takes out what arrived.
    async fn letters(&mut self, found: &mut Found) {
        let backend = self.probed.backend.clone();
        let Some(account) = &backend.server.probe else { return };
        let visit = Visit { account };
        let due = self.probed.smtp.is_some() && Instant::now() >= self.due.send;
        if !due && self.out.is_empty() {
            return;
        }
        let Ok(reads) = visit.connected(&backend).await else { return };
        let mut until = Instant::now();
        if due && self.send(&visit).await {
            until += AWAIT;
            // Others see at once that one is out.
            found.awaited = self.awaited();
            self.tell(*found).await;
        }
        loop {
            match mailbox::take_out(&reads, &self.looked_for()).await {
                Ok(letters) => self.arrived(letters),
                Err(error) => {
                    tracing::debug!(server = self.name(), %error, "a probe's mailbox could not be searched");
                    break;
                }
            }
            if self.out.is_empty() || Instant::now() >= until {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // Last: what others wrote may end this connection.
        if due && let Ok(letters) = mailbox::sweep(&reads, self.store.keys(), self.name()).await {
            self.arrived(letters);
        }
        found.awaited = self.awaited();
    }

    fn arrived(&mut self, letters: Vec<(Timestamp, Duration)>) {
        for (sent, took) in letters {
            self.out.remove(&sent);
            self.measures.took(Kind::Arrive, took);
        }
    }

    /// Hands one letter over; whether it was taken.
    async fn send(&mut self, visit: &Visit<'_>) -> bool {
        self.due.send = Instant::now() + SEND;
        let Some((url, tls)) = &self.probed.smtp else { return false };
        // As the letter itself says it.
        let Ok(sent) = Timestamp::from_millisecond(Timestamp::now().as_millisecond()) else { return false };
        let Some(letter) = self.letter(sent) else {
            self.complain("it is not an address");
            return false;
        };
        match visit.send(url, tls, &self.probed.hello, &letter).await {
            Ok(()) => {
                self.untaken = 0;
                self.out.insert(sent, letter.message_id().to_owned());
                return true;
            }
            Err(visit::Error::Own(why)) => {
                self.untaken = 0;
                self.complain(why);
            }
            Err(visit::Error::Server) => {
                self.untaken = self.untaken.saturating_add(1);
                if self.untaken == 2 {
                    tracing::warn!(
                        server = self.name(),
                        "a mail server greets, but takes no letter of its probe"
                    );
                }
                self.due.send = Instant::now() + patiently(SEND_AGAIN);
            }
        }
        false
    }

    /// A lost letter hides no later one, nor a flood of lost ones the one that comes at last.
    fn looked_for(&self) -> Vec<(Timestamp, String)> {
        let between = self.out.len().saturating_sub(2 * LOOKED_FOR);
        let letters = self.out.iter().enumerate();
        let wanted = letters.filter(|(n, _)| *n < LOOKED_FOR || *n >= LOOKED_FOR + between);
        wanted.map(|(_, (sent, id))| (*sent, id.clone())).collect()
    }

    /// Something is wrong with the probe's account, not with the server: the log says each thing once.
    fn complain(&mut self, why: &'static str) {
        if self.told.insert(why) {
            tracing::warn!(
                server = self.name(),
                "the probe of a mail server cannot measure everything: {why}"
            );
        }
    }
}

/// Whether nobody else could open a mailbox either: what the server refuses to this account, and what this mailbox holds
/// that is more than the gateway takes, is the probe's own trouble. Strangers can write to it.
fn is_down(error: &imap::Error) -> bool {
    matches!(error.kind, imap::Kind::Deadline | imap::Kind::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::Error;

    #[test]
    fn what_a_mailbox_holds_is_no_outage() {
        let is_down = |kind| is_down(&Error::new(Stage::List, kind));
        assert!(is_down(imap::Kind::Deadline) && is_down(imap::Kind::Closed));
        let refused = imap::Kind::Refused { code: None, text: String::new() };
        for own in [refused, imap::Kind::TooBig, imap::Kind::Protocol("x"), imap::Kind::Unsupported("x")] {
            assert!(!is_down(own.clone()), "{own:?}");
        }
    }
}
