//! Our own certificates, as others would judge them, and the lists of those that were revoked.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use rustls::{
    client::{danger::ServerCertVerifier, verify_server_name},
    crypto::ring,
    pki_types::{CertificateRevocationListDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use x509_parser::certificate::X509Certificate;

use super::{
    Flaw,
    pem::{self, Pair},
    tls::flaw,
};

/// Until when it is good; `None` where that cannot be read.
pub fn good_until(pair: &Pair) -> Option<Timestamp> {
    Timestamp::from_second(parsed(pair)?.validity().not_after.timestamp()).ok()
}

/// Why a browser that comes to `host` would refuse it, as far as this machine can tell: it may know other authorities
/// than the browsers do.
pub fn flaw_of(pair: &Pair, host: &str) -> Option<Flaw> {
    let Some(own) = parsed(pair) else { return Some(Flaw::Other("it cannot be read".into())) };
    let now = Timestamp::now().as_second();
    if own.validity().not_after.timestamp() < now {
        return Some(Flaw::Expired);
    }
    if own.validity().not_before.timestamp() > now {
        return Some(Flaw::NotYetValid);
    }
    // Brackets are how URLs write IPv6.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(name) = ServerName::try_from(bare) else { return Some(Flaw::WrongName) };
    let (first, others) = pair.chain.split_first()?;
    if !ParsedCertificate::try_from(first).is_ok_and(|own| verify_server_name(&own, &name).is_ok()) {
        return Some(Flaw::WrongName);
    }
    let verifier = rustls_platform_verifier::Verifier::new(Arc::new(ring::default_provider())).ok()?;
    match verifier.verify_server_cert(first, others, &name, &[], UnixTime::now()) {
        Err(rustls::Error::InvalidCertificate(reason)) => Some(flaw(&reason)),
        Err(error) => Some(Flaw::Other(error.to_string())),
        Ok(_) => None,
    }
}

/// When the first of the lists of revoked certificates in a file is out of date; `None` where none says.
pub fn lists_until(crl: &Path) -> Option<Timestamp> {
    let lists = pem::revocations(crl).ok()?;
    let until = |list: &CertificateRevocationListDer<'_>| {
        let (_, list) = x509_parser::parse_x509_crl(list).ok()?;
        Timestamp::from_second(list.next_update()?.timestamp()).ok()
    };
    lists.iter().filter_map(until).min()
}

fn parsed(pair: &Pair) -> Option<X509Certificate<'_>> {
    Some(x509_parser::parse_x509_certificate(pair.chain.first()?).ok()?.1)
}
