//! A network that breaks on purpose: a TCP proxy on the way to a server, changed while it runs, that counts what
//! passes.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use crate::wire::{Found, Splitter, readable};

/// What the network does. Byte counts are per connection, of what the server says, from the switch on (or from
/// the start of a newer connection).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Pass,
    /// Nobody listens any more; open connections go on.
    Refuse,
    /// Connections open and nothing moves, either way.
    Stall,
    /// So much is heard of the server, then nothing.
    StallAfter(u64),
    /// So much is heard of the server, then the connection is reset (RST).
    ResetAfter(u64),
    /// So much is heard of the server, then the connection ends in order (FIN).
    CloseAfter(u64),
    /// One byte of the server each such time.
    Dribble(Duration),
}

/// What passed since the start or the last [`Chaos::clear`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections opened.
    pub connections: u64,
    /// Connections open now (not cleared).
    pub open: u64,
    pub bytes_to_server: u64,
    pub bytes_to_client: u64,
    /// IMAP commands, where the connection is plain text.
    pub commands: u64,
    /// How often the client spoke after the server had: pipelined commands in one go are one round trip.
    pub round_trips: u64,
}

/// One IMAP command that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Which connection, counted from 1.
    pub connection: u64,
    /// With its tag; passwords are cut out, long literals shown as `…`.
    pub line: String,
}

#[derive(Debug, Default)]
struct Seen {
    counts: Counts,
    ever: u64,
    commands: Vec<Command>,
}

/// The proxy. It ends, with its connections, when dropped.
#[derive(Debug)]
pub struct Chaos {
    port: u16,
    mode: watch::Sender<Mode>,
    applied: watch::Receiver<Mode>,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Chaos {
    /// A proxy on a free loopback port to the server on `target`, passing everything.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(target: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (mode, modes) = watch::channel(Mode::Pass);
        let (confirm, applied) = watch::channel(Mode::Pass);
        let seen = Arc::new(Mutex::new(Seen::default()));
        let task = tokio::spawn(accept(listener, port, target, modes, confirm, seen.clone()));
        Ok(Self { port, mode, applied, seen, task })
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes what the network does, for open and new connections. Returns when it is so.
    pub async fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
        let _ = self.applied.clone().wait_for(|applied| *applied == mode).await;
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        lock(&self.seen).counts
    }

    /// The IMAP commands in the order they passed.
    #[must_use]
    pub fn commands(&self) -> Vec<Command> {
        lock(&self.seen).commands.clone()
    }

