//! What is found, how it is asked, and that results stay what they were while mail comes and goes.

use anyhow::{Result, ensure};
use lab::Visitor;

use crate::support::{ALICE, BOB, House, PASSWORD, end, fill, further, message, search};

#[tokio::test]
async fn a_word_is_found_newest_first_and_the_end_is_said() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 120, |uid| {
        if uid % 2 == 0 { format!("Report {uid}") } else { format!("Letter {uid}") }
    })
    .await?;
    let alice = house.alice().await?;
    house.asked();
    let first = search(&alice, "INBOX", "subject:report").await?;
    assert_eq!(first.uids(), (22..=120).rev().filter(|uid| uid % 2 == 0).collect::<Vec<u32>>());
    assert!(end(&first)?.contains("50 results on this page, of at least 60."), "{}", end(&first)?);
    // The list had the mailbox open: one NOOP, one window, one fetch of the rows.
    let asked = house.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(asked[..2], ["NOOP", "UID SEARCH RETURN (ALL) 1:120 SUBJECT \"report\""]);
    assert!(asked[2].starts_with("UID FETCH 22,24,26"), "{asked:?}");

    let second = alice.get(&further(&first).expect("a way on")).await?;
    assert_eq!(second.uids(), [20, 18, 16, 14, 12, 10, 8, 6, 4, 2]);
    assert!(end(&second)?.contains("Every message of this folder was looked at."));
    assert_eq!(further(&second), None);

    let none = search(&alice, "INBOX", "subject:xyzzy").await?;
    assert!(none.uids().is_empty() && further(&none).is_none());
    assert_eq!(end(&none)?, "No results. Every message of this folder was looked at.");
    let french = Visitor::new(house.gateway.url(), "fr")?;
    french.sign_in(ALICE, PASSWORD).await?;
    let none = search(&french, "INBOX", "sujet:xyzzy").await?;
    assert_eq!(end(&none)?, "Aucun résultat. Tous les messages de ce dossier ont été examinés.");
    Ok(())
}

