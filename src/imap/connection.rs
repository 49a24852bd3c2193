//! One signed-in connection, owned by one task that always reads to the tagged reply. Whoever asked may leave:
//! only the receiver of the answer is dropped. A deadline, an end of stream or a broken answer closes it.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_imap::Session;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::{
    io::AsyncWriteExt,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};

use super::{
    Capabilities, Credentials, Error, Kind, MailboxName, Stage, bounds,
    command::{Command, Piece},
    connect::{Greeted, Wire},
    fetch::{Fetched, Whom},
    frame::Frame,
    remembered::Remembered,
    response,
    sign_in::{SignedIn, Working, sign_in},
    tap::{Completion, Status},
    view::View,
};
use crate::{net::bounds::patiently, telemetry::metrics::Open};

/// The answers to one batch of commands.
#[derive(Debug)]
pub struct Batch {
    stage: Stage,
    /// Untagged responses, in their order.
    pub untagged: Vec<Frame>,
    /// One for each command, in the order of the commands.
    completions: Vec<Completion>,
    /// What the server wants people to see.
    pub alerts: Vec<String>,
}

impl Batch {
    /// The text of the `n`th command's OK, or its refusal.
    pub fn ok(&self, n: usize) -> Result<&[u8], Error> {
        match self.completions.get(n) {
            Some(completion) if completion.status == Status::Ok => Ok(&completion.text),
            Some(completion) => Err(Error::new(self.stage, response::refusal(completion))),
            None => Err(Error::new(self.stage, Kind::Protocol("no answer"))),
        }
    }

    /// The sequence numbers of EXPUNGE, in their order.
    pub fn expunged(&self) -> Vec<u32> {
        self.untagged.iter().filter_map(response::expunged).collect()
    }

    /// Every command went well.
    pub fn all_ok(&self) -> Result<(), Error> {
        (0..self.completions.len()).try_for_each(|n| self.ok(n).map(drop))
    }
}

impl std::fmt::Debug for Completion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.status)
    }
}

struct Job {
    stage: Stage,
    commands: Vec<Command>,
    /// The first command opens this mailbox, read-only or not.
    opens: Option<(MailboxName, bool)>,
    /// The octets of a [`Piece::Upload`]. Whoever sends them waits for the server: few are held here.
    upload: Option<mpsc::Receiver<Bytes>>,
    until: Instant,
    answer: oneshot::Sender<Result<Batch, Error>>,
}

#[derive(Debug, Default)]
struct Shared {
    view: Mutex<Option<View>>,
    rows: Mutex<Remembered>,
    round_trips: AtomicU64,
    /// A job was given whose answer nobody has heard yet.
    busy: AtomicBool,
}

impl Shared {
    fn view(&self) -> std::sync::MutexGuard<'_, Option<View>> {
        self.view.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.rows.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A handle; the connection ends when the handle is dropped, politely.
#[derive(Debug)]
pub struct Connection {
    jobs: mpsc::Sender<Job>,
    shared: Arc<Shared>,
    pub capabilities: Arc<Capabilities>,
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
        Ok(Connection { jobs, shared, capabilities: Arc::new(capabilities), task })
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
    /// The connection's own; a refused command is in the batch. Every error but `Full` closes the connection.
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

struct Actor {
    session: Session<Wire>,
    shared: Arc<Shared>,
    literal_plus: bool,
    /// The longest upload that goes without asking, in octets.
    unasked: u64,
    idle: Duration,
    /// Said while signing in; the first answer brings it.
    alerts: Vec<String>,
    _open: Open,
}

impl Actor {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        loop {
            let mut job = tokio::select! {
                job = timeout(self.idle, jobs.recv()) => match job {
                    Ok(Some(job)) => job,
                    _ => break,
                },
                // Nothing is asked: what ends this wait is the end of the stream, or a lie.
                _ = self.session.read_response() => return,
            };
            let done = timeout_at(job.until, self.execute(&mut job)).await;
            let result = done.unwrap_or(Err(Error::new(job.stage, Kind::Deadline)));
            // Whoever feeds it must not wait for us.
            job.upload = None;
            let broken = result.is_err();
            if broken {
                jobs.close();
            }
            let _ = job.answer.send(result);
            if broken {
                return;
            }
        }
        jobs.close();
        let goodbye = async {
            if self.session.run_command("LOGOUT").await.is_ok() {
                let _ = self.session.read_response().await;
            }
        };
        let _ = timeout(patiently(bounds::GOODBYE), goodbye).await;
    }

    async fn execute(&mut self, job: &mut Job) -> Result<Batch, Error> {
        let stage = job.stage;
        let error = |kind| Error::new(stage, kind);
        self.shared.round_trips.fetch_add(u64::from(!job.commands.is_empty()), Ordering::Relaxed);
        // What the server said since the last command.
        let earlier = self.session.get_mut().take_untagged();
        self.follow(&earlier);
        self.alerts
            .extend(earlier.iter().filter_map(response::status_text).filter_map(response::alert).take(5));
        let mut done: Vec<(String, Option<Completion>)> = Vec::new();
        self.session.get_mut().cork();
        for command in &job.commands {
            self.send(stage, command, &mut job.upload, &mut done).await.map_err(error)?;
        }
        self.session.get_mut().uncork();
        self.session.get_mut().flush().await.map_err(|e| error(response::broken_io(&e)))?;
        // However long it took to send: the answer has a deadline of its own.
        let until = Instant::now() + bounds::deadline(stage);
        while done.iter().any(|(_, completion)| completion.is_none()) {
            let heard = timeout_at(until, self.hear(&mut done)).await;
            heard.map_err(|_| error(Kind::Deadline))?.map_err(error)?;
        }
        let untagged = self.session.get_mut().take_untagged();
        let completions: Vec<Completion> =
            done.into_iter().filter_map(|(_, completion)| completion).collect();
        match &job.opens {
            Some((mailbox, read_only)) => {
                let opened = completions.first().filter(|c| c.status == Status::Ok);
                let mut view = self.shared.view();
                let before = view.take();
                *view = opened
                    .map(|c| View::opened(mailbox.clone(), *read_only, &untagged, &c.text).after(before));
            }
            None => self.follow(&untagged),
        }
        let texts =
            untagged.iter().filter_map(response::status_text).chain(completions.iter().map(|c| &c.text[..]));
        let earlier = std::mem::take(&mut self.alerts).into_iter();
        let alerts = earlier.chain(texts.filter_map(response::alert)).take(5).collect();
        Ok(Batch { stage: job.stage, untagged, completions, alerts })
    }

