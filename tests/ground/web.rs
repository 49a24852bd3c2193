//! The accept loop and the guards, over real sockets.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Extension},
    http::{HeaderName, header},
    middleware::from_fn,
    response::IntoResponse,
    routing::{get, post},
};
use relais::{
    config::{Config, Flags},
    web::{
        guard::{around, body::body, client_ip::ClientIp},
        serve::{Bounds, serve},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

/// No wait of a test is longer; far from every bound that is tested.
const PATIENCE: Duration = Duration::from_secs(30);

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

async fn start(router: Router, bounds: Bounds) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let done = tokio::spawn(serve(listener, router, bounds, None, async {
        let _ = stopped.await;
    }));
    Server { address, stop, done }
}

/// Short where the test waits for the bound, the usual ones elsewhere.
fn short() -> Bounds {
    let moment = Duration::from_millis(300);
    Bounds { head: moment, write_stall: moment, shutdown: moment, ..Bounds::default() }
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

async fn to_the_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A reset is an end too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("the server closes");
    String::from_utf8_lossy(&all).into_owned()
}

async fn ask(server: &Server, request: &str) -> String {
    let mut stream = connect(server).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    to_the_end(&mut stream).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
}

fn config(env: &[(&str, &str)]) -> Config {
    let flags = Flags { imap: Some("imaps://mail.example.org".into()), ..Flags::default() };
    Config::from_layers(&flags, env.iter().map(|(k, v)| (k.to_string(), v.to_string()))).unwrap()
}

fn guarded(config: &Config) -> Router {
    let router = Router::new()
        .route("/", get(|Extension(ClientIp(ip)): Extension<ClientIp>| async move { ip.to_string() }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/form", post(|form: String| async move { form.len().to_string() }))
        .route(
            "/own",
            get(|| async {
                let own =
                    [(header::CONTENT_SECURITY_POLICY, "sandbox"), (header::CACHE_CONTROL, "max-age=1")];
                (own, "own").into_response()
            }),
        )
        .layer(from_fn(body));
    around(router, config)
}

#[tokio::test]
async fn a_page_is_served_and_the_peer_is_known() {
    let router = Router::new()
        .route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }));
    let server = start(router, Bounds::default()).await;
    let answer = ask(&server, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn dribbling_and_silent_clients_are_closed_while_others_are_served() {
    let server = start(Router::new().route("/", get(|| async { "page" })), short()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(connect(&server).await);
    }
    let mut dribbling = connect(&server).await;
    let dribble = async {
        while dribbling.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, dribble).await.expect("a head that never ends is cut");
    let answer = ask(&server, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.ends_with("page"));
    for mut stream in silent {
        to_the_end(&mut stream).await;
    }
    let mut idle = connect(&server).await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(to_the_end(&mut idle).await.contains("page"), "kept alive, then closed because idle");
}

#[tokio::test]
async fn heads_have_a_size() {
    let server = start(Router::new().route("/", get(|| async { "page" })), Bounds::default()).await;
    let long = "x".repeat(64 << 10);
    for request in [
        format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: x\r\na: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200)),
    ] {
        let answer = ask(&server, &request).await;
        assert!(!answer.contains("page"), "{answer}");
    }
}

/// Lets the test see when the server has dropped the body it was sending.
struct Alive(Option<oneshot::Sender<()>>);

impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(gone) = self.0.take() {
            let _ = gone.send(());
        }
    }
}

#[tokio::test]
async fn a_client_that_never_reads_is_closed() {
    let (gone, ended) = oneshot::channel();
    let alive = std::sync::Arc::new(std::sync::Mutex::new(Some(Alive(Some(gone)))));
    let endless = move || {
        let alive = alive.lock().unwrap().take();
        async move {
            let chunks = futures::stream::repeat_with(move || {
                let _held = &alive;
                Ok::<_, std::io::Error>(vec![0_u8; 64 << 10])
            });
            Body::from_stream(chunks)
        }
    };
    let server = start(Router::new().route("/", get(endless)), short()).await;
    let mut stream = connect(&server).await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    timeout(PATIENCE, ended).await.expect("the answer is given up").unwrap();
}

