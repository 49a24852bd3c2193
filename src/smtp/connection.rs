//! One conversation: open, sign in, then MAIL, RCPT for each recipient, DATA, again and again.

use std::{fmt, io, net::IpAddr, pin::pin};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use lettre::transport::smtp::{
    commands::{Data, Ehlo, Mail, Quit, Rcpt, Starttls},
    extension::{ClientId, MailBodyParameter, MailParameter, RcptParameter},
};
use tokio::time::timeout;

use super::{
    Error, Kind, Reply, Stage,
    body::Stuffing,
    bounds,
    extensions::Extensions,
    path::path,
    sign_in,
    wire::{Line, Wire, hear, silent, within, write},
};
use crate::{
    config::{ServerUrl, Tls},
    net::{self, TlsConfig, bounds::patiently, dial, handshake},
};

/// What MAIL says of a message.
#[derive(Clone, Default)]
pub struct Envelope {
    /// Where reports go; empty for none (`<>`).
    pub from: String,
    /// ENVID (RFC 3461 §4.4), printable ASCII, at most 100 characters; told where the server reports.
    pub id: Option<String>,
    /// In octets, told where the server asks for it.
    pub size: u64,
    /// Ask also for the report of a delivery, not only of failure and delay.
    pub follow: bool,
}

/// A conversation with one server. Whatever breaks it, or leaves a reply unread, closes it, and so does dropping a
/// future of it before its end: nothing said later can be taken for an answer to something else. After an error other
/// than [`Kind::Refused`] every call fails with [`Kind::Closed`].
pub struct Connection {
    wire: Wire,
    offers: Extensions,
    certificate_until: Option<Timestamp>,
    follow: bool,
    /// Of the message that was begun, in octets.
    size: u64,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

impl Connection {
    /// Connects, hears the greeting, says EHLO as `hello` (a domain or an address), and begins TLS as the URL asks.
    ///
    /// # Errors
    /// Up to [`Stage::Hello`]; a server without STARTTLS is [`Kind::Protocol`] at [`Stage::Tls`].
    pub async fn open(server: &ServerUrl, tls: &TlsConfig, hello: &str) -> Result<Connection, Error> {
        let tcp = dial(&server.host, server.port).await?;
        let mut until = None;
        let stream: Box<dyn net::Stream> = match server.tls {
            Tls::Implicit => {
                let stream = handshake(&server.host, tls, tcp).await?;
                until = net::certificate_until(&stream);
                Box::new(stream)
            }
            Tls::StartTls | Tls::None => Box::new(tcp),
        };
        let mut connection = Connection::greeted(stream, hello).await?;
        connection.certificate_until = until;
        match server.tls {
            Tls::StartTls => connection.secured(&server.host, tls, hello).await,
            Tls::Implicit | Tls::None => Ok(connection),
        }
    }

    pub(super) async fn greeted(stream: Box<dyn net::Stream>, hello: &str) -> Result<Connection, Error> {
        let mut wire = Wire::new(stream);
        if wire.greeting().await?.code != 220 {
            return Err(Error::new(Stage::Greeting, Kind::Protocol("not a greeting")));
        }
        Connection::introduced(wire, hello).await
    }

    async fn introduced(mut wire: Wire, hello: &str) -> Result<Connection, Error> {
        let heard = wire.say(Stage::Hello, Ehlo::new(client_id(hello))).await?;
        if heard.code != 250 {
            return Err(Error::new(Stage::Hello, Kind::Protocol("an answer to something else")));
        }
        let offers = Extensions::read(&heard.lines);
        Ok(Connection { wire, offers, certificate_until: None, follow: false, size: 0 })
    }

