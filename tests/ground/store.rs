//! The data folder, its lock, its database and its keys, as a server finds them at start.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use lab::Database;
use relais::{
    message::lane::Lane,
    store::{DelayRow, Error, Look, Looks, Secret, Sender, Store},
};

/// A store in this folder, or with its keys in it.
pub async fn fresh(folder: &Path) -> (Option<Database>, Store) {
    let place = Place::new(folder);
    let store = place.open(&folder.join("key")).await.unwrap();
    (place.database, store)
}

/// Where a store is opened again and again.
struct Place {
    data: PathBuf,
    database: Option<Database>,
}

impl Place {
    /// On PostgreSQL where this thread's tests are to run on one.
    fn new(folder: &Path) -> Place {
        Place { data: folder.join("data"), database: Database::wanted() }
    }

    async fn open(&self, key: &Path) -> Result<Store, Error> {
        match &self.database {
            Some(database) => Store::connect(&database.url.clone().try_into().unwrap(), key).await,
            None => free(&self.data, key).await,
        }
    }

    async fn refusal(&self, key: &Path) -> String {
        sentence(self.open(key).await)
    }
}

/// Opens a folder that nobody uses any more. A program that another test starts at this moment may hold it still, until it is that
/// program.
async fn free(data: &Path, key: &Path) -> Result<Store, Error> {
    for _ in 0..50 {
        match Store::open(data, key).await {
            Err(Error::Start(told)) if told.contains("in use by another relais") => {}
            opened => return opened,
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    Store::open(data, key).await
}

async fn refusal(data: &Path, key: &Path) -> String {
    sentence(Store::open(data, key).await)
}

pub fn sentence(opened: Result<Store, Error>) -> String {
    match opened {
        Err(Error::Start(sentence) | Error::Unreachable(sentence)) => sentence,
        other => panic!("not refused: {other:?}"),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_first_start_makes_a_private_folder_and_a_private_key_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, key) = (folder.path().join("odd name ?#%41/data"), folder.path().join("relais.key"));
    let store = Store::open(&data, &key).await.unwrap();
    assert!(store.answers().await);
    assert_eq!((mode(&data), mode(&key)), (0o700, 0o600));
    assert!(data.join("relais.db").exists());
    assert!(!folder.path().join("relais.key.new").exists());
    store.close().await;
    assert!(!store.answers().await);
    drop(store);
    free(&data, &key).await.unwrap();
}

#[tokio::test]
async fn one_server_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let (data, key) = (folder.path().join("data"), folder.path().join("key"));
    let first = Store::open(&data, &key).await.unwrap();
    assert!(refusal(&data, &key).await.contains("in use by another relais"));
    drop(first);
    assert!(free(&data, &key).await.is_ok(), "the lock goes with its holder");
}

#[tokio::test]
async fn a_lost_wrong_or_open_key_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (place, key) = (Place::new(folder.path()), folder.path().join("key"));
    place.open(&key).await.unwrap().close().await;
    let kept = fs::read(&key).unwrap();

    fs::remove_file(&key).unwrap();
    assert!(place.refusal(&key).await.contains("put the key file back"));
    assert!(!key.exists(), "none is made where the store is not empty");

    let (other_data, other_key) = (folder.path().join("other"), folder.path().join("other.key"));
    Store::open(&other_data, &other_key).await.unwrap().close().await;
    assert!(place.refusal(&other_key).await.contains("not the one of this database"));

    for damaged in [&b""[..], b"relais-keys 1\n", &kept[..kept.len() - 9], b"\xff\xfe"] {
        fs::write(&key, damaged).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let told = place.refusal(&key).await;
        assert!(told.contains("damaged") || told.contains("cannot be read"), "{told}");
    }
    fs::write(&key, &kept).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(place.refusal(&key).await.contains("chmod 600"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(place.open(&key).await.is_ok());
}

#[tokio::test]
async fn the_key_file_stays_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    assert!(refusal(&data, &data.join("key")).await.contains("beside it"));
    std::os::unix::fs::symlink(&data, folder.path().join("alias")).unwrap();
    assert!(refusal(&data, &folder.path().join("alias/key")).await.contains("beside it"));
}

#[tokio::test]
async fn sealed_bytes_open_only_as_they_were_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let (place, key) = (Place::new(folder.path()), folder.path().join("key"));
    let store = place.open(&key).await.unwrap();
    let (holder, other) = (Secret::random().unwrap(), Secret::random().unwrap());
    let sealed = store.keys().seal("a", Some(&holder), b"row 1", b"hunter2").unwrap();
    assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
    assert_ne!(sealed, store.keys().seal("a", Some(&holder), b"row 1", b"hunter2").unwrap());

    let open = |store: &Store, label, holder, context: &[u8], sealed: &[u8]| {
        store.keys().open(label, holder, context, sealed).map(|plain| plain.to_vec())
    };
    assert_eq!(open(&store, "a", Some(&holder), b"row 1", &sealed).unwrap(), b"hunter2");
    assert!(open(&store, "b", Some(&holder), b"row 1", &sealed).is_err());
    assert!(open(&store, "a", Some(&other), b"row 1", &sealed).is_err());
    assert!(open(&store, "a", None, b"row 1", &sealed).is_err());
    assert!(open(&store, "a", Some(&holder), b"row 2", &sealed).is_err());
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(open(&store, "a", Some(&holder), b"row 1", &changed).is_err(), "byte {at}");
        assert!(open(&store, "a", Some(&holder), b"row 1", &sealed[..at]).is_err(), "cut at {at}");
    }

    drop(store);
    let again = place.open(&key).await.unwrap();
    assert_eq!(open(&again, "a", Some(&holder), b"row 1", &sealed).unwrap(), b"hunter2");
    assert_eq!(format!("{holder:?}"), "Secret(…)");
    let text = fs::read_to_string(&key).unwrap();
    let printed = format!("{again:?}");
    assert!(text.split_whitespace().filter(|word| word.len() == 43).all(|word| !printed.contains(word)));
}