#[tokio::test]
async fn a_slow_reader_that_keeps_reading_gets_everything() {
    const SIZE: usize = 8 << 20;
    let big = || async { vec![7_u8; SIZE] };
    let server = start(Router::new().route("/", get(big)), short()).await;
    let mut stream = connect(&server).await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let (mut taken, mut piece) = (0, vec![0; 512 << 10]);
    loop {
        let n = timeout(PATIENCE, stream.read(&mut piece)).await.unwrap().unwrap();
        if n == 0 {
            break;
        }
        taken += n;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(taken > SIZE, "{taken}");
}

#[tokio::test]
async fn beyond_the_bound_people_are_told_at_once_and_places_come_back() {
    let bounds = Bounds { connections: 2, ..Bounds::default() };
    let server = start(Router::new().route("/", get(|| async { "page" })), bounds).await;
    let request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&server).await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        stream.read_exact(&mut [0; 12]).await.unwrap();
        held.push(stream);
    }
    let refused = ask(&server, request).await;
    assert_eq!(status(&refused), 503, "{refused}");
    let (head, words) = refused.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", words.len())) && head.contains("retry-after"));
    drop(held);
    let served = async {
        while !ask(&server, request).await.ends_with("page") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, served).await.expect("a place came back");
}

#[tokio::test]
async fn stopping_lets_requests_end_but_not_for_ever() {
    let (entered, mut inside) = tokio::sync::mpsc::channel::<()>(2);
    let (go, gate) = tokio::sync::watch::channel(false);
    let slow = move || {
        let (entered, mut gate) = (entered.clone(), gate.clone());
        async move {
            entered.send(()).await.unwrap();
            gate.wait_for(|open| *open).await.unwrap();
            "finished"
        }
    };
    let stuck = || std::future::pending::<&str>();
    let router = Router::new().route("/slow", get(slow)).route("/stuck", get(stuck));
    let server = start(router, Bounds { shutdown: Duration::from_secs(2), ..Bounds::default() }).await;
    let (mut one, mut two) = (connect(&server).await, connect(&server).await);
    two.write_all(b"GET /stuck HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    one.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    inside.recv().await.unwrap();
    server.stop.send(()).unwrap();
    go.send(true).unwrap();
    assert!(to_the_end(&mut one).await.ends_with("finished"));
    timeout(PATIENCE, server.done).await.expect("the server ends").unwrap();
    assert_eq!(to_the_end(&mut two).await, "", "cut");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn only_our_names_are_served() {
    let config =
        config(&[("RELAIS_PUBLIC_URL", "https://mail.example.org"), ("RELAIS_HOSTS", "Alias.example.org")]);
    let server = start(guarded(&config), Bounds::default()).await;
    let get = |line: &str, hosts: &str| format!("GET {line} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
    for good in [
        "mail.example.org",
        "MAIL.example.org:443",
        "alias.example.org",
        "localhost:8080",
        "127.0.0.1",
        "[::1]:8080",
    ] {
        assert_eq!(status(&ask(&server, &get("/", &format!("host: {good}\r\n"))).await), 200, "{good}");
    }
    for bad in [
        "host: evil.example\r\n",
        "host: mail.example.org.evil.example\r\n",
        "host: mail.example.org@evil.example\r\n",
        "host: evil.example@mail.example.org\r\n",
        "host: mail.example.org\r\nhost: evil.example\r\n",
        "host:\r\n",
        "",
    ] {
        let code = status(&ask(&server, &get("/", bad)).await);
        assert!(matches!(code, 400 | 421), "{bad} {code}");
    }
    let split = get("http://evil.example/", "host: mail.example.org\r\n");
    assert_eq!(status(&ask(&server, &split).await), 421);
    assert_eq!(status(&ask(&server, &get("/healthz", "host: 10.1.2.3\r\n")).await), 200, "probes");
}

#[tokio::test]
async fn acts_come_from_our_pages() {
    let config = config(&[("RELAIS_PUBLIC_URL", "https://mail.example.org")]);
    let server = start(guarded(&config), Bounds::default()).await;
    let form = |more: &str| {
        format!(
            "POST /form HTTP/1.1\r\nhost: mail.example.org\r\n{more}content-length: 3\r\nconnection: close\r\n\r\na=b"
        )
    };
    assert_eq!(status(&ask(&server, &form("origin: https://mail.example.org\r\n")).await), 200);
    assert_eq!(status(&ask(&server, &form("origin: https://evil.example\r\n")).await), 403);
    assert_eq!(status(&ask(&server, &form("sec-fetch-site: cross-site\r\n")).await), 403);
}

#[tokio::test]
async fn forms_have_a_size() {
    let server = start(guarded(&config(&[])), Bounds::default()).await;
    let head = "POST /form HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    let told = ask(&server, &format!("{head}content-length: 99999999\r\n\r\n")).await;
    assert_eq!(status(&told), 413);
    let mut stream = connect(&server).await;
    stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await.unwrap();
    for _ in 0..40 {
        let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut first = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 413");
    let fits = format!("{head}content-length: 65536\r\n\r\n{}", "x".repeat(65536));
    assert!(ask(&server, &fits).await.ends_with("65536"));
}

#[tokio::test]
async fn the_client_is_who_the_trusted_proxy_says() {
    let get = "GET / HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 1.1.1.1, 192.0.2.7\r\nconnection: close\r\n\r\n";
    let trusting =
        start(guarded(&config(&[("RELAIS_TRUSTED_PROXIES", "127.0.0.0/8")])), Bounds::default()).await;
    assert!(ask(&trusting, get).await.ends_with("\r\n192.0.2.7"));
    let alone = start(guarded(&config(&[])), Bounds::default()).await;
    assert!(ask(&alone, get).await.ends_with("\r\n127.0.0.1"));
}

#[tokio::test]
async fn every_answer_carries_its_headers() {
    let config = config(&[("RELAIS_PUBLIC_URL", "https://mail.example.org")]);
    let server = start(guarded(&config), Bounds::default()).await;
    let client = reqwest::Client::new();
    for (path, host) in [("/", "mail.example.org"), ("/nowhere", "localhost"), ("/", "evil.example")] {
        let answer =
            client.get(format!("http://{}{path}", server.address)).header("host", host).send().await.unwrap();
        let get = |name: HeaderName| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        let policy = get(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.starts_with("default-src 'none'; script-src https://mail.example.org/static/;"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(get(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(get(header::REFERRER_POLICY), "same-origin");
        assert_eq!(get(header::CACHE_CONTROL), "no-store");
        assert_eq!(get(HeaderName::from_static("cross-origin-opener-policy")), "same-origin");
        assert_eq!(get(HeaderName::from_static("cross-origin-resource-policy")), "same-origin");
        assert!(get(HeaderName::from_static("permissions-policy")).contains("camera=()"));
        assert_eq!(get(header::STRICT_TRANSPORT_SECURITY), "max-age=15552000");
    }
    let plain = start(guarded(&self::config(&[])), Bounds::default()).await;
    let answer = ask(&plain, "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    assert_eq!(status(&answer), 200);
    assert!(answer.contains("script-src http://localhost/static/;"), "{answer}");
    assert!(
        !answer.contains("strict-transport-security"),
        "a name that has no https is not locked out: {answer}"
    );
    let own = client
        .get(format!("http://{}/own", server.address))
        .header("host", "localhost")
        .send()
        .await
        .unwrap();
    assert_eq!(own.headers()[header::CONTENT_SECURITY_POLICY], "sandbox");
    assert_eq!(own.headers()[header::CACHE_CONTROL], "max-age=1");
}

#[tokio::test]
async fn plain_http_leads_to_https_and_nowhere_else() {
    let public = "https://mail.example.org:8443".parse().unwrap();
    let server = start(relais::web::redirect::router(&public), Bounds::default()).await;
    let one = |method: &str, target: &str| {
        format!("{method} {target} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n")
    };
    for (target, there) in [
        ("/", "/"),
        ("/mail/INBOX?page=2", "/mail/INBOX?page=2"),
        ("//evil.example/", "//evil.example/"),
        ("http://evil.example/login", "/login"),
    ] {
        let answer = ask(&server, &one("GET", target)).await;
        assert_eq!(status(&answer), 308, "{answer}");
        assert!(
            answer.contains(&format!("\r\nlocation: https://mail.example.org:8443{there}\r\n")),
            "{answer}"
        );
    }
    let refused = ask(&server, &one("POST", "/login")).await;
    assert!(status(&refused) == 403 && !refused.contains("location:"), "{refused}");
}
