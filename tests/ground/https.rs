//! The accept loop over TLS: HTTP/1.1 and HTTP/2, what a connection may cost, and certificates that change.

use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, Response, Version, header},
    routing::{get, post},
};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use relais::{
    config::{Config, Flags},
    net::{Served, pem},
    web::{
        guard::around,
        serve::{Bounds, serve},
    },
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// No wait of a test is longer; far from every bound that is tested.
const PATIENCE: Duration = Duration::from_secs(30);

struct Server {
    address: SocketAddr,
    /// `ca.pem`, `server.pem`, `server.key`.
    folder: TempDir,
    served: Served,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

async fn start(router: Router, bounds: Bounds) -> Server {
    let folder = tempfile::tempdir().unwrap();
    lab::tls::certificates(folder.path()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = load(folder.path()).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let done = tokio::spawn(serve(listener, router, bounds, Some(served.clone()), async {
        let _ = stopped.await;
    }));
    Server { address, folder, served, stop, done }
}

fn load(folder: &Path) -> Result<Served, pem::Error> {
    Served::load(&folder.join("server.pem"), &folder.join("server.key"))
}

/// Short where the test waits for the bound.
fn short() -> Bounds {
    let moment = Duration::from_millis(300);
    Bounds { handshake: moment, head: moment, idle: moment, write_stall: moment, ..Bounds::default() }
}

fn page() -> Router {
    Router::new().route("/", get(|| async { "page" }))
}

impl Server {
    fn connector(&self, protocols: &[&str]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.folder.path().join("ca.pem")).unwrap()).unwrap();
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }

    async fn tls(&self, protocols: &[&str]) -> TlsStream<TcpStream> {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        self.connector(protocols).connect(name, tcp).await.unwrap()
    }

    async fn http2(&self) -> Http2 {
        let stream = self.tls(&["h2", "http/1.1"]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        Http2 { sender, ended: tokio::spawn(async move { drop(connection.await) }) }
    }

    async fn http1(&self, request: &str) -> String {
        let mut stream = self.tls(&["http/1.1"]).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        to_the_end(&mut stream).await
    }

    /// A connection of which every frame is the test's own, with these settings (RFC 9113 §6.5).
    async fn frames(&self, settings: &[(u16, u32)]) -> TlsStream<TcpStream> {
        let mut stream = self.tls(&["h2"]).await;
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        stream.write_all(&frame(SETTINGS, 0, 0, &settings)).await.unwrap();
        stream
    }
}

struct Http2 {
    sender: http2::SendRequest<Full<Bytes>>,
    ended: JoinHandle<()>,
}

impl Http2 {
    async fn ask(&mut self, request: Request<Full<Bytes>>) -> (Response<()>, String) {
        let answer = timeout(PATIENCE, self.sender.send_request(request)).await.unwrap().unwrap();
        whole(answer).await
    }
}

async fn whole(answer: Response<Incoming>) -> (Response<()>, String) {
    let (head, body) = answer.into_parts();
    let body = timeout(PATIENCE, body.collect()).await.unwrap().unwrap().to_bytes();
    (Response::from_parts(head, ()), String::from_utf8_lossy(&body).into_owned())
}

fn request(path: &str) -> Request<Full<Bytes>> {
    asking(&format!("https://localhost{path}"), &[], "")
}

fn asking(url: &str, headers: &[(&str, &str)], body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::builder().uri(url).version(Version::HTTP_2);
    if !body.is_empty() {
        request = request.method("POST");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()
}

async fn to_the_end(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut all = Vec::new();
    // A reset is an end too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("the server closes");
    String::from_utf8_lossy(&all).into_owned()
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET https://localhost/`: names of the static table, one literal (RFC 7541 §6).
fn head() -> Vec<u8> {
    [&[0x82, 0x87, 0x84, 0x01, 9], &b"localhost"[..]].concat()
}

fn config() -> Config {
    let flags = Flags {
        imap: Some("imaps://mail.example.org".into()),
        public_url: Some("https://mail.example.org".into()),
        ..Flags::default()
    };
    Config::from_layers(&flags, std::iter::empty()).unwrap()
}

#[tokio::test]
async fn both_protocols_are_spoken_and_plain_http_is_told() {
    let version = |request: Request<Body>| async move { format!("{:?}", request.version()) };
    let server = start(Router::new().route("/", get(version)), Bounds::default()).await;
    let (answer, body) = server.http2().await.ask(request("/")).await;
    assert_eq!((answer.status().as_u16(), answer.version(), &*body), (200, Version::HTTP_2, "HTTP/2.0"));
    let answer = server.http1("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("HTTP/1.1"), "{answer}");

    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let told = to_the_end(&mut plain).await;
    assert!(told.starts_with("HTTP/1.1 400") && told.contains("https://"), "{told}");
}

#[tokio::test]
async fn names_origins_and_cookies_hold_on_http2() {
    let cookies = |headers: HeaderMap| async move {
        let all = headers.get_all(header::COOKIE).iter().map(|value| value.to_str().unwrap().to_owned());
        let host = headers[header::HOST].to_str().unwrap().to_owned();
        format!("{host} {}", all.collect::<Vec<_>>().join("; "))
    };
    let router = Router::new().route("/", get(cookies)).route("/form", post(|form: String| async { form }));
    let server = start(around(router, &config()), Bounds::default()).await;
    let mut client = server.http2().await;
    let split = [("cookie", "a=1"), ("cookie", "k=2")];
    let (answer, body) = client.ask(asking("https://mail.example.org/", &split, "")).await;
    assert_eq!((answer.status().as_u16(), &*body), (200, "mail.example.org a=1; k=2"));
    for (url, headers) in [
        ("https://evil.example/", &[][..]),
        ("https://mail.example.org@evil.example/", &[]),
        ("https://mail.example.org/", &[("host", "evil.example")]),
        ("https://evil.example/", &[("host", "mail.example.org")]),
    ] {
        let (answer, _) = client.ask(asking(url, headers, "")).await;
        assert_eq!(answer.status().as_u16(), 421, "{url} {headers:?}");
    }
    for (headers, expected) in [
        (&[("origin", "https://mail.example.org"), ("sec-fetch-site", "same-origin")][..], 200),
        (&[("origin", "https://evil.example")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
    ] {
        let (answer, _) = client.ask(asking("https://mail.example.org/form", headers, "a=b")).await;
        assert_eq!(answer.status().as_u16(), expected, "{headers:?}");
    }
}

#[tokio::test]
async fn megabytes_go_both_ways_on_many_streams() {
    const SIZE: usize = 1 << 20;
    let echo = |bytes: Bytes| async move { bytes };
    let router = Router::new().route("/", post(echo)).layer(axum::extract::DefaultBodyLimit::max(2 * SIZE));
    let server = start(router, Bounds::default()).await;
    let client = server.http2().await;
    let body = "relais\n".repeat(SIZE / 7);
    let all = (0..6).map(|_| {
        let mut sender = client.sender.clone();
        let request = asking("https://localhost/", &[], &body);
        async move { whole(sender.send_request(request).await.unwrap()).await }
    });
    for (answer, echoed) in timeout(PATIENCE, futures::future::join_all(all)).await.unwrap() {
        assert!(answer.status() == 200 && echoed == body, "{} of {}", echoed.len(), body.len());
    }
}

#[tokio::test]
async fn whoever_is_slow_before_a_request_is_closed() {
    let server = start(page(), short()).await;
    // No handshake, half a handshake, no preface, half a head.
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut half = TcpStream::connect(server.address).await.unwrap();
    half.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    let mut agreed = server.tls(&["h2"]).await;
    let mut dribbling = server.frames(&[]).await;
    dribbling.write_all(&frame(HEADERS, END_STREAM, 1, &head()[..4])).await.unwrap();
    let mut first = server.tls(&["http/1.1"]).await;
    first.write_all(b"GET / HTTP/1.1\r\nhos").await.unwrap();
    to_the_end(&mut silent).await;
    to_the_end(&mut half).await;
    to_the_end(&mut agreed).await;
    to_the_end(&mut dribbling).await;
    to_the_end(&mut first).await;
    // After a request too: half a head on a connection that answers nothing else; and none at all.
    let mut later = server.frames(&[]).await;
    later.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &head())).await.unwrap();
    later.write_all(&frame(HEADERS, END_STREAM, 3, &head()[..4])).await.unwrap();
    to_the_end(&mut later).await;
    let mut idle = server.http2().await;
    assert_eq!(idle.ask(request("/")).await.1, "page");
    timeout(PATIENCE, idle.ended).await.expect("closed because idle").unwrap();
}

#[tokio::test]
async fn a_head_in_pieces_has_a_time_limit_while_pings_would_be_answered() {
    // So long an idle time that only the ping can end it.
    let bounds = Bounds { idle: Duration::from_secs(3600), ..short() };
    let server = start(page(), bounds).await;
    let mut stream = server.frames(&[]).await;
    stream.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &head())).await.unwrap();
    stream.write_all(&frame(HEADERS, END_STREAM, 3, &head()[..4])).await.unwrap();
    to_the_end(&mut stream).await;
}

/// Lets the test see when the server has dropped the body it was sending.
struct Alive(Option<oneshot::Sender<()>>);

impl Drop for Alive {
    fn drop(&mut self) {
        let _ = self.0.take().map(|gone| gone.send(()));
    }
}

/// An endless answer, and the news that it was given up.
fn endless() -> (Router, oneshot::Receiver<()>) {
    let (gone, ended) = oneshot::channel();
    let alive = Arc::new(std::sync::Mutex::new(Some(Alive(Some(gone)))));
    let handler = move || {
        let alive = alive.lock().unwrap().take();
        async move {
            let chunks = futures::stream::repeat_with(move || {
                let _held = &alive;
                Ok::<_, std::io::Error>(vec![0_u8; 64 << 10])
            });
            Body::from_stream(chunks)
        }
    };
    (page().route("/endless", get(handler)), ended)
}

#[tokio::test]
async fn a_stream_that_nobody_reads_is_given_up_though_the_connection_lives() {
    let (router, ended) = endless();
    let server = start(router, short()).await;
    let mut client = server.http2().await;
    // The client's window fills, and its connection answers every ping.
    let held = client.sender.send_request(request("/endless")).await.unwrap();
    timeout(PATIENCE, ended).await.expect("the answer is given up").unwrap();
    timeout(PATIENCE, client.ended).await.expect("the connection ends").unwrap();
    drop(held);
    assert_eq!(server.http2().await.ask(request("/")).await.1, "page", "others are served");
}

#[tokio::test]
async fn a_connection_that_nobody_reads_is_closed() {
    const WINDOW: u16 = 4;
    let (router, ended) = endless();
    let server = start(router, short()).await;
    let mut stream = server.frames(&[(WINDOW, 0x7fff_ffff)]).await;
    // WINDOW_UPDATE of the connection: all there is room for. Then nothing is read.
    stream.write_all(&frame(8, 0, 0, &0x7fff_0000_u32.to_be_bytes())).await.unwrap();
    let path = [&[0x82, 0x87, 0x04, 8], &b"/endless"[..], &[0x01, 9], b"localhost"].concat();
    stream.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &path)).await.unwrap();
    timeout(PATIENCE, ended).await.expect("the answer is given up").unwrap();
}

#[tokio::test]
async fn a_slow_reader_that_keeps_reading_gets_everything() {
    const SIZE: usize = 2 << 20;
    let router = Router::new().route("/", get(|| async { vec![7_u8; SIZE] }));
    let server = start(router, short()).await;
    let mut client = server.http2().await;
    let mut body = client.sender.send_request(request("/")).await.unwrap().into_body();
    let mut taken = 0;
    while let Some(piece) = timeout(PATIENCE, body.frame()).await.unwrap() {
        taken += piece.unwrap().into_data().unwrap().len();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(taken, SIZE);
}

#[tokio::test]
async fn floods_of_streams_that_are_taken_back_end_the_connection() {
    let server = start(page(), Bounds::default()).await;
    let mut stream = server.frames(&[]).await;
    let mut flood = Vec::new();
    for number in 0..20_000_u32 {
        flood.extend(frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, &head()));
        flood.extend(frame(RST_STREAM, 0, 2 * number + 1, &8_u32.to_be_bytes()));
    }
    // It may end while we still write.
    let _ = timeout(PATIENCE, stream.write_all(&flood)).await.expect("it is read or refused");
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the connection ends");
    let mut rest = &said[..];
    let mut last = 0;
    while let [a, b, c, kind, _, _, _, _, _, more @ ..] = rest {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        last = *kind;
        rest = more.get(length..).unwrap_or_default();
    }
    assert_eq!(last, GOAWAY);
    assert_eq!(server.http2().await.ask(request("/")).await.1, "page");
}

#[tokio::test]
async fn heads_have_a_size() {
    let server = start(page(), Bounds::default()).await;
    let long = "x".repeat(64 << 10);
    let answer =
        server.http2().await.sender.send_request(asking("https://localhost/", &[("a", &long)], "")).await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status().as_u16() == 431));
}

