//! The task that owns a signed-in connection and always reads to the tagged reply. Whoever asked may leave: only the
//! receiver of the answer is dropped. A deadline, an end of stream or a broken answer closes the connection.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_imap::Session;
use bytes::Bytes;
use tokio::{
    io::AsyncWriteExt,
    sync::{mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};

use super::{
    Error, Kind, MailboxName, Stage,
    batch::Batch,
    bounds,
    command::{Command, Piece},
    connect::Wire,
    frame::Frame,
    remembered::Remembered,
    response,
    tap::{Completion, Status},
    view::View,
};
use crate::{net::bounds::patiently, telemetry::metrics::Open};

/// What is asked, and where the answer is waited for.
pub struct Job {
    pub stage: Stage,
    pub commands: Vec<Command>,
    /// The first command opens this mailbox, read-only or not.
    pub opens: Option<(MailboxName, bool)>,
    /// The octets of a [`Piece::Upload`]. Whoever sends them waits for the server: few are held here.
    pub upload: Option<mpsc::Receiver<Bytes>>,
    pub until: Instant,
    pub answer: oneshot::Sender<Result<Batch, Error>>,
}

/// What the task writes and whoever asks reads.
#[derive(Debug, Default)]
pub struct Shared {
    view: Mutex<Option<View>>,
    rows: Mutex<Remembered>,
    pub round_trips: AtomicU64,
    /// A job was given whose answer nobody has heard yet.
    pub busy: AtomicBool,
}

impl Shared {
    pub fn view(&self) -> std::sync::MutexGuard<'_, Option<View>> {
        self.view.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn rows(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.rows.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

pub struct Actor {
    pub session: Session<Wire>,
    pub shared: Arc<Shared>,
    pub literal_plus: bool,
    /// The longest upload that goes without asking, in octets.
    pub unasked: u64,
    pub idle: Duration,
    /// Said while signing in; the first answer brings it.
    pub alerts: Vec<String>,
    pub _open: Open,
}

impl Actor {
    pub async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
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
                if let Some(opened) = opened {
                    let now = View::opened(mailbox, *read_only, &untagged, &opened.text);
                    *view = Some(now.ok_or(error(Kind::Protocol("no EXISTS")))?.after(before));
                }
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