#[tokio::test]
async fn every_key_finds_what_it_says() -> Result<()> {
    use lab::seed::{Seed, mime::Part};
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 6, |uid| format!("Plain {uid}")).await?;
    let letter = |from: &str, to: &str, text: &str| {
        Seed::new(format!(
            "From: {from}\r\n{to}\r\nSubject: =?utf-8?q?Glyc=C3=A9mie?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        ))
    };
    // 7: by its people; 8: with a file; 9: large; 10: multipart/mixed without a file.
    imap.append("INBOX", &letter("Zoe <zoe@lab.test>", "Cc: carl@example.test", "à jeun, deux fois")).await?;
    let text = Part::text("plain", "See the paper.", "utf-8");
    let file = Part::file("application/pdf", "paper.pdf", &[7; 5000]);
    let paper = Part::multi("mixed", "b", &[text.clone(), file]);
    imap.append("INBOX", &Seed::new(paper.message_with("From: x@example.test\r\nSubject: Paper\r\n")))
        .await?;
    imap.append("INBOX", &letter("x@example.test", "To: y@example.test", &"word ".repeat(60_000))).await?;
    let bare = Part::multi("mixed", "b", &[text]);
    imap.append("INBOX", &Seed::new(bare.message_with("From: x@example.test\r\nSubject: Bare\r\n"))).await?;
    imap.select("INBOX").await?;
    imap.store(2, "+FLAGS (\\Flagged)").await?;
    imap.store(3, "+FLAGS (\\Answered)").await?;
    imap.store(4, "+FLAGS (\\Seen $RelaisDone)").await?;
    let alice = house.alice().await?;
    let all: Vec<u32> = (1..=10).rev().collect();
    let but = |uid: u32| all.iter().copied().filter(|other| *other != uid).collect::<Vec<_>>();
    for (typed, expected) in [
        ("from:zoe", vec![7]),
        ("de:ZOE", vec![7]),
        ("to:carl", vec![7]),
        ("glycémie", vec![9, 7]),
        ("sujet:\"glycémie\" zoe", vec![7]),
        ("\"à jeun, deux\"", vec![7]),
        ("has:attachment", vec![8]),
        ("larger:100k", vec![9]),
        ("is:flagged", vec![2]),
        ("is:answered", vec![3]),
        ("est:lu", vec![4]),
        ("is:unread", but(4)),
        ("is:done", vec![4]),
        ("is:todo", but(4)),
        ("subject:plain before:2026-11-22", vec![]),
        ("subject:plain after:2026-11-22", vec![6, 5, 4, 3, 2, 1]),
        ("from:nobody", vec![]),
    ] {
        assert_eq!(search(&alice, "INBOX", typed).await?.uids(), expected, "{typed}");
    }
    for (path, expected) in [("is=flagged", vec![2]), ("is=unread", but(4)), ("is=todo", but(4))] {
        assert_eq!(alice.get(&format!("/mail/INBOX?{path}")).await?.uids(), expected, "{path}");
    }
    assert_eq!(alice.get("/mail/INBOX?is=else").await?.status, 404);
    // The plain form says the same.
    let page = alice.get("/mail/INBOX/search").await?;
    let found = alice
        .submit(&page, "form[role=search]", &[("from", "zoe"), ("subject", "glycémie"), ("is", "unread")])
        .await?;
    assert_eq!(found.uids(), [7]);
    assert_eq!(
        found.value("form[role=search] input[name=q]").as_deref(),
        Some("from:zoe subject:glycémie is:unread")
    );
    Ok(())
}

#[tokio::test]
async fn pages_of_results_stay_while_mail_comes_and_goes() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 160, |uid| format!("Report {uid}")).await?;
    let alice = house.alice().await?;
    let first = search(&alice, "INBOX", "subject:report").await?;
    assert_eq!(first.uids(), (111..=160).rev().collect::<Vec<u32>>());
    imap.select("INBOX").await?;
    imap.expunge(&[150, 111, 110, 80, 3]).await?;
    imap.append("INBOX", &message("Report, the newest", 0)).await?;
    let second = alice.get(&further(&first).expect("a way on")).await?;
    let expected: Vec<u32> = (59..=109).rev().filter(|uid| *uid != 80).collect();
    assert_eq!(second.uids(), expected);
    imap.expunge(&[59, 60]).await?;
    let third = alice.get(&further(&second).expect("a way on")).await?;
    assert_eq!(third.uids(), (1..=58).rev().filter(|uid| *uid != 3).take(50).collect::<Vec<u32>>());
    // From the beginning, the newest is there.
    assert_eq!(search(&alice, "INBOX", "subject:report").await?.uids()[..2], [161, 160]);
    // Rebuilt: no hit of before is taken for another message.
    house.dovecot.doveadm(&["mailbox", "update", "-u", ALICE, "--uid-validity", "999", "INBOX"])?;
    let stale = house.alice().await?.get(&further(&second).expect("a way on")).await?;
    assert_eq!((stale.uids(), stale.all("[data-end]").len()), (vec![], 0), "{}", stale.text());
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_understood_is_told_and_stays_in_the_box() -> Result<()> {
    let house = House::build().await?;
    let alice = house.alice().await?;
    let page = search(&alice, "INBOX", "bilan avant:mardi dans:INBOX").await?;
    assert_eq!(page.value("input[name=q]").as_deref(), Some("bilan avant:mardi dans:INBOX"));
    assert!(page.all("[data-problem]").join("").contains("mardi"), "{}", page.text());
    let page = search(&alice, "INBOX", "  ").await?;
    assert!(page.all("[data-problem]").join("").contains("Type what to search for"));
    let page = search(&alice, "INBOX", "x in:Nowhere").await?;
    assert!(page.all("[data-problem]").join("").contains("Nowhere"));
    assert_eq!(page.value("input[name=q]").as_deref(), Some("x in:Nowhere"));
    // Another mailbox by its name, and by what it is called here.
    house.dovecot.client(ALICE).await?.append("Archive", &message("An old one", 0)).await?;
    for name in ["Archive", "archive"] {
        let page = search(&alice, "INBOX", &format!("old in:{name}")).await?;
        assert!(page.path.starts_with("/mail/Archive?s="), "{}", page.path);
        assert_eq!(page.uids(), [1]);
    }
    Ok(())
}

