//! A thousand recipients, many messages, one that is damaged: nothing of it is dear, or stops the others.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    config::{Protocol, ServerUrl},
    net,
};

fn taken() -> Fact {
    Fact::Accepted(Answer { code: 250, enhanced: None, text: "queued".into() })
}

impl Room {
    async fn write_each(&self, id: MessageId, facts: Vec<(Option<usize>, Fact)>) {
        let wrote = self.outbox.change(&ME, id, |loaded| {
            Some(journal::Change { live: loaded.row.live.clone(), facts: facts.clone() })
        });
        assert!(wrote.await.expect("written").is_some());
    }

    async fn lines(&self, id: MessageId) -> Vec<Option<usize>> {
        let detail = self.outbox.get(&ME, id).await.expect("read").expect("there");
        detail.attempts.iter().map(|attempt| attempt.recipient).collect()
    }
}

#[tokio::test]
pub(super) async fn what_is_true_of_all_recipients_is_one_line() {
    let room = room().await;
    let recipients = (0..MOST_RECIPIENTS).map(|n| format!("r{n}@example.test")).collect();
    let crowd = Submission { recipients, ..submission(1, text()) };
    let id = new(room.outbox.accept(crowd).await.expect("accepted"));
    let all = || (0..MOST_RECIPIENTS).collect();
    room.write_each(id, journal::each(all(), || Fact::InData)).await;
    let mut end = journal::each(all(), taken);
    end.push((None, Fact::ToKeep));
    room.write_each(id, end).await;
    assert_eq!(room.lines(id).await, [None, None, None]);
    assert_eq!(room.states(id).await, [State::Accepted; MOST_RECIPIENTS]);

    let id = room.accept(2).await;
    room.write_each(id, vec![(Some(0), Fact::InData)]).await;
    room.write_each(id, vec![(Some(0), taken()), (Some(1), Fact::GivenUp(Cause::Deadline))]).await;
    assert_eq!(room.lines(id).await, [Some(0), Some(0), Some(1)], "each has its own");
    assert_eq!(room.states(id).await, [State::Accepted, State::GivenUp]);
}

#[tokio::test]
pub(super) async fn what_is_given_up_is_what_waits_and_not_what_may_have_arrived() {
    let room = room().await;
    let id = room.accept(1).await;
    room.write_each(id, journal::each(vec![0, 1], || Fact::InData)).await;
    let put_off = Fact::PutOff { stage: "end".into(), cause: Cause::Closed };
    room.write_each(id, vec![(Some(0), put_off), (Some(1), Fact::Unknown(Cause::Closed))]).await;
    room.write_each(id, vec![(Some(1), Fact::Resent), (Some(1), Fact::InData)]).await;
    room.write_each(id, vec![(Some(1), Fact::Unknown(Cause::Closed))]).await;
    assert_eq!(room.states(id).await, [State::Waiting, State::Uncertain]);
    room.sql("UPDATE message SET accepted = accepted - 600000, not_before = not_before - 600000, due = 1")
        .await;

    let url = ServerUrl::parse(Protocol::Smtp, "smtp://127.0.0.1:9?tls=none", false).expect("a URL");
    let carrier = Carrier {
        name: "default".into(),
        tls: net::client_config(&url).expect("anchors"),
        url,
        hello: "relais.example.test".into(),
        copies: None,
        reports: None,
    };
    let stop = CancellationToken::new();
    let task = tokio::spawn(courier(room.outbox.clone(), vec![carrier], stop.clone()));
    for _ in 0..500 {
        if room.states(id).await[0] == State::GivenUp {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    task.await.expect("it ends");
    assert_eq!(room.states(id).await, [State::GivenUp, State::Uncertain]);
}

#[tokio::test]
pub(super) async fn one_that_is_damaged_hides_no_other_and_keeps_none_from_being_taken_up() {
    let room = room().await;
    let mut ids = [room.accept(1).await, room.accept(2).await];
    ids.sort();
    for owner in [1, 2] {
        room.claim(owner).await.expect("claimed");
    }
    room.sql(
        "UPDATE recipient SET address = x'00' WHERE message = (SELECT id FROM message ORDER BY id LIMIT 1)",
    )
    .await;
    // Its lease is the older one: it is looked at first.
    room.sql("UPDATE message SET lease = 2").await;
    room.sql("UPDATE message SET lease = 1 WHERE id = (SELECT id FROM message ORDER BY id LIMIT 1)").await;
    room.outbox.tidy().await.expect("tidied");
    assert!(room.live(ids[0]).await.owner.is_some() && room.live(ids[1]).await.owner.is_none());
    let list = room.outbox.list(&ME, None, 50).await.expect("read");
    assert_eq!(list.iter().map(|sent| sent.id).collect::<Vec<_>>(), [ids[1]]);
    assert_eq!(room.claim(3).await.map(|claim| claim.id), Some(ids[1].0));
}

/// On PostgreSQL: two statements at once, of which the second has found its rows before the first is committed.
#[tokio::test]
pub(super) async fn what_is_taken_while_it_is_purged_stays() {
    let room = room().await;
    let Some(database) = &room.database else { return };
    let file = room.stage(b"a file").await;
    let done = room.accept(1).await;
    room.write(done, Fact::Cancelled).await;
    room.sql("UPDATE blob SET expires = unixepoch() - 1 WHERE message IS NULL").await;
    room.sql("UPDATE message SET settled = settled - 100").await;
    let purges = [
        ("UPDATE blob SET expires = NULL", 0),
        ("UPDATE message SET settled = NULL", 1),
        ("UPDATE message SET settled = NULL", 2),
    ];
    for (change, purge) in purges {
        let (url, server) = (database.url.clone(), database.server.clone());
        let text = format!("BEGIN; {change}; SELECT pg_sleep(1); COMMIT");
        let other = std::thread::spawn(move || server.sql(&url, &text));
        let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while database.sql(sleeps).expect("asked") == "0" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let purged = match purge {
            0 => room.store.purge_blobs().await,
            1 => room.store.purge_contents(50).await,
            _ => room.store.purge_journal(50).await,
        };
        assert_eq!(purged.expect("asked"), 0, "{change}");
        other.join().expect("it ends").expect("changed");
        room.sql("UPDATE message SET settled = unixepoch() - 100").await;
    }
    assert_eq!(room.outbox.staged(&ME, &[file.id]).await.expect("read").len(), 1);
    assert_eq!(room.content(done).await.expect("it is whole"), TEXT);
}
