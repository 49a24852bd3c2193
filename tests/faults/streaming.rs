//! While the mail server thinks, the page has begun.

use anyhow::{Context, Result, ensure};
use flate2::write::GzDecoder;
use jiff::Timestamp;
use lab::{Chaos, Dovecot, Mode, Options, Reply, seed};
use std::io::Write;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{ALICE, alice, done, gateway_at, inbox, plain, row};

/// In English and in French.
const LANGUAGES: [&str; 2] = ["en", "fr"];
const LATE: [&str; 2] = ["did not answer within", "n’a pas répondu en"];

/// Reads an answer as it comes; what was received so far is decoded as far as it goes.
struct Listener {
    stream: TcpStream,
    raw: Vec<u8>,
    gzip: bool,
}

impl Listener {
    async fn get(url: &str, path: &str, cookies: &str, language: &str, gzip: bool) -> Result<Listener> {
        let host = url.strip_prefix("http://").context("http")?;
        let mut stream = TcpStream::connect(host).await?;
        let encoding = if gzip { "gzip" } else { "identity" };
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookies}\r\naccept: text/html\r\n\
             accept-language: {language}\r\naccept-encoding: {encoding}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        Ok(Listener { stream, raw: Vec::new(), gzip })
    }

    /// Waits until the page so far holds these words; false when it ended without.
    async fn hears(&mut self, words: &str) -> Result<bool> {
        loop {
            if self.text()?.contains(words) {
                return Ok(true);
            }
            if self.stream.read_buf(&mut self.raw).await? == 0 {
                return Ok(false);
            }
        }
    }

    fn text(&self) -> Result<String> {
        let Some(at) = self.raw.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(String::new()) };
        let head = String::from_utf8_lossy(&self.raw[..at]).to_ascii_lowercase();
        ensure!(head.contains("transfer-encoding: chunked"), "not streamed: {head}");
        ensure!(head.contains("content-encoding: gzip") == self.gzip, "{head}");
        let mut body = Vec::new();
        let mut rest = &self.raw[at + 4..];
        while let Some(line) = rest.windows(2).position(|w| w == b"\r\n") {
            let Ok(length) = usize::from_str_radix(&String::from_utf8_lossy(&rest[..line]), 16) else {
                break;
            };
            let piece = &rest[line + 2..];
            body.extend_from_slice(&piece[..length.min(piece.len())]);
            if length == 0 || piece.len() < length + 2 {
                break;
            }
            rest = &piece[length + 2..];
        }
        if !self.gzip {
            return Ok(String::from_utf8_lossy(&body).into_owned());
        }
        let mut decoder = GzDecoder::new(Vec::new());
        let _ = decoder.write_all(&body);
        let _ = decoder.flush();
        Ok(String::from_utf8_lossy(decoder.get_ref()).into_owned())
    }
}

/// Signs in by hand and returns the cookies.
async fn cookies(url: &str) -> Result<String> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    let mut jar: Vec<String> = Vec::new();
    let keep = |response: &reqwest::Response, jar: &mut Vec<String>| {
        for set in response.headers().get_all("set-cookie") {
            jar.extend(set.to_str().ok().and_then(|c| c.split(';').next()).map(str::to_owned));
        }
    };
    let form = client.get(format!("{url}/login")).send().await?;
    keep(&form, &mut jar);
    let page = form.text().await?;
    let token = page
        .split("name=\"token\"")
        .nth(1)
        .and_then(|t| t.split("value=\"").nth(1))
        .and_then(|t| t.split('"').next());
    let token = token.context("a token")?.to_owned();
    let fields = [("token", token.as_str()), ("username", "alice@example.test"), ("password", "secret")];
    let signed =
        client.post(format!("{url}/login")).header("cookie", jar.join("; ")).form(&fields).send().await?;
    ensure!(signed.status() == 303, "{}", signed.status());
    keep(&signed, &mut jar);
    Ok(jar.join("; "))
}

