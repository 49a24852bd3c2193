//! Servers that want to know who we are, and certificates that were revoked.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Result, ensure};
use lab::{Dovecot, Gateway, Options, Postfix, Script};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};

use crate::{
    check::check_in,
    support::{ALICE, PASSWORD, alice, problem, refusals, until},
    tls::terminate,
};

/// Who signs, and revokes.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Result<Authority> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Authority { issuer: Issuer::new(params, key), pem })
    }

    /// Certificate and key, in one PEM text.
    fn issue(&self, name: &str, serial: u64) -> Result<String> {
        let mut params = CertificateParams::new(vec![name.into(), "127.0.0.1".into()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(serial.into());
        let key = KeyPair::generate()?;
        Ok(params.signed_by(&key, &self.issuer)?.pem() + &key.serialize_pem())
    }

    /// The list of what it revoked; good until that year.
    fn revoking(&self, serials: &[u64], until: i32) -> Result<String> {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: (*serial).into(),
            revocation_time: date_time_ymd(2025, 2, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2025, 3, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.pem()?)
    }
}

/// A gateway whose folder holds these files, with this `[server.default]`; `{folder}` is that folder.
async fn gateway_with(files: &[(&str, &str)], table: &str) -> Result<Gateway> {
    let toml = format!("shared_networks = [\"127.0.0.0/8\"]\n[server.default]\n{table}");
    Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
        put(folder, files)?;
        let toml = toml.replace("{folder}", &folder.display().to_string());
        Ok(fs::write(folder.join("relais.toml"), toml)?)
    })
    .await
}

fn put(folder: &Path, files: &[(&str, &str)]) -> Result<()> {
    files.iter().try_for_each(|(name, content)| Ok(fs::write(folder.join(name), content)?))
}

/// TLS in front of `target` that lets in only who shows a certificate of `ours`.
async fn strict(
    target: u16,
    server: &str,
    ours: &Authority,
    version: &'static SupportedProtocolVersion,
) -> Result<u16> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ours.pem.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build()?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(server.as_bytes())?],
            PrivateKeyDer::from_pem_slice(server.as_bytes())?,
        )?;
    terminate(target, config).await
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_gets_ours_or_is_told_of() -> Result<()> {
    let (house, other) = (Authority::new("house")?, Authority::new("other")?);
    let server = house.issue("localhost", 1)?;
    let (ours, theirs) = (house.issue("relais", 2)?, other.issue("relais", 3)?);
    let files = [("ca.pem", &*house.pem), ("us.pem", &*ours), ("them.pem", &*theirs)];
    for version in [&TLS12, &TLS13] {
        let script = Script::new().start().await?;
        let port = strict(script.port(), &server, &house, version).await?;
        let base = format!("imap = \"imaps://127.0.0.1:{port}\"\nca = \"{{folder}}/ca.pem\"\n");
        for (more, code) in [
            ("", "imap.client-certificate-wanted"),
            ("client_cert = \"{folder}/them.pem\"\n", "imap.client-certificate-refused"),
        ] {
            let gateway = gateway_with(&files, &format!("{base}{more}")).await?;
            let [english, french] = refusals(&gateway).await?.map(|page| problem(&page));
            ensure!(english.contains("wants to be shown a certificate"), "{version:?}{more}: {english}");
            ensure!(french.contains("veut voir un certificat"), "{version:?}{more}: {french}");
            let folder = tempfile::tempdir()?;
            put(folder.path(), &files)?;
            let toml = format!("[server.default]\n{base}{more}");
            check_in(folder.path(), &toml, None, &[]).await?.finds("failure", code)?;
        }
        let gateway = gateway_with(&files, &format!("{base}client_cert = \"{{folder}}/us.pem\"\n")).await?;
        alice(&gateway).await?;
    }
    Ok(())
}