#[tokio::test]
async fn senders_are_put_somewhere_used_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, store) = fresh(folder.path()).await;
    let me = relais::session::account_id(store.keys(), "a", "alice@example.org");
    store.put_sender(&me, "Shop@x.example", Lane::People).await.unwrap();
    store.put_sender(&me, "shop@x.example", Lane::Advertising).await.unwrap();
    store.put_sender(&me, "ann@x.example", Lane::People).await.unwrap();
    store.use_senders(&me, &["shop@x.example".into(), "nobody@x.example".into()]).await.unwrap();
    let mut kept = store.senders(&me).await.unwrap();
    kept.sort_by(|a, b| a.address.cmp(&b.address));
    let of = |address: &str, lane| Sender { address: address.into(), lane };
    assert_eq!(kept, [of("ann@x.example", Lane::People), of("shop@x.example", Lane::Advertising)]);
    assert_eq!(store.sender(&me, "ANN@x.example").await.unwrap(), Some(Lane::People));
    store.forget_sender(&me, Some("ann@x.example")).await.unwrap();
    assert_eq!(store.senders(&me).await.unwrap().len(), 1);
    store.forget_sender(&me, None).await.unwrap();
    assert_eq!(store.senders(&me).await.unwrap(), []);
}

#[tokio::test]
async fn of_what_was_missed_the_numbers_of_all_and_the_wish_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, store) = fresh(folder.path()).await;
    let account = |name: &str| relais::session::account_id(store.keys(), "a", name);
    let (me, other) = (account("alice@example.org"), account("bob@example.org"));
    let (span, later) = ((100, 200), (300, 400));
    store.hide_missed(&other, span).await.unwrap();
    let looks = async |span| store.missed_by_all(span).await.unwrap();
    assert_eq!(looks(span).await, Looks { accounts: 0, unopened: 0 }, "hiding is not looking");
    let look = async |account, span, unopened, left_out| {
        store.set_missed(account, span, Look { unopened, left_out }).await.unwrap();
    };
    look(&me, span, 12, 0).await;
    look(&me, span, 7, 0).await;
    look(&other, span, 30, 2).await;
    look(&me, later, 1, 0).await;
    assert_eq!(looks(span).await, Looks { accounts: 2, unopened: 37 });
    look(&me, span, 3, 1).await;
    assert_eq!(looks(span).await.unopened, 37, "a look that left a mailbox out says nothing of that one");
    look(&me, span, 9, 1).await;
    assert_eq!(looks(span).await.unopened, 39, "so many there are at least");
    look(&me, span, 7, 0).await;
    look(&other, span, 25, 2).await;
    assert_eq!(looks(span).await.unopened, 32, "what nobody can look at is left out each time");
    look(&other, span, 28, 1).await;
    look(&other, span, 20, 2).await;
    assert_eq!(looks(span).await.unopened, 35, "more was known of it in between");
    let hidden = async |account| store.missed_is_hidden(account, span).await.unwrap();
    assert_eq!((hidden(&me).await, hidden(&other).await), (false, true), "looking brings nothing back");
}