/// The shell comes first, then that the server is late, in the language that was asked for.
async fn late_in_both(url: &str, path: &str, cookies: &str, gzip: bool) -> Result<()> {
    let mut pages = Vec::new();
    for language in LANGUAGES {
        let mut page = Listener::get(url, path, cookies, language, gzip).await?;
        ensure!(page.hears("<main").await?, "{path}: {}", page.text()?);
        ensure!(!page.text()?.contains("data-problem"), "{path}: the whole page waited");
        pages.push(page);
    }
    for (page, late) in pages.iter_mut().zip(LATE) {
        ensure!(page.hears(late).await? && page.hears("</html>").await?, "{path}: {}", page.text()?);
    }
    Ok(())
}

#[tokio::test]
async fn head_and_shell_come_first_and_the_list_or_its_problem_follows() -> Result<()> {
    for gzip in [false, true] {
        let server = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
        let wire = Chaos::start(server.port()).await?;
        let gateway = gateway_at(&plain(wire.port()), "patience = 25").await?;
        let cookies = cookies(gateway.url()).await?;
        wire.set(Mode::Stall).await;
        let mut page = Listener::get(gateway.url(), "/mail/INBOX", &cookies, "en", gzip).await?;
        // The shell, while the mail server is silent.
        ensure!(page.hears("<main").await?, "gzip {gzip}: {}", page.text()?);
        ensure!(!page.text()?.contains("Subject 3"));
        wire.set(Mode::Pass).await;
        ensure!(page.hears("Subject 3").await? && page.hears("</html>").await?, "{}", page.text()?);

        wire.set(Mode::Stall).await;
        late_in_both(gateway.url(), "/mail/INBOX", &cookies, gzip).await?;
    }
    Ok(())
}

/// A name with levels needs the separator, which must not hold the shell back.
#[tokio::test]
async fn a_name_with_levels_does_not_hold_the_page_back() -> Result<()> {
    let server = inbox(3).on("LIST", Reply::SayAndStall(Vec::new())).start().await?;
    let gateway = gateway_at(&plain(server.port()), "patience = 25").await?;
    let cookies = cookies(gateway.url()).await?;
    for path in ["/mail/INBOX:Work", "/mail/INBOX:Work/7-3", "/mail/INBOX:Work/7-3/headers"] {
        late_in_both(gateway.url(), path, &cookies, false).await?;
    }
    alice(&gateway).await?;
    Ok(())
}

/// Who comes next and what can be done with it is known only with the answer: a slow server must not cost a thumb its dock.
#[tokio::test]
async fn a_message_that_comes_late_has_its_neighbours_and_its_dock() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let seeds: Vec<_> = seed::realistic(3, Timestamp::now(), 1).collect();
    dovecot.client(ALICE).await?.multiappend("INBOX", &seeds).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway_at(&plain(wire.port()), "").await?;
    let list = alice(&gateway).await?.get("/mail/INBOX").await?;
    let middle = list.attributes("a.open", "href").get(1).context("three rows")?.clone();
    let cookies = cookies(gateway.url()).await?;
    wire.set(Mode::Stall).await;
    let mut page = Listener::get(gateway.url(), &middle, &cookies, "en", false).await?;
    ensure!(page.hears("<main").await?, "{}", page.text()?);
    ensure!(!page.text()?.contains("rel=\"next\""), "nobody has answered yet");
    wire.set(Mode::Pass).await;
    ensure!(page.hears("</html>").await?, "{}", page.text()?);
    let text = page.text()?;
    for part in ["<nav class=\"late\"", "rel=\"prev\"", "rel=\"next\"", "<nav class=\"dock\""] {
        ensure!(text.matches(part).count() == 1, "{part}: {text}");
    }
    ensure!(text.matches("</main>").count() == 1 && text.matches("</body>").count() == 1, "{text}");
    Ok(())
}
