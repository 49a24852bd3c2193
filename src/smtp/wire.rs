//! The stream to a server: a command out, one whole reply in.
//!
//! The stream is taken out for every exchange and put back only after a whole reply. So whatever goes wrong in
//! between, also that somebody stops waiting, closes the connection, and no late reply is ever taken for another's.

use std::{fmt::Display, io, time::Duration};

use futures::FutureExt;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    time::timeout,
};
use zeroize::Zeroizing;

use super::{Error, Kind, Reply, Stage, bounds, reply};
use crate::net::{self, Stream};

pub type Line = BufReader<Box<dyn Stream>>;

/// A whole reply.
pub struct Heard {
    pub code: u16,
    /// Without codes and ends of line.
    pub lines: Vec<Vec<u8>>,
}

impl Heard {
    pub fn reply(&self) -> Reply {
        Reply::read(self.code, &self.lines)
    }
}

pub struct Wire(Option<Line>);

impl Wire {
    pub fn new(stream: Box<dyn Stream>) -> Wire {
        Wire(Some(BufReader::new(stream)))
    }

    /// The stream, for an exchange; it is closed unless it comes back by [`Wire::keep`].
    pub fn take(&mut self, stage: Stage) -> Result<Line, Error> {
        self.0.take().ok_or(Error::new(stage, Kind::Closed))
    }

    pub fn keep(&mut self, line: Line) {
        self.0 = Some(line);
    }

    /// Ends the connection at once.
    pub fn close(&mut self) {
        self.0 = None;
    }

    /// What the server says first.
    pub async fn greeting(&mut self) -> Result<Heard, Error> {
        let mut line = self.take(Stage::Greeting)?;
        let heard = within(Stage::Greeting, bounds::deadline(Stage::Greeting), hear(&mut line)).await?;
        self.judge(Stage::Greeting, line, heard)
    }

    /// Says a command, which ends with CRLF, and hears the reply: 2xx or 3xx. 4xx and 5xx are [`Kind::Refused`].
    pub async fn say(&mut self, stage: Stage, command: impl Display) -> Result<Heard, Error> {
        let command = Zeroizing::new(command.to_string());
        let mut line = self.take(stage)?;
        let exchange = async {
            silent(&mut line).await?;
            write(&mut line, command.as_bytes()).await?;
            hear(&mut line).await
        };
        let heard = within(stage, bounds::deadline(stage), exchange).await?;
        self.judge(stage, line, heard)
    }

    /// Says a command that only 2xx answers well.
    pub async fn done(&mut self, stage: Stage, command: impl Display) -> Result<Reply, Error> {
        let heard = self.say(stage, command).await?;
        if heard.code >= 300 {
            self.close();
            return Err(Error::new(stage, Kind::Protocol("an answer to something else")));
        }
        Ok(heard.reply())
    }

    /// Keeps the connection, except after 421, by which the server says that it closes it (RFC 5321 §3.8).
    pub fn judge(&mut self, stage: Stage, line: Line, heard: Heard) -> Result<Heard, Error> {
        if heard.code != 421 {
            self.keep(line);
        }
        if heard.code >= 400 {
            return Err(Error::new(stage, Kind::Refused(heard.reply())));
        }
        Ok(heard)
    }

    /// The stream, if the server has said nothing beyond its last reply.
    pub fn into_quiet_inner(mut self) -> Option<Box<dyn Stream>> {
        self.0.take().filter(|line| line.buffer().is_empty()).map(BufReader::into_inner)
    }
}

pub async fn within<T>(
    stage: Stage,
    deadline: Duration,
    work: impl Future<Output = Result<T, Kind>>,
) -> Result<T, Error> {
    match timeout(deadline, work).await {
        Err(_) => Err(Error::new(stage, Kind::Deadline)),
        Ok(Err(kind)) => Err(Error::new(stage, kind)),
        Ok(Ok(value)) => Ok(value),
    }
}

/// Before we speak the server must be silent: what it says now would be taken for the reply to what we say next.
pub async fn silent(line: &mut Line) -> Result<(), Kind> {
    match line.fill_buf().now_or_never() {
        None => Ok(()),
        Some(Ok([]) | Err(_)) => Err(Kind::Closed),
        // It may be closing down, and say why.
        Some(Ok(_)) => match hear(line).await? {
            heard if heard.code >= 400 => Err(Kind::Refused(heard.reply())),
            _ => Err(Kind::Protocol("the server spoke out of turn")),
        },
    }
}

/// Writes it all, out to the network. A server that closes the connection under our hands may have said why.
pub async fn write(line: &mut Line, octets: &[u8]) -> Result<(), Kind> {
    let stream = line.get_mut();
    let written = match stream.write_all(octets).await {
        Ok(()) => stream.flush().await,
        Err(e) => Err(e),
    };
    if written.is_ok() {
        return Ok(());
    }
    match timeout(bounds::GOODBYE, hear(line)).await {
        Ok(Ok(heard)) if heard.code >= 400 => Err(Kind::Refused(heard.reply())),
        _ => Err(Kind::Closed),
    }
}

/// One whole reply, of at most [`bounds::REPLY`] octets.
pub async fn hear(line: &mut Line) -> Result<Heard, Kind> {
    let mut left = bounds::REPLY;
    let mut lines = Vec::new();
    let mut first = None;
    loop {
        let octets = read_line(line, &mut left).await?;
        let (code, last, text) = reply::line(&octets)?;
        // RFC 5321 §4.2.1: every line has the same code.
        if *first.get_or_insert(code) != code {
            return Err(Kind::Protocol("a reply with two codes"));
        }
        lines.push(text.to_vec());
        if last {
            return Ok(Heard { code, lines });
        }
    }
}

/// A line without its end; the end of the stream in a line is the end of the connection.
async fn read_line(line: &mut Line, left: &mut usize) -> Result<Vec<u8>, Kind> {
    let mut octets = Vec::new();
    loop {
        let here = line.fill_buf().await.map_err(|e: io::Error| match (net::client_flaw(&e), e.kind()) {
            (Some(flaw), _) => Kind::Certificate(flaw),
            (None, io::ErrorKind::InvalidData) => Kind::Protocol("not TLS"),
            _ => Kind::Closed,
        })?;
        if here.is_empty() {
            return Err(Kind::Closed);
        }
        let end = memchr::memchr(b'\n', here);
        let length = end.map_or(here.len(), |at| at + 1);
        *left = left.checked_sub(length).ok_or(Kind::Protocol("a reply without end"))?;
        octets.extend_from_slice(&here[..length]);
        line.consume(length);
        if end.is_some() {
            octets.pop();
            octets.pop_if(|last| *last == b'\r');
            return Ok(octets);
        }
    }
}
