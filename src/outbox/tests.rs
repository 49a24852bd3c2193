//! The outbox on a real database, without a server: what is written down, and what two who write at once may do.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::*;
use crate::store::outbox::{Claim, Live, Turn};

mod again;
mod carrying;
mod following;
mod many;
mod passwords;
mod postgres;
mod sqlite;
mod turns;
mod uploads;

const ME: AccountId = AccountId([1; 32]);
const OTHER: AccountId = AccountId([2; 32]);
const TEXT: &[u8] = b"Subject: hi\r\n\r\nhello\r\n";

struct Room {
    outbox: Outbox,
    store: Arc<Store>,
    folder: tempfile::TempDir,
    database: Option<lab::Database>,
}

async fn room() -> Room {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("data.key");
    let database = lab::Database::wanted();
    let store = match &database {
        Some(database) => Store::connect(&database.url.clone().try_into().expect("an address"), &key).await,
        None => Store::open(&folder.path().join("data"), &key).await,
    };
    let store = Arc::new(store.expect("a store"));
    Room { outbox: Outbox::new(store.clone()), store, folder, database }
}

fn submission(key: u8, message: Vec<Piece>) -> Submission {
    Submission {
        account: ME,
        server: "default".into(),
        login: "alice".into(),
        password: Zeroizing::new("secret".into()),
        key: Key([key; 16]),
        digest: [7; 32],
        from: "alice@example.test".into(),
        owns: vec!["alice@example.test".into()],
        recipients: vec!["bob@example.test".into(), "carol@example.test".into(), "bob@EXAMPLE.test".into()],
        message,
        not_before: Timestamp::now(),
        follow: false,
        about: About { message_id: "m1@example.test".into(), subject: "hi".into(), ..About::default() },
        form: vec![("subject".into(), "hi".into())],
    }
}

fn text() -> Vec<Piece> {
    vec![Piece::Bytes(TEXT.to_vec())]
}

fn new(accepted: Accepted) -> MessageId {
    match accepted {
        Accepted::New(id) => id,
        other => panic!("not new: {other:?}"),
    }
}

impl Room {
    async fn accept(&self, key: u8) -> MessageId {
        new(self.outbox.accept(submission(key, text())).await.expect("accepted"))
    }

    async fn states(&self, id: MessageId) -> Vec<State> {
        let detail = self.outbox.get(&ME, id).await.expect("read").expect("there");
        detail.sent.recipients.iter().map(|r| r.state).collect()
    }

    async fn claim(&self, owner: u8) -> Option<Claim> {
        self.turn(owner, Turn::Letters).await
    }

    async fn turn(&self, owner: u8, turn: Turn) -> Option<Claim> {
        self.store.claim((&ME, turn), "default", &[owner; 16], 60).await.expect("asked")
    }

    async fn live(&self, id: MessageId) -> Live {
        self.store.message(&ME, &id.0).await.expect("read").expect("there").live
    }

    async fn stage(&self, file: &'static [u8]) -> Staged {
        let body = stream::iter([Ok::<_, ()>(Bytes::from_static(file))]);
        self.outbox.stage(&ME, "a.txt", "text/plain", body, 1000).await.expect("staged")
    }

    /// As a courier that says DATA for both recipients.
    async fn say_data(&self, id: MessageId) {
        let said = self.outbox.change(&ME, id, |loaded| {
            Some(journal::Change {
                live: Live { in_data: true, ..loaded.row.live.clone() },
                facts: journal::each(vec![0, 1], || Fact::InData),
            })
        });
        assert!(said.await.expect("written").is_some());
    }

    async fn write(&self, id: MessageId, fact: Fact) {
        let wrote = self.outbox.change(&ME, id, |loaded| {
            Some(journal::Change { live: loaded.row.live.clone(), facts: vec![(None, fact.clone())] })
        });
        assert!(wrote.await.expect("written").is_some());
    }

