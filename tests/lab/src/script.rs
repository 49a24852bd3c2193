//! A server that reads its lines from a script: for misbehaviour that no real server can be made to show.
//!
//! Unscripted commands get the answers of a small IMAP4rev1 server with one empty-looking INBOX of three messages,
//! so that a test writes down only what is wrong.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::wire::{Found, Splitter, head, readable};

/// What the server does when a rule matches. `{tag}` in the bytes stands for the command's tag.
#[derive(Debug, Clone)]
pub enum Reply {
    Say(Vec<u8>),
    /// Says it and ends the connection in order.
    SayAndClose(Vec<u8>),
    /// Says it and resets the connection.
    SayAndReset(Vec<u8>),
    /// Says it, then never anything again.
    SayAndStall(Vec<u8>),
}

impl<T: AsRef<[u8]> + ?Sized> From<&T> for Reply {
    fn from(bytes: &T) -> Self {
        Self::Say(bytes.as_ref().to_vec())
    }
}

#[derive(Debug, Clone)]
struct Rule {
    prefix: String,
    reply: Reply,
    /// How often it still applies, over all connections.
    left: Arc<Mutex<u32>>,
}

/// A script to be started.
#[derive(Debug, Clone)]
pub struct Script {
    greeting: Reply,
    rules: Vec<Rule>,
}

impl Default for Script {
    fn default() -> Self {
        Self { greeting: (&b"* OK [CAPABILITY IMAP4rev1] ready\r\n"[..]).into(), rules: Vec::new() }
    }
}

impl Script {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is said first: a BYE, a PREAUTH, an SSH banner, nothing.
    #[must_use]
    pub fn greeting(mut self, reply: impl Into<Reply>) -> Self {
        self.greeting = reply.into();
        self
    }

    /// Answers each command that begins so (after its tag, whatever the case); the rule written first wins.
    #[must_use]
    pub fn on(self, prefix: &str, reply: impl Into<Reply>) -> Self {
        self.times(prefix, u32::MAX, reply)
    }

    /// The same, only this often.
    #[must_use]
    pub fn times(mut self, prefix: &str, times: u32, reply: impl Into<Reply>) -> Self {
        let rule = Rule {
            prefix: prefix.to_ascii_uppercase(),
            reply: reply.into(),
            left: Arc::new(Mutex::new(times)),
        };
        self.rules.push(rule);
        self
    }

    /// Starts the server on a free loopback port, in plain text.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(self) -> Result<Scripted> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = heard.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        connections.spawn(connection(stream, self.clone(), notes.clone()));
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Scripted { port, heard, task })
    }

    fn reply(&self, command: &str) -> Reply {
        let upper = command.to_ascii_uppercase();
        for rule in &self.rules {
            if upper.starts_with(&rule.prefix) {
                let mut left = rule.left.lock().unwrap_or_else(PoisonError::into_inner);
                if *left > 0 {
                    *left -= 1;
                    return rule.reply.clone();
                }
            }
        }
        default_reply(&upper)
    }
}

fn default_reply(command: &str) -> Reply {
    let said = match command.split(' ').next().unwrap_or_default() {
        "CAPABILITY" => "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n",
        "LIST" => "* LIST () \"/\" INBOX\r\n{tag} OK done\r\n",
        "STATUS" => "* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 1 UNSEEN 3)\r\n{tag} OK done\r\n",
        "SELECT" | "EXAMINE" => {
            "* 3 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 4] ok\r\n{tag} OK [READ-ONLY] done\r\n"
        }
        "LOGOUT" => {
            return Reply::SayAndClose(b"* BYE\r\n{tag} OK done\r\n".to_vec());
        }
        "LOGIN" | "NOOP" | "CHECK" | "CLOSE" | "FETCH" | "STORE" | "SEARCH" | "UID" | "LSUB" => {
            "{tag} OK done\r\n"
        }
        _ => "{tag} BAD unknown command\r\n",
    };
    said.into()
}

/// A running script. It ends, with its connections, when dropped.
#[derive(Debug)]
pub struct Scripted {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Scripted {
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The commands heard so far, with tags, without passwords.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(mut stream: TcpStream, script: Script, heard: Arc<Mutex<Vec<String>>>) {
    if !act(&mut stream, &script.greeting, "*").await {
        return;
    }
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match splitter.next() {
            Found::Nothing => {
                let Ok(length @ 1..) = stream.read(&mut buffer).await else { return };
                splitter.push(&buffer[..length]);
            }
            Found::Announced => {
                if splitter.synchronising() && stream.write_all(b"+ go on\r\n").await.is_err() {
                    return;
                }
            }
            Found::Whole(pieces) => {
                let line = head(&pieces);
                // An answer to a continuation, such as a SASL one, has no tag: a rule may still match it whole.
                let (tag, command) = line.split_once(' ').unwrap_or(("*", &line));
                let note = readable(&pieces).unwrap_or_else(|| "…".into());
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(note);
                if !act(&mut stream, &script.reply(command), tag).await {
                    return;
                }
            }
        }
    }
}

/// Whether the connection goes on.
pub(crate) async fn act(stream: &mut TcpStream, reply: &Reply, tag: &str) -> bool {
    let (Reply::Say(bytes)
    | Reply::SayAndClose(bytes)
    | Reply::SayAndReset(bytes)
    | Reply::SayAndStall(bytes)) = reply;
    if stream.write_all(&with_tag(bytes, tag)).await.is_err() {
        return false;
    }
    match reply {
        Reply::Say(_) => true,
        Reply::SayAndClose(_) => {
            let _ = stream.shutdown().await;
            false
        }
        Reply::SayAndReset(_) => {
            let _ = stream.set_zero_linger();
            false
        }
        Reply::SayAndStall(_) => {
            // Until the client has enough.
            let mut ignored = [0; 1024];
            while matches!(stream.read(&mut ignored).await, Ok(1..)) {}
            false
        }
    }
}

fn with_tag(bytes: &[u8], tag: &str) -> Vec<u8> {
    const MARK: &[u8] = b"{tag}";
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(tag.as_bytes());
        rest = &rest[at + MARK.len()..];
    }
    out.extend_from_slice(rest);
    out
}
