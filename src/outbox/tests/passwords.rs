//! Passwords that wait with a message, and how long.

use super::*;

#[tokio::test]
pub(super) async fn credentials_go_with_time_and_come_with_a_sign_in() {
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
pub(super) async fn a_copy_that_no_password_is_left_for_is_said_to_be_missing() {
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
pub(super) async fn credentials_that_were_refused_are_good_again_when_a_sign_in_says_so() {
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
pub(super) async fn passwords_wait_with_a_planned_message_for_two_days_at_most() {
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
