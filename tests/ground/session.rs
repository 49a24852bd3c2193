//! A sign-in from its first cookie to its end.

use std::sync::Arc;

use relais::{
    config::{Config, Flags},
    session::{MOST_OF_ONE_ACCOUNT, NewSignIn, Presented, Sessions, SignedIn, SignedInCookies},
    store::{Secret, Store},
};
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection, any::AnyConnectOptions};

struct Ground {
    folder: tempfile::TempDir,
    database: Option<lab::Database>,
    store: Arc<Store>,
    config: Config,
    sessions: Sessions,
}

impl Ground {
    async fn new() -> Ground {
        Ground::with(&[]).await
    }

    async fn with(env: &[(&str, &str)]) -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let (database, store) = crate::store::fresh(folder.path()).await;
        let flags = Flags { imap: Some("imaps://mail.example.org".into()), ..Flags::default() };
        let config =
            Config::from_layers(&flags, env.iter().map(|(k, v)| (k.to_string(), v.to_string()))).unwrap();
        let store = Arc::new(store);
        Ground { folder, database, sessions: Sessions::new(store.clone(), &config), store, config }
    }

    async fn sign_in(&self, name: &str, shared_device: bool) -> (SignedInCookies, Presented) {
        self.sign_in_for(name, shared_device, false).await
    }

    async fn sign_in_for(
        &self,
        name: &str,
        shared_device: bool,
        only_suivi: bool,
    ) -> (SignedInCookies, Presented) {
        let new = NewSignIn {
            server: "default".into(),
            address: format!("{name}@example.org"),
            login: format!("{name}@Example.org"),
            password: "hunter2".to_owned().into(),
            shared_device,
            language: Some("en".into()),
            only_suivi,
            device: relais::session::Device::of("Firefox/145.0 Android"),
            network: Some([192, 0, 2, 0].into()),
        };
        let cookies = self.sessions.sign_in(new).await.unwrap();
        let header: Vec<_> = cookies.set.iter().map(|set| set.split(';').next().unwrap()).collect();
        let presented = self.sessions.cookies().read([header.join("; ").as_str()]);
        (cookies, presented)
    }

    async fn find(&self, browser: &Presented) -> Option<SignedIn> {
        self.sessions.find(&browser.id.unwrap(), browser.k.as_ref().unwrap()).await.unwrap()
    }

    /// The database beside the server's back, as another gateway has it.
    async fn beside(&self) -> sqlx::AnyConnection {
        let path = self.folder.path().join("data/relais.db");
        let url = match &self.database {
            Some(database) => format!("{}?sslmode=disable", database.url),
            None => format!("sqlite:{}", path.display()),
        };
        let url = url::Url::parse(&url).unwrap();
        AnyConnectOptions::from_url(&url).unwrap().connect().await.unwrap()
    }

    /// So many seconds go by; what was read before them is not remembered.
    async fn pass(&mut self, seconds: i64) {
        let mut connection = self.beside().await;
        let update = sqlx::query("UPDATE session SET expires = expires - $1").bind(seconds);
        update.execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        self.sessions = Sessions::new(self.store.clone(), &self.config);
    }

    async fn number(&self, query: &'static str) -> i64 {
        let mut connection = self.beside().await;
        let number = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        number
    }

    async fn seconds_left(&self) -> i64 {
        self.number("SELECT expires - unixepoch() FROM session").await
    }
}

#[tokio::test]
async fn two_cookies_find_the_person_and_open_the_password() {
    let ground = Ground::new().await;
    let (cookies, browser) = ground.sign_in("alice", true).await;
    let alice = ground.find(&browser).await.unwrap();
    assert_eq!((alice.key, alice.account), (cookies.key, cookies.account));
    assert_eq!(
        (alice.address.as_str(), &*alice.server, alice.shared_device),
        ("alice@example.org", "default", true)
    );
    assert_eq!(alice.language.as_deref(), Some("en"));
    let opened = ground.sessions.credentials(&alice, browser.k.as_ref().unwrap()).await.unwrap();
    assert_eq!((opened.login.as_str(), opened.password.as_str()), ("alice@Example.org", "hunter2"));
    assert!(ground.sessions.is_alive(alice.key).await.unwrap());
    assert!(ground.find(&browser).await.unwrap().csrf.accepts(&alice.csrf.token().unwrap()));
}

