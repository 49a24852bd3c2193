//! From a name to a certificate: what both protocols meet first.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use tokio::{net::lookup_host, time::timeout};

use super::Notes;
use crate::{
    config::{ServerUrl, Tls, is_loopback},
    net::{
        self, Flaw, TlsConfig, bounds,
        pem::{self, Pair},
    },
};

/// A certificate that is good for less is to be renewed now.
pub(super) const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The name, and whether passwords travel in clear. False: there is no such name.
pub async fn name(notes: &mut Notes<'_>, url: &ServerUrl) -> bool {
    if url.tls == Tls::None && !is_loopback(&url.host) {
        notes.warn(
            "plain-text",
            format!("passwords go to {} in clear over the network", url.host),
            "remove ?tls=none and allow_plaintext as soon as the server speaks TLS",
        );
    }
    let began = Instant::now();
    let looked = timeout(bounds::deadline(net::Stage::Resolve), lookup_host((&*url.host, url.port))).await;
    let found = looked.ok().and_then(Result::ok).map(Iterator::count).unwrap_or_default();
    if found == 0 {
        notes.fail(
            "unknown-name",
            format!("{}: no address for the name {}", notes.protocol(), url.host),
            "a typing error, or this machine asks another DNS server than yours: see /etc/resolv.conf",
        );
        return false;
    }
    notes.good("name", format!("{}: {} has {found} address(es)", notes.protocol(), url.host));
    notes.took(began.elapsed());
    true
}

/// How TLS is spoken there; `None` where one of the configured files cannot be used.
pub fn tls(notes: &mut Notes<'_>, url: &ServerUrl) -> Option<TlsConfig> {
    net::client_config(url)
        .map_err(|error| {
            notes.fail(
                "tls-files",
                format!("{}: {error}", notes.protocol()),
                "ca (or ?ca=), crl, client_cert and client_key must name such PEM files; Relais does not start like this",
            );
        })
        .ok()
        .inspect(|_| files(notes, url))
}

/// Those that can be used, and for how long.
fn files(notes: &mut Notes<'_>, url: &ServerUrl) {
    let now = Timestamp::now();
    if let Some((file, until)) = url.crl.as_ref().and_then(|file| Some((file, net::lists_until(file)?)))
        && until < now
    {
        notes.warn(
            "lists-out-of-date",
            format!("{}: a list of revoked certificates in {} ended on {}", notes.protocol(), file.display(), until.strftime("%F")),
            "fetch the new one: it still counts, and what was revoked since is not known; it is taken up without a restart",
        );
    }
    let Some(client) = &url.client else { return };
    if pem::is_open_to_all(&client.key) {
        let key = client.key.display();
        notes.warn(
            "client-key-readable",
            format!("{}: everybody on this machine can read the key in {key}", notes.protocol()),
            format!("chmod o-r {key}"),
        );
    }
    let until = Pair::read(&client.certificate, &client.key).ok().as_ref().and_then(net::good_until);
    if let Some(until) = until.filter(|until| until.duration_since(now) < SOON) {
        notes.warn(
            "client-certificate-expires-soon",
            format!("{}: {} is good until {} only", notes.protocol(), client.certificate.display(), until.strftime("%F")),
            "have a new one issued now: afterwards the mail server lets nobody in; it is taken up without a restart",
        );
    }
}

/// The server asked who we are, and let us in so far without an answer.
pub fn asked(notes: &mut Notes<'_>, url: &ServerUrl, tls: &TlsConfig) {
    if tls.was_asked() {
        notes.note(
            "client-certificate-asked",
            format!("{}: {} asks for a certificate, and we have none for it", notes.protocol(), url.host),
            "where it then refuses every sign-in, it wants one: client_cert and client_key, issued by an authority that it \
             trusts",
        );
    }
}