#[tokio::test]
async fn no_text_is_a_command_or_stands_in_a_url_or_a_log() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 3, |uid| format!("Report {uid}")).await?;
    let alice = house.alice().await?;
    let hostile = [
        "xyzzy\r\nA1 LOGOUT\r\n",
        "xyzzy\"\\\" ALL",
        "xyzzy {3}\r\nabc",
        "xyzzy{3+}",
        "xyzzy\0nul",
        "xyzzy ÿ\u{80}\u{202e}é",
        "from:\"xyzzy\r\n.\r\nDATA\"",
        "xyzzy) OR (ALL",
        "*",
    ];
    for typed in hostile {
        house.asked();
        let page = search(&alice, "INBOX", typed).await?;
        ensure!(page.status == 200 && page.uids().is_empty(), "{typed:?}: {}", page.text());
        ensure!(end(&page)?.starts_with("No results."), "{typed:?}: {}", end(&page)?);
        ensure!(!page.path.contains("xyzzy"), "{}", page.path);
        let verbs: Vec<String> =
            house.asked().iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        ensure!(
            verbs
                .iter()
                .all(|verb| ["NOOP", "UID SEARCH", "EXAMINE INBOX", "EXAMINE \"INBOX\""].contains(&&**verb)),
            "{typed:?}: {verbs:?}"
        );
    }
    let log = house.gateway.log();
    assert!(!log.contains("xyzzy") && !log.contains("LOGOUT"), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_sealed_search_opens_for_its_account_alone() -> Result<()> {
    let house = House::build().await?;
    fill(&mut house.dovecot.client(ALICE).await?, "INBOX", 3, |uid| format!("Report {uid}")).await?;
    fill(&mut house.dovecot.client(BOB).await?, "INBOX", 3, |uid| format!("Report {uid}")).await?;
    let alice = house.alice().await?;
    let bob = Visitor::signed_in(house.gateway.url(), BOB, PASSWORD).await?;
    let results = search(&alice, "INBOX", "report").await?;
    assert_eq!(results.uids(), [3, 2, 1]);
    for path in [results.path.clone(), results.path.replace("?s=", "/search?s=")] {
        let stolen = bob.get(&path).await?;
        assert_eq!(stolen.status, 404, "{path}");
        assert!(!stolen.text().contains("report"));
    }
    // Without the token of the session nothing is sealed.
    assert_ne!(alice.post("/mail/INBOX/search", &[("q", "report")]).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_hit_opens_among_the_results() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 40, |uid| {
        if [5, 20, 30, 31].contains(&uid) { format!("Report {uid}") } else { format!("Letter {uid}") }
    })
    .await?;
    let alice = house.alice().await?;
    let results = search(&alice, "INBOX", "subject:report").await?;
    assert_eq!(results.uids(), [31, 30, 20, 5]);
    let href =
        |page: &lab::Answer, selector: &str| page.attributes(selector, "href").pop().unwrap_or_default();
    let open = href(&results, "[data-uid='30'] a.open");
    let page = alice.get(&open).await?;
    assert!(page.all("h1").join("").contains("Report 30"));
    assert!(
        href(&page, ".bar a[data-back]").starts_with(&results.path),
        "{}",
        href(&page, ".bar a[data-back]")
    );
    // Down to the last one, over a hit that goes in between.
    imap.select("INBOX").await?;
    imap.expunge(&[20]).await?;
    let older = alice.get(&href(&page, ".bar a[rel=next]")).await?;
    assert!(older.all("h1").join("").contains("Report 5"), "{}", older.path);
    let end = alice.get(&href(&older, ".bar a[rel=next]")).await?;
    assert!(end.text().contains("There is no older result."), "{}", end.text());
    assert!(end.attributes("a.button", "href").contains(&results.path));
    // Up again, to what came meanwhile.
    let newer = alice.get(&href(&older, ".bar a[rel=prev]")).await?;
    assert!(newer.all("h1").join("").contains("Report 30"), "{}", newer.path);
    let newer = alice.get(&href(&newer, ".bar a[rel=prev]")).await?;
    assert!(newer.all("h1").join("").contains("Report 31"), "{}", newer.path);
    imap.append("INBOX", &message("Report, the newest", 0)).await?;
    let newest = alice.get(&href(&newer, ".bar a[rel=prev]")).await?;
    assert!(newest.all("h1").join("").contains("Report, the newest"), "{}", newest.text());
    let end = alice.get(&href(&newest, ".bar a[rel=prev]")).await?;
    assert!(end.text().contains("There is no newer result."), "{}", end.text());
    Ok(())
}
