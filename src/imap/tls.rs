//! Certificates of mail servers are verified against the platform's roots and the anchors an admin adds.

use std::{io, path::Path, sync::Arc};

use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, pem::PemObject},
};

/// The TLS configuration for one server; `ca` is a PEM file with more trust anchors.
///
/// # Errors
/// When the file cannot be read, holds no certificate, or the platform's verifier cannot start.
pub fn client_config(ca: Option<&Path>) -> io::Result<Arc<ClientConfig>> {
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
