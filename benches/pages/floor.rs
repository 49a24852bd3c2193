//! The least a page can cost: its commands on a warm connection of their own, the answers read and thrown away.

use std::net::Ipv4Addr;

use anyhow::{Context, Result, ensure};
use lab::imap::quote;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Floor {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Floor {
    /// Signs in and opens INBOX.
    pub async fn open(port: u16, user: &str, password: &str) -> Result<Floor> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.set_nodelay(true)?;
        let mut floor = Floor { stream, answer: Vec::with_capacity(1 << 20) };
        floor.stream.read_buf(&mut floor.answer).await?;
        floor.run(&[format!("LOGIN {} {}", quote(user), quote(password))]).await?;
        floor.run(&["EXAMINE INBOX".to_owned()]).await?;
        Ok(floor)
    }

    /// Sends these in one go and reads to the last one's tagged reply; octets of the answer.
    pub async fn run(&mut self, commands: &[String]) -> Result<usize> {
        let lines: String = commands.iter().enumerate().map(|(n, line)| format!("f{n} {line}\r\n")).collect();
        self.stream.write_all(lines.as_bytes()).await?;
        let last = format!("f{} ", commands.len().checked_sub(1).context("no command")?);
        self.answer.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the server closed the connection");
            let Some(line) = self.answer.strip_suffix(b"\r\n") else { continue };
            let start = line.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            if line[start..].starts_with(last.as_bytes()) {
                ensure!(line[start + last.len()..].starts_with(b"OK"), "refused: {lines}");
                return Ok(self.answer.len());
            }
        }
    }
}
