//! Proof and claims.

use std::time::Duration;

use super::*;
use crate::message::report::{About as Told, Report, Saying, Words};
use crate::outbox::following::MOST_CLAIMS;

fn told(address: &str, saying: Saying) -> Report {
    let about = Told { original: None, last: Some(address.to_owned()), saying };
    Report { envelope_id: None, message_id: None, about: vec![about] }
}

fn failed() -> Saying {
    Saying::Failed(Words { code: 550, enhanced: None, text: "no".into() })
}

impl Room {
    /// Taken by its server, for Bob and for Carol.
    async fn sent(&self, key: u8, change: impl FnOnce(&mut Submission)) -> MessageId {
        let mut submission = submission(key, text());
        change(&mut submission);
        let id = new(self.outbox.accept(submission).await.expect("accepted"));
        self.write(id, Fact::InData).await;
        self.write(id, Fact::Accepted(Answer { code: 250, enhanced: None, text: String::new() })).await;
        assert!(self.outbox.awaits_reports(&ME).await.expect("asked"));
        id
    }

    fn envid(&self, id: MessageId) -> Option<String> {
        let place = seal::Place { account: &ME, id };
        Some(MessageId(seal::envid(self.store.keys(), place)).to_string())
    }

    async fn matched(&self, report: &Report) -> Option<MessageId> {
        self.outbox.match_report(&ME, report, Timestamp::now()).await.expect("asked")
    }

    async fn one(&self, id: MessageId) -> Sent {
        self.outbox.get(&ME, id).await.expect("read").expect("there").sent
    }
}

#[tokio::test]
pub(super) async fn the_envid_is_proof_and_the_message_id_a_claim() {
    let room = room().await;
    let id = room.sent(1, |_| {}).await;
    let by_id =
        |saying| Report { message_id: Some("m1@example.test".into()), ..told("BOB@example.test", saying) };
    assert_eq!(room.matched(&by_id(Saying::Delivered)).await, Some(id));
    assert_eq!(room.matched(&by_id(Saying::Displayed)).await, Some(id));
    assert_eq!(room.states(id).await, [State::Accepted; 2], "a claim moves nothing");
    assert_eq!(room.one(id).await.followed.claim.map(|(_, fact)| fact), Some(Fact::Displayed));
    assert!(!room.one(id).await.needs_user);
    let proven = Report { envelope_id: room.envid(id), ..told("bob@example.test", Saying::Delivered) };
    assert_eq!(room.matched(&proven).await, Some(id));
    assert_eq!(room.states(id).await, [State::Delivered, State::Accepted]);
    // Read twice, it is one; of nobody we wrote to, even the proof is a claim.
    let before = room.outbox.get(&ME, id).await.expect("read").expect("there").attempts.len();
    room.matched(&proven).await;
    let stranger = Report { envelope_id: room.envid(id), ..told("dave@example.test", Saying::Delivered) };
    room.matched(&stranger).await;
    let after = room.outbox.get(&ME, id).await.expect("read").expect("there");
    assert_eq!(after.attempts.len(), before + 1);
    assert_eq!(room.states(id).await, [State::Delivered, State::Accepted]);
    // Neither another account's nor a message of somebody else's.
    assert_eq!(room.outbox.match_report(&OTHER, &proven, Timestamp::now()).await.expect("asked"), None);
    let other = Report { message_id: Some("x@example.test".into()), ..told("bob@example.test", failed()) };
    assert_eq!(room.matched(&other).await, None);
}

#[tokio::test]
pub(super) async fn of_several_domains_the_envid_proves_nothing() {
    let room = room().await;
    let id = room.sent(1, |submission| submission.recipients[1] = "carol@example.org".into()).await;
    let report = Report { envelope_id: room.envid(id), ..told("bob@example.test", Saying::Delivered) };
    assert_eq!(room.matched(&report).await, Some(id));
    assert_eq!(room.states(id).await, [State::Accepted; 2]);
    assert_eq!(room.one(id).await.followed.claim.map(|(_, fact)| fact), Some(Fact::Delivered));
}

