//! One courier at a time, what it leaves behind when it dies, and clocks.

use super::*;

#[tokio::test]
pub(super) async fn what_a_recipient_puts_off_is_not_the_servers_delay() {
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
pub(super) async fn one_courier_at_a_time_and_none_before_its_time() {
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
pub(super) async fn taken_back_before_data_and_not_after() {
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
pub(super) async fn a_courier_that_dies_before_data_leaves_it_waiting_after_it_uncertain() {
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
pub(super) async fn days_without_a_sign_in_do_not_count_as_tries() {
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
pub(super) async fn a_late_250_is_true_and_other_late_words_are_not() {
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

#[tokio::test]
pub(super) async fn what_waits_for_hours_is_told_once_and_nothing_that_did_not_come_back_is_purged() {
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
pub(super) async fn a_clock_that_jumps_loses_nothing() {
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