    /// STARTTLS (RFC 3207); what was told before counts for nothing after.
    async fn secured(mut self, host: &str, tls: &TlsConfig, hello: &str) -> Result<Connection, Error> {
        let error = |what| Error::new(Stage::Tls, Kind::Protocol(what));
        if !self.offers.starttls {
            return Err(error("no STARTTLS"));
        }
        self.wire.done(Stage::Tls, Starttls).await?;
        let stream = self.wire.into_quiet_inner().ok_or(error("the server spoke before TLS began"))?;
        let stream = handshake(host, tls, stream).await?;
        let certificate_until = net::certificate_until(&stream);
        let connection = Connection::introduced(Wire::new(Box::new(stream)), hello).await?;
        Ok(Connection { certificate_until, ..connection })
    }

    /// The largest message the server takes, in octets (SIZE, RFC 1870), where it tells.
    pub fn limit(&self) -> Option<u64> {
        self.offers.limit
    }

    /// Until when its certificate is good, where there is one that can be read.
    pub fn certificate_until(&self) -> Option<Timestamp> {
        self.certificate_until
    }

    /// Whether it says that people can sign in, by a mechanism that we know.
    pub fn signs_in(&self) -> bool {
        self.offers.plain || self.offers.login
    }

    /// Whether the server sends delivery reports as asked (DSN, RFC 3461).
    pub fn reports(&self) -> bool {
        self.offers.dsn
    }

    /// Whether the server takes text that is not ASCII (8BITMIME, RFC 6152).
    pub fn eight_bit(&self) -> bool {
        self.offers.eight_bit
    }

    /// Signs in by PLAIN or LOGIN.
    ///
    /// # Errors
    /// A wrong password is [`Kind::Refused`] with 535 and is said once; [`Kind::NoWayIn`] where neither mechanism is
    /// announced.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Result<(), Error> {
        sign_in::sign_in(&mut self.wire, &self.offers, login, password).await
    }

