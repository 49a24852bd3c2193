//! A certificate authority for one run, and a server certificate for this machine signed by it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// Writes `ca.pem`, `server.pem` and `server.key` (for `localhost` and `127.0.0.1`) into `folder`.
///
/// # Errors
/// When a key cannot be made or a file not written.
pub fn certificates(folder: &Path) -> Result<()> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.distinguished_name.push(DnType::CommonName, "The laboratory's own authority");
    let ca_key = KeyPair::generate()?;
    let ca_certificate = ca.self_signed(&ca_key)?;

    let mut server = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()])?;
    server.distinguished_name.push(DnType::CommonName, "localhost");
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key))?;

    fs::write(folder.join("ca.pem"), ca_certificate.pem())?;
    fs::write(folder.join("server.pem"), certificate.pem())?;
    fs::write(folder.join("server.key"), key.serialize_pem())?;
    fs::set_permissions(folder.join("server.key"), fs::Permissions::from_mode(0o600))?;
    Ok(())
}
