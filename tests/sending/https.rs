//! The real gateway speaks https itself: a person's way through it on HTTP/2, and what an administrator does to it.

use std::{collections::BTreeMap, fs, path::Path, process::Command, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, client::conn::http2, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use lab::{Dovecot, Gateway, Options};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use scraper::{Html, Selector};
use tokio::net::TcpStream;

use crate::support::{ALICE, PASSWORD};

/// A browser that speaks HTTP/2 on one connection.
struct Browser {
    sender: http2::SendRequest<Full<Bytes>>,
    cookies: BTreeMap<String, String>,
}

struct Page {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Page {
    fn attribute(&self, selector: &str, name: &str) -> Result<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).map_err(|error| anyhow::anyhow!("{error}"))?;
        let found = html.select(&selector).next().with_context(|| format!("{selector:?}\n{}", self.body))?;
        Ok(found.attr(name).context("no attribute")?.to_owned())
    }
}

impl Browser {
    async fn open(gateway: &Gateway) -> Result<Browser> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(gateway.folder().join("ca.pem"))?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let address = gateway.url().strip_prefix("https://").context("no https")?;
        let stream = TcpStream::connect(address).await?;
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = connector.connect(ServerName::try_from("localhost")?, stream).await?;
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Browser { sender, cookies: BTreeMap::new() })
    }

    /// As browsers do: each cookie in a field of its own, `Origin` and `Sec-Fetch-Site` with a form.
    async fn ask(&mut self, path: &str, form: Option<(&str, Vec<u8>)>) -> Result<Page> {
        let mut request = Request::builder().uri(format!("https://localhost{path}"));
        for (name, value) in &self.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        if let Some((kind, _)) = &form {
            request = request.method("POST").header(header::CONTENT_TYPE, *kind);
            request = request.header("origin", "https://localhost").header("sec-fetch-site", "same-origin");
        }
        let body = form.map_or_else(Bytes::new, |(_, body)| body.into());
        let answer = self.sender.send_request(request.body(Full::new(body))?).await?;
        let (head, body) = answer.into_parts();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str()?;
            ensure!(cookie.contains("; Secure"), "{cookie}");
            let (name, value) =
                cookie.split_once(';').unwrap_or((cookie, "")).0.split_once('=').context("=")?;
            self.cookies.insert(name.into(), value.into());
        }
        let body = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
        Ok(Page { status: head.status.as_u16(), headers: head.headers, body })
    }

    async fn get(&mut self, path: &str) -> Result<Page> {
        self.ask(path, None).await
    }

    async fn sign_in(&mut self) -> Result<()> {
        let page = self.get("/login").await?;
        let token = page.attribute("form[action='/login'] input[name=token]", "value")?;
        let form = format!("token={token}&username={}&password={PASSWORD}", ALICE.replace('@', "%40"));
        let answer = self.ask("/login", Some(("application/x-www-form-urlencoded", form.into()))).await?;
        ensure!(answer.status == 303 && answer.headers[header::LOCATION] == "/mail/INBOX", "{}", answer.body);
        ensure!(self.cookies.keys().filter(|name| name.starts_with("__Host-")).count() >= 2, "cookies");
        Ok(())
    }
}

async fn gateway(dovecot: &Dovecot) -> Result<Gateway> {
    let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    let arguments =
        ["--imap", &imap, "--smtp", "smtp://127.0.0.1:9?tls=none", "--public-url", "https://localhost"];
    let files = ["--certificate", "{folder}/server.pem", "--key", "{folder}/server.key"];
    let arguments = [&arguments[..], &files].concat();
    Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, lab::tls::certificates).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_with_a_megabyte_is_written_over_http2() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let gateway = gateway(&dovecot).await?;
    let mut alice = Browser::open(&gateway).await?;
    alice.sign_in().await?;
    let list = alice.get("/mail/INBOX").await?;
    ensure!(list.status == 200, "{}", list.body);
    let sheet = alice.get(&list.attribute("link[rel=stylesheet]", "href")?).await?;
    ensure!(sheet.status == 200 && sheet.headers[header::CONTENT_TYPE] == "text/css; charset=utf-8");

    let form = alice.get("/compose?to=bob@example.test").await?;
    let html = Html::parse_document(&form.body);
    let inputs = Selector::parse("form[data-write] input[type=hidden][name]").expect("a selector");
    let part = |name: &str, value: &str| {
        format!("--b7\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
    };
    let hidden = html
        .select(&inputs)
        .filter_map(|input| Some(part(input.attr("name")?, input.attr("value").unwrap_or_default())));
    let mut body: Vec<u8> = hidden.collect::<Vec<_>>().concat();
    for (name, value) in [("to", "bob@example.test"), ("subject", "big"), ("text", "here it is")] {
        body.extend(part(name, value));
    }
    body.extend(
        b"--b7\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"big.bin\"\r\n\
          Content-Type: application/octet-stream\r\n\r\n",
    );
    body.extend((0..1_u32 << 18).flat_map(u32::to_le_bytes));
    body.extend(b"\r\n");
    body.extend(part("do", "attach"));
    body.extend(b"--b7--\r\n");
    let page = alice.ask("/compose", Some(("multipart/form-data; boundary=b7", body))).await?;
    ensure!(page.status == 200, "{} {}", page.status, page.body);
    page.attribute("[data-staged]", "data-staged")?;
    ensure!(page.body.contains("big.bin"), "{}", page.body);
    Ok(())
}

fn healthy(gateway: &Gateway, folder: &Path) -> Result<bool> {
    let address = gateway.url().strip_prefix("https://").context("no https")?;
    let certificate = folder.join("server.pem");
    let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
    command.args(["health", "--imap", "imaps://m", "--public-url", "https://localhost", "--listen", address]);
    Ok(command.arg("--certificate").arg(certificate).status()?.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_healthy_over_tls_and_takes_a_new_certificate_up_while_it_runs() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut gateway = gateway(&dovecot).await?;
    let folder = gateway.folder();
    ensure!(healthy(&gateway, &folder)?);
    let mut before = Browser::open(&gateway).await?;
    ensure!(before.get("/login").await?.status == 200);
    lab::tls::certificates(&folder)?;
    let mut renewed = false;
    for _ in 0..400 {
        if let Ok(mut after) = Browser::open(&gateway).await {
            renewed = after.get("/login").await?.status == 200;
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ensure!(renewed, "the new certificate is not seen: {}", gateway.log());
    ensure!(before.get("/login").await?.status == 200, "who was there stays");
    ensure!(healthy(&gateway, &folder)?);

    // A renewal that went wrong keeps what there was, and is told once.
    fs::write(folder.join("server.pem"), "")?;
    let told = || gateway.log().matches("cannot be used, the old one stays").count();
    for _ in 0..400 {
        if told() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ensure!(told() == 1 && gateway.log().contains("holds no certificate"), "{}", gateway.log());
    ensure!(Browser::open(&gateway).await?.get("/login").await?.status == 200);
    gateway.kill();
    ensure!(!healthy(&gateway, &folder)?);
    Ok(())
}
