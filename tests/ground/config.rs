//! The configuration as an administrator meets it: layers, refusals, and what a typed address leads to.

use std::{fs, path::PathBuf, time::Duration};

use relais::config::{Config, Error, Flags, LogFormat, MarkRead, WhoError};

fn flags() -> Flags {
    Flags { imap: Some("imaps://mail.example.org".into()), ..Flags::default() }
}

fn load(flags: &Flags, env: &[(&str, &str)]) -> Result<Config, Error> {
    Config::from_layers(flags, env.iter().map(|(name, value)| (name.to_string(), value.to_string())))
}

fn from_file(toml: &str, env: &[(&str, &str)]) -> Result<Config, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relais.toml");
    fs::write(&path, toml).unwrap();
    load(&Flags { config: Some(path), ..Flags::default() }, env)
}

fn refusal(toml: &str) -> String {
    from_file(toml, &[]).unwrap_err().to_string()
}

#[test]
fn one_flag_is_enough() {
    let config = load(&flags(), &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.key_file, PathBuf::from("./data.key"));
    assert_eq!((config.limits.connections, config.limits.per_account), (1000, 3));
    assert_eq!(config.limits.idle, 60);
    assert_eq!(config.session.absolute, Duration::from_secs(7 * 86400));
    assert_eq!((config.mark_read, config.log), (MarkRead::Server, LogFormat::Text));
    assert_eq!(&*config.servers[0].name, "default");
    assert!(!config.is_https());
}

#[test]
fn flags_win_over_environment_over_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relais.toml");
    fs::write(&path, "listen = \"127.0.0.1:1\"\ndata = \"file\"\nlanguage = \"en\"\n[brand]\nname = \"A\"")
        .unwrap();
    let flags = Flags { config: Some(path), listen: Some("127.0.0.1:3".parse().unwrap()), ..flags() };
    let config = load(&flags, &[("RELAIS_LISTEN", "127.0.0.1:2"), ("RELAIS_DATA", "env")]).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.data, PathBuf::from("env"));
    assert_eq!(config.language.tag(), "en");
    assert_eq!(config.brand.name.as_deref(), Some("A"));
}