/// Why there is no connection: before the server said a word.
pub fn failed(notes: &mut Notes<'_>, url: &ServerUrl, error: &net::Error) {
    let (place, protocol) = (format!("{}:{}", url.host, url.port), notes.protocol());
    match (&error.stage, &error.kind) {
        (net::Stage::Resolve, _) => notes.fail(
            "unknown-name",
            format!("{protocol}: no address for the name {}", url.host),
            "a typing error, or this machine asks another DNS server than yours: see /etc/resolv.conf",
        ),
        (_, net::Kind::Certificate(flaw)) => certificate_failed(notes, url, flaw),
        (net::Stage::Connect, net::Kind::Deadline) => notes.fail(
            "silent",
            format!("{protocol}: nothing answers at {place}"),
            "a firewall drops the packets: open the port from this machine to that one",
        ),
        (net::Stage::Connect, _) => notes.fail(
            "refused",
            format!("{protocol}: {place} refuses connections"),
            "the wrong port, or the mail server does not run or listens elsewhere",
        ),
        (net::Stage::Tls, _) => notes.fail(
            "no-tls",
            format!("{protocol}: no TLS at {place}"),
            match url.tls {
                Tls::Implicit => "that port begins in clear: use imap:// (143) or smtp:// (587), which upgrade by STARTTLS",
                _ => "the server offers no STARTTLS: switch TLS on there, or use its TLS port (imaps://, smtps://)",
            },
        ),
    }
}

fn certificate_failed(notes: &mut Notes<'_>, url: &ServerUrl, flaw: &Flaw) {
    let (protocol, host) = (notes.protocol(), &url.host);
    match flaw {
        Flaw::Expired => notes.fail(
            "certificate-expired",
            format!("{protocol}: the certificate of {host} has expired"),
            "renew it on the mail server, or set this machine's clock",
        ),
        Flaw::NotYetValid => notes.fail(
            "certificate-not-yet-valid",
            format!("{protocol}: the certificate of {host} is not valid yet"),
            "this machine's clock is behind, or the mail server's was ahead when it was issued",
        ),
        Flaw::WrongName => notes.fail(
            "certificate-wrong-name",
            format!("{protocol}: the certificate is not for the name {host}"),
            "write the name that stands in the certificate into the server address",
        ),
        Flaw::UnknownIssuer => notes.fail(
            "certificate-unknown-issuer",
            format!("{protocol}: nobody known here has signed the certificate of {host}"),
            "add the certificate of your own authority: ?ca=/path/to/ca.pem; or let the server send the whole chain",
        ),
        Flaw::Revoked => notes.fail(
            "certificate-revoked",
            format!("{protocol}: the certificate of {host}, or one that signed it, was revoked"),
            "its key may be in wrong hands: have one issued anew for the mail server, with a new key",
        ),
        Flaw::NoList => notes.fail(
            "certificate-no-list",
            format!("{protocol}: no list in the file of crl speaks for whoever signed the certificate of {host}"),
            "put the list of each authority of the chain into that file, one PEM block after the other",
        ),
        Flaw::ClientWanted => notes.fail(
            "client-certificate-wanted",
            format!("{protocol}: {host} lets in only who shows a certificate, and we have none for it"),
            "have one issued for this gateway by the authority that the mail server trusts: client_cert, client_key",
        ),
        Flaw::ClientRefused => notes.fail(
            "client-certificate-refused",
            format!("{protocol}: {host} does not take the certificate in client_cert"),
            "it expired, was revoked, or the mail server trusts another authority: see its log, and have one issued by \
             the authority it trusts",
        ),
        Flaw::Other(reason) => notes.fail(
            "certificate-bad",
            format!("{protocol}: the certificate of {host} does not pass: {reason}"),
            "have it issued anew, for this name and with a current algorithm",
        ),
    }
}

/// For how long it is still good.
pub fn certificate(notes: &mut Notes<'_>, url: &ServerUrl, until: Option<Timestamp>) {
    let Some(until) = until else { return };
    let left = until.duration_since(Timestamp::now());
    let day = until.strftime("%F");
    if left < SOON {
        notes.warn(
            "certificate-expires-soon",
            format!("{}: the certificate of {} is good until {day} only", notes.protocol(), url.host),
            "renew it now: afterwards nobody signs in",
        );
    } else {
        notes.good(
            "certificate",
            format!("{}: certificate of {} good until {day}", notes.protocol(), url.host),
        );
    }
}