    /// Begins a message.
    ///
    /// # Errors
    /// [`Kind::Refused`] leaves the connection usable; 553 5.1.7 without words is ours: no address to send from.
    pub async fn mail(&mut self, envelope: &Envelope) -> Result<Reply, Error> {
        let sender = match &*envelope.from {
            "" => None,
            from => Some(path(from).ok_or_else(|| unwritable(Stage::Mail, 7))?),
        };
        let mut parameters = Vec::new();
        if self.offers.size {
            parameters.push(other("SIZE", envelope.size.to_string()));
        }
        // Said of every message, as other clients do: it promises the server nothing but that it may be so.
        if self.offers.eight_bit {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        if self.offers.dsn {
            parameters.push(other("RET", "HDRS".into()));
            if let Some(id) = &envelope.id {
                if id.is_empty() || id.len() > 100 || !id.bytes().all(|b| b.is_ascii_graphic()) {
                    return Err(Error::new(Stage::Mail, Kind::Protocol("no ENVID")));
                }
                parameters.push(other("ENVID", id.clone()));
            }
        }
        (self.follow, self.size) = (envelope.follow, envelope.size);
        self.wire.done(Stage::Mail, Mail::new(sender, parameters)).await
    }

    /// Names one recipient; asks for reports where the server sends them.
    ///
    /// # Errors
    /// [`Kind::Refused`] is of this recipient alone (except 421) and leaves the connection usable; 553 5.1.3 without
    /// words is ours: the address cannot stand in a command.
    pub async fn recipient(&mut self, address: &str) -> Result<Reply, Error> {
        let address = path(address).ok_or_else(|| unwritable(Stage::Recipient, 3))?;
        let mut parameters = Vec::new();
        if self.offers.dsn {
            let notify = if self.follow { "SUCCESS,FAILURE,DELAY" } else { "FAILURE,DELAY" };
            let original = format!("rfc822;{address}");
            for (keyword, value) in [("NOTIFY", notify.to_owned()), ("ORCPT", original)] {
                parameters.push(RcptParameter::Other { keyword: keyword.to_owned(), value: Some(value) });
            }
        }
        self.wire.done(Stage::Recipient, Rcpt::new(address, parameters)).await
    }

    /// Sends the message, of the size that MAIL said, within [`bounds::message`]: in wire form, CRLF at every end of line. Nothing of it is kept but one piece.
    ///
    /// # Errors
    /// At [`Stage::Data`] it was not sent: the dot was not said. An `Err` from `chunks`, a bare CR or LF, a NUL, or
    /// 8-bit text where the server takes none close the connection there. At [`Stage::End`], [`Kind::Refused`] means
    /// that the server did not take it; with any other kind nobody knows ([`Error::is_uncertain`]).
    pub async fn data(&mut self, chunks: impl Stream<Item = io::Result<Bytes>>) -> Result<Reply, Error> {
        if self.wire.say(Stage::Data, Data).await?.code != 354 {
            self.wire.close();
            return Err(Error::new(Stage::Data, Kind::Protocol("an answer to something else")));
        }
        let mut line = self.wire.take(Stage::Data)?;
        let sent = timeout(bounds::message(self.size), send(&mut line, chunks, self.offers.eight_bit));
        sent.await.map_err(|_| Error::new(Stage::Data, Kind::Deadline))??;
        let end = async {
            write(&mut line, b".\r\n").await?;
            hear(&mut line).await
        };
        let heard = within(Stage::End, bounds::deadline(Stage::End), end).await?;
        let heard = self.wire.judge(Stage::End, line, heard)?;
        if heard.code >= 300 {
            self.wire.close();
            return Err(Error::new(Stage::End, Kind::Protocol("an answer to something else")));
        }
        Ok(heard.reply())
    }

    /// Forgets the message that was begun.
    ///
    /// # Errors
    /// As those of any command; [`Stage::Mail`].
    pub async fn reset(&mut self) -> Result<(), Error> {
        self.wire.done(Stage::Mail, "RSET\r\n").await.map(drop)
    }

    /// Says goodbye, and does not insist.
    pub async fn quit(mut self) {
        let _ = timeout(patiently(bounds::GOODBYE), self.wire.say(Stage::End, Quit)).await;
    }
}

/// All of the message but the dot, and the server silent to the end of it.
async fn send(
    line: &mut Line,
    chunks: impl Stream<Item = io::Result<Bytes>>,
    eight_bit: bool,
) -> Result<(), Error> {
    let error = |what| Error::new(Stage::Data, Kind::Protocol(what));
    let block = patiently(bounds::BLOCK);
    let mut chunks = pin!(chunks);
    let mut stuffing = Stuffing::new(eight_bit);
    let mut out = Vec::new();
    within(Stage::Data, block, silent(line)).await?;
    loop {
        let next = async { Ok(chunks.next().await) };
        let Some(chunk) = within(Stage::Data, block, next).await? else { break };
        let chunk = chunk.map_err(|_| error("the message could not be read"))?;
        for piece in chunk.chunks(bounds::PIECE) {
            out.clear();
            stuffing.push(piece, &mut out).map_err(error)?;
            within(Stage::Data, block, write(line, &out)).await?;
        }
    }
    let end_of_line = stuffing.finish().map_err(error)?;
    within(Stage::Data, block, async {
        write(line, end_of_line).await?;
        // A reply to the message before its end is no reply to the message.
        silent(line).await
    })
    .await
}

fn other(keyword: &str, value: String) -> MailParameter {
    MailParameter::Other { keyword: keyword.to_owned(), value: Some(value) }
}

/// RFC 3463 §3.2: X.1.3 and X.1.7, bad syntax of the recipient's and the sender's address.
fn unwritable(stage: Stage, detail: u16) -> Error {
    Error::new(stage, Kind::Refused(Reply::own(553, [5, 1, detail])))
}

/// A name that can stand in the command; without one, the address literal that RFC 5321 §4.1.4 asks for.
fn client_id(hello: &str) -> ClientId {
    match hello.parse() {
        Ok(IpAddr::V4(ip)) => ClientId::Ipv4(ip),
        Ok(IpAddr::V6(ip)) => ClientId::Ipv6(ip),
        Err(_) => {
            let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
            match !hello.is_empty() && hello.len() <= 255 && hello.bytes().all(name) {
                true => ClientId::Domain(hello.to_owned()),
                false => ClientId::default(),
            }
        }
    }
}