#[tokio::test]
pub(super) async fn what_comes_from_outside_is_bounded() {
    let room = room().await;
    let id = room.sent(1, |_| {}).await;
    let trail = async || room.outbox.get(&ME, id).await.expect("read").expect("there").attempts.len();
    let before = trail().await;
    let failed = |text: String| Fact::Failed(Answer { code: 550, enhanced: None, text });
    let claims = |n: usize| Fact::Claimed(Box::new(failed(n.to_string())));
    for n in 0..3 {
        room.outbox.report(&ME, id, &[(Some(0), claims(n))]).await.expect("asked");
    }
    assert_eq!(trail().await, before + 1, "in other words it is the same");
    for _ in 0..30 {
        room.write(id, Fact::Retried).await;
        room.outbox.report(&ME, id, &[(Some(0), claims(0))]).await.expect("asked");
    }
    assert_eq!(trail().await, before + 30 + MOST_CLAIMS);
    // Claims leave room for proof; one report is one change, and read twice it is one.
    let proof = [(Some(0), Fact::Delivered), (Some(1), Fact::Delivered)];
    assert!(room.outbox.report(&ME, id, &proof).await.expect("asked"));
    assert!(!room.outbox.report(&ME, id, &proof).await.expect("asked"));
}

#[tokio::test]
pub(super) async fn a_claimed_failure_is_shown_and_settles_nothing() {
    let room = room().await;
    let id = room.sent(1, |_| {}).await;
    let claim = Report { message_id: Some("m1@example.test".into()), ..told("carol@example.test", failed()) };
    assert_eq!(room.matched(&claim).await, Some(id));
    assert_eq!(room.states(id).await, [State::Accepted; 2]);
    assert!(room.one(id).await.needs_user);
    assert_eq!(room.outbox.attention(&ME).await.expect("asked"), 1);
    assert!(room.outbox.get(&ME, id).await.expect("read").expect("there").can_dismiss);
    assert!(room.outbox.dismiss(&ME, id).await.expect("asked"));
    assert_eq!(room.outbox.attention(&ME).await.expect("asked"), 0);
    // The proof of it is another matter.
    room.matched(&Report { envelope_id: room.envid(id), ..claim }).await;
    assert_eq!(room.states(id).await, [State::Accepted, State::Refused]);
    assert_eq!(room.outbox.attention(&ME).await.expect("asked"), 1);
}

#[tokio::test]
pub(super) async fn by_recipient_and_time_only_where_it_can_mean_one() {
    let room = room().await;
    let id = room.sent(1, |_| {}).await;
    let bounce = told("carol@example.test", failed());
    let late = Timestamp::now() + SignedDuration::from_hours(24 * 6);
    assert_eq!(room.outbox.match_report(&ME, &bounce, late).await.expect("asked"), None);
    assert_eq!(room.matched(&told("dave@example.test", failed())).await, None);
    assert_eq!(room.matched(&bounce).await, Some(id));
    assert_eq!(room.states(id).await, [State::Accepted; 2], "a claim");
    room.sent(2, |_| {}).await;
    assert_eq!(room.matched(&bounce).await, None, "it may be about either");
}

#[tokio::test]
pub(super) async fn answers_are_claims_and_ones_own_are_none() {
    let room = room().await;
    let id = room.sent(1, |_| {}).await;
    let ids = vec!["other@example.test".to_owned(), "m1@example.test".to_owned()];
    let answered = async |from| room.outbox.match_answer(&ME, &ids, from).await.expect("asked");
    assert_eq!(answered("Alice@example.test").await, None);
    assert_eq!(answered("Bob@example.test").await, Some(id));
    assert_eq!(room.states(id).await, [State::Accepted; 2]);
    assert_eq!(room.one(id).await.followed.claim.map(|(_, fact)| fact), Some(Fact::Answered));
}

