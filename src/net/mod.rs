//! What `imap/` and `smtp/` share: a server is dialled within deadlines, TLS is begun, its words are made fit to show.

pub mod bounds;
mod dial;
mod error;
mod tls;
mod words;

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

pub use dial::dial;
pub use error::{Error, Flaw, Kind, Stage};
pub use tls::{TlsConfig, certificate_until, client_config, handshake};
pub use words::for_people;

/// A TCP or TLS stream.
pub trait Stream: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Stream for S {}
