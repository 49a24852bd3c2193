//! The real binary: starts, lives, refuses, stops.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

fn relais(folder: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
    command.args(arguments).current_dir(folder.path()).env_clear();
    command
}

/// Killed with the test, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The server, and the ports it chose, from its log.
fn serve<const N: usize>(
    folder: &tempfile::TempDir,
    more: &[(&str, &str)],
    ports: [&str; N],
) -> (Running, [String; N]) {
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--imap", "imaps://mail.example.org"];
    let mut command = relais(folder, &arguments);
    command.envs(more.iter().copied()).env("RELAIS_LOG", "json").stderr(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let log = BufReader::new(running.0.stderr.take().unwrap());
    let mut found = ports.map(|_| String::new());
    for line in log.lines().map_while(Result::ok) {
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        for (port, at) in ports.iter().zip(&mut found) {
            if let Some(address) = event["fields"][port].as_str() {
                at.push_str(address);
            }
        }
        if found.iter().all(|at| !at.is_empty()) {
            break;
        }
    }
    assert!(found.iter().all(|at| !at.is_empty()), "it says where it listens: {found:?}");
    (running, found)
}

/// One request over plain http, to the end of its answer.
fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn health(folder: &tempfile::TempDir, address: &str) -> bool {
    let status = relais(folder, &["health", "--listen", address, "--imap", "imaps://m"]).status().unwrap();
    status.success()
}

#[test]
fn it_serves_answers_and_stops_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let (mut running, [address]) = serve(&folder, &[], ["listen"]);
    assert!(health(&folder, &address));
    assert!(folder.path().join("data/relais.db").exists() && folder.path().join("data.key").exists());

    let second =
        relais(&folder, &["serve", "--listen", "127.0.0.1:0", "--imap", "imaps://m"]).output().unwrap();
    assert!(!second.status.success());
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(told.starts_with("relais: ") && told.contains("in use by another relais"), "{told}");

    let pid = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
    assert!(!health(&folder, &address));
}

#[test]
fn a_wrong_start_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("redirect.toml", "[tls]\nredirect = \"127.0.0.1:0\""),
        ("logo.toml", "[brand]\nlogo = \"absent.png\""),
        ("colour.toml", "[brand]\ncolour = \"green\""),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    for (arguments, told) in [
        (&["serve"][..], "relais: no mail server is configured"),
        (&["serve", "--imap", "imap://mail.example.org?tls=none"], "passwords in clear"),
        (&["serve", "--imap", "imaps://m", "--listen", "0.0.0.0:0"], "plain http"),
        (
            &["serve", "--imap", "imaps://m", "--public-url", "https://m", "--certificate", "absent.pem"],
            "absent.pem cannot be read",
        ),
        (&["serve", "--imap", "imaps://m", "--config", "redirect.toml"], "tls.certificate"),
        (&["serve", "--imap", "imaps://m", "--config", "logo.toml"], "brand.logo = absent.png"),
        (&["serve", "--imap", "imaps://m", "--config", "colour.toml"], "#0b6b57"),
        (&["serve", "--config", "absent.toml"], "cannot read absent.toml"),
    ] {
        let output = relais(&folder, arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(told), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    assert!(!folder.path().join("data").exists(), "nothing is made before the configuration is right");
}

#[test]
fn the_organisation_is_seen_by_its_logo_and_colour() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")
        .unwrap();
    let brand = [
        ("RELAIS_BRAND__NAME", "CHU \"X\""),
        ("RELAIS_BRAND__LOGO", logo.to_str().unwrap()),
        ("RELAIS_BRAND__COLOUR", "#ffe000"),
    ];
    let (_running, [address]) = serve(&folder, &brand, ["listen"]);
    let page = ask(&address, "/login");
    let own =
        |before: &str| page.split(before).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    let src = own("<img class=\"logo\" src=\"").expect(&page);
    assert!(page.contains("alt=\"CHU &quot;X&quot;\""), "{page}");
    let image = ask(&address, &src);
    assert!(image.starts_with("HTTP/1.1 200") && image.contains("content-type: image/svg+xml"), "{image}");
    assert!(image.contains("sandbox") && !image.contains("script-src"), "its script never runs: {image}");
    let sheet = own("<link rel=\"stylesheet\" href=\"/static/brand.").expect(&page);
    let sheet = ask(&address, &format!("/static/brand.{sheet}"));
    assert!(sheet.contains("content-type: text/css") && sheet.contains(":root{--accent:#"), "{sheet}");
    assert!(
        !sheet.contains("--accent:#ffe000;--on-accent:#ffffff"),
        "yellow cannot be read on white: {sheet}"
    );
    assert!(sheet.contains("--accent:#ffe000"), "in the dark it can: {sheet}");
}

#[test]
fn beside_https_plain_http_leads_to_it() {
    let folder = tempfile::tempdir().unwrap();
    lab::tls::certificates(folder.path()).unwrap();
    let tls = [
        ("RELAIS_PUBLIC_URL", "https://localhost"),
        ("RELAIS_TLS__CERTIFICATE", "server.pem"),
        ("RELAIS_TLS__KEY", "server.key"),
        ("RELAIS_TLS__REDIRECT", "127.0.0.1:0"),
    ];
    let (_running, [redirect, _]) = serve(&folder, &tls, ["redirect", "listen"]);
    let answer = ask(&redirect, "/login");
    assert!(
        answer.starts_with("HTTP/1.1 308") && answer.contains("location: https://localhost/login\r\n"),
        "{answer}"
    );
}

#[test]
fn the_kit_is_written_from_the_configuration_and_needs_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let kit = |public_url: &str| {
        let mut command = relais(&folder, &["kit", "--imap", "imaps://m", "--out", "papers"]);
        command
            .env("RELAIS_PUBLIC_URL", public_url)
            .env("RELAIS_BRAND__NAME", "CHU <b>X</b>")
            .output()
            .unwrap()
    };
    let without = kit("");
    assert!(!without.status.success());
    assert!(String::from_utf8(without.stderr).unwrap().contains("public_url is not set"));
    assert!(!folder.path().join("papers").exists());

    let told = String::from_utf8(kit("https://webmail.example.org").stdout).unwrap();
    let written: Vec<_> = told.lines().map(|path| folder.path().join(path)).collect();
    assert_eq!(written.len(), 6, "{told}");
    for path in written {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("webmail.example.org"), "{}", path.display());
        let html = path.extension().is_some_and(|kind| kind == "html");
        assert_eq!(text.contains("<b>X</b>"), !html, "{}", path.display());
    }
}
