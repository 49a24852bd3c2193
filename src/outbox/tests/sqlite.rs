//! What only a database in a file can show: an old copy put back, a disk that is full.

use super::*;

/// A room whose store can be closed, copied and put back.
async fn shelf(folder: &std::path::Path) -> (Outbox, Arc<Store>) {
    let store = Store::open(&folder.join("data"), &folder.join("data.key")).await;
    let store = Arc::new(store.expect("a store"));
    (Outbox::new(store.clone()).beside(&folder.join("data.key")), store)
}

#[tokio::test]
async fn a_store_that_was_put_back_sends_nothing_before_somebody_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (database, copy) = (folder.path().join("data/relais.db"), folder.path().join("copy.db"));
    let (outbox, store) = shelf(folder.path()).await;
    assert_eq!(outbox.look_back().await.expect("looked"), 0, "a new store is nobody's copy");
    let id = new(outbox.accept(submission(1, text())).await.expect("accepted"));
    outbox.grow_older().await.expect("grown");
    store.close().await;
    drop((outbox, store));
    std::fs::copy(&database, &copy).expect("a backup");

    let (outbox, store) = shelf(folder.path()).await;
    assert_eq!(outbox.look_back().await.expect("looked"), 0, "started again");
    let sent = Fact::Accepted(Answer { code: 250, enhanced: None, text: String::new() });
    let sent = outbox.change(&ME, id, |loaded| {
        Some(journal::Change { live: loaded.row.live.clone(), facts: vec![(None, sent.clone())] })
    });
    assert!(sent.await.expect("written").is_some());
    store.close().await;
    drop((outbox, store));

    std::fs::copy(&copy, &database).expect("put back");
    let (outbox, store) = shelf(folder.path()).await;
    assert_eq!(outbox.look_back().await.expect("looked"), 1);
    assert!(store.claim((&ME, Turn::Letters), "default", &[1; 16], 60).await.expect("asked").is_none());
    let detail = outbox.get(&ME, id).await.expect("read").expect("there");
    assert!(detail.sent.recipients.iter().all(|r| r.state == State::Held) && detail.can_release);
    assert!(detail.sent.needs_user && detail.can_cancel);
    let held = outbox.held().await.expect("read");
    assert_eq!((held.len(), held[0].recipients, &*held[0].from), (1, 2, "alice@example.test"));
    // What is accepted from now on is its own.
    let after = new(outbox.accept(submission(2, text())).await.expect("accepted"));
    store.close().await;
    drop((outbox, store));
    let (outbox, store) = shelf(folder.path()).await;
    assert_eq!(outbox.look_back().await.expect("looked"), 0, "once");
    assert_eq!(
        store.claim((&ME, Turn::Letters), "default", &[1; 16], 60).await.expect("asked").map(|c| c.id),
        Some(after.0)
    );
    assert!(!outbox.release(&OTHER, id).await.expect("asked"));
    assert!(outbox.release(&ME, id).await.expect("asked") && !outbox.release(&ME, id).await.expect("asked"));
    assert_eq!(
        store.claim((&ME, Turn::Letters), "default", &[1; 16], 60).await.expect("asked").map(|c| c.id),
        Some(id.0)
    );
}

#[tokio::test]
async fn no_crash_makes_a_store_look_like_an_old_copy() {
    let folder = tempfile::tempdir().expect("a folder");
    let age = folder.path().join("data.key.age");
    let (outbox, store) = shelf(folder.path()).await;
    outbox.look_back().await.expect("looked");
    new(outbox.accept(submission(1, text())).await.expect("accepted"));
    // Killed after the commit and before the file.
    let before = std::fs::read(&age).expect("a file");
    outbox.grow_older().await.expect("grown");
    assert_ne!(std::fs::read(&age).expect("a file"), before);
    std::fs::write(&age, &before).expect("as it was");
    assert_eq!(outbox.look_back().await.expect("looked"), 0);
    // Half a file, none, another store's, a folder that takes none.
    let other = format!("relais-outbox-age 1 {} 900", BlobId([9; 16]));
    for content in [Some("relais-outbox-age 1 00"), Some("\u{0}"), Some(&*other), None] {
        match content {
            Some(content) => std::fs::write(&age, content).expect("written"),
            None => std::fs::remove_file(&age).expect("removed"),
        }
        assert_eq!(outbox.look_back().await.expect("looked"), 0, "{content:?}");
        assert!(std::fs::read_to_string(&age).expect("made anew").starts_with("relais-outbox-age 1 "));
    }
    std::fs::remove_file(&age).expect("removed");
    std::fs::create_dir(&age).expect("in the way");
    assert_eq!(outbox.look_back().await.expect("it serves all the same"), 0);
    drop(store);
}

#[tokio::test]
async fn a_full_disk_refuses_before_it_accepts_and_forgets_no_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (outbox, store) = shelf(folder.path()).await;
    let id = new(outbox.accept(submission(1, text())).await.expect("accepted"));
    let filler =
        Submission { not_before: Timestamp::now() + SignedDuration::from_hours(1), ..submission(2, text()) };
    new(outbox.accept(filler).await.expect("accepted"));
    let claim =
        store.claim((&ME, Turn::Letters), "default", &[1; 16], 60).await.expect("asked").expect("claimed");
    assert_eq!(claim.id, id.0);
    store.fill_disk_for_test().await;

    let full = |error: &Error| format!("{error:?}").contains("full");
    let large = vec![Piece::Bytes([TEXT, &b"0123456789\r\n".repeat(50_000)[..]].concat())];
    let refused = outbox.accept(submission(3, large.clone())).await.expect_err("there is no room");
    assert!(full(&refused), "{refused:?}");
    assert!(outbox.get(&ME, id).await.expect("reading goes on").is_some());
    // An answer that came in: it is asked again until there is room, and then it is there, once.
    let answer = Answer { code: 250, enhanced: None, text: "queued ".repeat(500) };
    let write = || {
        outbox.change(&ME, id, |loaded| {
            let live = Live { owner: None, lease: 0, due: None, ..loaded.row.live.clone() };
            Some(journal::Change { live, facts: vec![(None, Fact::Accepted(answer.clone()))] })
        })
    };
    for _ in 0..3 {
        let refused = write().await.err().expect("there is no room");
        assert!(full(&refused), "{refused:?}");
        let detail = outbox.get(&ME, id).await.expect("read").expect("there");
        assert!(detail.attempts.is_empty(), "nothing half is written");
    }
    store.empty_disk_for_test().await;
    assert!(write().await.expect("written").is_some());
    let detail = outbox.get(&ME, id).await.expect("read").expect("there");
    assert!(detail.sent.recipients.iter().all(|r| r.state == State::Accepted) && detail.attempts.len() == 1);
    new(outbox.accept(submission(3, large)).await.expect("the same form, a moment later"));
}
