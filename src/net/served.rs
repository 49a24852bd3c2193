//! TLS of our own listener: the certificate in two files, read again when they change.

use std::{io, path::Path, sync::Arc};

use rustls::{ServerConfig, crypto::ring};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    Stream,
    fresh::{Fresh, LOOK_EVERY},
    pem::{self, Pair},
};

const HTTP_1: &[u8] = b"http/1.1";
const HTTP_2: &[u8] = b"h2";

/// A certificate and the files it comes from. Clones share it.
#[derive(Debug, Clone)]
pub struct Served(Arc<Fresh<Protocols>>);

struct Protocols {
    /// HTTP/2 or HTTP/1.1, as the browser likes.
    both: Arc<ServerConfig>,
    /// For a connection that is only told something.
    http1: Arc<ServerConfig>,
}

impl Served {
    /// Reads the files once; the key may stand in the certificate's.
    ///
    /// # Errors
    /// When they cannot be read or do not fit together.
    pub fn load(certificate: &Path, key: &Path) -> Result<Served, pem::Error> {
        let files = vec![certificate.to_owned(), key.to_owned()];
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        let make = Box::new(move || protocols(&certificate, &key));
        Ok(Served(Arc::new(Fresh::new("the certificate of the web page".into(), files, make)?)))
    }

    /// Looks at the files for as long as the process lives; spawn it once.
    pub async fn keep_current(self) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let this = self.clone();
            let _ = tokio::task::spawn_blocking(move || this.look()).await;
        }
    }

    /// Takes the files up if they changed. What cannot be used leaves the old certificate in use, with a warning.
    pub fn look(&self) {
        self.0.look();
    }

    /// Answers a browser's TLS handshake. Has no deadline of its own.
    ///
    /// # Errors
    /// When the peer leaves, or cannot agree with us.
    pub async fn accept<S: Stream>(&self, stream: S) -> io::Result<Encrypted<S>> {
        TlsAcceptor::from(self.0.current().both.clone()).accept(stream).await
    }

    /// The same for a connection on which HTTP/1.1 will be spoken.
    ///
    /// # Errors
    /// As [`Served::accept`].
    pub async fn accept_http1<S: Stream>(&self, stream: S) -> io::Result<Encrypted<S>> {
        TlsAcceptor::from(self.0.current().http1.clone()).accept(stream).await
    }
}

/// A browser's connection.
pub type Encrypted<S> = TlsStream<S>;

/// Whether HTTP/2 was agreed on (ALPN, RFC 7301).
pub fn agreed_on_http2<S>(stream: &Encrypted<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP_2)
}

fn protocols(certificate: &Path, key: &Path) -> Result<Protocols, pem::Error> {
    let Pair { chain, key: secret } = Pair::read(certificate, key)?;
    if pem::is_open_to_all(key) {
        let key = key.display();
        tracing::warn!("everybody on this machine can read the key in {key}: chmod o-r {key}");
    }
    let unusable = |error: rustls::Error| pem::Error::Unusable(certificate.to_owned(), error.to_string());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(unusable)?;
    // Who comes back within hours is spared half a handshake. The keys of the tickets live in this process alone and
    // go with this certificate.
    config.ticketer = ring::Ticketer::new().map_err(unusable)?;
    config.alpn_protocols = vec![HTTP_1.to_vec()];
    let http1 = Arc::new(config.clone());
    config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
    Ok(Protocols { both: Arc::new(config), http1 })
}