#[tokio::test]
async fn dovecot_knows_the_gateway_by_its_certificate() -> Result<()> {
    let mut dovecot = Dovecot::start(Options::default()).await?;
    let house = Authority::new("house")?;
    let ca = dovecot.folder().join("tls/house.pem");
    fs::write(&ca, &house.pem)?;
    let extra = format!(
        "ssl_ca = <{}\nssl_require_crl = no\nssl_verify_client_cert = yes\nauth_ssl_require_client_cert = yes\n",
        ca.display()
    );
    dovecot.restart_with(Options { extra, ..Options::default() }).await?;
    let ours = house.issue("relais", 2)?;
    let table = format!(
        "imap = \"imaps://localhost:{}\"\nca = \"{}\"\n",
        dovecot.imaps_port(),
        dovecot.ca_pem().display()
    );
    // Dovecot asks, goes on, and then refuses each sign-in.
    let folder = tempfile::tempdir()?;
    put(folder.path(), &[("us.pem", &ours)])?;
    let without = check_in(folder.path(), &format!("[server.default]\n{table}"), Some(PASSWORD), &[]).await?;
    without.finds("note", "imap.client-certificate-asked")?;
    ensure!(without.verdict("imap.sign-in") != Some("good"), "{ALICE} is let in without");

    let table = format!("{table}client_cert = \"{{folder}}/us.pem\"\n");
    let toml = format!("[server.default]\n{table}");
    check_in(folder.path(), &toml, Some(PASSWORD), &[]).await?.finds("good", "imap.sign-in")?;
    let gateway = gateway_with(&[("us.pem", &ours)], &table).await?;
    let page = alice(&gateway).await?.get("/mail/INBOX").await?;
    ensure!(page.status == 200, "{}", page.text());
    Ok(())
}

#[tokio::test]
async fn a_revoked_server_is_not_believed_and_the_list_may_change() -> Result<()> {
    let mut dovecot = Dovecot::start(Options::default()).await?;
    let (house, other) = (Authority::new("house")?, Authority::new("other")?);
    let pair = dovecot.folder().join("tls/both.pem");
    fs::write(&pair, house.issue("localhost", 7)?)?;
    let extra = format!("ssl_cert = <{0}\nssl_key = <{0}\n", pair.display());
    dovecot.restart_with(Options { extra, ..Options::default() }).await?;
    let files = [
        ("ca.pem", house.pem.clone()),
        ("clean.pem", house.revoking(&[8], 2040)?),
        ("revoked.pem", house.revoking(&[7], 2040)?),
        ("old.pem", house.revoking(&[8], 2026)?),
        ("foreign.pem", other.revoking(&[7], 2040)?),
    ];
    let files = files.each_ref().map(|(name, content)| (*name, content.as_str()));
    let table = format!(
        "imap = \"imaps://localhost:{}\"\nca = \"{{folder}}/ca.pem\"\ncrl = \"{{folder}}/",
        dovecot.imaps_port()
    );

    let gateway = gateway_with(&files, &format!("{table}clean.pem\"\n")).await?;
    alice(&gateway).await?;
    let folder = gateway.folder();
    fs::copy(folder.join("revoked.pem"), folder.join("clean.pem"))?;
    until(async || {
        let [english, french] = match refusals(&gateway).await {
            Ok(pages) => pages.map(|page| problem(&page)),
            Err(_) => return Ok(false),
        };
        ensure!(english.contains("its certificate was revoked"), "{english}");
        ensure!(french.contains("son certificat a été révoqué"), "{french}");
        Ok(true)
    })
    .await?;

    let folder = tempfile::tempdir()?;
    put(folder.path(), &files)?;
    let toml = |list: &str| format!("[server.default]\n{table}{list}\"\n");
    for (list, verdict, code) in [
        ("clean.pem", "good", "imap.certificate"),
        ("revoked.pem", "failure", "imap.certificate-revoked"),
        ("foreign.pem", "failure", "imap.certificate-no-list"),
        ("old.pem", "warning", "imap.lists-out-of-date"),
        ("old.pem", "good", "imap.certificate"),
        ("ca.pem", "failure", "imap.tls-files"),
    ] {
        check_in(folder.path(), &toml(list), None, &[]).await?.finds(verdict, code)?;
    }

    // The same towards SMTP.
    let postfix = Postfix::start(&dovecot).await?;
    let mail = house.issue("localhost", 7)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(mail.as_bytes())?],
            PrivateKeyDer::from_pem_slice(mail.as_bytes())?,
        )?;
    let port = terminate(postfix.submission_port(), config).await?;
    for (list, verdict, code) in
        [("clean.pem", "good", "smtp.certificate"), ("revoked.pem", "failure", "smtp.certificate-revoked")]
    {
        let toml = format!("{}smtp = \"smtps://localhost:{port}\"\n", toml(list));
        check_in(folder.path(), &toml, None, &[]).await?.finds(verdict, code)?;
    }
    Ok(())
}