#[tokio::test]
async fn of_delays_each_gateway_writes_its_own_and_reads_those_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, store) = fresh(folder.path()).await;
    let row = |server: &str, gateway, slot, counts: &[u8]| DelayRow {
        server: server.to_owned(),
        gateway: [gateway; 16],
        grain: 0,
        slot,
        counts: counts.to_vec(),
    };
    store.put_delays(&[row("a", 1, 7, b"a"), row("b", 1, 8, b"b")]).await.unwrap();
    store.put_delays(&[row("b", 1, 8, b"c"), row("b", 2, 8, b"d")]).await.unwrap();
    let of = async |gateway| store.delays_but_of(&[gateway; 16]).await.unwrap();
    assert_eq!(of(2).await, [row("b", 1, 8, b"c"), row("a", 1, 7, b"a")]);
    assert_eq!(of(1).await, [row("b", 2, 8, b"d")]);
    store.put_delays(&[row("b", 2, 9, &[0; 1281])]).await.unwrap();
    assert_eq!(of(1).await, [row("b", 2, 8, b"d")], "what is larger than any of ours is not read");
    store.purge_measures(0, 8).await.unwrap();
    assert_eq!(of(2).await, [row("b", 1, 8, b"c")]);
}

/// A later key in the file seals; what the earlier one sealed still opens.
#[tokio::test]
async fn a_second_key_joins_the_ring() {
    let folder = tempfile::tempdir().unwrap();
    let (place, key) = (Place::new(folder.path()), folder.path().join("key"));
    let store = place.open(&key).await.unwrap();
    let before = store.keys().seal("a", None, b"", b"old").unwrap();
    drop(store);
    let ring = fs::read_to_string(&key).unwrap();
    fs::write(&key, format!("{ring}key 2 {}\n", &*Secret::random().unwrap().encode())).unwrap();
    let store = place.open(&key).await.unwrap();
    assert_eq!(&**store.keys().open("a", None, b"", &before).unwrap(), b"old");
    assert_eq!(store.keys().seal("a", None, b"", b"new").unwrap()[1..5], [0, 0, 0, 2]);
    drop(store);
    fs::write(&key, ring).unwrap();
    assert!(place.refusal(&key).await.contains("key 2"), "a key that sealed something may not go");
}

/// Those that are of a folder look at one here too.
#[test]
fn all_of_this_on_postgresql() {
    let tests: &[lab::postgres::Test<()>] = &[
        (
            "a_first_start_makes_a_private_folder_and_a_private_key_beside_it",
            a_first_start_makes_a_private_folder_and_a_private_key_beside_it,
        ),
        ("one_server_at_a_time", one_server_at_a_time),
        ("a_lost_wrong_or_open_key_file_is_told", a_lost_wrong_or_open_key_file_is_told),
        ("the_key_file_stays_out_of_the_folder", the_key_file_stays_out_of_the_folder),
        ("sealed_bytes_open_only_as_they_were_sealed", sealed_bytes_open_only_as_they_were_sealed),
        ("senders_are_put_somewhere_used_and_forgotten", senders_are_put_somewhere_used_and_forgotten),
        (
            "of_what_was_missed_the_numbers_of_all_and_the_wish_of_each",
            of_what_was_missed_the_numbers_of_all_and_the_wish_of_each,
        ),
        (
            "of_delays_each_gateway_writes_its_own_and_reads_those_of_the_others",
            of_delays_each_gateway_writes_its_own_and_reads_those_of_the_others,
        ),
        ("a_second_key_joins_the_ring", a_second_key_joins_the_ring),
    ];
    lab::postgres::on_postgres(include_str!("store.rs"), tests, drop);
}
