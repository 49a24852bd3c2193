//! A small plain IMAP client: the *other* mail program on the same mailbox, and the hand that fills it.

use std::{fmt::Write as _, net::Ipv4Addr, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use crate::seed::Seed;

/// How long the server may be silent before a test fails. Batches keep the filling of big mailboxes under it.
const SILENCE: Duration = Duration::from_secs(30);

/// One signed-in (or not yet) plain-text connection.
#[derive(Debug)]
pub struct Imap {
    reader: BufReader<OwnedReadHalf>,
    writer: BufWriter<OwnedWriteHalf>,
    greeting: Vec<u8>,
    tag: u32,
}

/// What the server answered to one command.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The untagged lines without CRLF, literals in place (`{5}\r\nhello`).
    pub lines: Vec<Vec<u8>>,
    /// The tagged line after its tag: `OK [READ-WRITE] Select completed`.
    pub tagged: String,
}

impl Reply {
    #[must_use]
    pub fn ok(&self) -> bool {
        self.tagged.starts_with("OK")
    }

    /// The untagged lines as text, wrong bytes replaced.
    #[must_use]
    pub fn text(&self) -> Vec<String> {
        self.lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    /// The inside of a response code: `code("APPENDUID")` is `1 42` of `OK [APPENDUID 1 42] Append completed`.
    #[must_use]
    pub fn code(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.tagged.split_once(&format!("[{name} "))?;
        rest.split(']').next()
    }
}

impl Imap {
    /// Connects to a loopback port and reads the greeting.
    ///
    /// # Errors
    /// When nobody listens or nothing is said.
    pub async fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let mut imap = Self {
            reader: BufReader::with_capacity(64 << 10, reader),
            writer: BufWriter::with_capacity(256 << 10, writer),
            greeting: Vec::new(),
            tag: 0,
        };
        imap.greeting = imap.response().await?;
        Ok(imap)
    }

    /// The first line the server said.
    #[must_use]
    pub fn greeting(&self) -> String {
        String::from_utf8_lossy(&self.greeting).into_owned()
    }

    /// # Errors
    /// When refused.
    pub async fn login(&mut self, user: &str, password: &str) -> Result<()> {
        let reply = self.raw(&format!("LOGIN {} {}", quote(user), quote(password))).await?;
        ensure!(reply.ok(), "the sign-in was refused: {}", reply.tagged);
        Ok(())
    }

    /// Sends one command without its tag and reads to the tagged reply, whatever that says.
    ///
    /// # Errors
    /// When the connection fails or the server is silent.
    pub async fn raw(&mut self, command: &str) -> Result<Reply> {
        self.tag += 1;
        let line = format!("t{} {command}\r\n", self.tag);
        self.writer.write_all(line.as_bytes()).await?;
        self.writer.flush().await?;
        self.reply().await
    }

    /// Sends one command, and `answer` when the server asks for it with `+`: SASL, or the DONE of IDLE.
    ///
    /// # Errors
    /// As [`Imap::raw`].
    pub async fn converse(&mut self, command: &str, answer: &str) -> Result<Reply> {
        self.tag += 1;
        let tag = format!("t{} ", self.tag);
        self.writer.write_all(format!("{tag}{command}\r\n").as_bytes()).await?;
        self.writer.flush().await?;
        let first = self.response().await?;
        if let Some(rest) = first.strip_prefix(tag.as_bytes()) {
            return Ok(Reply { lines: Vec::new(), tagged: String::from_utf8_lossy(rest).into_owned() });
        }
        ensure!(first.starts_with(b"+"), "no continuation was asked for");
        self.writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
        self.writer.flush().await?;
        self.reply().await
    }

    /// As [`Imap::raw`], and refuses anything but OK.
    ///
    /// # Errors
    /// Also when the server says NO or BAD.
    pub async fn run(&mut self, command: &str) -> Result<Reply> {
        let reply = self.raw(command).await?;
        let verb = command.split(' ').next().unwrap_or_default();
        ensure!(reply.ok(), "{verb}: {}", reply.tagged);
        Ok(reply)
    }

    /// Selects a mailbox and returns how many messages it has. The name is given decoded.
    ///
    /// # Errors
    /// When there is no such mailbox.
    pub async fn select(&mut self, mailbox: &str) -> Result<u32> {
        let command = format!("SELECT {}", name(mailbox));
        let mut reply = self.raw(&command).await?;
        // Dovecot makes an INBOX as it is first opened; a delivery at the same moment may have been quicker.
        if reply.tagged.contains("[ALREADYEXISTS]") {
            reply = self.raw(&command).await?;
        }
        ensure!(reply.ok(), "SELECT: {}", reply.tagged);
        let exists = reply
            .text()
            .iter()
            .find_map(|line| line.strip_prefix("* ")?.strip_suffix(" EXISTS")?.parse().ok());
        exists.context("SELECT said no EXISTS")
    }

    /// Makes a mailbox; the name is given decoded, with the server's separator. One that is there is fine.
    ///
    /// # Errors
    /// When refused.
    pub async fn create(&mut self, mailbox: &str) -> Result<()> {
        let reply = self.raw(&format!("CREATE {}", name(mailbox))).await?;
        ensure!(reply.ok() || reply.tagged.contains("[ALREADYEXISTS]"), "CREATE: {}", reply.tagged);
        Ok(())
    }

