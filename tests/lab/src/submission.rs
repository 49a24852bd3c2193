//! A submission server that reads its lines from a script: for torn replies, silence and nonsense, which Postfix
//! cannot be made to show.
//!
//! What is not scripted is answered as by a small server that takes everything.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::script::{Reply, act};

/// A script to be started.
#[derive(Debug, Clone)]
pub struct Submission {
    greeting: Reply,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    prefix: String,
    reply: Reply,
    /// How often it still applies, over all connections.
    left: Arc<Mutex<u32>>,
}

impl Default for Submission {
    fn default() -> Self {
        Self { greeting: "220 script ESMTP\r\n".into(), rules: Vec::new() }
    }
}

impl Submission {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is said first.
    #[must_use]
    pub fn greeting(mut self, reply: impl Into<Reply>) -> Self {
        self.greeting = reply.into();
        self
    }

    /// Answers each command that begins so, in upper case; the rule written first wins. `body` stands for the first
    /// line of a message, `.` for its end.
    #[must_use]
    pub fn on(self, prefix: &str, reply: impl Into<Reply>) -> Self {
        self.times(prefix, u32::MAX, reply)
    }

    /// The same, only this often.
    #[must_use]
    pub fn times(mut self, prefix: &str, times: u32, reply: impl Into<Reply>) -> Self {
        let left = Arc::new(Mutex::new(times));
        self.rules.push(Rule { prefix: prefix.to_owned(), reply: reply.into(), left });
        self
    }

    /// Starts the server on a free loopback port, in plain text.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(self) -> Result<Submitted> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let notes = Arc::new(Mutex::new(Notes::default()));
        let theirs = notes.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        connections.spawn(connection(stream, self.clone(), theirs.clone()));
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Submitted { port, notes, task })
    }

    fn scripted(&self, line: &str) -> Option<Reply> {
        let upper = line.to_ascii_uppercase();
        self.rules.iter().find_map(|rule| {
            let matches =
                if rule.prefix == "body" { line == "body" } else { upper.starts_with(&rule.prefix) };
            let mut left = rule.left.lock().unwrap_or_else(PoisonError::into_inner);
            (matches && *left > 0).then(|| {
                *left -= 1;
                rule.reply.clone()
            })
        })
    }

    fn reply(&self, line: &str) -> Reply {
        self.scripted(line).unwrap_or_else(|| match line.split(' ').next().unwrap_or_default() {
            "EHLO" => {
                "250-script\r\n250-SIZE 1000000\r\n250-DSN\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n".into()
            }
            "AUTH" => "235 2.7.0 welcome\r\n".into(),
            "MAIL" | "RCPT" | "RSET" | "." => "250 2.0.0 ok\r\n".into(),
            "DATA" => "354 go on\r\n".into(),
            "QUIT" => Reply::SayAndClose(b"221 bye\r\n".to_vec()),
            _ => "500 unknown\r\n".into(),
        })
    }
}

#[derive(Debug, Default)]
struct Notes {
    heard: Vec<String>,
    messages: Vec<Vec<u8>>,
}

/// A running script. It ends, with its connections, when dropped.
#[derive(Debug)]
pub struct Submitted {
    port: u16,
    notes: Arc<Mutex<Notes>>,
    task: JoinHandle<()>,
}

impl Submitted {
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The commands heard so far, without what signs in.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).heard.clone()
    }

    /// The messages whose dot came, as they went over the wire.
    #[must_use]
    pub fn messages(&self) -> Vec<Vec<u8>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).messages.clone()
    }
}

impl Drop for Submitted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(stream: TcpStream, script: Submission, notes: Arc<Mutex<Notes>>) {
    let mut stream = BufReader::new(stream);
    if !act(stream.get_mut(), &script.greeting, "").await {
        return;
    }
    // Between DATA and the dot.
    let mut message: Option<Vec<u8>> = None;
    let mut octets = Vec::new();
    loop {
        octets.clear();
        if !matches!(stream.read_until(b'\n', &mut octets).await, Ok(1..)) || !octets.ends_with(b"\r\n") {
            return;
        }
        let line = String::from_utf8_lossy(&octets).trim_end().to_owned();
        let reply = match &mut message {
            Some(body) if line == "." => {
                let body = std::mem::take(body);
                message = None;
                notes.lock().unwrap_or_else(PoisonError::into_inner).messages.push(body);
                script.reply(&line)
            }
            Some(body) => {
                let first = body.is_empty();
                body.extend_from_slice(&octets);
                match first.then(|| script.scripted("body")).flatten() {
                    Some(reply) => reply,
                    None => continue,
                }
            }
            None => {
                let said = if line.starts_with("AUTH PLAIN ") { "AUTH PLAIN …" } else { &line };
                notes.lock().unwrap_or_else(PoisonError::into_inner).heard.push(said.to_owned());
                let reply = script.reply(&line);
                if let Reply::Say(said) = &reply
                    && line == "DATA"
                    && said.starts_with(b"354")
                {
                    message = Some(Vec::new());
                }
                reply
            }
        };
        if !act(stream.get_mut(), &reply, "").await {
            return;
        }
    }
}
