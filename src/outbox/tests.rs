//! The outbox on a real database, without a server: what is written down, and what two who write at once may do.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::*;
use crate::store::outbox::{Claim, Live, Turn};

mod sqlite;

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

    async fn sql(&self, text: &'static str) -> u64 {
        let text = match self.database {
            Some(_) => text.replace("x'00'", "'\\x00'"),
            None => text.to_owned(),
        };
        self.store.run_for_test(text).await
    }
}

#[tokio::test]
async fn what_a_recipient_puts_off_is_not_the_servers_delay() {
    let room = room().await;
    let id = room.accept(1).await;
    let put_off = |stage: &str, code, enhanced| {
        let cause = Cause::Answer(Answer { code, enhanced, text: "later".into() });
        Fact::PutOff { stage: stage.into(), cause }
    };
    let due = async || {
        let counts = room.store.outbox_counts().await.expect("counted");
        (counts.waiting, counts.due)
    };
    for servers in [
        put_off("connect", 421, None),
        put_off("recipient", 451, Some([4, 3, 0])),
        put_off("recipient", 452, Some([4, 5, 3])),
        Fact::PutOff { stage: "recipient".into(), cause: Cause::Deadline },
    ] {
        room.write(id, servers).await;
    }
    let written = room.sql("UPDATE message SET not_before = unixepoch() - 900").await;
    assert_eq!((written, due().await), (1, (1, 1)));
    room.write(id, put_off("recipient", 450, Some([4, 1, 2]))).await;
    assert_eq!(due().await, (1, 0), "it waits, and nobody else does");
    assert!(room.live(id).await.put_off);
    let counts = room.store.outbox_counts().await.expect("counted");
    assert!(counts.oldest >= 900 && counts.due_oldest == 0, "{counts:?}");
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
async fn uploads_come_back_as_lines_of_base64() {
    let room = room().await;
    for octets in [0usize, 1, 56, 57, 58, stage::FILE_CHUNK, stage::FILE_CHUNK + 1, 1_000_003] {
        let file: Vec<u8> = (0..octets).map(|n| (n * 31 % 251) as u8).collect();
        let body: Vec<Result<Bytes, ()>> =
            file.chunks(65_521).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
        let staged = room.outbox.stage(&ME, "né.bin", "image/png", stream::iter(body), 2_000_000).await;
        let staged = staged.expect("staged");
        assert_eq!((staged.octets as usize, &*staged.name), (octets, "né.bin"));
        assert!(room.outbox.staged(&ME, &[staged.id]).await.expect("read") == [staged.clone()]);
        assert!(room.outbox.staged(&OTHER, &[staged.id]).await.expect("read").is_empty());
        let pieces = vec![Piece::Bytes(TEXT.to_vec()), Piece::Blob(staged.id)];
        let id = new(room.outbox.accept(submission(octets as u8, pieces)).await.expect("accepted"));
        assert!(room.outbox.staged(&ME, &[staged.id]).await.expect("read").is_empty(), "it is taken");
        let wire = room.content(id).await.expect("it opens");
        let (head, lines) = wire.split_at(TEXT.len());
        assert_eq!(head, TEXT);
        assert_eq!(lines.len() as u64, staged.wire_octets);
        assert!(lines.is_empty() || lines.ends_with(b"\r\n"));
        assert!(lines.split(|b| *b == b'\n').all(|line| line.len() <= 77));
        let joined: Vec<u8> = lines.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        use base64::Engine;
        assert_eq!(base64::prelude::BASE64_STANDARD.decode(joined).expect("base64"), file);
        // The second of two twins finds its upload taken, and is told so.
        let pieces = vec![Piece::Bytes(TEXT.to_vec()), Piece::Blob(staged.id)];
        let again = room.outbox.accept(submission(octets as u8, pieces)).await.expect("asked");
        assert_eq!(again, Accepted::Again(id));
    }
}

impl Room {
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
}

#[tokio::test]
async fn uploads_have_bounds_and_leave_nothing_behind() {
    let room = room().await;
    let body = || stream::iter(vec![Ok::<_, ()>(Bytes::from_static(&[0; 1000])); 10]);
    let refused = room.outbox.stage(&ME, "x", "", body(), 9_999).await;
    assert!(matches!(refused, Err(Error::TooBig { most: 9_999 })));
    let torn = stream::iter(vec![Ok(Bytes::from_static(b"x")), Err(())]);
    assert!(matches!(room.outbox.stage(&ME, "x", "", torn, 9_999).await, Err(Error::Body)));
    assert_eq!(room.store.staged_blobs(&ME).await.expect("read"), (0, 0));
    let staged = room.outbox.stage(&ME, "x", "", body(), 10_000).await.expect("staged");
    assert!(!room.outbox.drop_staged(&OTHER, staged.id).await.expect("asked"));
    let elsewhere = Submission { account: OTHER, ..submission(1, vec![Piece::Blob(staged.id)]) };
    assert!(matches!(room.outbox.accept(elsewhere).await, Err(Error::Missing)));
    assert_eq!(room.store.purge_blobs().await.expect("purged"), 0);
    room.sql("UPDATE blob SET expires = unixepoch() - 1").await;
    assert_eq!(room.store.purge_blobs().await.expect("purged"), 1);
    assert!(!room.outbox.drop_staged(&ME, staged.id).await.expect("asked"));
}

#[tokio::test]
async fn chunks_that_are_changed_or_cut_do_not_open() {
    for damage in [
        "UPDATE blob_chunk SET last = 1 WHERE n = 0",
        "DELETE FROM blob_chunk WHERE n = 1",
        "UPDATE blob_chunk SET data = x'00' WHERE n = 1",
        "UPDATE blob_chunk SET n = 5 - n",
        "UPDATE message SET sealed_key = NULL",
    ] {
        let room = room().await;
        let long = [TEXT, &b"0123456789\r\n".repeat(50_000)[..]].concat();
        let id = new(room.outbox.accept(submission(1, vec![Piece::Bytes(long.clone())])).await.expect("ok"));
        assert!(room.content(id).await.expect("it opens") == long);
        assert!(room.sql(damage).await > 0);
        assert!(matches!(room.content(id).await, Err(Error::Sealed)), "{damage}");
    }
}

#[tokio::test]
async fn one_courier_at_a_time_and_none_before_its_time() {
    let room = room().await;
    let later = Submission {
        not_before: Timestamp::now() + SignedDuration::from_secs(3600),
        ..submission(9, text())
    };
    new(room.outbox.accept(later).await.expect("accepted"));
    assert!(room.claim(1).await.is_none());
    let id = room.accept(1).await;
    let claims = futures::future::join_all((0..6).map(|n| room.claim(n))).await;
    assert_eq!(claims.iter().flatten().count(), 1);
    assert_eq!(claims.iter().flatten().next().map(|c| c.id), Some(id.0));
    assert_eq!(room.store.expired_claims().await.expect("read").len(), 0);
}

#[tokio::test]
async fn taken_back_before_data_and_not_after() {
    let room = room().await;
    let id = room.accept(1).await;
    let claim = room.claim(1).await.expect("claimed");
    assert!(room.outbox.cancel(&ME, id).await.expect("asked"));
    assert_eq!(room.states(id).await, [State::Cancelled; 2]);
    let live = room.live(id).await;
    assert!(
        live.owner.is_none() && live.credential.is_none() && live.settled.is_some() && live.due.is_none()
    );
    assert!(!room.store.renew(&claim, &[1; 16], 60).await.expect("asked"), "the claim is lost");

    let id = room.accept(2).await;
    room.claim(1).await.expect("claimed");
    room.say_data(id).await;
    assert!(!room.outbox.cancel(&ME, id).await.expect("asked"));
    assert_eq!(room.states(id).await, [State::Sending; 2]);
}

#[tokio::test]
async fn a_courier_that_dies_before_data_leaves_it_waiting_after_it_uncertain() {
    let room = room().await;
    let id = room.accept(1).await;
    room.claim(1).await.expect("claimed");
    room.sql("UPDATE message SET lease = 1 WHERE owner IS NOT NULL").await;
    room.outbox.tidy().await.expect("tidied");
    assert_eq!(room.states(id).await, [State::Waiting; 2]);

    room.claim(1).await.expect("claimed again");
    room.say_data(id).await;
    room.sql("UPDATE message SET lease = 1 WHERE owner IS NOT NULL").await;
    room.outbox.tidy().await.expect("tidied");
    assert_eq!(room.states(id).await, [State::Uncertain; 2]);
    let live = room.live(id).await;
    let wait = live.due.expect("it is resent by itself") - Timestamp::now().as_second();
    assert!(wait > 600, "the quarantine ({wait} s) is longer than a reply to the dot may take");
    assert!(!live.needs_user && live.credential.is_some());
    assert!(room.claim(1).await.is_none(), "nobody carries it meanwhile");

    // Resent once; when that is lost too, the author decides.
    room.write(id, Fact::Resent).await;
    room.say_data(id).await;
    room.write(id, Fact::Unknown(Cause::Deadline)).await;
    let live = room.live(id).await;
    assert!(live.needs_user && live.due.is_none());
    assert_eq!(room.outbox.attention(&ME).await.expect("read"), 1);
    assert!(room.outbox.retry(&ME, id).await.expect("asked"));
    assert_eq!(room.states(id).await, [State::Waiting; 2]);
    assert_eq!(room.outbox.attention(&ME).await.expect("read"), 0);
}

#[tokio::test]
async fn credentials_go_with_time_and_come_with_a_sign_in() {
    let room = room().await;
    let id = room.accept(1).await;
    room.sql("UPDATE message SET credential_until = unixepoch() - 1").await;
    room.outbox.tidy().await.expect("tidied");
    assert_eq!(room.states(id).await, [State::SignIn; 2]);
    let live = room.live(id).await;
    assert!(live.credential.is_none() && live.credential_mark.is_none() && live.due.is_none());
    assert!(live.needs_user && room.claim(1).await.is_none());
    assert_eq!(room.outbox.reseal(&OTHER, "default", "alice", "new").await.expect("asked"), 0);
    assert_eq!(room.outbox.reseal(&ME, "elsewhere", "alice", "new").await.expect("asked"), 0);
    assert_eq!(room.outbox.reseal(&ME, "default", "alice", "new").await.expect("asked"), 1);
    assert_eq!(room.states(id).await, [State::Waiting; 2]);
    assert!(room.claim(1).await.is_some());

    room.write(id, Fact::InData).await;
    room.write(id, Fact::Accepted(Answer { code: 250, enhanced: None, text: "queued".into() })).await;
    let live = room.live(id).await;
    assert!(live.credential.is_none() && live.settled.is_some(), "settled: they are wiped");
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
async fn a_copy_that_no_password_is_left_for_is_said_to_be_missing() {
    let room = room().await;
    let id = room.accept(1).await;
    room.write(id, Fact::InData).await;
    let queued = Fact::Accepted(Answer { code: 250, enhanced: None, text: "queued".into() });
    let accepted = room.outbox.change(&ME, id, |loaded| {
        let facts = vec![(None, queued.clone()), (None, Fact::ToKeep)];
        Some(journal::Change { live: loaded.row.live.clone(), facts })
    });
    assert!(accepted.await.expect("written").is_some_and(|loaded| loaded.row.live.credential.is_some()));
    room.sql("UPDATE message SET credential_until = unixepoch() - 1").await;
    room.outbox.tidy().await.expect("tidied");
    assert_eq!(room.states(id).await, [State::Accepted; 2]);
    let detail = room.outbox.get(&ME, id).await.expect("read").expect("there");
    let facts: Vec<&Fact> = detail.attempts.iter().map(|attempt| &attempt.fact).collect();
    assert!(facts.contains(&&Fact::NotKept) && !facts.contains(&&Fact::SignInGone), "{facts:?}");
}

#[tokio::test]
async fn uploads_that_wait_are_bounded() {
    let room = room().await;
    for _ in 0..100 {
        room.stage(b"x").await;
    }
    let body = stream::iter([Ok::<_, ()>(Bytes::from_static(b"x"))]);
    let more = room.outbox.stage(&ME, "a.txt", "text/plain", body, 1000).await;
    assert!(matches!(more, Err(Error::Quota)));
    let (waiting, octets) = room.store.staged_blobs(&ME).await.expect("counted");
    assert_eq!(waiting, 100, "nothing of it stays");
    assert!(octets > 0);
    // Fewer, and each of them big.
    room.sql("DELETE FROM blob WHERE id NOT IN (SELECT id FROM blob ORDER BY id LIMIT 1)").await;
    room.stage(b"x").await;
    room.sql("UPDATE blob SET wire_octets = 400 * 1048576").await;
    let body = stream::iter([Ok::<_, ()>(Bytes::from_static(b"x"))]);
    let more = room.outbox.stage(&ME, "a.txt", "text/plain", body, 1000).await;
    assert!(matches!(more, Err(Error::Quota)));
}

#[tokio::test]
async fn days_without_a_sign_in_do_not_count_as_tries() {
    let room = room().await;
    let id = room.accept(1).await;
    let since = async || {
        let loaded = room.outbox.load(&ME, id).await.expect("read").expect("there");
        loaded.row.now - loaded.trying_since()
    };
    room.sql("UPDATE message SET accepted = accepted - 600000, not_before = not_before - 600000").await;
    assert!(since().await >= 600_000);
    room.write(id, Fact::SignInGone).await;
    assert_eq!(room.outbox.reseal(&ME, "default", "alice", "new").await.expect("asked"), 1);
    assert!(since().await < 600, "a person's word begins them anew");
}

#[tokio::test]
async fn credentials_that_were_refused_are_good_again_when_a_sign_in_says_so() {
    let room = room().await;
    let (first, second) = (room.accept(1).await, room.accept(2).await);
    let refused = Fact::SignInRefused(Answer { code: 535, enhanced: None, text: String::new() });
    for id in [first, second] {
        let wiped = room.outbox.change(&ME, id, |loaded| {
            Some(journal::Change {
                live: Live { credential: None, credential_until: None, ..loaded.row.live.clone() },
                facts: vec![(None, refused.clone())],
            })
        });
        assert!(wiped.await.expect("written").is_some());
    }
    let mark = room.live(first).await.credential_mark.expect("it is remembered");
    assert!(room.store.is_refused_credential(&ME, &mark).await.expect("read"));
    assert!(!room.store.is_refused_credential(&OTHER, &mark).await.expect("read"));
    assert_eq!(room.outbox.reseal(&ME, "default", "alice", "secret").await.expect("asked"), 2);
    assert!(!room.store.is_refused_credential(&ME, &mark).await.expect("read"));
    assert_eq!(room.states(second).await, [State::Waiting; 2]);
}

#[tokio::test]
async fn a_late_250_is_true_and_other_late_words_are_not() {
    let room = room().await;
    let id = room.accept(1).await;
    room.claim(1).await.expect("claimed");
    room.say_data(id).await;
    room.sql("UPDATE message SET lease = 1 WHERE owner IS NOT NULL").await;
    room.outbox.tidy().await.expect("tidied");
    assert_eq!(room.states(id).await, [State::Uncertain; 2]);
    room.write(id, Fact::Accepted(Answer { code: 250, enhanced: None, text: String::new() })).await;
    assert_eq!(room.states(id).await, [State::Accepted; 2]);
    let live = room.live(id).await;
    assert!(live.due.is_none() && live.settled.is_some(), "it is not sent again");
    assert!(!room.outbox.report(&ME, id, &[(None, Fact::Cancelled)]).await.expect("asked"));
    assert!(!room.outbox.report(&ME, id, &[(Some(2), Fact::Delivered)]).await.expect("asked"));
    assert!(room.outbox.report(&ME, id, &[(Some(1), Fact::Delivered)]).await.expect("asked"));
    assert_eq!(room.states(id).await, [State::Accepted, State::Delivered]);
}

mod again;
mod following;
mod many;
mod turns;

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
async fn passwords_wait_with_a_planned_message_for_two_days_at_most() {
    let room = room().await;
    let planned = |key: u8, hours: i64| Submission {
        not_before: Timestamp::now() + SignedDuration::from_hours(hours),
        ..submission(key, text())
    };
    let soon = new(room.outbox.accept(planned(1, 47)).await.expect("accepted"));
    let late = new(room.outbox.accept(planned(2, 240)).await.expect("accepted"));
    assert!(room.live(soon).await.credential.is_some());
    let live = room.live(late).await;
    assert!(live.credential.is_none() && live.credential_mark.is_none() && live.due.is_some());
    assert!(!live.needs_user);
    room.outbox.reseal(&ME, "default", "alice", "secret").await.expect("asked");
    assert!(room.live(late).await.credential.is_none(), "a sign-in that is too early");

    // Eight and a half days later, in time.
    room.sql(
        "UPDATE message SET not_before = not_before - 730000, due = due - 730000 WHERE credential IS NULL",
    )
    .await;
    room.outbox.reseal(&ME, "default", "alice", "secret").await.expect("asked");
    let live = room.live(late).await;
    assert!(live.credential.is_some() && live.credential_until > live.due);
    // It is not kept longer than it may be, and that is nobody's concern before it is due.
    room.sql("UPDATE message SET credential_until = unixepoch() - 1").await;
    room.outbox.tidy().await.expect("tidied");
    for id in [soon, late] {
        assert!(room.live(id).await.credential.is_none());
        assert_eq!(room.states(id).await, [State::Waiting; 2]);
    }
    assert_eq!(room.outbox.attention(&ME).await.expect("read"), 0);
    assert!(room.claim(1).await.is_none(), "and nobody carries it");
}

#[tokio::test]
async fn what_waits_for_hours_is_told_once_and_nothing_that_did_not_come_back_is_purged() {
    let room = room().await;
    let answer = || Answer { code: 451, enhanced: None, text: "later".into() };
    let put_off = || Fact::PutOff { stage: "recipient".into(), cause: Cause::Answer(answer()) };
    let untold = async |id| room.outbox.load(&ME, id).await.expect("read").expect("there").untold().is_some();
    let (waits, lost) = (room.accept(1).await, room.accept(2).await);
    room.write(waits, put_off()).await;
    room.write(lost, Fact::GivenUp(Cause::Deadline)).await;
    assert!(!untold(waits).await && untold(lost).await);
    room.sql("UPDATE message SET accepted = accepted - 18000, not_before = not_before - 18000").await;
    assert!(untold(waits).await, "five hours");
    assert_eq!(room.outbox.attention(&ME).await.expect("read"), 2);
    let live = room.live(lost).await;
    assert!(live.due.is_some() && live.credential.is_some(), "its author is told before they are wiped");
    for id in [waits, lost] {
        room.write(id, Fact::Told).await;
        assert!(!untold(id).await);
    }
    let live = room.live(lost).await;
    assert!(live.due.is_none() && live.credential.is_none() && live.settled.is_some());
    // Another try that fails is news.
    assert!(room.outbox.retry(&ME, lost).await.expect("asked"));
    room.write(lost, Fact::GivenUp(Cause::Deadline)).await;
    assert!(untold(lost).await);
    assert!(room.outbox.dismiss(&ME, lost).await.expect("asked"));
    assert!(!untold(lost).await, "who has seen it is told");

    let lost = room.accept(3).await;
    room.write(lost, Fact::GivenUp(Cause::Deadline)).await;
    room.sql("UPDATE message SET accepted = 1, not_before = 1").await;
    room.sql("UPDATE message SET settled = 1 WHERE settled IS NOT NULL").await;
    while room.store.purge_contents(1).await.expect("purged") > 0 {}
    while room.store.purge_journal(1).await.expect("purged") > 0 {}
    for id in [waits, lost] {
        assert_eq!(room.content(id).await.expect("it is whole"), TEXT);
    }
    assert_eq!(room.outbox.attention(&ME).await.expect("read"), 2);
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
async fn a_clock_that_jumps_loses_nothing() {
    let room = room().await;
    let (waits, sends) = (room.accept(1).await, room.accept(2).await);
    room.claim(1).await.expect("claimed");
    let claimed = if room.live(waits).await.owner.is_some() { waits } else { sends };
    room.say_data(claimed).await;
    // A day ahead: the lease is over, and what is in DATA is uncertain, never just sent again.
    room.sql(FORWARD_A_DAY).await;
    room.outbox.tidy().await.expect("tidied");
    assert_eq!(room.states(claimed).await, [State::Uncertain; 2]);
    room.write(claimed, Fact::Accepted(Answer { code: 250, enhanced: None, text: String::new() })).await;
    assert_eq!(room.states(claimed).await, [State::Accepted; 2], "the answer counts all the same");
    let other = room.claim(2).await.expect("what waits is carried");
    assert!(room.live(MessageId(other.id)).await.credential.is_some());

    // Back an hour: the lease holds for as long as it is renewed, and what waits does not wait for that hour.
    let late = room.accept(3).await;
    room.sql(BACK_AN_HOUR).await;
    assert!(room.claim(3).await.is_none());
    room.outbox.tidy().await.expect("tidied");
    assert_eq!(room.claim(3).await.map(|claim| claim.id), Some(late.0));
    assert!(room.store.renew(&other, &[2; 16], 60).await.expect("asked"));
    let hour = SignedDuration::from_hours(5);
    let planned = Submission { not_before: Timestamp::now() + hour, ..submission(4, text()) };
    new(room.outbox.accept(planned).await.expect("accepted"));
    room.sql(BACK_AN_HOUR).await;
    room.outbox.tidy().await.expect("tidied");
    assert!(room.claim(4).await.is_none(), "an hour that was chosen stays");
}

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

#[test]
fn all_of_this_on_postgresql() {
    let tests: &[lab::postgres::Test<()>] = &[
        ("one_form_is_one_message", one_form_is_one_message),
        ("twins_at_once_are_one_message", twins_at_once_are_one_message),
        ("what_is_kept_is_shown_to_its_account_alone", what_is_kept_is_shown_to_its_account_alone),
        ("uploads_come_back_as_lines_of_base64", uploads_come_back_as_lines_of_base64),
        ("uploads_have_bounds_and_leave_nothing_behind", uploads_have_bounds_and_leave_nothing_behind),
        ("chunks_that_are_changed_or_cut_do_not_open", chunks_that_are_changed_or_cut_do_not_open),
        ("one_courier_at_a_time_and_none_before_its_time", one_courier_at_a_time_and_none_before_its_time),
        ("taken_back_before_data_and_not_after", taken_back_before_data_and_not_after),
        (
            "a_courier_that_dies_before_data_leaves_it_waiting_after_it_uncertain",
            a_courier_that_dies_before_data_leaves_it_waiting_after_it_uncertain,
        ),
        (
            "credentials_go_with_time_and_come_with_a_sign_in",
            credentials_go_with_time_and_come_with_a_sign_in,
        ),
        (
            "purged_contents_are_gone_and_what_did_not_come_back_stays",
            purged_contents_are_gone_and_what_did_not_come_back_stays,
        ),
        (
            "what_cannot_be_sent_is_refused_before_it_is_accepted",
            what_cannot_be_sent_is_refused_before_it_is_accepted,
        ),
        (
            "what_a_recipient_puts_off_is_not_the_servers_delay",
            what_a_recipient_puts_off_is_not_the_servers_delay,
        ),
        ("days_without_a_sign_in_do_not_count_as_tries", days_without_a_sign_in_do_not_count_as_tries),
        ("uploads_that_wait_are_bounded", uploads_that_wait_are_bounded),
        (
            "a_copy_that_no_password_is_left_for_is_said_to_be_missing",
            a_copy_that_no_password_is_left_for_is_said_to_be_missing,
        ),
        (
            "credentials_that_were_refused_are_good_again_when_a_sign_in_says_so",
            credentials_that_were_refused_are_good_again_when_a_sign_in_says_so,
        ),
        ("a_late_250_is_true_and_other_late_words_are_not", a_late_250_is_true_and_other_late_words_are_not),
        ("what_is_taken_back_is_a_letter_again", what_is_taken_back_is_a_letter_again),
        (
            "passwords_wait_with_a_planned_message_for_two_days_at_most",
            passwords_wait_with_a_planned_message_for_two_days_at_most,
        ),
        (
            "what_waits_for_hours_is_told_once_and_nothing_that_did_not_come_back_is_purged",
            what_waits_for_hours_is_told_once_and_nothing_that_did_not_come_back_is_purged,
        ),
        (
            "an_account_writes_to_so_many_in_an_hour_and_as_itself_alone",
            an_account_writes_to_so_many_in_an_hour_and_as_itself_alone,
        ),
        ("a_clock_that_jumps_loses_nothing", a_clock_that_jumps_loses_nothing),
        (
            "nothing_is_claimed_once_the_tables_are_later_than_this",
            nothing_is_claimed_once_the_tables_are_later_than_this,
        ),
    ];
    lab::postgres::on_postgres(include_str!("tests.rs"), tests, drop);
    let again: &[lab::postgres::Test<()>] = &[
        ("as_a_new_message_and_once", again::as_a_new_message_and_once),
        ("files_go_along_from_chunk_to_chunk", again::files_go_along_from_chunk_to_chunk),
        ("identical_where_it_is_wanted", again::identical_where_it_is_wanted),
        ("three_times_to_anybody", again::three_times_to_anybody),
        ("not_what_is_on_its_way_unknown_seen_or_gone", again::not_what_is_on_its_way_unknown_seen_or_gone),
    ];
    lab::postgres::on_postgres(include_str!("tests/again.rs"), again, drop);
    let following: &[lab::postgres::Test<()>] = &[
        (
            "the_envid_is_proof_and_the_message_id_a_claim",
            following::the_envid_is_proof_and_the_message_id_a_claim,
        ),
        (
            "of_several_domains_the_envid_proves_nothing",
            following::of_several_domains_the_envid_proves_nothing,
        ),
        ("what_comes_from_outside_is_bounded", following::what_comes_from_outside_is_bounded),
        (
            "a_claimed_failure_is_shown_and_settles_nothing",
            following::a_claimed_failure_is_shown_and_settles_nothing,
        ),
        (
            "by_recipient_and_time_only_where_it_can_mean_one",
            following::by_recipient_and_time_only_where_it_can_mean_one,
        ),
        ("answers_are_claims_and_ones_own_are_none", following::answers_are_claims_and_ones_own_are_none),
        (
            "overdue_comes_first_until_proof_or_the_authors_word",
            following::overdue_comes_first_until_proof_or_the_authors_word,
        ),
        ("the_author_may_let_it_be", following::the_author_may_let_it_be),
        ("how_far_a_mailbox_was_looked_at", following::how_far_a_mailbox_was_looked_at),
    ];
    lab::postgres::on_postgres(include_str!("tests/following.rs"), following, drop);
    let many: &[lab::postgres::Test<()>] = &[
        ("what_is_true_of_all_recipients_is_one_line", many::what_is_true_of_all_recipients_is_one_line),
        (
            "what_is_given_up_is_what_waits_and_not_what_may_have_arrived",
            many::what_is_given_up_is_what_waits_and_not_what_may_have_arrived,
        ),
        (
            "one_that_is_damaged_hides_no_other_and_keeps_none_from_being_taken_up",
            many::one_that_is_damaged_hides_no_other_and_keeps_none_from_being_taken_up,
        ),
        ("what_is_taken_while_it_is_purged_stays", many::what_is_taken_while_it_is_purged_stays),
    ];
    lab::postgres::on_postgres(include_str!("tests/many.rs"), many, drop);
    let turns: &[lab::postgres::Test<()>] = &[
        (
            "answers_and_single_letters_overtake_what_was_sent_to_many",
            turns::answers_and_single_letters_overtake_what_was_sent_to_many,
        ),
        ("two_spellings_of_a_name_are_one_writer", turns::two_spellings_of_a_name_are_one_writer),
        ("who_sends_to_many_stands_behind_for_a_while", turns::who_sends_to_many_stands_behind_for_a_while),
    ];
    lab::postgres::on_postgres(include_str!("tests/turns.rs"), turns, drop);
}