    /// Adds one message and returns its UID.
    ///
    /// # Errors
    /// When refused.
    pub async fn append(&mut self, mailbox: &str, seed: &Seed) -> Result<u32> {
        let uids = self.multiappend(mailbox, std::slice::from_ref(seed)).await?;
        uids.first().copied().context("no UID for an appended message")
    }

    /// Adds messages in one command (MULTIAPPEND, RFC 3502, with LITERAL+, RFC 7888) and returns their UIDs.
    ///
    /// # Errors
    /// When refused: then none was added.
    pub async fn multiappend(&mut self, mailbox: &str, seeds: &[Seed]) -> Result<Vec<u32>> {
        if seeds.is_empty() {
            return Ok(Vec::new());
        }
        self.tag += 1;
        let mut head = format!("t{} APPEND {}", self.tag, name(mailbox));
        for seed in seeds {
            write!(head, " ({}) \"{}\" {{{}+}}\r\n", seed.flags, seed.internal_date(), seed.raw.len())?;
            self.writer.write_all(head.as_bytes()).await?;
            self.writer.write_all(&seed.raw).await?;
            head.clear();
        }
        self.writer.write_all(b"\r\n").await?;
        self.writer.flush().await?;
        let reply = self.reply().await?;
        ensure!(reply.ok(), "APPEND: {}", reply.tagged);
        let uids = reply.code("APPENDUID").and_then(|code| code.split(' ').nth(1)).unwrap_or_default();
        numbers(uids)
    }

    /// Changes flags of the selected mailbox: `store(7, "+FLAGS (\\Deleted)")`.
    ///
    /// # Errors
    /// When refused.
    pub async fn store(&mut self, uid: u32, change: &str) -> Result<()> {
        self.run(&format!("UID STORE {uid} {change}")).await.map(drop)
    }

    /// Removes these messages of the selected mailbox for good.
    ///
    /// # Errors
    /// When refused.
    pub async fn expunge(&mut self, uids: &[u32]) -> Result<()> {
        let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        self.run(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)")).await?;
        self.run(&format!("UID EXPUNGE {set}")).await.map(drop)
    }

    /// The UIDs that match, in order: `search("UNSEEN")`.
    ///
    /// # Errors
    /// When refused.
    pub async fn search(&mut self, keys: &str) -> Result<Vec<u32>> {
        let reply = self.run(&format!("UID SEARCH {keys}")).await?;
        let line = reply.text().into_iter().find(|line| line.starts_with("* SEARCH")).unwrap_or_default();
        line.split(' ').skip(2).map(|uid| uid.parse().context("a UID is a number")).collect()
    }

    async fn reply(&mut self) -> Result<Reply> {
        let tag = format!("t{} ", self.tag);
        let mut lines = Vec::new();
        loop {
            let line = self.response().await?;
            if let Some(rest) = line.strip_prefix(tag.as_bytes()) {
                return Ok(Reply { lines, tagged: String::from_utf8_lossy(rest).into_owned() });
            }
            lines.push(line);
        }
    }

    /// One response: a line and, where it announces literals, those and the lines after them.
    async fn response(&mut self) -> Result<Vec<u8>> {
        let mut response = Vec::new();
        loop {
            let length = timeout(SILENCE, self.reader.read_until(b'\n', &mut response)).await??;
            ensure!(length > 0 && response.ends_with(b"\n"), "the server closed the connection");
            while matches!(response.last(), Some(b'\r' | b'\n')) {
                response.pop();
            }
            let Some(literal) = literal_length(&response) else { return Ok(response) };
            response.extend_from_slice(b"\r\n");
            let from = response.len();
            response.resize(from + literal, 0);
            timeout(SILENCE, self.reader.read_exact(&mut response[from..])).await??;
        }
    }
}

/// The octet count of a line that ends in `{n}`, `{n+}` or `~{n}`.
pub(crate) fn literal_length(line: &[u8]) -> Option<usize> {
    let inside = line.strip_suffix(b"}")?;
    let start = inside.iter().rposition(|byte| *byte == b'{')?;
    std::str::from_utf8(&inside[start + 1..]).ok()?.trim_end_matches('+').parse().ok()
}

/// `1:3,7` as numbers.
fn numbers(set: &str) -> Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for range in set.split(',').filter(|range| !range.is_empty()) {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        let (from, to): (u32, u32) = (from.parse()?, to.parse()?);
        if to.abs_diff(from) > 10_000_000 {
            bail!("a set of that size cannot be right");
        }
        numbers.extend(from.min(to)..=from.max(to));
    }
    Ok(numbers)
}

/// A quoted string (RFC 9051 §4.3).
#[must_use]
pub fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A mailbox name as IMAP4rev1 wants it: modified UTF-7 (RFC 3501 §5.1.3), quoted.
#[must_use]
pub fn name(mailbox: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
    fn shift(run: &mut Vec<u8>, encoded: &mut String) {
        if !run.is_empty() {
            *encoded += &format!("&{}-", STANDARD_NO_PAD.encode(&*run).replace('/', ","));
            run.clear();
        }
    }
    let mut encoded = String::new();
    let mut run = Vec::new();
    for character in mailbox.chars() {
        if matches!(character, ' '..='~') {
            shift(&mut run, &mut encoded);
            encoded.push(character);
            if character == '&' {
                encoded.push('-');
            }
        } else {
            run.extend(character.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    shift(&mut run, &mut encoded);
    quote(&encoded)
}
