//! PostgreSQL as a server finds it at start: refused where it could lose what was accepted, or show it on the way.

use lab::{Database, Postgres};
use relais::{
    config::DatabaseUrl,
    store::{Error, Store},
};

use crate::store::sentence;

async fn connect(url: &str, folder: &tempfile::TempDir) -> Result<Store, Error> {
    let url: DatabaseUrl = url.to_owned().try_into().unwrap();
    Store::connect(&url, &folder.path().join("key")).await
}

#[tokio::test]
async fn a_server_that_could_lose_commits_is_made_right_or_refused() {
    let (database, folder) = (Database::new().unwrap(), tempfile::tempdir().unwrap());
    let name = database.url.rsplit('/').next().unwrap();
    database.sql(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).unwrap();
    let store = connect(&database.url, &folder).await.unwrap();
    assert!(store.commits_on_disk().await.unwrap(), "the database's own setting is not what counts");
    store.close().await;

    let mut own = Postgres::start().await.unwrap();
    own.set("fsync=off").unwrap();
    let refused = sentence(connect(&own.database().unwrap(), &folder).await);
    assert!(refused.contains("could lose what was accepted") && refused.contains("fsync = off"), "{refused}");
    assert!(!refused.contains(lab::postgres::PASSWORD));
}

#[tokio::test]
async fn what_is_wrong_is_said_without_the_password() {
    let (database, folder) = (Database::new().unwrap(), tempfile::tempdir().unwrap());
    let wrong = database.url.replace(lab::postgres::PASSWORD, "not-hunter2");
    let nobody = database.url.replace(&format!(":{}/", database.server.port()), ":1/");
    for (url, may_pass) in [(wrong, false), (nobody, true), (format!("{}_not", database.url), false)] {
        let refused = connect(&url, &folder).await;
        assert_eq!(refused.as_ref().err().map(Error::may_pass), Some(may_pass), "{refused:?}");
        let refused = sentence(refused);
        assert!(refused.contains("cannot be used"), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    assert!(!folder.path().join("key").exists(), "no key is made for a database that does not answer");
}

#[tokio::test]
async fn tls_is_as_strict_as_it_is_asked_to_be() {
    let (database, folder) = (Database::new().unwrap(), tempfile::tempdir().unwrap());
    let ca = database.server.ca_pem();
    let localhost = database.url.replace("127.0.0.1", "localhost");
    let good = format!("{localhost}?sslmode=verify-full&sslrootcert={}", ca.display());
    let store = connect(&good, &folder).await.unwrap();
    let used = database.sql("SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE s.ssl AND a.datname = current_database()");
    assert!(used.unwrap().parse::<u32>().unwrap() >= 1, "the connection is under TLS");
    store.close().await;
    let store = connect(&format!("{localhost}?sslmode=require"), &folder).await.unwrap();
    store.close().await;
    let strange = connect(&format!("{localhost}?sslmode=verify-full"), &folder).await;
    assert_eq!(strange.as_ref().err().map(Error::may_pass), Some(false), "{strange:?}");
    let strange = sentence(strange);
    assert!(strange.contains("cannot be used"), "an authority that nobody knows: {strange}");
    let (host, _) = database.url.split_once('@').unwrap();
    let socket = database.server.socket().display().to_string().replace('/', "%2F");
    let name = database.url.rsplit('/').next().unwrap();
    let socket = format!("{host}@{socket}:{}/{name}", database.server.port());
    connect(&socket, &folder).await.unwrap().close().await;
}

#[tokio::test]
async fn two_that_start_at_once_agree_on_the_keys() {
    let (database, one, other) =
        (Database::new().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = tokio::join!(connect(&database.url, &one), connect(&database.url, &other));
    // Each made a key file of its own, and one of them is not the database's.
    let refused = match (first, second) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error.to_string(),
        (first, second) => panic!("one must be refused: {first:?} {second:?}"),
    };
    assert!(refused.contains("a copy of the first one's"), "{refused}");
    assert_eq!(database.sql("SELECT count(*) FROM key_ring").unwrap(), "2");
    database.sql("UPDATE _sqlx_migrations SET version = 999999 WHERE version = 1").unwrap();
    let later = sentence(connect(&database.url, &one).await);
    assert!(later.contains("later version of relais"), "{later}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_found_again_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let mut own = Postgres::start().await.unwrap();
    let store = connect(&own.database().unwrap(), &folder).await.unwrap();
    assert!(store.answers().await);
    tokio::task::block_in_place(|| own.crash());
    assert!(!store.answers().await);
    tokio::task::block_in_place(|| own.restart()).unwrap();
    assert!(store.answers().await, "a new connection is made");
}
