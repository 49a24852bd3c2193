//! The real binary: starts, lives, refuses, stops.

use std::{
    io::{BufRead, BufReader},
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

/// The server, and the port it chose, from its log.
fn serve(folder: &tempfile::TempDir) -> (Running, String) {
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--imap", "imaps://mail.example.org"];
    let child = relais(folder, &arguments).env("RELAIS_LOG", "json").stderr(Stdio::piped()).spawn().unwrap();
    let mut running = Running(child);
    let log = BufReader::new(running.0.stderr.take().unwrap());
    let mut address = None;
    for line in log.lines().map_while(Result::ok) {
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        if let Some(listen) = event["fields"]["listen"].as_str() {
            address = Some(listen.to_owned());
            break;
        }
    }
    (running, address.expect("it says where it listens"))
}

fn health(folder: &tempfile::TempDir, address: &str) -> bool {
    let status = relais(folder, &["health", "--listen", address, "--imap", "imaps://m"]).status().unwrap();
    status.success()
}

#[test]
fn it_serves_answers_and_stops_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let (mut running, address) = serve(&folder);
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
    for (arguments, told) in [
        (&["serve"][..], "relais: no mail server is configured"),
        (&["serve", "--imap", "imap://mail.example.org?tls=none"], "passwords in clear"),
        (&["serve", "--imap", "imaps://m", "--listen", "0.0.0.0:0"], "plain http"),
        (
            &["serve", "--imap", "imaps://m", "--public-url", "https://m", "--certificate", "absent.pem"],
            "absent.pem cannot be read",
        ),
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
