//! From a server's address to a greeted, protected connection: name, TCP, TLS, greeting, STARTTLS. Each stage has
//! its own deadline and its own error.

use std::io;

use async_imap::Client;
use jiff::Timestamp;
use tokio::time::timeout;

use super::{Capabilities, Error, Kind, Stage, bounds, response, tap::Tap};
use crate::{
    config::{Server, Tls},
    net::{self, Stream, TlsConfig, dial, handshake},
};

pub type Wire = Tap<Box<dyn Stream>>;

/// A server that greeted us and has not been told who we are.
pub struct Greeted {
    pub client: Client<Wire>,
    pub capabilities: Capabilities,
    /// Until when its certificate is good, where there is one that can be read.
    pub certificate_until: Option<Timestamp>,
}

/// Connects within the deadlines of [`bounds`].
pub async fn connect(server: &Server, tls: &TlsConfig) -> Result<Greeted, Error> {
    let tcp = dial(&server.imap.host, server.imap.port).await?;
    let mut certificate_until = None;
    let stream: Box<dyn Stream> = match server.imap.tls {
        Tls::Implicit => {
            let stream = handshake(&server.imap.host, tls, tcp).await?;
            certificate_until = net::certificate_until(&stream);
            Box::new(stream)
        }
        Tls::StartTls | Tls::None => Box::new(tcp),
    };
    let mut client = Client::new(Tap::new(stream));
    greeting(&mut client).await?;
    if server.imap.tls == Tls::StartTls {
        (client, certificate_until) = start_tls(client, server, tls).await?;
    }
    let told = client.get_ref().greeting().and_then(|line| Capabilities::from_code(line.get(5..)?));
    let capabilities = match told {
        Some(capabilities) if server.imap.tls != Tls::StartTls => capabilities,
        _ => ask_capabilities(&mut client, Stage::Greeting).await?,
    };
    Ok(Greeted { client, capabilities, certificate_until })
}

async fn greeting(client: &mut Client<Wire>) -> Result<(), Error> {
    let error = |kind| Error::new(Stage::Greeting, kind);
    let deadline = bounds::deadline(Stage::Greeting);
    let read = timeout(deadline, client.read_response()).await.map_err(|_| error(Kind::Deadline))?;
    if let Some(flaw) = read.as_ref().err().and_then(net::client_flaw) {
        return Err(Error::new(Stage::Tls, Kind::Certificate(flaw)));
    }
    match read {
        Err(e) if e.kind() == io::ErrorKind::InvalidData => return Err(error(Kind::NotImap)),
        Err(_) | Ok(None) => return Err(error(Kind::Closed)),
        Ok(Some(_)) => {}
    }
    let line = client.get_ref().greeting().cloned().unwrap_or_default();
    let word = line.get(2..).unwrap_or_default();
    if starts_with_word(word, b"BYE") {
        let (code, text) = response::code_and_text(&word[3..]);
        return Err(error(Kind::Refused { code, text }));
    }
    // PREAUTH names somebody else than who is signing in, and before TLS anybody can send it.
    if starts_with_word(word, b"PREAUTH") {
        return Err(error(Kind::Protocol("PREAUTH")));
    }
    Ok(())
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word))
}

async fn start_tls(
    mut client: Client<Wire>,
    server: &Server,
    tls: &TlsConfig,
) -> Result<(Client<Wire>, Option<Timestamp>), Error> {
    command(&mut client, "STARTTLS", Stage::Tls).await.map_err(|e| match e.kind {
        Kind::Refused { .. } => Error::new(Stage::Tls, Kind::Unsupported("STARTTLS")),
        _ => e,
    })?;
    let stream = client
        .into_inner()
        .into_quiet_inner()
        .ok_or(Error::new(Stage::Tls, Kind::Protocol("the server spoke before TLS began")))?;
    let stream = handshake(&server.imap.host, tls, stream).await?;
    let until = net::certificate_until(&stream);
    Ok((Client::new(Tap::greeted(Box::new(stream))), until))
}

/// Asks for the capabilities, whatever was told before.
pub async fn ask_capabilities(client: &mut Client<Wire>, stage: Stage) -> Result<Capabilities, Error> {
    match command(client, "CAPABILITY", stage).await {
        // One that does not even know this command is treated as the plainest there is.
        Err(e) if e.is_fatal() => return Err(e),
        _ => {}
    }
    Ok(Capabilities::from_untagged(&client.get_mut().take_untagged()).unwrap_or_default())
}

/// A constant command before signing in.
pub(super) async fn command(client: &mut Client<Wire>, text: &str, stage: Stage) -> Result<(), Error> {
    let done = timeout(bounds::deadline(stage), client.run_command_and_check_ok(text, None))
        .await
        .map_err(|_| Error::new(stage, Kind::Deadline))?;
    let completion = client.get_mut().take_completion();
    match (done, completion) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(completion)) => Err(Error::new(stage, response::refusal(&completion))),
        (Err(e), None) => Err(Error::new(stage, response::broken(&e))),
    }
}
