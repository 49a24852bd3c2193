//! The browser looks as it is told to. Spoken to in plain WebDriver, since the lab has no client for it.

use lab::{Browser, View};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

async fn call(browser: &Browser, method: &str, path: &str, body: &Value) -> Value {
    let address = browser.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let body = body.to_string();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // chromedriver keeps the connection whatever we ask: the length says when the answer is whole.
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let value: Value = serde_json::from_slice(&body).unwrap();
    assert!(value["value"]["error"].is_null(), "{path}: {value}");
    value["value"].clone()
}

const PAGE: &str = "data:text/html,<meta name=viewport content='width=device-width'><p id=p>plain</p>\
                    <script>document.getElementById('p').textContent='scripted'</script>";
const LOOK: &str = "return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, navigator.language, \
                    document.getElementById('p').textContent, navigator.maxTouchPoints > 0]";

async fn look(browser: &Browser, view: &View) -> Value {
    let capabilities = json!({ "capabilities": { "alwaysMatch": browser.capabilities(view) } });
    let session = call(browser, "POST", "/session", &capabilities).await;
    let session = format!("/session/{}", session["sessionId"].as_str().unwrap());
    call(browser, "POST", &format!("{session}/url"), &json!({ "url": PAGE })).await;
    let looks = json!({ "script": LOOK, "args": [] });
    let seen = call(browser, "POST", &format!("{session}/execute/sync"), &looks).await;
    call(browser, "DELETE", &session, &json!({})).await;
    seen
}

#[tokio::test]
async fn a_browser_looks_as_told() {
    let browser = Browser::start().await.unwrap();
    let phone = look(&browser, &View { dark: true, ..View::phone() }).await;
    assert_eq!(phone, json!([390, true, "fr", "scripted", true]));
    let desktop = View { language: "en-GB".into(), scripts: false, ..View::desktop() };
    assert_eq!(look(&browser, &desktop).await, json!([1280, false, "en-GB", "plain", false]));
    let narrow = look(&browser, &View { width: 320, ..View::phone() }).await;
    assert_eq!(narrow[0], 320);
}