    /// All octets, as the courier reads them.
    async fn content(&self, id: MessageId) -> Result<Vec<u8>, Error> {
        let loaded = self.outbox.load(&ME, id).await?.ok_or(Error::Missing)?;
        let mut wire = Vec::new();
        let content = courier::Content::of(&self.outbox, &ME, &loaded).await?;
        let mut chunks = std::pin::pin!(content.chunks());
        while let Some(chunk) = chunks.next().await {
            wire.extend_from_slice(&chunk.map_err(|_| match content.trouble() {
                Some(Cause::Unreadable) => Error::Sealed,
                other => panic!("{other:?}"),
            })?);
        }
        Ok(wire)
    }

    async fn sql(&self, text: &'static str) -> u64 {
        let text = match self.database {
            Some(_) => text.replace("x'00'", "'\\x00'"),
            None => text.to_owned(),
        };
        self.store.run_for_test(text).await
    }
}

#[tokio::test]
async fn one_form_is_one_message() {
    let room = room().await;
    let id = room.accept(1).await;
    let again = |digest: u8, text: Vec<Piece>| {
        room.outbox.accept(Submission { digest: [digest; 32], ..submission(1, text) })
    };
    // Another Date, another boundary: what the person wrote is the same.
    let other_bytes = vec![Piece::Bytes(b"Subject: hi\r\nDate: later\r\n\r\nhello\r\n".to_vec())];
    assert_eq!(again(7, other_bytes).await.expect("asked"), Accepted::Again(id));
    assert_eq!(again(8, text()).await.expect("asked"), Accepted::Conflict(id));
    let elsewhere = Submission { account: OTHER, ..submission(1, text()) };
    assert!(matches!(room.outbox.accept(elsewhere).await, Ok(Accepted::New(_))));
    assert_eq!(room.outbox.list(&ME, None, 50).await.expect("read").len(), 1);
}

#[tokio::test]
async fn twins_at_once_are_one_message() {
    let room = room().await;
    let all = futures::future::join_all((0..8).map(|_| room.outbox.accept(submission(3, text())))).await;
    let all: Vec<Accepted> = all.into_iter().map(|a| a.expect("accepted")).collect();
    assert_eq!(all.iter().filter(|a| matches!(a, Accepted::New(_))).count(), 1, "{all:?}");
    assert_eq!(all.iter().filter(|a| matches!(a, Accepted::Again(_))).count(), 7, "{all:?}");
}

#[tokio::test]
async fn what_is_kept_is_shown_to_its_account_alone() {
    let room = room().await;
    let id = room.accept(1).await;
    let detail = room.outbox.get(&ME, id).await.expect("read").expect("there");
    assert_eq!(detail.sent.from, "alice@example.test");
    assert_eq!(detail.sent.about.as_ref().map(|a| &*a.subject), Some("hi"));
    assert_eq!(detail.sent.size, TEXT.len() as u64);
    let addresses: Vec<&str> = detail.sent.recipients.iter().map(|r| &*r.address).collect();
    assert_eq!(addresses, ["bob@example.test", "carol@example.test"], "twins are sent to once");
    assert!(detail.can_cancel && !detail.can_retry && detail.attempts.is_empty());
    assert!(room.outbox.get(&OTHER, id).await.expect("read").is_none());
    assert!(room.outbox.list(&OTHER, None, 50).await.expect("read").is_empty());
    assert!(!room.outbox.cancel(&OTHER, id).await.expect("asked"));
    let file = match &room.database {
        None => std::fs::read(room.folder.path().join("data/relais.db-wal")).expect("the log"),
        Some(_) => Vec::new(),
    };
    for secret in [&b"secret"[..], b"alice", b"bob@", b"hello", b"m1@"] {
        let there = match &room.database {
            None => file.windows(secret.len()).any(|w| w == secret),
            Some(database) => database.holds(secret).expect("read"),
        };
        assert!(!there, "{secret:?} is in the clear");
    }
}