    fn follow(&self, frames: &[Frame]) {
        if let Some(view) = self.shared.view().as_mut() {
            for frame in frames {
                view.apply(frame);
            }
        }
    }

    /// Writes one command. Where a literal needs the server's consent, everything so far is flushed and the wait
    /// is here; a refusal of it completes the command.
    async fn send(
        &mut self,
        stage: Stage,
        command: &Command,
        upload: &mut Option<mpsc::Receiver<Bytes>>,
        done: &mut Vec<(String, Option<Completion>)>,
    ) -> Result<(), Kind> {
        let within = bounds::deadline(stage);
        let mut pieces = command.0.iter().peekable();
        let mut first = true;
        while pieces.peek().is_some() {
            let mut line = String::new();
            if let Some(Piece::Text(text)) = pieces.peek() {
                line.push_str(text);
                pieces.next();
            }
            // How long it is, and whether it goes without asking.
            let literal = pieces.next();
            let announced = match literal {
                Some(Piece::Literal(bytes)) => Some((bytes.len() as u64, self.literal_plus)),
                Some(Piece::Upload(octets)) => Some((*octets, *octets <= self.unasked)),
                _ => None,
            };
            if let Some((octets, unasked)) = announced {
                line.push_str(&format!("{{{octets}{}}}", if unasked { "+" } else { "" }));
            }
            if first {
                let id = self.session.run_command(&line).await.map_err(|e| response::broken(&e))?;
                done.push((id.0, None));
                first = false;
            } else {
                self.session.run_command_untagged(&line).await.map_err(|e| response::broken(&e))?;
            }
            let Some((octets, unasked)) = announced else { continue };
            if !unasked {
                let consent =
                    timeout(within, self.wait_for_consent(done)).await.map_err(|_| Kind::Deadline)?;
                if !consent? {
                    return Ok(());
                }
            }
            match literal {
                Some(Piece::Upload(_)) => self.stream(octets, upload).await?,
                Some(Piece::Literal(bytes)) => {
                    self.session.get_mut().write_all(bytes).await.map_err(|e| response::broken_io(&e))?;
                }
                _ => {}
            }
            if pieces.peek().is_none() {
                self.session.run_command_untagged("").await.map_err(|e| response::broken(&e))?;
            }
        }
        Ok(())
    }

    /// Writes the octets of a literal as they come, each piece to the socket before the next is taken.
    async fn stream(&mut self, octets: u64, upload: &mut Option<mpsc::Receiver<Bytes>>) -> Result<(), Kind> {
        let each = patiently(bounds::UPLOAD_PIECE);
        let mut upload = upload.take().ok_or(Kind::Source)?;
        self.session.get_mut().uncork();
        let mut left = octets;
        while left > 0 {
            let piece = timeout(each, upload.recv()).await.ok().flatten().ok_or(Kind::Source)?;
            left = left.checked_sub(piece.len() as u64).ok_or(Kind::Source)?;
            // No literal holds a NUL (RFC 9051 §9, literal).
            if memchr::memchr(0, &piece).is_some() {
                return Err(Kind::Source);
            }
            let tap = self.session.get_mut();
            tap.write_all(&piece).await.map_err(|e| response::broken_io(&e))?;
            let flushed = timeout(each, tap.flush()).await.map_err(|_| Kind::Deadline)?;
            flushed.map_err(|e| response::broken_io(&e))?;
        }
        // One octet more would have been cut off: what was announced is not what there is.
        if timeout(each, upload.recv()).await.map_err(|_| Kind::Source)?.is_some() {
            return Err(Kind::Source);
        }
        self.session.get_mut().cork();
        Ok(())
    }

    /// False when the command ended instead.
    async fn wait_for_consent(&mut self, done: &mut [(String, Option<Completion>)]) -> Result<bool, Kind> {
        self.session.get_mut().uncork();
        self.session.get_mut().flush().await.map_err(|e| response::broken_io(&e))?;
        let consent = loop {
            if self.hear(done).await? {
                break true;
            }
            if done.last().is_some_and(|(_, completion)| completion.is_some()) {
                break false;
            }
        };
        self.session.get_mut().cork();
        Ok(consent)
    }

    /// Reads the next continuation (true) or completion, which must be of a command that is still open.
    async fn hear(&mut self, done: &mut [(String, Option<Completion>)]) -> Result<bool, Kind> {
        let heard = self.session.read_response().await.map_err(|e| response::broken_io(&e))?;
        if heard.is_none() {
            return Err(Kind::Closed);
        }
        let Some(completion) = self.session.get_mut().take_completion() else { return Ok(true) };
        let open =
            done.iter_mut().find(|(tag, slot)| tag.as_bytes() == &completion.tag[..] && slot.is_none());
        let (_, slot) = open.ok_or(Kind::Protocol("an answer nobody asked for"))?;
        *slot = Some(completion);
        Ok(false)
    }
}
