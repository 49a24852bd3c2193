//! Whose turn it is: letters before what was sent to many, and nobody for ever behind.

use super::*;

impl Room {
    async fn write_to(&self, account: AccountId, key: u8, recipients: usize, answers: bool) -> MessageId {
        let about = About { in_reply_to: answers.then(|| "a@b".into()), ..submission(key, text()).about };
        let recipients = (0..recipients).map(|n| format!("r{n}@example.test")).collect();
        let login = if account == OTHER { "olivia" } else { "alice" }.into();
        let letter = Submission { account, login, recipients, about, ..submission(key, text()) };
        new(self.outbox.accept(letter).await.expect("accepted"))
    }

    async fn order(&self, turns: &[Turn]) -> Vec<Option<MessageId>> {
        let mut order = Vec::new();
        for turn in turns {
            order.push(self.turn(1, *turn).await.map(|claim| MessageId(claim.id)));
        }
        order
    }
}

#[tokio::test]
pub(super) async fn answers_and_single_letters_overtake_what_was_sent_to_many() {
    use Turn::{Letters, MassSends};
    let room = room().await;
    let crowd = room.write_to(ME, 1, 13, false).await;
    let few = room.write_to(ME, 2, 12, false).await;
    let answer_to_many = room.write_to(ME, 3, 13, true).await;
    // All of one second: who wrote first goes first.
    let order = room.order(&[Letters, Letters, Letters, Letters]).await;
    assert_eq!(order, [Some(few), Some(answer_to_many), Some(crowd), None]);

    // From the eleventh letter of a minute on it is a mass send of single letters.
    let mut letters = Vec::new();
    for key in 10..22 {
        letters.push(room.write_to(ME, key, 1, false).await);
    }
    let answer = room.write_to(ME, 30, 1, true).await;
    let (hand, row) = letters.split_at(7);
    let order = room.order(&[Letters; 7]).await;
    assert_eq!(order, hand.iter().map(|id| Some(*id)).collect::<Vec<_>>());
    // A turn for those that were sent to many, between the others.
    let order = room.order(&[MassSends, Letters, Letters, MassSends]).await;
    assert_eq!(order, [Some(row[0]), Some(answer), Some(row[1]), Some(row[2])]);
    // Another account's letters never counted: its first one is by hand.
    let others = room.write_to(OTHER, 40, 1, false).await;
    let claim = room.store.claim((&OTHER, Letters), "default", &[1; 16], 60).await.expect("asked");
    assert_eq!(claim.map(|claim| MessageId(claim.id)), Some(others));
    // Under another spelling of a name the row goes on, and an answer to a crowd is one of many.
    let spelt = Submission { account: SPELT, login: "ALICE".into(), ..submission(41, text()) };
    new(room.outbox.accept(spelt).await.expect("accepted"));
    room.write_to(ME, 42, 51, true).await;
    assert_eq!(room.sql("UPDATE message SET mass = 0 WHERE mass = 1").await, 8);
}

const SPELT: AccountId = AccountId([77; 32]);

#[tokio::test]
pub(super) async fn two_spellings_of_a_name_are_one_writer() {
    let room = room().await;
    room.write_to(ME, 1, 1, false).await;
    let spelt = Submission { account: SPELT, login: "ALICE".into(), ..submission(2, text()) };
    new(room.outbox.accept(spelt).await.expect("accepted"));
    room.write_to(OTHER, 3, 1, false).await;
    let due = room.store.accounts_due("default").await.expect("asked");
    let writer = |of| due.iter().find(|(account, _)| *account == of).map(|(_, writer)| *writer);
    assert_eq!(due.len(), 3);
    assert_eq!(writer(ME), writer(SPELT));
    assert_ne!(writer(ME), writer(OTHER));
}

#[tokio::test]
pub(super) async fn who_sends_to_many_stands_behind_for_a_while() {
    let room = room().await;
    room.write_to(ME, 1, 100, false).await;
    room.write_to(OTHER, 2, 1, false).await;
    let due = async || {
        let due = room.store.accounts_due("default").await.expect("asked");
        due.into_iter().map(|(account, _)| account).collect::<Vec<_>>()
    };
    assert_eq!(due().await, [OTHER, ME]);
    // A quarter of an hour: then who waits longest comes first.
    room.sql("UPDATE message SET due = due - 901 WHERE mass = 1").await;
    assert_eq!(due().await, [ME, OTHER]);
}
