//! What `imap/` and `smtp/` share: a server is dialled within deadlines, TLS is begun, its words are made fit to show.
//! And TLS of our own listener (`served`).

pub mod bounds;
mod dial;
mod error;
mod fresh;
mod judged;
pub mod pem;
mod served;
mod stamp;
mod tls;
mod unverified;
mod words;

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

pub use dial::dial;
pub use error::{Error, Flaw, Kind, Stage};
pub use judged::{flaw_of, good_until, lists_until};
pub use served::{Encrypted, Served, agreed_on_http2};
pub use tls::{TlsConfig, certificate_until, client_config, client_flaw, handshake};
pub use unverified::handshake_unverified;
pub use words::for_people;

/// A TCP or TLS stream.
pub trait Stream: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Stream for S {}
