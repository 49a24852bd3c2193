//! What a domain announces in DNS, asked of a name server of our own.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::Result;
use axum::{Router, response::Redirect, routing::get};
use lab::Script;
use relais::{
    check::autoconfig,
    config::{Protocol, ServerUrl},
    net::{Served, client_config},
    web::serve::{Bounds, serve},
};
use tokio::net::{TcpListener, UdpSocket};

use crate::{check::check_in, support::plain};

/// Priority, weight, port, target.
type Record = (u16, u16, u16, &'static str);

const SRV: [u8; 4] = [0, 33, 0, 1];

/// Answers for these services; no other name exists. Asked for `silent.test` it says nothing.
async fn name_server(records: &[(&str, &[Record])]) -> Result<SocketAddr> {
    let records: BTreeMap<String, Vec<Record>> =
        records.iter().map(|(name, all)| ((*name).to_owned(), all.to_vec())).collect();
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let address = socket.local_addr()?;
    tokio::spawn(async move {
        let mut packet = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut packet).await {
            if let Some(answer) = answer(&packet[..length], &records) {
                let _ = socket.send_to(&answer, peer).await;
            }
        }
    });
    Ok(address)
}

/// RFC 1035 §4.1, RFC 2782.
fn answer(query: &[u8], records: &BTreeMap<String, Vec<Record>>) -> Option<Vec<u8>> {
    let (mut labels, mut rest) = (Vec::new(), query.get(12..)?);
    while let [length, after @ ..] = rest
        && *length > 0
    {
        labels.push(String::from_utf8_lossy(after.get(..usize::from(*length))?).to_lowercase());
        rest = &after[usize::from(*length)..];
    }
    let name = labels.join(".");
    if name.ends_with("silent.test") || rest.get(1..5)? != SRV {
        return None;
    }
    let question = &query[12..query.len() - rest.len() + 5];
    let found = records.get(&name).map(Vec::as_slice).unwrap_or_default();
    let refused = if found.is_empty() { 3 } else { 0 };
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80 | refused, 0, 1, 0, found.len() as u8, 0, 0, 0, 0]);
    answer.extend(question);
    for (priority, weight, port, target) in found {
        let labels = target.split('.').filter(|label| !label.is_empty());
        let target: Vec<u8> =
            labels.flat_map(|l| [&[l.len() as u8], l.as_bytes()].concat()).chain([0]).collect();
        answer.extend([&[0xc0, 12], &SRV[..], &[0, 0, 0, 60, 0, 6 + target.len() as u8]].concat());
        answer.extend([priority, weight, port].iter().flat_map(|number| number.to_be_bytes()));
        answer.extend(target);
    }
    Some(answer)
}

#[tokio::test]
async fn check_prints_the_lines_to_pin() -> Result<()> {
    let server = Script::new().start().await?;
    let imap = &[(0, 1, server.port(), "127.0.0.1")][..];
    let dns = name_server(&[
        (
            "_imaps._tcp.clinic.test",
            &[(20, 9, 993, "old.clinic.test"), (10, 1, 993, "b.clinic.test"), (10, 5, 1993, "A.clinic.test")],
        ),
        ("_imap._tcp.clinic.test", &[(0, 0, 143, "plain.clinic.test")]),
        ("_submission._tcp.clinic.test", &[(0, 0, 587, "out.clinic.test")]),
        ("_imaps._tcp.none.test", &[(0, 0, 0, ".")]),
        ("_submissions._tcp.none.test", &[(0, 0, 465, "a b\".none.test")]),
        ("_imap._tcp.same.test", imap),
    ])
    .await?;
    let dns = dns.to_string();
    let folder = tempfile::tempdir()?;
    let said = async |domain: &str| {
        let toml =
            format!("[server.default]\nimap = \"{}\"\ndomains = [\"{domain}\"]\n", plain(server.port()));
        check_in(folder.path(), &toml, None, &["--dns", &dns]).await
    };
    let clinic = said("clinic.test").await?;
    clinic.finds("note", "announced.other-imap")?;
    clinic.finds("note", "announced.other-smtp")?;
    let text = format!("{:?}", clinic.findings);
    // The lowest priority, then the greatest weight; TLS at once before STARTTLS.
    assert!(text.contains("imaps://a.clinic.test:1993"), "{text}");
    assert!(text.contains("smtp://out.clinic.test") && !text.contains("plain.clinic.test"), "{text}");
    let none = said("none.test").await?;
    none.finds("note", "announced.refused-imap")?;
    none.finds("note", "announced.no-smtp")?;
    said("nothing.test").await?.finds("note", "announced.no-imap")?;
    // STARTTLS is announced, and none is configured.
    said("same.test").await?.finds("note", "announced.other-imap")?;
    let silent = said("silent.test").await?;
    silent.finds("note", "announced.no-answer")?;
    silent.finds("note", "autoconfig.none")?;
    assert!(
        silent
            .findings
            .iter()
            .all(|finding| finding["about"] != "silent.test" || finding["verdict"] == "note")
    );
    Ok(())
}

const OFFER: &str = "<clientConfig version='1.1'><emailProvider id='x'><incomingServer type='imap'>\
    <hostname>mail.clinic.test</hostname><port>993</port><socketType>SSL</socketType>\
    <username>%EMAILLOCALPART%</username></incomingServer></emailProvider></clientConfig>";

/// Over https alone, from an address that may lead elsewhere, within bounds.
#[tokio::test]
async fn a_domain_offers_a_file_for_mail_programs() -> Result<()> {
    let folder = tempfile::tempdir()?;
    lab::tls::certificates(folder.path())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let router = Router::new()
        .route("/offer", get(async || OFFER))
        .route("/moved", get(async || Redirect::permanent("/offer")))
        .route("/round", get(async || Redirect::to("/round")))
        .route("/plain", get(async move || Redirect::to(&format!("http://localhost:{port}/offer"))))
        .route("/large", get(async || format!("{OFFER}{}", " ".repeat(70_000))))
        .route("/page", get(async || "<html>Not here"));
    let served = Served::load(&folder.path().join("server.pem"), &folder.path().join("server.key"))?;
    tokio::spawn(serve(listener, router, Bounds::default(), Some(served), std::future::pending()));

    let tls =
        |text: &str| Ok::<_, anyhow::Error>(client_config(&ServerUrl::parse(Protocol::Imap, text, false)?)?);
    let known = tls(&format!("imaps://localhost?ca={}", folder.path().join("ca.pem").display()))?;
    let ask = |path: &str| {
        format!("https://localhost:{port}{path}").parse().map(|url| autoconfig::ask(url, &known))
    };
    let way = autoconfig::Way { url: "imaps://mail.clinic.test".into(), login: Some("{local}") };
    let offer = Some(autoconfig::Offer { imap: Some(way), smtp: None });
    for path in ["/offer", "/moved"] {
        assert_eq!(ask(path)?.await, offer, "{path}");
    }
    assert_eq!(ask("/page")?.await, Some(autoconfig::Offer::default()));
    for path in ["/round", "/plain", "/large", "/nowhere"] {
        assert_eq!(ask(path)?.await, None, "{path}");
    }
    let unknown = tls("imaps://localhost")?;
    let address = format!("https://localhost:{port}/offer").parse()?;
    assert_eq!(autoconfig::ask(address, &unknown).await, None, "its certificate is signed by nobody known");
    Ok(())
}
