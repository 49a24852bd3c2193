//! The certificate of our own listener, before a browser sees it.

use jiff::{SignedDuration, Timestamp};

use super::{Notes, reach::SOON};
use crate::{
    config::Config,
    net::{
        self, Flaw,
        pem::{self, Pair},
    },
};

/// Nothing where a proxy speaks https.
pub fn look(notes: &mut Notes<'_>, config: &Config) {
    let Some(files) = &config.tls else { return };
    if pem::is_open_to_all(&files.key) {
        let key = files.key.display();
        notes.warn(
            "key-readable",
            format!("everybody on this machine can read the key in {key}"),
            format!("chmod o-r {key}"),
        );
    }
    let pair = match Pair::read(&files.certificate, &files.key) {
        Ok(pair) => pair,
        Err(error) => {
            let code = match error {
                pem::Error::Mismatch { .. } => "certificate-other-key",
                _ => "certificate-unusable",
            };
            return notes.fail(
                code,
                format!("the certificate of the web page: {error}"),
                "Relais does not start like this; one that runs keeps what it had",
            );
        }
    };
    // `[tls]` without it is refused.
    let host = config.public_url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
    let file = files.certificate.display();
    match net::flaw_of(&pair, host) {
        None => good(notes, host, net::good_until(&pair)),
        Some(Flaw::Expired) => notes.fail(
            "certificate-expired",
            format!("{file} has expired: browsers refuse the page"),
            "renew it; the new files are taken up within seconds, without a restart",
        ),
        Some(Flaw::NotYetValid) => notes.fail(
            "certificate-not-yet-valid",
            format!("{file} is not valid yet"),
            "this machine's clock is behind, or that of whoever issued it was ahead",
        ),
        Some(Flaw::WrongName) => notes.fail(
            "certificate-wrong-name",
            format!("{file} is not for {host}, where people come by public_url"),
            "have one issued for that name, or write into public_url the name that stands in it",
        ),
        Some(flaw) => {
            let why = match flaw {
                Flaw::UnknownIssuer => "nobody known to this machine has signed it".to_owned(),
                Flaw::Other(reason) => reason,
                _ => "it was revoked".to_owned(),
            };
            notes.warn(
                "certificate-doubtful",
                format!("{file}: {why}; browsers may refuse it"),
                "put the whole chain into the file (fullchain.pem); an authority of your own must be on every device",
            );
            good(notes, host, net::good_until(&pair));
        }
    }
}

fn good(notes: &mut Notes<'_>, host: &str, until: Option<Timestamp>) {
    let Some(until) = until else { return };
    let (left, day): (SignedDuration, _) = (until.duration_since(Timestamp::now()), until.strftime("%F"));
    if left < SOON {
        notes.warn(
            "certificate-expires-soon",
            format!("the certificate for {host} is good until {day} only"),
            "renew it now; the new files are taken up within seconds, without a restart",
        );
    } else {
        notes.good("certificate", format!("the certificate for {host} is good until {day}"));
    }
}