#[test]
fn every_key_has_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("phone");
    fs::write(&secret, "0806000000\n").unwrap();
    let config = load(
        &Flags::default(),
        &[
            ("RELAIS_SERVER__MAIN__IMAP", "imap://127.0.0.1:1143?tls=none"),
            ("RELAIS_SERVER__MAIN__DOMAINS", "example.org, Example.NET"),
            ("RELAIS_SERVER__MAIN__FORWARD_CLIENT_IP", "true"),
            ("RELAIS_PUBLIC_URL", "https://mail.example.org"),
            ("RELAIS_TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ("RELAIS_SHARED_NETWORKS", ""),
            ("RELAIS_LISTEN", "0.0.0.0:8080"),
            ("RELAIS_LIMITS__PER_ACCOUNT", "2"),
            ("RELAIS_SESSION__IDLE_SHARED", "10m"),
            ("RELAIS_BRAND__PHONE_FILE", secret.to_str().unwrap()),
            ("RELAIS_BRAND__NAME", "2026"),
            ("RELAIS_KEY_FILE", "/etc/relais.key"),
            ("RELAIS_LOG", "json"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.servers[0].domains, ["example.org", "example.net"]);
    assert!(config.servers[0].forward_client_ip);
    assert_eq!(config.trusted_proxies.len(), 2);
    assert!(config.shared_networks.is_empty());
    assert_eq!(config.limits.per_account, 2);
    assert_eq!(config.session.idle_shared, Duration::from_secs(600));
    assert_eq!(config.brand.phone.as_deref(), Some("0806000000"));
    assert_eq!(config.brand.name.as_deref(), Some("2026"));
    assert_eq!(config.key_file, PathBuf::from("/etc/relais.key"));
    assert!(config.is_https());
}

#[test]
fn flags_alone_open_it_to_the_network_over_tls() {
    let open = Flags {
        imap: Some("imaps://m".into()),
        listen: Some("0.0.0.0:443".parse().unwrap()),
        public_url: Some("https://mail.example.org".into()),
        certificate: Some("/etc/fullchain.pem".into()),
        key: Some("/etc/key.pem".into()),
        ..Flags::default()
    };
    let tls = load(&open, &[]).unwrap().tls.unwrap();
    assert_eq!((tls.certificate, tls.key), ("/etc/fullchain.pem".into(), "/etc/key.pem".into()));
    let one = load(&Flags { key: None, ..open.clone() }, &[]).unwrap().tls.unwrap();
    assert_eq!(one.key, one.certificate, "both in one file");
    assert!(load(&Flags { certificate: None, key: None, ..open }, &[]).is_err(), "nobody speaks TLS");
}

#[test]
fn the_files_of_a_server_are_for_both_its_addresses() {
    let config = load(
        &Flags::default(),
        &[
            ("RELAIS_SERVER__MAIN__IMAP", "imaps://m?ca=/imap.pem"),
            ("RELAIS_SERVER__MAIN__SMTP", "smtps://m"),
            ("RELAIS_SERVER__MAIN__CA", "/ca.pem"),
            ("RELAIS_SERVER__MAIN__CRL", "/crl.pem"),
            ("RELAIS_SERVER__MAIN__CLIENT_CERT", "/us.pem"),
        ],
    )
    .unwrap();
    let (imap, smtp) = (&config.servers[0].imap, config.servers[0].smtp.as_ref().unwrap());
    assert_eq!((imap.ca.clone(), smtp.ca.clone()), (Some("/imap.pem".into()), Some("/ca.pem".into())));
    assert_eq!((imap.crl.clone(), smtp.crl.clone()), (Some("/crl.pem".into()), Some("/crl.pem".into())));
    assert_eq!(imap.client, smtp.client);
    assert_eq!(imap.client.as_ref().map(|pair| pair.key.clone()), Some("/us.pem".into()));
}

#[test]
fn an_access_point_in_time_and_space() {
    // A date and time of TOML, with and without an offset, and as text.
    let base = "time_zone = \"Europe/Paris\"\n[server.default]\nimap = \"imaps://m\"\n[access]\n";
    for (opens, closes) in [
        ("2026-11-23T07:00:00Z", "2026-12-07T18:00:00+01:00"),
        ("2026-11-23T08:00:00", "2026-12-07 18:00:00"),
        ("\"2026-11-23T08:00\"", "\"2026-12-07T17:00Z\""),
    ] {
        let access = from_file(&format!("{base}opens = {opens}\ncloses = {closes}"), &[]).unwrap().access;
        assert_eq!(access.opens.map(|at| at.to_string()).as_deref(), Some("2026-11-23T07:00:00Z"), "{opens}");
        assert_eq!(
            access.closes.map(|at| at.to_string()).as_deref(),
            Some("2026-12-07T17:00:00Z"),
            "{closes}"
        );
        assert_eq!(access.suivi, Duration::from_secs(30 * 86_400));
    }
    let env = [
        ("RELAIS_ACCESS__OPENS", "2026-11-23T08:00"),
        ("RELAIS_ACCESS__SUIVI", "7d"),
        ("RELAIS_ACCESS__DOMAINS", "Example.org, münchen.example"),
        ("RELAIS_ACCESS__USERS", "Alice@Example.org,bob@münchen.example"),
        ("RELAIS_ACCESS__NETWORKS", "10.0.0.0/8,::1"),
    ];
    let access = load(&flags(), &env).unwrap().access;
    assert_eq!(access.opens.map(|at| at.to_string()).as_deref(), Some("2026-11-23T07:00:00Z"));
    assert_eq!((access.closes, access.suivi), (None, Duration::from_secs(7 * 86_400)));
    assert_eq!(access.domains, ["example.org", "xn--mnchen-3ya.example"]);
    assert!(access.users.iter().eq(["alice@example.org", "bob@xn--mnchen-3ya.example"]));
    assert_eq!(access.networks.len(), 2);
}

#[test]
fn unknown_keys_are_refused_with_the_nearest() {
    let base = "[server.default]\nimap = \"imaps://m\"\n";
    assert_eq!(refusal(&format!("lisen = 1\n{base}")), "unknown key “lisen”: did you mean “listen”?");
    assert_eq!(
        refusal(&format!("{base}domain = []")),
        "unknown key “server.default.domain”: did you mean “domains”?"
    );
    assert_eq!(
        refusal(&format!("{base}[session]\nidleshared = \"1h\"")),
        "unknown key “session.idleshared”: did you mean “idle_shared”?"
    );
    let far = refusal(&format!("{base}[brand]\nxyzzyxyzzyx = 1"));
    assert!(far.contains("brand.xyzzyxyzzyx") && far.contains("phone"), "{far}");
    let variable = load(&flags(), &[("RELAIS_LISTENN", "x")]).unwrap_err().to_string();
    assert!(variable.contains("did you mean “listen”"), "{variable}");
}

#[test]
fn odd_variables_are_refused() {
    for name in
        ["RELAIS_", "RELAIS___", "RELAIS_BRAND__", "RELAIS___IMAP", "RELAIS_BRAND__NAME__X", "RELAIS_X_FILE"]
    {
        assert!(load(&flags(), &[(name, "x")]).is_err(), "{name}");
    }
}

#[test]
fn what_is_wrong_says_what_to_do() {
    let base = "[server.default]\nimap = \"imaps://m\"\n";
    for (toml, told) in [
        ("", "--imap"),
        ("[server.a]\nsmtp = \"smtp://m\"", "imap is missing"),
        ("[server.a]\nimap = \"http://m\"", "imaps://host"),
        ("[server.a]\nimap = \"imaps://m\"\nlogin = \"{user}\"", "{local}"),
        ("[server.a]\nimap = \"imaps://m\"\ndomains = [\"a b\"]", "not a mail domain"),
        ("[server.a]\nimap = \"imaps://m\"\n[server.b]\nimap = \"imaps://m\"", "both lack domains"),
        (
            "[server.a]\nimap = \"imaps://m\"\ndomains = [\"X.org\"]\n[server.b]\nimap = \"imaps://m\"\ndomains = [\"x.org\"]",
            "keep one",
        ),
        (&format!("listen = \"0.0.0.0:80\"\n{base}"), "published_on_loopback"),
        (&format!("listen = \"0.0.0.0:80\"\npublic_url = \"https://m\"\n{base}"), "trusted_proxies"),
        (&format!("listen = \"0.0.0.0:443\"\n{base}[tls]\ncertificate = \"c.pem\"\n"), "public_url"),
        (&format!("public_url = \"http://localhost\"\n{base}[tls]\ncertificate = \"c.pem\"\n"), "https://"),
        (
            &format!("public_url = \"https://m\"\n{base}[tls]\nkey = \"k.pem\"\n"),
            "tls.certificate is missing",
        ),
        (&format!("{base}client_key = \"k.pem\"\n"), "client_cert is missing"),
        (&format!("{base}trusted_hosts = [\"mx 1\"]\n"), "name of a host"),
        (&format!("{base}trusted_hosts = [\"10.1.2.0/33\"]\n"), "nor a network"),
        (&format!("{base}trusted_hosts = [\"::/0\"]\n"), "is everybody"),
        (&format!("listen = \"nonsense\"\n{base}"), "“listen”"),
        (&format!("public_url = \"http://mail.example.org\"\n{base}"), "https://"),
        (&format!("public_url = \"https://mail.example.org/app\"\n{base}"), "scheme and host alone"),
        (&format!("trusted_proxies = [\"10.0.0.0/33\"]\n{base}"), "10.0.0.0/33"),
        (&format!("key_file = \"./data/key\"\n{base}"), "beside it"),
        (&format!("time_zone = \"Mars/Base\"\n{base}"), "Europe/Paris"),
        (&format!("mark_read = \"never\"\n{base}"), "mark_read"),
        (&format!("{base}[session]\nidle_own = \"0s\""), "one minute"),
        (&format!("{base}[limits]\nconnections = 1"), "per_account"),
        (&format!("{base}[brand]\nreset = \"javascript:alert(1)\""), "https://"),
        (&format!("{base}[access]\nopens = 2026-11-23"), "is not a date with a time"),
        (&format!("{base}[access]\ncloses = \"at six\""), "access.closes = “at six”"),
        (
            &format!("{base}[access]\nopens = 2026-11-23T08:00:00Z\ncloses = 2026-11-23T09:00:00+01:00"),
            "not after access.opens",
        ),
        (&format!("{base}domains = [\"x.org\"]\n[access]\ndomains = [\"y.org\"]"), "no server serves y.org"),
        (&format!("{base}[access]\ndomains = [\"a b\"]"), "access.domains: “a b” is not a mail domain"),
        (&format!("{base}[access]\nusers = [\"alice\"]"), "access.users: “alice” is not an address"),
        (
            &format!("{base}[access]\ndomains = [\"x.org\"]\nusers = [\"a@y.org\"]"),
            "a@y.org can never come in",
        ),
        (&format!("{base}[access]\nnetworks = [\"here\"]"), "“here” is not a network"),
        (&format!("{base}[access]\nsuivi = \"0s\""), "one minute"),
        (&format!("{base}[access]\nclose = \"\""), "did you mean “closes”"),
        ("listen = ", "cannot be read"),
    ] {
        let refused = refusal(toml);
        assert!(refused.contains(told), "{toml}\n-> {refused}");
    }
    let missing = Flags { config: Some("/nowhere/relais.toml".into()), ..Flags::default() };
    assert!(load(&missing, &[]).unwrap_err().to_string().contains("/nowhere/relais.toml"));
}

#[test]
fn plain_http_stays_on_loopback_unless_somebody_vouches() {
    for (listen, env) in [
        ("127.0.0.1:80", vec![]),
        ("[::1]:80", vec![]),
        ("0.0.0.0:80", vec![("RELAIS_PUBLISHED_ON_LOOPBACK", "true")]),
        (
            "0.0.0.0:80",
            vec![("RELAIS_PUBLIC_URL", "https://m.example"), ("RELAIS_TRUSTED_PROXIES", "10.0.0.0/8")],
        ),
    ] {
        let flags = Flags { listen: Some(listen.parse().unwrap()), ..flags() };
        assert!(load(&flags, &env).is_ok(), "{listen} {env:?}");
    }
}

#[test]
fn an_address_finds_its_server_and_login() {
    let config = from_file(
        "[server.main]\nimap = \"imaps://a\"\ndomains = [\"example.org\", \"münchen.example\"]\n\
         [server.clinic]\nimap = \"imaps://b\"\ndomains = [\"clinic.example\"]\nlogin = \"{local}\"",
        &[],
    )
    .unwrap();
    let find = |typed: &str| {
        config.server_for(typed).map(|(server, who)| (server.name.to_string(), who.address, who.login))
    };
    let found = |server: &str, address: &str, login: &str| Ok((server.into(), address.into(), login.into()));
    assert_eq!(find(" Alice@Example.ORG "), found("main", "Alice@example.org", "Alice@example.org"));
    assert_eq!(
        find("a@MÜNCHEN.example"),
        found("main", "a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example")
    );
    assert_eq!(find("bob@clinic.example"), found("clinic", "bob@clinic.example", "bob"));
    assert_eq!(find("bob"), Err(WhoError::NeedsDomain));
    assert_eq!(find("bob@elsewhere.example"), Err(WhoError::UnknownDomain));
    for bad in ["", " ", "@", "@example.org", "a@", "a@b c", "a\r\nb@example.org", &"a".repeat(400)] {
        assert_eq!(find(bad), Err(WhoError::NotAnAddress), "{bad:?}");
    }
}

#[test]
fn short_names_go_to_the_one_server() {
    let one =
        |table: &str| from_file(&format!("[server.default]\nimap = \"imaps://m\"\n{table}"), &[]).unwrap();
    let login = |config: &Config, typed: &str| {
        config.server_for(typed).map(|(_, who)| (who.address, who.login)).unwrap()
    };
    let (plain, mapped) = (one(""), one("domains = [\"example.org\"]\nlogin = \"{local}@old.example\""));
    assert_eq!(login(&plain, "alice"), ("alice".into(), "alice".into()));
    assert_eq!(login(&mapped, "alice"), ("alice@example.org".into(), "alice@old.example".into()));
    assert_eq!(login(&mapped, "alice@alias.example").1, "alice@old.example");
    assert_eq!(format!("{:?}", plain.server_for("alice").unwrap().1), "Login(…)");
}

#[test]
fn what_is_said_of_sending() {
    let server = "[server.main]\nimap = \"imaps://mail.example.org\"\n";
    let config = from_file(
        &format!(
            "undo = 0\n[limits]\nrecipients_per_day = 7\n{server}saves_sent = true\n\
                  senders = {{ \"Ann@Example.org\" = [\"team@example.org\"] }}\n"
        ),
        &[],
    )
    .unwrap();
    assert_eq!((config.undo, config.limits.recipients_per_day), (Duration::ZERO, 7));
    let main = &config.servers[0];
    assert!(main.saves_sent);
    assert_eq!(main.senders_of("ann@example.org"), ["ann@example.org", "team@example.org"]);
    assert_eq!(main.senders_of("bob@example.org"), ["bob@example.org"]);
    let config = load(&flags(), &[]).unwrap();
    assert_eq!((config.undo.as_secs(), config.limits.recipients_per_hour), (10, 500));
    assert!(!config.servers[0].saves_sent);
    assert!(refusal(&format!("undo = 61\n{server}")).contains("0 to 60"));
    assert!(refusal(&format!("[limits]\nrecipients_per_hour = 0\n{server}")).contains("1 or more"));
    let odd = refusal(&format!("{server}senders = {{ \"ann\" = [] }}\n"));
    assert!(odd.contains("[server.main]") && odd.contains("“ann” is not an address"), "{odd}");
}
