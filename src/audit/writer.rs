//! The thread that writes. Whoever has something to tell puts it into a queue and goes on; where that is full, or the
//! disk, the line is lost, and how many are is written before the next one.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Duration,
};

use jiff::{Timestamp, civil::Date};
use tokio::sync::oneshot;

use super::{day_of, files, line::Line};
use crate::telemetry::metrics;

/// Lines that wait at most: some seconds of the busiest morning.
const QUEUE: usize = 4096;
/// Lines written at once.
const BATCH: usize = 256;
/// How often the day is looked at where nothing happens.
const QUIET: Duration = Duration::from_secs(3600);
/// How long a stop waits for the disk.
const SETTLE: Duration = Duration::from_secs(2);

enum Job {
    Line(Box<Line>),
    Settle(oneshot::Sender<()>),
}

pub(super) struct Writer {
    queue: SyncSender<Job>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Since the start.
    lost: AtomicU64,
    failing: AtomicBool,
}

impl Writer {
    pub fn start(folder: PathBuf) -> Writer {
        let (queue, jobs) = mpsc::sync_channel(QUEUE);
        let state = Arc::new(State::default());
        let work = Work { folder, state: state.clone(), today: None, told: 0 };
        if let Err(error) = thread::Builder::new().name("audit".into()).spawn(move || work.run(&jobs)) {
            tracing::error!(%error, "the audit is not written");
        }
        Writer { queue, state }
    }

    pub fn put(&self, line: Line) {
        if self.queue.try_send(Job::Line(Box::new(line))).is_err() {
            self.state.lose(1, &"too many lines at once");
        }
    }

    pub fn lost(&self) -> u64 {
        self.state.lost.load(Ordering::Relaxed)
    }

    pub fn is_written(&self) -> bool {
        !self.state.failing.load(Ordering::Relaxed)
    }

    pub async fn settle(&self) {
        let (done, settled) = oneshot::channel();
        let mut job = Job::Settle(done);
        let put = async {
            while let Err(mpsc::TrySendError::Full(back)) = self.queue.try_send(job) {
                job = back;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let _ = settled.await;
        };
        let _ = tokio::time::timeout(SETTLE, put).await;
    }
}

impl State {
    /// Told once, until it works again.
    fn lose(&self, lines: u64, why: &dyn std::fmt::Display) {
        self.lost.fetch_add(lines, Ordering::Relaxed);
        metrics::audit_lost(lines);
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::error!(error = %why, "the audit is not written; people read and send all the same");
        }
    }
}

struct Work {
    folder: PathBuf,
    state: Arc<State>,
    today: Option<Date>,
    /// Of the lines that were lost, those that the file tells of.
    told: u64,
}

impl Work {
    /// Ends with the last [`Writer`].
    fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            self.turn_the_day();
            let first = match jobs.recv_timeout(QUIET) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let (mut lines, mut settled) = (Vec::new(), Vec::new());
            for job in std::iter::once(first).chain(jobs.try_iter().take(BATCH - 1)) {
                match job {
                    Job::Line(line) => lines.push(line),
                    Job::Settle(done) => settled.push(done),
                }
            }
            let caught_up = lines.len() + settled.len() < BATCH;
            for day in lines.chunk_by(|a, b| day_of(a.at) == day_of(b.at)) {
                self.write(day, caught_up);
            }
            for done in settled {
                let _ = done.send(());
            }
        }
    }

    /// All of one day.
    fn write(&mut self, lines: &[Box<Line>], caught_up: bool) {
        let Some(first) = lines.first() else { return };
        let lost = self.state.lost.load(Ordering::Relaxed);
        let mut text = String::new();
        if lost > self.told {
            // What failed may have left half a line; an empty one is nothing.
            text.push('\n');
            text.push_str(&Line::lost(first.at, lost - self.told).text());
        }
        lines.iter().for_each(|line| text.push_str(&line.text()));
        match files::append(&self.folder, day_of(first.at), text.as_bytes()) {
            Ok(()) => {
                self.told = lost;
                if caught_up && self.state.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!(lost, "the audit is written again");
                }
            }
            Err(error) => self.state.lose(lines.len() as u64, &error),
        }
    }

    fn turn_the_day(&mut self) {
        let today = day_of(Timestamp::now());
        if self.today != Some(today) {
            self.today = Some(today);
            if let Err(error) = files::forget(&self.folder, today) {
                tracing::warn!(%error, "old files of the audit were not deleted");
            }
        }
    }
}
