//! The stream under async-imap. Everything a server says passes here first: untagged responses are framed,
//! bounded and kept for our own reader; async-imap hears only the greeting, the continuations and the
//! completions, each in canonical words. So nothing a server says can confuse the parser above, and a refusal is
//! never lost.

use std::{
    collections::VecDeque,
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;
use zeroize::Zeroize;

use super::{
    bounds,
    frame::{Frame, Framer},
};

/// How the server ended a command (RFC 9051 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Ok,
    No,
    Bad,
}

/// A tagged completion.
#[derive(Clone)]
pub struct Completion {
    pub tag: Bytes,
    pub status: Status,
    /// What stands after the status word, response code included.
    pub text: Bytes,
}

pub struct Tap<S> {
    inner: S,
    framer: Framer,
    /// What async-imap may read.
    canonical: BytesMut,
    outgoing: Vec<u8>,
    corked: bool,
    greeting: Option<Bytes>,
    untagged: Vec<Frame>,
    untagged_bytes: usize,
    completions: VecDeque<Completion>,
    bytes_in: u64,
}

impl<S> fmt::Debug for Tap<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

impl<S> Tap<S> {
    pub fn new(inner: S) -> Tap<S> {
        Tap {
            inner,
            framer: Framer::new(),
            canonical: BytesMut::new(),
            outgoing: Vec::new(),
            corked: false,
            greeting: None,
            untagged: Vec::new(),
            untagged_bytes: 0,
            completions: VecDeque::new(),
            bytes_in: 0,
        }
    }

    /// Over a stream whose server has greeted already: after STARTTLS there is no second greeting.
    pub fn greeted(inner: S) -> Tap<S> {
        Tap { greeting: Some(Bytes::new()), ..Tap::new(inner) }
    }

    /// The server's first line, once it was read.
    pub fn greeting(&self) -> Option<&Bytes> {
        self.greeting.as_ref()
    }

    /// Commands written from now on wait for [`Tap::uncork`]: a batch leaves in one write.
    pub fn cork(&mut self) {
        self.corked = true;
    }

    pub fn uncork(&mut self) {
        self.corked = false;
    }

    /// The untagged responses so far, in their order; the bounds of a batch start anew.
    pub fn take_untagged(&mut self) -> Vec<Frame> {
        self.untagged_bytes = 0;
        self.framer.set_limit(bounds::RESPONSE);
        self.framer.rest();
        std::mem::take(&mut self.untagged)
    }

    pub fn take_completion(&mut self) -> Option<Completion> {
        self.completions.pop_front()
    }

    /// Octets received so far.
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in
    }

    /// The stream below; `None` when the server already said more than was read, as an attacker between us would
    /// across STARTTLS (RFC 9051 §11.1).
    pub fn into_quiet_inner(self) -> Option<S> {
        let quiet = self.framer.is_empty() && self.canonical.is_empty() && self.completions.is_empty();
        quiet.then_some(self.inner)
    }

    fn route(&mut self, frame: Frame) -> io::Result<()> {
        let bytes = &frame.bytes;
        if self.greeting.is_none() {
            self.greeting = Some(bytes.clone());
            let word =
                bytes.strip_prefix(b"* ").and_then(|rest| rest.split(|b| !b.is_ascii_alphabetic()).next());
            let canonical: &[u8] = match word.map(<[u8]>::to_ascii_uppercase).as_deref() {
                Some(b"OK") => b"* OK ready\r\n",
                Some(b"PREAUTH") => b"* PREAUTH ready\r\n",
                Some(b"BYE") => b"* BYE closed\r\n",
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "not an IMAP greeting")),
            };
            self.canonical.extend_from_slice(canonical);
            return Ok(());
        }
        if bytes.starts_with(b"+") {
            self.canonical.extend_from_slice(b"+ \r\n");
        } else if let Some(completion) = completion(bytes) {
            let word: &[u8] = match completion.status {
                Status::Ok => b" OK done\r\n",
                Status::No => b" NO refused\r\n",
                Status::Bad => b" BAD refused\r\n",
            };
            self.canonical.extend_from_slice(&completion.tag);
            self.canonical.extend_from_slice(word);
            self.completions.push_back(completion);
        } else {
            // Everything else is untagged, garbage too: nobody reads what is no response, but it counts.
            self.untagged_bytes += bytes.len();
            if self.untagged_bytes > bounds::BATCH {
                self.framer.set_limit(bounds::BEGINNING);
            }
            if self.untagged.len() >= bounds::RESPONSES || self.untagged_bytes > 2 * bounds::BATCH {
                return Err(io::Error::new(io::ErrorKind::OutOfMemory, "too many responses"));
            }
            self.untagged.push(frame);
        }
        Ok(())
    }
}

/// `A0001 NO [CODE] words`: tags are short and alphanumeric, because ours are.
fn completion(line: &Bytes) -> Option<Completion> {
    let space = memchr::memchr(b' ', &line[..line.len().min(32)])?;
    if space == 0 || !line[..space].iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let tag = line.slice(..space);
    let rest = line.slice(space + 1..);
    let end = rest.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len());
    let status = match rest[..end].to_ascii_uppercase().as_slice() {
        b"OK" => Status::Ok,
        b"NO" => Status::No,
        b"BAD" => Status::Bad,
        _ => return None,
    };
    let text = rest.slice(end..);
    let trimmed = text.trim_ascii();
    Some(Completion { tag, status, text: text.slice_ref(trimmed) })
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        loop {
            if !tap.canonical.is_empty() {
                let length = tap.canonical.len().min(out.remaining());
                out.put_slice(&tap.canonical[..length]);
                tap.canonical.advance(length);
                return Poll::Ready(Ok(()));
            }
            if let Some(frame) = tap.framer.next() {
                tap.route(frame)?;
                continue;
            }
            let length = ready!(poll_read_buf(Pin::new(&mut tap.inner), cx, tap.framer.space()))?;
            if length == 0 {
                // A clean end is never a success: whoever reads here is waiting for an answer.
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            tap.bytes_in += length as u64;
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().outgoing.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        if tap.corked {
            return Poll::Ready(Ok(()));
        }
        while !tap.outgoing.is_empty() {
            let written = ready!(Pin::new(&mut tap.inner).poll_write(cx, &tap.outgoing))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            // A password may have been in it.
            tap.outgoing[..written].zeroize();
            tap.outgoing.drain(..written);
        }
        Pin::new(&mut tap.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