#[tokio::test]
async fn purged_contents_are_gone_and_what_did_not_come_back_stays() {
    let room = room().await;
    let (done, refused) = (room.accept(1).await, room.accept(2).await);
    room.write(done, Fact::Cancelled).await;
    let answer = Answer { code: 550, enhanced: Some([5, 1, 1]), text: "no such user".into() };
    room.write(refused, Fact::Refused { stage: "recipient".into(), answer }).await;
    room.sql("UPDATE message SET settled = settled - 86400 * 31").await;
    while room.store.purge_contents(30 * 86_400).await.expect("purged") > 0 {}
    let detail = room.outbox.get(&ME, done).await.expect("read").expect("the journal stays");
    assert!(detail.sent.about.is_none() && detail.sent.message_id == "m1@example.test");
    assert!(room.content(done).await.is_err());
    assert_eq!(room.content(refused).await.expect("kept"), TEXT);
    let list = room.outbox.list(&ME, None, 50).await.expect("read");
    assert_eq!(
        list.iter().map(|s| s.id).collect::<Vec<_>>(),
        [refused, done],
        "what needs its author is first"
    );
    assert_eq!(room.store.purge_journal(0).await.expect("purged"), 1);
    assert!(room.outbox.dismiss(&ME, refused).await.expect("asked"));
    assert_eq!(room.outbox.attention(&ME).await.expect("read"), 0);
    assert_eq!(room.store.purge_journal(0).await.expect("purged"), 1);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_it_is_accepted() {
    let room = room().await;
    for recipients in [vec![], vec!["bob"], vec!["a@b\r\nDATA"], vec!["<a@b>"], vec!["a b@c"]] {
        let recipients = recipients.into_iter().map(str::to_owned).collect();
        let refused = room.outbox.accept(Submission { recipients, ..submission(1, text()) }).await;
        assert!(matches!(refused, Err(Error::Recipients)));
    }
    let from = Submission { from: "a@b> SIZE=1".into(), ..submission(1, text()) };
    assert!(matches!(room.outbox.accept(from).await, Err(Error::Recipients)));
    let bare = vec![Piece::Bytes(b"a\r\n\n.\n".to_vec())];
    assert!(matches!(room.outbox.accept(submission(1, bare)).await, Err(Error::Wire(_))));
    assert!(room.outbox.list(&ME, None, 50).await.expect("read").is_empty());
}

#[tokio::test]
async fn what_is_taken_back_is_a_letter_again() {
    let room = room().await;
    let file = room.stage(b"a file").await;
    let id = new(room
        .outbox
        .accept(submission(1, vec![text().remove(0), Piece::Blob(file.id)]))
        .await
        .expect("ok"));
    assert!(room.outbox.take_back(&OTHER, id).await.expect("asked").is_none());
    assert!(room.outbox.taken_back(&ME, id).await.expect("asked").is_none(), "it is not taken back yet");
    for _ in 0..2 {
        let form = room.outbox.take_back(&ME, id).await.expect("asked").expect("it had not left");
        assert_eq!(form, [("subject".to_owned(), "hi".to_owned())]);
        assert_eq!(room.outbox.taken_back(&ME, id).await.expect("asked"), Some(form));
        let staged = room.outbox.staged(&ME, &[file.id]).await.expect("read");
        assert!(staged == [file.clone()], "its file waits again");
    }
    assert_eq!(room.states(id).await, [State::Cancelled; 2]);
    assert!(matches!(room.content(id).await, Err(Error::Sealed)), "a message without its file is none");
    let again = submission(2, vec![text().remove(0), Piece::Blob(file.id)]);
    let again = new(room.outbox.accept(again).await.expect("its file goes along"));

    room.claim(1).await.expect("claimed");
    room.say_data(again).await;
    assert!(room.outbox.take_back(&ME, again).await.expect("asked").is_none());
    assert_eq!(room.states(again).await, [State::Sending; 2]);
    room.write(again, Fact::Accepted(Answer { code: 250, enhanced: None, text: String::new() })).await;
    assert!(room.outbox.take_back(&ME, again).await.expect("asked").is_none());
}

#[tokio::test]
async fn an_account_writes_to_so_many_in_an_hour_and_as_itself_alone() {
    let mut room = room().await;
    room.outbox = room.outbox.allowing(5, 8);
    let to = |key: u8, n: usize| Submission {
        recipients: (0..n).map(|n| format!("r{n}@example.test")).collect(),
        ..submission(key, text())
    };
    new(room.outbox.accept(to(1, 4)).await.expect("accepted"));
    let Err(Error::Limit { until }) = room.outbox.accept(to(2, 2)).await else { panic!("one too many") };
    let wait = until.duration_since(Timestamp::now()).as_secs();
    assert!((3590..=3600).contains(&wait), "{wait}");
    assert!(matches!(room.outbox.accept(to(2, 6)).await, Err(Error::TooMany { most: 5 })));
    let all = futures::future::join_all((3..9).map(|key| room.outbox.accept(to(key, 1)))).await;
    assert_eq!(all.iter().filter(|done| done.is_ok()).count(), 1, "of several at once");
    let spelt = Submission { account: OTHER, login: "ALICE".into(), ..to(2, 5) };
    assert!(matches!(room.outbox.accept(spelt).await, Err(Error::Limit { .. })), "the same, spelt otherwise");
    let other = Submission { account: OTHER, login: "olivia".into(), ..to(2, 5) };
    new(room.outbox.accept(other).await.expect("another account"));
    assert_eq!(
        room.outbox.list(&ME, None, 50).await.expect("read").len(),
        2,
        "nothing of the refused is kept"
    );
    room.sql("UPDATE message SET accepted = accepted - 3700").await;
    new(room.outbox.accept(to(2, 3)).await.expect("an hour later"));
    assert!(matches!(room.outbox.accept(to(10, 1)).await, Err(Error::Limit { .. })), "8 in a day");

    let say = |head: &str| Submission {
        recipients: vec!["bob@example.test".into()],
        owns: vec!["alice@example.test".into(), "team@example.test".into()],
        ..submission(20, vec![Piece::Bytes(format!("{head}\r\n\r\nhello\r\n").into_bytes())])
    };
    room.outbox = room.outbox.allowing(1000, 1000);
    for head in [
        "From: Boss <boss@example.test>",
        "From: alice@example.test, boss@example.test",
        "From: alice@example.test\r\nFrom: boss@example.test",
        "From: alice@example.test\r\nSender: boss@example.test",
        "From: boss",
    ] {
        assert!(matches!(room.outbox.accept(say(head)).await, Err(Error::Sender)), "{head}");
    }
    let from = Submission { from: "boss@example.test".into(), ..say("From: alice@example.test") };
    assert!(matches!(room.outbox.accept(from).await, Err(Error::Sender)));
    let team = "From: Team <Team@example.test>\r\nSender: alice@example.test\r\nReply-To: boss@example.test";
    let team = Submission { from: "team@example.test".into(), ..say(team) };
    new(room.outbox.accept(team).await.expect("accepted"));
}

/// A clock that jumps by so much is the same as all that is written down being as much older or younger.
const FORWARD_A_DAY: &str = "UPDATE message SET accepted = accepted - 86400, not_before = not_before - 86400, \
    due = due - 86400, lease = lease - 86400, credential_until = credential_until - 86400";
const BACK_AN_HOUR: &str = "UPDATE message SET accepted = accepted + 3600, not_before = not_before + 3600, \
    due = due + 3600, lease = lease + 3600, credential_until = credential_until + 3600";

#[tokio::test]
async fn nothing_is_claimed_once_the_tables_are_later_than_this() {
    let room = room().await;
    room.accept(1).await;
    assert!(room.store.is_current().await.expect("asked"));
    room.sql(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999999, 'later', TRUE, x'00', 0)",
    )
    .await;
    assert!(!room.store.is_current().await.expect("asked"));
    assert!(room.claim(1).await.is_none());
    room.sql("DELETE FROM _sqlx_migrations WHERE version = 999999").await;
    assert!(room.claim(1).await.is_some());
}
