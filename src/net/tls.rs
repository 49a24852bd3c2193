//! Certificates of mail servers are verified against the platform's roots and the anchors an admin adds.

use std::{io, path::Path, sync::Arc};

use jiff::Timestamp;
use rustls::{
    CertificateError, ClientConfig,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{Error, Flaw, Kind, Stage, Stream, bounds};

/// How TLS is spoken to one server.
pub type TlsConfig = Arc<ClientConfig>;

/// The TLS configuration for one server; `ca` is a PEM file with more trust anchors.
///
/// # Errors
/// When the file cannot be read, holds no certificate, or the platform's verifier cannot start.
pub fn client_config(ca: Option<&Path>) -> io::Result<TlsConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut anchors = Vec::new();
    if let Some(path) = ca {
        let found = CertificateDer::pem_file_iter(path).map_err(io::Error::other)?;
        anchors = found.collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
        if anchors.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no certificate in this file"));
        }
    }
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(anchors, provider.clone())
        .map_err(io::Error::other)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Begins TLS; the certificate must be one for `host`.
///
/// # Errors
/// At [`Stage::Tls`].
pub async fn handshake<S: Stream + 'static>(
    host: &str,
    tls: &TlsConfig,
    stream: S,
) -> Result<tokio_rustls::client::TlsStream<S>, Error> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        let flaw = Flaw::Other("the host name cannot be in a certificate".into());
        Error::new(Stage::Tls, Kind::Certificate(flaw))
    })?;
    let connector = TlsConnector::from(tls.clone());
    match timeout(bounds::deadline(Stage::Tls), connector.connect(name, stream)).await {
        Err(_) => Err(Error::new(Stage::Tls, Kind::Deadline)),
        Ok(Err(e)) => Err(Error::new(Stage::Tls, kind(&e))),
        Ok(Ok(stream)) => Ok(stream),
    }
}

/// Until when the certificate of a connection is good; `None` where that cannot be read.
pub fn certificate_until<S>(stream: &tokio_rustls::client::TlsStream<S>) -> Option<Timestamp> {
    let (_, session) = stream.get_ref();
    let (_, certificate) = x509_parser::parse_x509_certificate(session.peer_certificates()?.first()?).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

fn flaw(reason: &CertificateError) -> Flaw {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Flaw::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Flaw::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Flaw::WrongName
        }
        // A signature that does not fit: somebody else of the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Flaw::UnknownIssuer,
        CertificateError::Revoked => Flaw::Revoked,
        other => Flaw::Other(other.to_string()),
    }
}

fn kind(error: &io::Error) -> Kind {
    match error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(reason)) => Kind::Certificate(flaw(reason)),
        Some(rustls::Error::InvalidMessage(_)) => Kind::Protocol("no TLS on this port"),
        Some(_) => Kind::Protocol("TLS handshake failed"),
        None => Kind::Closed,
    }
}