#[tokio::test]
async fn the_bound_covers_handshakes_and_is_told_over_tls() {
    let server = start(page(), Bounds { connections: 1, ..Bounds::default() }).await;
    // Takes the place and says nothing.
    let held = TcpStream::connect(server.address).await.unwrap();
    let refused = async {
        loop {
            let mut stream = server.tls(&["h2", "http/1.1"]).await;
            if stream.get_ref().1.alpn_protocol() == Some(b"http/1.1") {
                stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
                break to_the_end(&mut stream).await;
            }
        }
    };
    let refused = timeout(PATIENCE, refused).await.unwrap();
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    drop(held);
    let served = async {
        loop {
            let stream = server.tls(&["h2", "http/1.1"]).await;
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, served).await.expect("the place came back");
}

#[tokio::test]
async fn stopping_lets_requests_end() {
    let (entered, mut inside) = tokio::sync::mpsc::channel::<()>(1);
    let (go, gate) = tokio::sync::watch::channel(false);
    let slow = move || {
        let (entered, mut gate) = (entered.clone(), gate.clone());
        async move {
            entered.send(()).await.unwrap();
            gate.wait_for(|open| *open).await.unwrap();
            "finished"
        }
    };
    let server = start(Router::new().route("/", get(slow)), Bounds::default()).await;
    // A handshake that never ends holds up nothing.
    let _silent = TcpStream::connect(server.address).await.unwrap();
    let mut client = server.http2().await;
    let answer = tokio::spawn(client.sender.send_request(request("/")));
    inside.recv().await.unwrap();
    server.stop.send(()).unwrap();
    go.send(true).unwrap();
    let (_, body) = whole(timeout(PATIENCE, answer).await.unwrap().unwrap().unwrap()).await;
    assert_eq!(body, "finished");
    timeout(PATIENCE, client.ended).await.expect("the connection ends").unwrap();
    timeout(PATIENCE, server.done).await.expect("the server ends").unwrap();
}

#[tokio::test]
async fn a_certificate_that_changes_is_taken_up_and_a_broken_one_is_not() {
    let server = start(page(), Bounds::default()).await;
    let shown = async || server.tls(&[]).await.get_ref().1.peer_certificates().unwrap()[0].clone();
    let first = shown().await;
    server.served.look();
    assert_eq!(shown().await, first);

    // Another key under the old certificate, then no PEM, then nothing at all.
    let other = tempfile::tempdir().unwrap();
    lab::tls::certificates(other.path()).unwrap();
    let place = |name: &str| server.folder.path().join(name);
    fs::copy(other.path().join("server.key"), place("server.key")).unwrap();
    assert!(matches!(load(server.folder.path()), Err(pem::Error::Mismatch { .. })));
    for _ in 0..3 {
        server.served.look();
        assert_eq!(shown().await, first);
    }
    fs::write(place("server.pem"), "no certificate").unwrap();
    assert!(matches!(load(server.folder.path()), Err(pem::Error::NoCertificate(_))));
    server.served.look();
    fs::remove_file(place("server.pem")).unwrap();
    server.served.look();
    assert_eq!(shown().await, first);

    for name in ["server.pem", "ca.pem"] {
        fs::copy(other.path().join(name), place(name)).unwrap();
    }
    server.served.look();
    let second = shown().await;
    assert_ne!(second, first);
    assert_eq!(second, CertificateDer::from_pem_file(place("server.pem")).unwrap());
    // And on to one file with both.
    let both =
        fs::read_to_string(place("server.pem")).unwrap() + &fs::read_to_string(place("server.key")).unwrap();
    fs::write(place("server.pem"), both).unwrap();
    assert!(Served::load(&place("server.pem"), &place("server.pem")).is_ok());
}