#[tokio::test]
async fn one_cookie_is_nobody() {
    let ground = Ground::new().await;
    let (_, alice) = ground.sign_in("alice", false).await;
    let (_, bob) = ground.sign_in("bob", false).await;
    let mixed = Presented { id: alice.id, k: bob.k, form: None, beside: Vec::new() };
    assert!(ground.find(&mixed).await.is_none());
    let who = ground.find(&alice).await.unwrap();
    assert!(ground.sessions.credentials(&who, mixed.k.as_ref().unwrap()).await.is_err());
    assert!(
        !who.csrf.accepts(
            &ground
                .find(&Presented { id: bob.id, k: mixed.k, form: None, beside: Vec::new() })
                .await
                .unwrap()
                .csrf
                .token()
                .unwrap()
        )
    );
    assert!(ground.sessions.find(&Default::default(), &Secret::random().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn nothing_of_a_person_is_on_disk_or_printed() {
    let ground = Ground::new().await;
    let (cookies, browser) = ground.sign_in("alice", false).await;
    let who = ground.find(&browser).await.unwrap();
    let credentials = ground.sessions.credentials(&who, browser.k.as_ref().unwrap()).await.unwrap();
    let printed = format!("{who:?} {cookies:?} {credentials:?} {browser:?} {:?}", ground.sessions);
    let secrets = [
        "alice".to_owned(),
        "hunter2".to_owned(),
        browser.id.unwrap().to_string(),
        browser.k.as_ref().unwrap().encode().to_string(),
    ];
    for secret in &secrets {
        assert!(!printed.contains(secret), "{printed}");
    }
    if let Some(database) = &ground.database {
        for secret in &secrets {
            assert!(!database.holds(secret.as_bytes()).unwrap());
        }
        assert!(!database.holds(&browser.id.unwrap().0.to_le_bytes()).unwrap());
        return;
    }
    let mut files = 0;
    for file in std::fs::read_dir(ground.folder.path().join("data")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        files += usize::from(!bytes.is_empty());
        for secret in secrets.iter().map(String::as_bytes).chain([&browser.id.unwrap().0.to_le_bytes()[..]]) {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
    assert!(files >= 2, "the database and its log were read");
}

#[tokio::test]
async fn signing_out_ends_it_for_everybody() {
    let ground = Ground::new().await;
    let (_, browser) = ground.sign_in("alice", false).await;
    let (_, other) = ground.sign_in("alice", false).await;
    let who = ground.find(&browser).await.unwrap();
    let mut ended = ground.sessions.ended();
    ground.sessions.sign_out(who.key).await.unwrap();
    assert_eq!(ended.recv().await.unwrap(), who.key);
    assert!(ground.find(&browser).await.is_none());
    assert!(!ground.sessions.is_alive(who.key).await.unwrap());
    assert!(ground.sessions.credentials(&who, browser.k.as_ref().unwrap()).await.is_err());
    ground.sessions.touch(&who).await.unwrap();
    assert!(ground.find(&browser).await.is_none(), "a late request does not bring it back");
    assert!(ground.find(&other).await.is_some(), "another sign-in of the same person goes on");
    ground.sessions.sign_out(who.key).await.unwrap();
}

/// The race that upserting stores lose: requests that read and extend while another one signs out.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_under_way_brings_an_ended_session_back() {
    let ground = Ground::new().await;
    for _ in 0..20 {
        let (cookies, browser) = ground.sign_in("alice", false).await;
        let (id, k) = (browser.id.unwrap(), browser.k.unwrap());
        let requests: Vec<_> = (0..4)
            .map(|_| {
                let (sessions, k) = (ground.sessions.clone(), k.clone());
                tokio::spawn(async move {
                    while let Some(who) = sessions.find(&id, &k).await.unwrap() {
                        sessions.touch(&who).await.unwrap();
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        ground.sessions.sign_out(cookies.key).await.unwrap();
        assert!(ground.sessions.find(&id, &k).await.unwrap().is_none());
        for request in requests {
            request.await.unwrap();
        }
        assert!(ground.sessions.find(&id, &k).await.unwrap().is_none());
        assert!(!ground.sessions.is_alive(cookies.key).await.unwrap());
    }
}

#[tokio::test]
async fn idle_sessions_end_and_are_swept() {
    let mut ground = Ground::new().await;
    let (_, browser) = ground.sign_in("alice", true).await;
    let who = ground.find(&browser).await.unwrap();
    ground.pass(1790).await;
    assert!(ground.find(&browser).await.is_some());
    ground.pass(11).await;
    assert!(ground.find(&browser).await.is_none());
    assert!(!ground.sessions.is_alive(who.key).await.unwrap());
    assert!(ground.sessions.credentials(&who, browser.k.as_ref().unwrap()).await.is_err());
    ground.sessions.touch(&who).await.unwrap();
    assert!(ground.find(&browser).await.is_none(), "an ended session is not extended");
    let mut ended = ground.sessions.ended();
    ground.sessions.sweep().await.unwrap();
    assert_eq!(ended.recv().await.unwrap(), who.key);
}

#[tokio::test]
async fn only_a_touch_extends_and_never_past_the_absolute_end() {
    let mut ground = Ground::new().await;
    let (_, browser) = ground.sign_in("alice", true).await;
    ground.pass(1000).await;
    let who = ground.find(&browser).await.unwrap();
    assert!(ground.seconds_left().await <= 800, "finding extends nothing");
    ground.sessions.touch(&who).await.unwrap();
    assert!(ground.seconds_left().await > 1700);

    ground.pass(30).await;
    let who = ground.find(&browser).await.unwrap();
    let before = ground.seconds_left().await;
    ground.sessions.touch(&who).await.unwrap();
    assert!(ground.seconds_left().await <= before, "not written again within a minute");
}

#[tokio::test]
async fn the_absolute_end_is_absolute() {
    let mut ground = Ground::with(&[("RELAIS_SESSION__ABSOLUTE", "10m")]).await;
    let (cookies, browser) = ground.sign_in("alice", false).await;
    assert!(cookies.set.iter().all(|set| set.ends_with("; Max-Age=600")));
    assert!(ground.seconds_left().await <= 600);
    ground.pass(300).await;
    let who = ground.find(&browser).await.unwrap();
    ground.sessions.touch(&who).await.unwrap();
    let left = ground.seconds_left().await;
    assert!((301..=600).contains(&left), "{left}");
}

#[tokio::test]
async fn a_deleted_session_takes_its_credentials_along() {
    let ground = Ground::new().await;
    let (cookies, _) = ground.sign_in("alice", false).await;
    assert_eq!(ground.number("SELECT COUNT(*) FROM credential").await, 1);
    ground.sessions.sign_out(cookies.key).await.unwrap();
    assert_eq!(ground.number("SELECT COUNT(*) FROM credential").await, 0);
}

#[tokio::test]
async fn an_account_has_so_many_sessions_and_the_idlest_ends() {
    let most = usize::try_from(MOST_OF_ONE_ACCOUNT).unwrap();
    let ground = Ground::new().await;
    let (_, bob) = ground.sign_in("bob", false).await;
    let mut browsers = Vec::new();
    for n in 0..most {
        // Every spelling of the name counts as the same account.
        browsers.push(ground.sign_in(["alice", "Alice", "ALICE"][n % 3], false).await);
    }
    // The one that was used least lately is not the oldest.
    let mut connection = ground.beside().await;
    let id = Sha256::digest(browsers[6].1.id.unwrap().0.to_le_bytes()).to_vec();
    let update = sqlx::query("UPDATE session SET expires = expires - 100 WHERE id = $1").bind(id);
    assert_eq!(update.execute(&mut connection).await.unwrap().rows_affected(), 1);
    connection.close().await.unwrap();
    let mut ended = ground.sessions.ended();
    // One that ends soonest of all is nevertheless the one that was just made.
    let (cookies, browser) = ground.sign_in("alice", true).await;
    let idlest = ended.recv().await.unwrap();
    assert_eq!(idlest, browsers[6].0.key);
    assert!(ended.try_recv().is_err(), "one for one");
    assert_eq!(ground.number("SELECT COUNT(*) FROM session").await, 1 + i64::try_from(most).unwrap());
    assert!(ground.find(&browsers[6].1).await.is_none());
    assert_eq!(ground.find(&browser).await.unwrap().key, cookies.key);
    assert!(ground.find(&browsers[0].1).await.is_some() && ground.find(&bob).await.is_some());
}

/// The access point closed so many seconds ago, by another configuration than before.
fn closed(ground: &Ground, seconds: i64) -> Sessions {
    let closes = (jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds)).to_string();
    let env = [("RELAIS_ACCESS__CLOSES", closes.as_str()), ("RELAIS_ACCESS__SUIVI", "1h")];
    let flags = Flags { imap: Some("imaps://mail.example.org".into()), ..Flags::default() };
    let env = env.iter().map(|(k, v)| (k.to_string(), v.to_string()));
    Sessions::new(ground.store.clone(), &Config::from_layers(&flags, env).unwrap())
}

#[tokio::test]
async fn at_closing_all_end_but_those_that_only_read() {
    let mut ground = Ground::new().await;
    let (_, before) = ground.sign_in("alice", false).await;
    ground.sessions = closed(&ground, 0);
    assert!(ground.find(&before).await.is_none(), "at once, though it was to last for days");
    let (_, after) = ground.sign_in_for("alice", false, true).await;
    let reads = ground.find(&after).await.unwrap();
    assert!(reads.only_suivi && reads.address == "alice@example.org");
    assert!(ground.sessions.credentials(&reads, after.k.as_ref().unwrap()).await.is_err());
    assert_eq!(ground.number("SELECT count(*) FROM credential WHERE length(sealed) > 0").await, 1);
    assert_eq!(ground.number("SELECT min(length(sealed)) FROM credential").await, 0, "no password is kept");

    let mut ended = ground.sessions.ended();
    ground.sessions.sweep().await.unwrap();
    assert!(ended.try_recv().is_ok() && ended.try_recv().is_err(), "one ended");
    assert_eq!(ground.number("SELECT count(*) FROM session").await, 1);
    assert_eq!(ground.number("SELECT count(*) FROM credential WHERE length(sealed) > 0").await, 0);
    assert!(ground.find(&after).await.is_some());
    // Within an hour that one, too.
    assert!((3590..=3600).contains(&ground.seconds_left().await));
    ground.sessions = closed(&ground, 3601);
    assert!(ground.find(&after).await.is_none());
    // The access point opens again: it is still of its kind.
    ground.sessions = Sessions::new(ground.store.clone(), &ground.config);
    assert!(ground.find(&after).await.unwrap().only_suivi);
}

#[tokio::test]
async fn accounts_are_named_by_server_login_and_key() {
    let ground = Ground::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (_database, store) = crate::store::fresh(folder.path()).await;
    let id = |server: &str, login: &str| relais::session::account_id(store.keys(), server, login);
    assert_eq!(id("a", "alice@example.org"), id("a", "alice@EXAMPLE.org"));
    assert_ne!(id("a", "alice@example.org"), id("a", "Alice@example.org"));
    assert_ne!(id("a", "alice@example.org"), id("b", "alice@example.org"));
    assert_ne!(id("a", "bc"), id("ab", "c"));
    assert_eq!(id("a", "x").to_string().len(), 64);
    let (elsewhere, _) = ground.sign_in("alice", false).await;
    assert_ne!(id("default", "alice@example.org"), elsewhere.account, "another key file");
}

#[test]
fn all_of_this_on_postgresql() {
    let tests: &[lab::postgres::Test<()>] = &[
        (
            "two_cookies_find_the_person_and_open_the_password",
            two_cookies_find_the_person_and_open_the_password,
        ),
        ("one_cookie_is_nobody", one_cookie_is_nobody),
        ("nothing_of_a_person_is_on_disk_or_printed", nothing_of_a_person_is_on_disk_or_printed),
        ("signing_out_ends_it_for_everybody", signing_out_ends_it_for_everybody),
        ("nothing_under_way_brings_an_ended_session_back", nothing_under_way_brings_an_ended_session_back),
        ("idle_sessions_end_and_are_swept", idle_sessions_end_and_are_swept),
        (
            "only_a_touch_extends_and_never_past_the_absolute_end",
            only_a_touch_extends_and_never_past_the_absolute_end,
        ),
        ("the_absolute_end_is_absolute", the_absolute_end_is_absolute),
        ("a_deleted_session_takes_its_credentials_along", a_deleted_session_takes_its_credentials_along),
        (
            "an_account_has_so_many_sessions_and_the_idlest_ends",
            an_account_has_so_many_sessions_and_the_idlest_ends,
        ),
        ("at_closing_all_end_but_those_that_only_read", at_closing_all_end_but_those_that_only_read),
        ("accounts_are_named_by_server_login_and_key", accounts_are_named_by_server_login_and_key),
    ];
    lab::postgres::on_postgres(include_str!("session.rs"), tests, drop);
}