    /// Starts counting anew.
    pub fn clear(&self) {
        let mut seen = lock(&self.seen);
        seen.counts = Counts { open: seen.counts.open, ..Counts::default() };
        seen.commands.clear();
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(
    listener: TcpListener,
    port: u16,
    target: u16,
    mut modes: watch::Receiver<Mode>,
    confirm: watch::Sender<Mode>,
    seen: Arc<Mutex<Seen>>,
) {
    let mut listener = Some(listener);
    // Dropped with this task: then the connections end too.
    let mut connections = JoinSet::new();
    loop {
        let mode = *modes.borrow_and_update();
        if mode == Mode::Refuse {
            listener = None;
        } else if listener.is_none() {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                Ok(bound) => listener = Some(bound),
                Err(_) => {
                    sleep(Duration::from_millis(10)).await;
                    continue;
                }
            }
        }
        confirm.send_replace(mode);
        let next = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            changed = modes.changed() => if changed.is_err() { return },
            accepted = next => if let Ok((client, _)) = accepted {
                connections.spawn(connection(client, target, modes.clone(), seen.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Counts a connection as open for as long as it lives.
struct Open(Arc<Mutex<Seen>>);

impl Drop for Open {
    fn drop(&mut self) {
        lock(&self.0).counts.open -= 1;
    }
}

async fn connection(client: TcpStream, target: u16, modes: watch::Receiver<Mode>, seen: Arc<Mutex<Seen>>) {
    let number = {
        let mut seen = lock(&seen);
        seen.ever += 1;
        seen.counts.connections += 1;
        seen.counts.open += 1;
        seen.ever
    };
    let _open = Open(seen.clone());
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_reader, client_writer) = client.into_split();
    let (server_reader, server_writer) = server.into_split();
    let server_spoke = Arc::new(AtomicBool::new(true));
    let up = Up { number, seen: seen.clone(), server_spoke: server_spoke.clone() };
    let to_server = up.pump(client_reader, server_writer, modes.clone());
    let to_client = pump_down(server_reader, client_writer, modes, seen, server_spoke);
    tokio::select! {
        reset = to_client => if let Some(client) = reset { abort(client) },
        () = to_server => {}
    }
}

/// RST instead of FIN.
fn abort(client: OwnedWriteHalf) {
    let _ = client.as_ref().set_zero_linger();
    // Dropping it would send FIN first. The other half is dropped with its pump: that closes the socket.
    client.forget();
}

struct Up {
    number: u64,
    seen: Arc<Mutex<Seen>>,
    server_spoke: Arc<AtomicBool>,
}

impl Up {
    /// From the client to the server, taking notes.
    async fn pump(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut modes: watch::Receiver<Mode>) {
        let mut splitter = Some(Splitter::default());
        let mut buffer = vec![0; 64 << 10];
        loop {
            let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
            if modes.wait_for(|mode| *mode != Mode::Stall).await.is_err() {
                return;
            }
            self.note(&mut splitter, &buffer[..length]);
            if to.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    }

    fn note(&self, splitter: &mut Option<Splitter>, bytes: &[u8]) {
        let mut seen = lock(&self.seen);
        seen.counts.bytes_to_server += bytes.len() as u64;
        if self.server_spoke.swap(false, SeqCst) {
            seen.counts.round_trips += 1;
        }
        // A TLS record of a handshake: nothing to read here.
        if bytes.first() == Some(&0x16) {
            *splitter = None;
        }
        if let Some(text) = splitter {
            text.push(bytes);
        }
        while let Some(text) = splitter {
            match text.next() {
                Found::Whole(pieces) => {
                    let Some(line) = readable(&pieces) else { continue };
                    let verb = line.split(' ').nth(1).unwrap_or_default().to_ascii_uppercase();
                    seen.counts.commands += 1;
                    seen.commands.push(Command { connection: self.number, line });
                    if verb == "STARTTLS" || verb == "COMPRESS" {
                        *splitter = None;
                    }
                }
                Found::Announced => {}
                Found::Nothing => return,
            }
        }
    }
}

/// From the server to the client, as the mode allows. Returns the client's side when it is to be reset.
async fn pump_down(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut modes: watch::Receiver<Mode>,
    seen: Arc<Mutex<Seen>>,
    server_spoke: Arc<AtomicBool>,
) -> Option<OwnedWriteHalf> {
    let mut buffer = vec![0; 64 << 10];
    let mut pending: Vec<u8> = Vec::new();
    let mut mode = *modes.borrow_and_update();
    let mut passed = 0_u64;
    loop {
        if modes.has_changed().unwrap_or(false) {
            mode = *modes.borrow_and_update();
            passed = 0;
        }
        let room = match mode {
            Mode::Pass | Mode::Refuse => u64::MAX,
            Mode::Stall => 0,
            Mode::StallAfter(most) | Mode::ResetAfter(most) | Mode::CloseAfter(most) => {
                most.saturating_sub(passed)
            }
            Mode::Dribble(_) => 1,
        };
        match mode {
            Mode::ResetAfter(_) if room == 0 => return Some(to),
            Mode::CloseAfter(_) if room == 0 => return None,
            _ if room == 0 => {
                if modes.changed().await.is_err() {
                    return None;
                }
                mode = *modes.borrow_and_update();
                passed = 0;
                continue;
            }
            _ => {}
        }
        if pending.is_empty() {
            tokio::select! {
                biased;
                changed = modes.changed() => {
                    if changed.is_err() {
                        return None;
                    }
                    mode = *modes.borrow_and_update();
                    passed = 0;
                }
                read = from.read(&mut buffer) => match read {
                    Ok(length @ 1..) => pending.extend_from_slice(&buffer[..length]),
                    _ => return None,
                },
            }
            continue;
        }
        let now = usize::try_from(room).unwrap_or(usize::MAX).min(pending.len());
        if to.write_all(&pending[..now]).await.is_err() {
            return None;
        }
        pending.drain(..now);
        passed += now as u64;
        lock(&seen).counts.bytes_to_client += now as u64;
        server_spoke.store(true, SeqCst);
        if let Mode::Dribble(pause) = mode {
            tokio::select! {
                () = sleep(pause) => {}
                _ = modes.wait_for(|now| *now != mode) => {}
            }
        }
    }
}