#[tokio::test]
pub(super) async fn overdue_comes_first_until_proof_or_the_authors_word() {
    let mut room = room().await;
    room.outbox = room.outbox.clone().awaiting_for(Duration::from_secs(60));
    let an_hour_ago = Timestamp::now() - SignedDuration::from_hours(1);
    let followed = room
        .sent(1, |submission| {
            (submission.follow, submission.not_before) = (true, an_hour_ago);
            submission.recipients.truncate(1);
        })
        .await;
    let calm = room.sent(2, |submission| submission.not_before = an_hour_ago).await;
    let fresh = room.sent(3, |submission| submission.follow = true).await;
    // accepted now: its hour begins at acceptance.
    let ids = async || -> Vec<MessageId> {
        room.outbox.list(&ME, None, 10).await.expect("read").iter().map(|sent| sent.id).collect()
    };
    assert_eq!(ids().await, [followed, fresh, calm]);
    assert_eq!(room.outbox.attention(&ME).await.expect("asked"), 1);
    let one = room.one(followed).await;
    assert!(one.needs_user && one.followed.overdue && !room.one(fresh).await.followed.overdue);
    // A claim does not end the wait.
    let claim =
        Report { message_id: Some("m1@example.test".into()), ..told("bob@example.test", Saying::Displayed) };
    room.matched(&claim).await;
    assert!(room.one(followed).await.followed.overdue);
    let proof = Report { envelope_id: room.envid(followed), ..claim };
    room.matched(&proof).await;
    assert!(!room.one(followed).await.needs_user);
    assert_eq!(ids().await, [fresh, calm, followed]);
}

#[tokio::test]
pub(super) async fn the_author_may_let_it_be() {
    let mut room = room().await;
    room.outbox = room.outbox.clone().awaiting_for(Duration::from_secs(60));
    let an_hour_ago = Timestamp::now() - SignedDuration::from_hours(1);
    let id = room.sent(1, |s| (s.follow, s.not_before) = (true, an_hour_ago)).await;
    assert!(room.one(id).await.needs_user);
    assert!(room.outbox.dismiss(&ME, id).await.expect("asked"));
    assert!(!room.one(id).await.needs_user);
    assert!(!room.outbox.dismiss(&ME, id).await.expect("asked"));
}

#[tokio::test]
pub(super) async fn how_far_a_mailbox_was_looked_at() {
    let room = room().await;
    let (store, inbox) = (&room.store, b"INBOX");
    assert_eq!(store.looked_up_to(&ME, inbox, 7).await.expect("read"), None);
    assert_eq!(room.outbox.last_looked(&ME).await.expect("read"), None);
    store.set_looked(&ME, inbox, 7, 40, false).await.expect("kept");
    assert_eq!(room.outbox.last_looked(&ME).await.expect("read"), None, "there was more to see");
    store.set_looked(&ME, inbox, 7, 90, true).await.expect("kept");
    // A slower look of before takes nothing back.
    store.set_looked(&ME, inbox, 7, 60, false).await.expect("kept");
    assert_eq!(store.looked_up_to(&ME, inbox, 7).await.expect("read"), Some(90));
    assert_eq!(store.looked_up_to(&ME, inbox, 8).await.expect("read"), None);
    assert!(room.outbox.last_looked(&ME).await.expect("read").is_some());
    assert_eq!(room.outbox.last_looked(&OTHER).await.expect("read"), None);
    let id = room.sent(1, |_| {}).await;
    for _ in 0..2 {
        store.add_report(&ME, inbox, 7, 55, &id.0).await.expect("kept");
    }
    assert_eq!(store.reports(&ME, inbox, 7, (50, 60)).await.expect("read"), [(55, id.0)]);
    assert!(store.reports(&ME, inbox, 8, (50, 60)).await.expect("read").is_empty());
    let (one, two) = (room.outbox.begin_look(&ME), room.outbox.begin_look(&ME));
    assert!(one.is_some() && two.is_none());
    drop(one);
    assert!(room.outbox.begin_look(&ME).is_some());
}
