//! Certificates and keys in PEM files. What is wrong with a file is one sentence that says what to do.

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustls::{
    InconsistentKeys,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use zeroize::Zeroizing;

/// Largest PEM file, in bytes. Lists of revoked certificates are the long ones.
const MAX_FILE: u64 = 16 << 20;

/// Why files cannot be used, for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0} cannot be read: {1}; it must be there and readable by the user that Relais runs as")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} holds no certificate: it must be in PEM, with “-----BEGIN CERTIFICATE-----”")]
    NoCertificate(PathBuf),
    #[error("{0} holds no key: it must be in PEM and not encrypted, with “-----BEGIN PRIVATE KEY-----”")]
    NoKey(PathBuf),
    #[error("{0} holds no list of revoked certificates: it must be in PEM, with “-----BEGIN X509 CRL-----”")]
    NoList(PathBuf),
    #[error(
        "the key in {key} is not that of the first certificate in {certificate}: use the two files of one issue, with \
         the own certificate before those that signed it"
    )]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("{0} cannot be used: {1}; have it issued anew")]
    Unusable(PathBuf, String),
    #[error("TLS cannot be set up: {0}")]
    Other(String),
}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        io::Error::other(error)
    }
}

/// A certificate, those that signed it, and its key.
#[derive(Debug)]
pub struct Pair {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Pair {
    /// Both may stand in one file.
    ///
    /// # Errors
    /// When a file cannot be read or used, or the key is another one's.
    pub fn read(certificate: &Path, key: &Path) -> Result<Pair, Error> {
        let chain = certificates(certificate)?;
        let found = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|_| Error::NoKey(key.to_owned()))?;
        let provider: &CryptoProvider = &ring::default_provider();
        let unusable =
            |file: &Path, error: &rustls::Error| Error::Unusable(file.to_owned(), error.to_string());
        match CertifiedKey::from_der(chain.clone(), found.clone_key(), provider) {
            Ok(_) => Ok(Pair { chain, key: found }),
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(Error::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() })
            }
            Err(error @ rustls::Error::InvalidCertificate(_)) => Err(unusable(certificate, &error)),
            Err(error) => Err(unusable(key, &error)),
        }
    }
}

/// All certificates of a file; at least one.
pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let none = || Error::NoCertificate(file.to_owned());
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes(file)?).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(none)
}

/// All lists of revoked certificates of a file; at least one.
pub(super) fn revocations(file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    let none = || Error::NoList(file.to_owned());
    let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&bytes(file)?).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(none)
}

/// Whether a key file can be read by everybody on this machine.
pub fn is_open_to_all(key: &Path) -> bool {
    fs::metadata(key).is_ok_and(|found| found.permissions().mode() & 0o004 != 0)
}

fn bytes(file: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let unreadable = |error| Error::Unreadable(file.to_owned(), error);
    let mut content = Zeroizing::new(Vec::new());
    let opened = fs::File::open(file).map_err(unreadable)?;
    opened.take(MAX_FILE + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > MAX_FILE {
        return Err(unreadable(io::Error::other("larger than 16 MiB")));
    }
    Ok(content)
}
