//! TLS towards mail servers. Their certificates are verified against the platform's roots and the anchors an admin
//! adds; with a list of revoked certificates each certificate of the chain is looked up in it as well. Where the server
//! asks who we are, it is shown the certificate configured for it.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::Timestamp;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, RootCertStore, SignatureScheme,
    client::{ResolvesClientCert, WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName},
    sign::CertifiedKey,
};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{
    Error, Flaw, Kind, Stage, Stream, bounds,
    fresh::Fresh,
    pem::{self, Pair},
};
use crate::config::{ServerUrl, TlsPair};

/// How TLS is spoken to one server. Clones share it.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    current: Arc<Fresh<ClientConfig>>,
    asked: Arc<AtomicBool>,
}

impl TlsConfig {
    /// Whether the server ever asked for a certificate that we do not have.
    pub fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// The TLS configuration for one server. Its files are read again when they change.
///
/// # Errors
/// When one of the files cannot be read or used, or the platform's roots cannot.
pub fn client_config(url: &ServerUrl) -> io::Result<TlsConfig> {
    let asked = Arc::new(AtomicBool::new(false));
    let pair = url.client.iter().flat_map(|pair| [&pair.certificate, &pair.key]);
    let files: Vec<PathBuf> = url.ca.iter().chain(&url.crl).chain(pair).cloned().collect();
    let (ca, crl, client, flag) = (url.ca.clone(), url.crl.clone(), url.client.clone(), asked.clone());
    let make = move || configured(ca.as_deref(), crl.as_deref(), client.as_ref(), &flag);
    let current = Fresh::new(format!("the files for TLS to {}", url.host), files, Box::new(make))?;
    Ok(TlsConfig { current: Arc::new(current), asked })
}

fn configured(
    ca: Option<&Path>,
    crl: Option<&Path>,
    client: Option<&TlsPair>,
    asked: &Arc<AtomicBool>,
) -> Result<ClientConfig, pem::Error> {
    let unusable = |error: rustls::Error| pem::Error::Other(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let anchors = ca.map(pem::certificates).transpose()?.unwrap_or_default();
    let verifier: Arc<dyn ServerCertVerifier> = match crl {
        Some(crl) => revoking(anchors, crl, provider.clone())?,
        None => {
            let verifier =
                rustls_platform_verifier::Verifier::new_with_extra_roots(anchors, provider.clone());
            Arc::new(verifier.map_err(unusable)?)
        }
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    match client {
        Some(files) => {
            let Pair { chain, key } = Pair::read(&files.certificate, &files.key)?;
            builder.with_client_auth_cert(chain, key).map_err(unusable)
        }
        None => Ok(builder.with_client_cert_resolver(Arc::new(Noted(asked.clone())))),
    }
}

/// The platform's verifier knows no lists of revoked certificates (on Linux it is this one without them): the same
/// roots, and each certificate under the anchor must be in the reach of a list of the file. One that is out of date
/// still counts, since the alternative is that nobody reads mail; `relais check` tells.
fn revoking(
    anchors: Vec<CertificateDer<'static>>,
    crl: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, pem::Error> {
    let unusable = |error: &dyn std::fmt::Display| pem::Error::Unusable(crl.to_owned(), error.to_string());
    let mut roots = RootCertStore::empty();
    for anchor in anchors {
        roots.add(anchor).map_err(|error| pem::Error::Other(error.to_string()))?;
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .with_crls(pem::revocations(crl)?)
        .build()
        .map_err(|error| unusable(&error))
}

/// Has no certificate, and remembers that one was asked for.
#[derive(Debug)]
struct Noted(Arc<AtomicBool>);

impl ResolvesClientCert for Noted {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
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
    let begun = async {
        let config = tls.current.up_to_date().await;
        TlsConnector::from(config).connect(name, stream).await
    };
    match timeout(bounds::deadline(Stage::Tls), begun).await {
        Err(_) => Err(Error::new(Stage::Tls, Kind::Deadline)),
        Ok(Err(e)) => Err(Error::new(Stage::Tls, kind(&e, tls.was_asked()))),
        Ok(Ok(stream)) => Ok(stream),
    }
}

/// Whether a connection ended because of what we showed, or did not. In TLS 1.3 that comes after the handshake, with
/// the first bytes that are read (RFC 8446 §4.4.2.4).
pub fn client_flaw(error: &io::Error) -> Option<Flaw> {
    use AlertDescription::*;
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(CertificateRequired) => Some(Flaw::ClientWanted),
        rustls::Error::AlertReceived(
            BadCertificate
            | UnsupportedCertificate
            | CertificateRevoked
            | CertificateExpired
            | CertificateUnknown
            | UnknownCA
            | AccessDenied,
        ) => Some(Flaw::ClientRefused),
        _ => None,
    }
}

/// Until when the certificate of a connection is good; `None` where that cannot be read.
pub fn certificate_until<S>(stream: &tokio_rustls::client::TlsStream<S>) -> Option<Timestamp> {
    let (_, session) = stream.get_ref();
    let (_, certificate) = x509_parser::parse_x509_certificate(session.peer_certificates()?.first()?).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

pub(super) fn flaw(reason: &CertificateError) -> Flaw {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Flaw::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Flaw::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Flaw::WrongName
        }
        // A signature that does not fit: somebody else of the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Flaw::UnknownIssuer,
        CertificateError::Revoked => Flaw::Revoked,
        CertificateError::UnknownRevocationStatus => Flaw::NoList,
        other => Flaw::Other(other.to_string()),
    }
}

fn kind(error: &io::Error, asked: bool) -> Kind {
    use AlertDescription::HandshakeFailure;
    if let Some(flaw) = client_flaw(error) {
        return Kind::Certificate(flaw);
    }
    match error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(reason)) => Kind::Certificate(flaw(reason)),
        Some(rustls::Error::InvalidMessage(_)) => Kind::Protocol("no TLS on this port"),
        // All that TLS 1.2 has to say it with.
        Some(rustls::Error::AlertReceived(HandshakeFailure)) if asked => {
            Kind::Certificate(Flaw::ClientWanted)
        }
        Some(_) => Kind::Protocol("TLS handshake failed"),
        None => Kind::Closed,
    }
}
