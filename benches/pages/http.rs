//! A browser that costs next to nothing, so that what is measured is the gateway: one connection kept alive, gzip
//! asked for, answers read and not looked at.

use std::io::Read;

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Browser {
    stream: TcpStream,
    host: String,
    cookies: Vec<(String, String)>,
    buffer: Vec<u8>,
}

pub struct Page {
    pub status: u16,
    /// Of the body as it came.
    pub octets: usize,
    body: Vec<u8>,
    gzip: bool,
}

impl Page {
    pub fn text(&self) -> Result<String> {
        let mut text = String::new();
        if self.gzip {
            flate2::read::GzDecoder::new(&*self.body).read_to_string(&mut text)?;
        } else {
            text = String::from_utf8(self.body.clone())?;
        }
        Ok(text)
    }
}

impl Browser {
    pub async fn signed_in(url: &str, address: &str, password: &str) -> Result<Browser> {
        let host = url.strip_prefix("http://").context("not a plain URL")?.to_owned();
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let mut browser = Browser { stream, host, cookies: Vec::new(), buffer: Vec::with_capacity(1 << 20) };
        let page = browser.get("/login").await?.text()?;
        let (_, rest) = page.split_once("name=\"token\" value=\"").context("no sign-in form")?;
        let token = rest.split('"').next().unwrap_or_default();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("token", token), ("username", address), ("password", password)])
            .finish();
        let answer = browser.send("POST", "/login", &form).await?;
        ensure!(answer.status == 303, "the sign-in of {address} answered {}", answer.status);
        Ok(browser)
    }

    pub async fn get(&mut self, path: &str) -> Result<Page> {
        self.send("GET", path, "").await
    }

    async fn send(&mut self, method: &str, path: &str, form: &str) -> Result<Page> {
        self.request(method, path, form).await?;
        let head = self.head().await?;
        let body = match head.length {
            Some(length) => {
                while self.buffer.len() < head.end + length {
                    ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the answer ended early");
                }
                self.buffer[head.end..head.end + length].to_vec()
            }
            None => {
                while !self.buffer[head.end..].ends_with(b"0\r\n\r\n") {
                    ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the answer ended early");
                }
                let mut plain = Vec::with_capacity(self.buffer.len());
                let mut rest = &self.buffer[head.end..];
                while let Some((length, after)) = chunk(rest) {
                    plain.extend_from_slice(after.get(..length).context("a chunk is cut short")?);
                    rest = after.get(length + 2..).unwrap_or_default();
                }
                plain
            }
        };
        Ok(Page { status: head.status, octets: body.len(), body, gzip: head.gzip })
    }

    async fn request(&mut self, method: &str, path: &str, form: &str) -> Result<()> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\nAccept-Language: fr\r\nAccept-Encoding: gzip\r\n\
             Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.host,
            cookies.join("; "),
            form.len()
        );
        self.buffer.clear();
        Ok(self.stream.write_all(request.as_bytes()).await?)
    }

    async fn head(&mut self) -> Result<Head> {
        let end = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the gateway closed the connection");
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let status = text.get(9..12).and_then(|code| code.parse().ok()).context("not an HTTP answer")?;
        let mut head = Head { status, end, length: None, gzip: false };
        for (name, value) in text.lines().filter_map(|line| line.split_once(": ")) {
            match name {
                "content-length" => head.length = Some(value.parse()?),
                "content-encoding" => head.gzip = value == "gzip",
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    let (name, value) = pair.split_once('=').context("a cookie without value")?;
                    self.cookies.retain(|(known, _)| known != name);
                    self.cookies.push((name.to_owned(), value.to_owned()));
                }
                _ => {}
            }
        }
        Ok(head)
    }
}

struct Head {
    status: u16,
    /// Where the body begins in the buffer.
    end: usize,
    length: Option<usize>,
    gzip: bool,
}

/// The length of a chunk and what follows its line (RFC 9112 §7.1); `None` at the last one.
fn chunk(rest: &[u8]) -> Option<(usize, &[u8])> {
    let end = rest.windows(2).position(|two| two == b"\r\n")?;
    let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
    (length > 0).then_some((length, &rest[end + 2..]))
}
