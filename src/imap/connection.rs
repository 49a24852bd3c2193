//! One signed-in connection, as those see it who ask something of it. The conversation itself is its [`actor`]'s.
//!
//! [`actor`]: super::actor

use std::{
    net::IpAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::{
    Capabilities, Credentials, Error, Kind, MailboxName, Stage,
    actor::{Actor, Job, Shared},
    batch::Batch,
    bounds,
    command::Command,
    connect::Greeted,
    fetch::{Fetched, Whom},
    sign_in::{SignedIn, Working, sign_in},
    view::View,
};
use crate::{net::bounds::patiently, telemetry::metrics::Open};

/// A handle; the connection ends when the handle is dropped, politely.
#[derive(Debug)]
pub struct Connection {
    jobs: mpsc::Sender<Job>,
    shared: Arc<Shared>,
    pub capabilities: Arc<Capabilities>,
    /// Since when it is there.
    pub(super) opened: std::time::Instant,
    task: JoinHandle<()>,
}

impl Connection {
    /// Signs in on a greeted connection and starts its task, which ends when nobody asked for `idle`.
    pub async fn open(
        greeted: Greeted,
        credentials: &Credentials,
        client_ip: Option<IpAddr>,
        working: &Working,
        idle: Duration,
        open: Open,
    ) -> Result<Connection, Error> {
        let SignedIn { session, capabilities, alerts } =
            sign_in(greeted, credentials, client_ip, working).await?;
        let (jobs, receiver) = mpsc::channel(1);
        let shared = Arc::new(Shared::default());
        let literal_plus = capabilities.has("LITERAL+");
        let unasked = match (literal_plus, capabilities.has("LITERAL-")) {
            (true, _) => bounds::UNASKED,
            (false, true) => bounds::UNASKED_MINUS,
            (false, false) => 0,
        };
        let actor =
            Actor { session, shared: shared.clone(), literal_plus, unasked, idle, alerts, _open: open };
        let task = tokio::spawn(actor.run(receiver));
        Ok(Connection {
            jobs,
            shared,
            capabilities: Arc::new(capabilities),
            opened: std::time::Instant::now(),
            task,
        })
    }

    pub fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Whoever asked last left before the answer came.
    pub(super) fn is_busy(&self) -> bool {
        self.shared.busy.load(Ordering::Acquire)
    }

    /// Waits until the answer that nobody waits for was read.
    pub(super) async fn settle(&self) {
        let _ = self.submit(Stage::Read, Vec::new(), None, None).await;
    }

    /// Ends the connection and waits until the server knows, for a moment.
    pub(super) async fn end(self) {
        drop(self.jobs);
        let _ = timeout(patiently(bounds::GOODBYE), self.task).await;
    }

    /// The mailbox that is open.
    pub fn view(&self) -> Option<View> {
        self.shared.view().clone()
    }

    /// Whether this mailbox is open, read-only or for changes.
    pub fn has_open(&self, mailbox: &MailboxName, read_only: bool) -> bool {
        self.shared.view().as_ref().is_some_and(|v| v.mailbox == *mailbox && (read_only || !v.read_only))
    }

    pub fn learn(&self, pairs: impl IntoIterator<Item = (u32, u32)>) {
        if let Some(view) = self.shared.view().as_mut() {
            view.learn(pairs);
        }
    }

    /// All rows at these positions of the open mailbox can be told but for their flags: the last [`remember`] of them
    /// named `whom` too.
    ///
    /// [`remember`]: Connection::remember
    pub fn remembers(&self, whom: Whom, mut positions: impl Iterator<Item = u32>) -> bool {
        self.shared.view().as_ref().is_some_and(|view| self.shared.rows().has_all(view, whom, &mut positions))
    }

    /// Keeps of these rows what can never change, while the connection lives; bounded.
    pub fn remember(&self, whom: Whom, rows: &[Fetched]) {
        if let Some(view) = self.shared.view().as_mut() {
            view.learn(rows.iter().filter_map(|row| Some((row.seq, row.uid?))));
            self.shared.rows().keep(view, whom, rows);
        }
    }

    /// Adds what is remembered of these rows.
    pub fn tell(&self, whom: Whom, rows: &mut [Fetched]) {
        if let Some(view) = self.shared.view().as_ref() {
            let remembered = self.shared.rows();
            rows.iter_mut().for_each(|row| remembered.tell(view, whom, row));
        }
    }

    /// Batches sent so far: each is one flush and one wait.
    pub fn round_trips(&self) -> u64 {
        self.shared.round_trips.load(Ordering::Relaxed)
    }

    /// Sends the commands in one write and waits for all their answers, within the deadline of the stage.
    ///
    /// # Errors
    /// The connection's own; a refused command is in the batch. Every error closes the connection.
    pub async fn run(&self, stage: Stage, commands: Vec<Command>) -> Result<Batch, Error> {
        self.submit(stage, commands, None, None).await
    }

    /// Sends one command whose literal is streamed: `octets` of it, in pieces that are only asked for as the server
    /// takes them. If whoever asked leaves before the last one, or `body` fails or has another length, the connection
    /// is closed in the middle of the literal: a server keeps nothing of that.
    pub(super) async fn upload(
        &self,
        command: Command,
        octets: u64,
        body: impl Stream<Item = std::io::Result<Bytes>>,
    ) -> Result<Batch, Error> {
        let (feed, upload) = mpsc::channel(1);
        let feeding = async move {
            let mut body = std::pin::pin!(body);
            while let Some(Ok(mut chunk)) = body.next().await {
                while !chunk.is_empty() {
                    let piece = chunk.split_to(chunk.len().min(bounds::UPLOAD));
                    if feed.send(piece).await.is_err() {
                        return;
                    }
                }
            }
        };
        let transfer = Duration::from_secs(octets / bounds::SLOWEST_UPLOAD);
        let answer = self.submit(Stage::Append, vec![command], None, Some((upload, transfer)));
        let mut answer = std::pin::pin!(answer);
        tokio::select! {
            biased;
            // It may refuse before all was read.
            answer = &mut answer => return answer,
            () = feeding => {}
        }
        answer.await
    }

    /// Opens a mailbox: EXAMINE for reading, SELECT for changes.
    pub async fn open_mailbox(&self, mailbox: &MailboxName, read_only: bool) -> Result<(View, Batch), Error> {
        let verb = if read_only { "EXAMINE" } else { "SELECT" };
        let open = || {
            let command = Command::new(verb).mailbox(mailbox);
            self.submit(Stage::Open, vec![command], Some((mailbox.clone(), read_only)), None)
        };
        let mut batch = open().await?;
        // Dovecot makes an INBOX as it is first opened; a delivery at the same moment may have been quicker.
        if matches!(batch.ok(0), Err(error) if error.code() == Some("ALREADYEXISTS")) {
            batch = open().await?;
        }
        batch.ok(0)?;
        let view = self.view().ok_or(Error::new(Stage::Open, Kind::Closed))?;
        Ok((view, batch))
    }

    async fn submit(
        &self,
        stage: Stage,
        commands: Vec<Command>,
        opens: Option<(MailboxName, bool)>,
        upload: Option<(mpsc::Receiver<Bytes>, Duration)>,
    ) -> Result<Batch, Error> {
        let mut until = Instant::now() + bounds::deadline(stage);
        let upload = upload.map(|(upload, transfer)| {
            // Asking, sending and confirming each have their own deadline; this one is for all of it.
            until += bounds::deadline(stage) + patiently(transfer);
            upload
        });
        let (answer, receiver) = oneshot::channel();
        let closed = || Error::new(stage, Kind::Closed);
        let job = Job { stage, commands, opens, upload, until, answer };
        self.shared.busy.store(true, Ordering::Release);
        self.jobs.send(job).await.map_err(|_| closed())?;
        let answer = receiver.await.unwrap_or_else(|_| Err(closed()));
        self.shared.busy.store(false, Ordering::Release);
        answer
    }
}
