//! A server that can less: a proxy that takes capabilities away, and with them the commands they allow.
//!
//! Dovecot's `imap_capability` only hides the words: ESEARCH, MOVE or PREVIEW still work, so a client that does
//! not ask passes. Here everything that the advertised set does not cover is answered BAD, without reaching the
//! server. Plain text only; STARTTLS and COMPRESS are never offered.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Mutex as AsyncMutex,
    task::{JoinHandle, JoinSet},
};

use crate::{
    covers::Capabilities,
    wire::{Found, Piece, Splitter, bytes, head, readable},
};

/// The proxy. It ends, with its connections, when dropped.
#[derive(Debug)]
pub struct Strip {
    port: u16,
    refused: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

/// When capabilities are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announce {
    /// In the greeting and after sign-in, as Dovecot does.
    Unasked,
    /// Only when the client says CAPABILITY.
    WhenAsked,
}

impl Drop for Strip {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Strip {
    /// A proxy on a free loopback port to the plain IMAP server on `target`. What that server can and
    /// `capabilities` does not name is taken away; `&["IMAP4rev1"]` leaves RFC 3501 and `LOGIN` alone.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(target: u16, capabilities: &[&str], announce: Announce) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let refused = Arc::new(Mutex::new(Vec::new()));
        let allowed = Arc::new(Capabilities::new(capabilities));
        let notes = refused.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((client, _)) = accepted {
                        connections.spawn(connection(client, target, allowed.clone(), announce, notes.clone()));
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Self { port, refused, task })
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The commands answered BAD so far, each with the reason. A client that asks what the server can has none.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn connection(
    client: TcpStream,
    target: u16,
    allowed: Arc<Capabilities>,
    announce: Announce,
    refused: Arc<Mutex<Vec<String>>>,
) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_reader, client_writer) = client.into_split();
    let (server_reader, server_writer) = server.into_split();
    // Both directions write to the client: whole responses, one at a time.
    let client_writer = Arc::new(AsyncMutex::new(client_writer));
    let continuation = Arc::new(AtomicBool::new(false));
    let up = commands(client_reader, server_writer, client_writer.clone(), &allowed, &continuation, &refused);
    let down = responses(server_reader, client_writer, &allowed, announce, &continuation);
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

async fn commands(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    client: Arc<AsyncMutex<OwnedWriteHalf>>,
    allowed: &Capabilities,
    continuation: &AtomicBool,
    refused: &Mutex<Vec<String>>,
) {
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let written = match splitter.next() {
            Found::Nothing => {
                let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
                splitter.push(&buffer[..length]);
                continue;
            }
            Found::Announced => {
                // A non-synchronising literal does not wait; an answer to it would be one too many.
                if splitter.synchronising() {
                    client.lock().await.write_all(b"+ go on\r\n").await
                } else {
                    Ok(())
                }
            }
            // What the server's `+` asked for: a SASL answer, or the DONE of IDLE.
            Found::Whole(pieces) if continuation.swap(false, SeqCst) => to.write_all(&bytes(&pieces)).await,
            Found::Whole(pieces) => match allowed.covers(&pieces) {
                Ok(()) => to.write_all(&bytes(&non_synchronising(pieces))).await,
                Err(reason) => {
                    let line = head(&pieces);
                    let tag = line.split(' ').next().filter(|tag| !tag.is_empty()).unwrap_or("*").to_owned();
                    let note = format!("{reason}: {}", readable(&pieces).unwrap_or(line));
                    refused.lock().unwrap_or_else(PoisonError::into_inner).push(note);
                    client.lock().await.write_all(format!("{tag} BAD {reason}\r\n").as_bytes()).await
                }
            },
        };
        if written.is_err() {
            return;
        }
    }
}

/// We have answered `+` already: the server behind must not.
fn non_synchronising(mut pieces: Vec<Piece>) -> Vec<Piece> {
    for piece in &mut pieces {
        if let Piece::Text(line) = piece
            && crate::imap::literal_length(line).is_some()
            && !line.ends_with(b"+}")
        {
            line.truncate(line.len() - 1);
            line.extend_from_slice(b"+}");
        }
    }
    pieces
}

async fn responses(
    mut from: OwnedReadHalf,
    client: Arc<AsyncMutex<OwnedWriteHalf>>,
    allowed: &Capabilities,
    announce: Announce,
    continuation: &AtomicBool,
) {
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match splitter.next() {
            Found::Nothing => {
                let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
                splitter.push(&buffer[..length]);
            }
            Found::Announced => {}
            Found::Whole(mut pieces) => {
                if head(&pieces).starts_with('+') {
                    continuation.store(true, SeqCst);
                }
                let keep = match pieces.first_mut() {
                    Some(Piece::Text(line)) => allowed.rewrite(line, announce == Announce::Unasked),
                    _ => true,
                };
                if keep && client.lock().await.write_all(&bytes(&pieces)).await.is_err() {
                    return;
                }
            }
        }
    }
}
