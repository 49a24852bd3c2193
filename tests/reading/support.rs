//! A mail server, a gateway in front of it, and somebody who reads.

use anyhow::{Context, Result};
use lab::{Chaos, Dovecot, Gateway, Options, Visitor};

pub const ALICE: &str = "alice@example.test";
pub const BOB: &str = "bob@example.test";
pub const PASSWORD: &str = "secret";

/// Everything between a browser and a mailbox; `wire` counts what passes between gateway and mail server.
pub struct House {
    pub dovecot: Dovecot,
    pub wire: Chaos,
    pub gateway: Gateway,
}

impl House {
    pub async fn build(options: Options) -> Result<House> {
        let dovecot = Dovecot::start(options).await?;
        let wire = Chaos::start(dovecot.imap_port()).await?;
        let gateway = gateway(wire.port(), &[]).await?;
        Ok(House { dovecot, wire, gateway })
    }

    /// Alice, signed in.
    pub async fn alice(&self) -> Result<Visitor> {
        Visitor::signed_in(self.gateway.url(), ALICE, PASSWORD).await
    }
}

/// The gateway in front of whatever speaks IMAP, in plain text, on this port of loopback.
pub async fn gateway(port: u16, more: &[&str]) -> Result<Gateway> {
    let imap = format!("imap://127.0.0.1:{port}?tls=none");
    let mut arguments = vec!["--imap", &imap];
    arguments.extend(more);
    Gateway::start(env!("CARGO_BIN_EXE_relais"), &arguments).await
}

impl House {
    /// The usual one, with these messages in alice's inbox: their UIDs count from 1.
    pub async fn with(seeds: &[lab::seed::Seed]) -> Result<House> {
        let house = House::build(Options::default()).await?;
        house.dovecot.client(ALICE).await?.multiappend("INBOX", seeds).await?;
        Ok(house)
    }
}

/// The UIDVALIDITY of alice's inbox.
pub async fn uidvalidity(house: &House) -> Result<u32> {
    uidvalidity_of(house, ALICE, "INBOX").await
}

pub async fn uidvalidity_of(house: &House, user: &str, mailbox: &str) -> Result<u32> {
    validity(&mut house.dovecot.client(user).await?, mailbox).await
}

pub async fn validity(imap: &mut lab::Imap, mailbox: &str) -> Result<u32> {
    let reply = imap.run(&format!("STATUS {} (UIDVALIDITY)", lab::imap::name(mailbox))).await?;
    let text = reply.text().join(" ");
    let number =
        text.split("UIDVALIDITY ").nth(1).and_then(|t| t.split(')').next()).context("no UIDVALIDITY")?;
    Ok(number.parse()?)
}

/// A message of the selected mailbox as the server keeps it. (Dovecot changes NUL octets and lone CR as they come in.)
pub async fn source(imap: &mut lab::Imap, uid: u32) -> Result<Vec<u8>> {
    let reply = imap.run(&format!("UID FETCH {uid} (BODY.PEEK[])")).await?;
    let line =
        reply.lines.iter().find(|line| line.windows(6).any(|w| w == b"BODY[]")).context("no message")?;
    let open = line.iter().position(|b| *b == b'{').context("no literal")?;
    let close = line.iter().position(|b| *b == b'}').context("no literal")?;
    let length: usize = std::str::from_utf8(&line[open + 1..close])?.parse()?;
    line.get(close + 3..close + 3 + length).map(<[u8]>::to_vec).context("a short literal")
}

/// The flags of a message of the selected mailbox.
pub async fn flags(imap: &mut lab::Imap, uid: u32) -> Result<Vec<String>> {
    let reply = imap.run(&format!("UID FETCH {uid} (FLAGS)")).await?;
    let lines = reply.text();
    let text = lines.iter().find(|line| line.contains(" FETCH (")).context("no such message")?;
    let inside = text.split("FLAGS (").nth(1).and_then(|t| t.split(')').next()).context("no FLAGS")?;
    Ok(inside.split_whitespace().filter(|f| *f != "\\Recent").map(str::to_owned).collect())
}

/// A client that keeps no cookies by itself, and the `Cookie` field of somebody who signed in.
pub async fn cookies(house: &House, user: &str) -> Result<(reqwest::Client, String)> {
    cookies_of(house.gateway.url(), user).await
}

pub async fn cookies_of(gateway: &str, user: &str) -> Result<(reqwest::Client, String)> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    let url = format!("{gateway}/login");
    let answer = client.get(&url).send().await?;
    let form = set_cookies(&answer);
    let page = answer.text().await?;
    let token =
        page.split("name=\"token\" value=\"").nth(1).and_then(|t| t.split('"').next()).context("no token")?;
    let fields = [("token", token), ("username", user), ("password", PASSWORD)];
    let answer = client.post(&url).header("cookie", form).form(&fields).send().await?;
    anyhow::ensure!(answer.status() == 303, "not signed in: {}", answer.status());
    let cookies = set_cookies(&answer);
    Ok((client, cookies))
}

fn set_cookies(answer: &reqwest::Response) -> String {
    let set = answer.headers().get_all("set-cookie").iter().filter_map(|c| c.to_str().ok());
    set.filter_map(|c| c.split(';').next()).collect::<Vec<_>>().join("; ")
}

/// Every row of the inbox, from the first page to the last.
pub async fn walk(alice: &Visitor) -> Result<Vec<u32>> {
    let mut seen = Vec::new();
    let mut next = Some("/mail/INBOX".to_owned());
    while let Some(path) = next {
        let page = alice.get(&path).await?;
        seen.extend(page.uids());
        next = page.attributes("a[rel=next]", "href").into_iter().next();
    }
    Ok(seen)
}
