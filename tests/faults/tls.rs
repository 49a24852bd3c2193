//! Certificates that do not pass, and TLS where there is none.

use std::{fs, net::Ipv4Addr, sync::Arc};

use anyhow::Result;
use jiff::tz::TimeZone;
use lab::{Dovecot, Gateway, Options, Script};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{io::copy_bidirectional, net::TcpListener, net::TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{alice, gateway_at, problem, refusals, until};

/// How the certificate is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    Right,
    /// In three days.
    ExpiresSoon,
    Expired,
    NotYetValid,
    WrongName,
    UnknownAuthority,
}

/// Good between these days, counted from today.
pub fn good_for(params: &mut CertificateParams, (from, until): (i64, i64)) {
    let in_days = |days: i64| {
        let day =
            (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(days * 24)).to_zoned(TimeZone::UTC);
        date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs())
    };
    (params.not_before, params.not_after) = (in_days(from), in_days(until));
}

/// TLS in front of the server on `target`; the authority that should be trusted, as PEM.
pub async fn terminator(target: u16, kind: Certificate) -> Result<(u16, String)> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate()?;
    let told = ca.self_signed(&ca_key)?.pem();
    let issuer =
        Issuer::new(ca, if kind == Certificate::UnknownAuthority { KeyPair::generate()? } else { ca_key });
    let name = if kind == Certificate::WrongName { "other.example.test" } else { "127.0.0.1" };
    let mut params = CertificateParams::new(vec![name.into()])?;
    let days = match kind {
        Certificate::Expired => (-400, -35),
        Certificate::NotYetValid => (35, 400),
        Certificate::ExpiresSoon => (-400, 3),
        _ => (-35, 400),
    };
    good_for(&mut params, days);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )?;
    Ok((terminate(target, config).await?, told))
}

/// TLS of this kind in front of the server on `target`.
pub async fn terminate(target: u16, config: ServerConfig) -> Result<u16> {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut client = acceptor.accept(client).await?;
                let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    Ok(port)
}

async fn trusting(port: u16, ca: &str) -> Result<Gateway> {
    let toml = format!(
        "[limits]\npatience = 30\n[server.default]\nimap = \"imaps://127.0.0.1:{port}?ca={{folder}}/ca.pem\"\n"
    );
    Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
        fs::write(folder.join("ca.pem"), ca)?;
        let toml = toml.replace("{folder}", &folder.display().to_string());
        Ok(fs::write(folder.join("relais.toml"), toml)?)
    })
    .await
}

/// Both languages say that the certificate is at fault, that the password stayed here, and whom to tell.
async fn not_vouched_for(gateway: &Gateway, case: &str) -> Result<()> {
    let words = [
        ["its certificate is not valid", "Your password was not sent to it.", "tell your IT help desk"],
        [
            "son certificat n’est pas valable",
            "Votre mot de passe ne lui a pas été envoyé.",
            "prévenez votre aide informatique",
        ],
    ];
    for (page, words) in refusals(gateway).await?.iter().zip(words) {
        let said = problem(page);
        assert_eq!(page.status, 502, "{case}: {said}");
        assert!(words.iter().all(|words| said.contains(words)), "{case}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn only_a_certificate_that_is_right_passes() -> Result<()> {
    let server = Script::new().start().await?;
    let (port, ca) = terminator(server.port(), Certificate::Right).await?;
    let gateway = trusting(port, &ca).await?;
    alice(&gateway).await?;
    for kind in [
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::WrongName,
        Certificate::UnknownAuthority,
    ] {
        let server = Script::new().start().await?;
        let (port, ca) = terminator(server.port(), kind).await?;
        let gateway = trusting(port, &ca).await?;
        not_vouched_for(&gateway, &format!("{kind:?}")).await?;
        assert!(server.heard().is_empty(), "{:?}", server.heard());
    }
    Ok(())
}

/// What the machine trusts, the gateway does.
#[tokio::test]
async fn an_authority_of_the_platform_is_enough() -> Result<()> {
    let server = Script::new().start().await?;
    let (port, ca) = terminator(server.port(), Certificate::Right).await?;
    let start = async |variable: &str| {
        let under = ["env", "RELAIS_PROBES=false", variable];
        let imap = format!("imaps://127.0.0.1:{port}");
        Gateway::start_under(&under, env!("CARGO_BIN_EXE_relais"), &["--imap", &imap], |folder| {
            Ok(fs::write(folder.join("roots.pem"), &ca)?)
        })
        .await
    };
    alice(&start("SSL_CERT_FILE={folder}/roots.pem").await?).await?;
    not_vouched_for(&start("OTHER={folder}/roots.pem").await?, "platform").await?;
    assert_eq!(
        server.heard().iter().filter(|line| line.contains("LOGIN")).count(),
        1,
        "{:?}",
        server.heard()
    );
    Ok(())
}

/// What is encrypted only after the first words is believed no more easily.
#[tokio::test]
async fn after_starttls_the_certificate_is_looked_at_as_well() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let imap = format!("imap://localhost:{}", dovecot.imap_port());
    not_vouched_for(&gateway_at(&imap, "patience = 30").await?, "nobody vouches").await?;
    assert!(!dovecot.log().contains("Login"), "{}", dovecot.log());
    // The same server, and its authority is known.
    let imap = format!("{imap}?ca={}", dovecot.ca_pem().display());
    alice(&gateway_at(&imap, "patience = 30").await?).await?;
    until(async || Ok(dovecot.log().contains("Login: "))).await?;
    let line = dovecot.log().lines().find(|line| line.contains("Login: ")).unwrap_or_default().to_owned();
    assert!(line.contains("TLS"), "{line}");
    Ok(())
}

#[tokio::test]
async fn a_port_that_speaks_plain_where_tls_is_expected_is_called_so() -> Result<()> {
    let server = Script::new().start().await?;
    let gateway = gateway_at(&format!("imaps://127.0.0.1:{}", server.port()), "patience = 30").await?;
    let [english, french] = refusals(&gateway).await?.map(|page| problem(&page));
    assert!(english.contains("is not an IMAP mail server"), "{english}");
    assert!(french.contains("n’est pas un serveur de messagerie IMAP"), "{french}");
    Ok(())
}
