//! One lane of a mailbox, page by page: nothing vanishes, nothing is told twice, and it says how far it looked.

use anyhow::{Context, Result, ensure};
use lab::{Announce, Answer, Dovecot, Imap, Mode, Options, Strip, Visitor, seed::Seed};

use crate::support::{ALICE, House, PASSWORD, fill, gateway, message};

/// What a shop sends to everybody: two signs of a campaign.
fn campaign(n: u32, hours: i64) -> Seed {
    let arrived = message("", hours).arrived;
    let mut seed = Seed::new(format!(
        "From: Shop <news@shop{n}.example>\r\nTo: alice@example.test\r\nSubject: Campaign {n}\r\n\
         List-Unsubscribe: <https://shop.example/u>\r\nFeedback-ID: 1:2:3:x\r\n\r\nBuy.\r\n"
    ));
    seed.arrived = arrived;
    seed
}

/// So many messages, the oldest first; every third one advertises.
async fn mixed(imap: &mut Imap, n: u32) -> Result<()> {
    let one = |uid: u32| match uid % 3 {
        0 => campaign(uid, i64::from(n - uid)),
        _ => message(&format!("Letter {uid}"), i64::from(n - uid)),
    };
    imap.multiappend("INBOX", &(1..=n).map(one).collect::<Vec<_>>()).await?;
    Ok(())
}

/// Where the page goes on, whether by its full page or by another look.
fn on(page: &Answer) -> Option<String> {
    let link = page.attributes("[data-more] a[rel=next]", "href").pop();
    link.or_else(|| {
        let action = page.attributes("[data-more] form", "action").pop()?;
        let of = |name: &str| page.value(&format!("[data-more] form [name={name}]"));
        Some(format!("{action}?lane={}&older={}", of("lane")?, of("older")?))
    })
}

async fn walk(visitor: &Visitor, path: &str) -> Result<(Vec<u32>, Vec<String>)> {
    let (mut seen, mut said, mut path) = (Vec::new(), Vec::new(), Some(path.to_owned()));
    while let Some(at) = path {
        let page = visitor.get(&at).await?;
        ensure!(page.status == 200, "{at}: {}", page.text());
        seen.extend(page.uids());
        said.extend(page.all(".looked"));
        path = on(&page);
        ensure!(said.len() < 50, "no end");
    }
    Ok((seen, said))
}

fn uids(n: u32, advertises: bool) -> Vec<u32> {
    (1..=n).rev().filter(|uid| (uid % 3 == 0) == advertises).collect()
}

#[tokio::test]
async fn every_message_is_in_one_lane_whatever_the_server_can() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    mixed(&mut dovecot.client(ALICE).await?, 400).await?;
    for set in [&[][..], &["IMAP4rev1"]] {
        let strip = Strip::start(dovecot.imap_port(), set, Announce::Unasked).await?;
        let gateway = gateway(if set.is_empty() { dovecot.imap_port() } else { strip.port() }).await?;
        let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
        let (priority, said) = walk(&alice, "/mail/INBOX?lane=priority").await?;
        assert_eq!(priority, uids(400, false), "{set:?}");
        ensure!(said[0].starts_with("Looked back to "), "{said:?}");
        ensure!(said.last().is_some_and(|last| last.contains("Every message")), "{said:?}");
        let (commercial, _) = walk(&alice, "/mail/INBOX?lane=commercial").await?;
        assert_eq!(commercial, uids(400, true), "{set:?}");
        let all = alice.get("/mail/INBOX?lane=all").await?;
        assert_eq!(all.uids(), (351..=400).rev().collect::<Vec<u32>>());
        assert_eq!(all.all(".tabs [aria-current]"), ["All"]);
        ensure!(strip.refused().is_empty(), "{set:?}: {:?}", strip.refused());
        // In French, and what no page of ours says.
        let french = Visitor::new(gateway.url(), "fr")?;
        french.sign_in(ALICE, PASSWORD).await?;
        let page = french.get("/mail/INBOX?lane=commercial").await?;
        assert_eq!(page.all(".tabs a")[..3], ["Tous", "Prioritaires", "Publicités"]);
        assert_eq!(page.all(".tabs [aria-current]"), ["Publicités"]);
        ensure!(page.all(".looked")[0].starts_with("Examiné jusqu’au"), "{:?}", page.all(".looked"));
        for bad in ["lane=x", "lane=priority&older=7"] {
            assert_eq!(alice.get(&format!("/mail/INBOX?{bad}")).await?.status, 404, "{bad}");
        }
        assert_eq!(alice.get("/mail/INBOX?lane=priority&older=7-9").await?.status, 410);
    }
    Ok(())
}

#[tokio::test]
async fn a_page_that_is_soon_full_is_one_flush() -> Result<()> {
    let house = House::build().await?;
    mixed(&mut house.dovecot.client(ALICE).await?, 300).await?;
    let alice = house.alice().await?;
    alice.get("/mail/INBOX").await?;
    house.asked();
    // What Alice wrote of late is asked once.
    let first = alice.get("/mail/INBOX?lane=priority").await?;
    let asked = house.asked();
    ensure!(asked[..2] == ["EXAMINE \"Sent\"", "EXAMINE \"INBOX\""] && asked.len() == 3, "{asked:?}");
    let again = alice.get("/mail/INBOX?lane=priority").await?;
    let asked = house.asked();
    ensure!(asked.len() == 2 && asked[0].starts_with("FETCH 201:300 (") && asked[1] == "NOOP", "{asked:?}");
    assert_eq!(again.uids(), first.uids());
    assert_eq!(first.uids(), uids(300, false)[..50]);
    // It goes on where it was, without a question where that is.
    let second = alice.get(&on(&first).context("more")?).await?;
    assert_eq!(second.uids(), uids(300, false)[50..100]);
    let asked = house.asked();
    ensure!(
        asked.len() <= 3 && asked.iter().filter(|line| line.starts_with("FETCH")).count() == 1,
        "{asked:?}"
    );
    // Rows lead back to where they were.
    let message = alice.get(&second.attributes(".open", "href")[0]).await?;
    let back = message.attributes(".bar [data-back]", "href").pop().context("a way back")?;
    ensure!(
        back.contains("lane=priority&older=") && back.ends_with(&format!("#u{}", second.uids()[0])),
        "{back}"
    );
    // The list of all is as it was: one flush, and no verdicts.
    house.asked();
    alice.get("/mail/INBOX").await?;
    assert_eq!(house.asked().len(), 2);
    Ok(())
}

#[tokio::test]
async fn whom_one_wrote_to_and_who_answers_is_not_put_behind() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let mut answer = campaign(3, 1);
    let head = b"In-Reply-To: <asked@example.test>\r\n";
    answer.raw.splice(0..0, head.iter().copied());
    imap.multiappend("INBOX", &[campaign(1, 3), campaign(2, 2), answer]).await?;
    let sent = |to: &str, id: &str| {
        Seed::new(format!(
            "From: {ALICE}\r\nTo: {to}\r\nSubject: x\r\nMessage-ID: <{id}@example.test>\r\n\r\nx\r\n"
        ))
    };
    imap.multiappend("Sent", &[sent("NEWS@Shop1.example", "wrote"), sent("desk@shop3.example", "asked")])
        .await?;
    let alice = house.alice().await?;
    assert_eq!(alice.get("/mail/INBOX?lane=commercial").await?.uids(), [2]);
    let priority = alice.get("/mail/INBOX?lane=priority").await?;
    assert_eq!(priority.uids(), [3, 1]);
    // The messages say it themselves.
    for (at, why) in [(1, "You wrote to this sender."), (0, "It answers a message of yours.")] {
        let message = alice.get(&priority.attributes(".open", "href")[at]).await?;
        ensure!(message.all(".why li").contains(&why.to_owned()), "{:?}", message.all(".why li"));
    }
    // Another session asks itself, for what advertises and once.
    let again = house.alice().await?;
    again.get("/mail/INBOX").await?;
    house.asked();
    let message = again.get(&priority.attributes(".open", "href")[1]).await?;
    ensure!(message.all(".why li").contains(&"You wrote to this sender.".to_owned()));
    let asked = house.asked();
    ensure!(asked.iter().filter(|line| line.contains("Sent")).count() == 1, "{asked:?}");
    again.get(&priority.attributes(".open", "href")[0]).await?;
    ensure!(house.asked().iter().all(|line| !line.contains("Sent")));
    Ok(())
}

#[tokio::test]
async fn what_comes_and_goes_meanwhile_moves_no_page() -> Result<()> {
    let house = House::build().await?;
    let mut other = house.dovecot.client(ALICE).await?;
    mixed(&mut other, 300).await?;
    let alice = house.alice().await?;
    let first = alice.get("/mail/INBOX?lane=commercial").await?;
    assert_eq!(first.uids(), uids(300, true)[..50]);
    // New ones of both kinds; gone are one that was shown, the one the page goes on from, and one still to come.
    other.multiappend("INBOX", &[campaign(301, 0), message("Letter 302", 0)]).await?;
    other.select("INBOX").await?;
    for uid in [299, 297, first.uids()[49], first.uids()[49] - 1, 30, 31] {
        other.run(&format!("UID STORE {uid} +FLAGS (\\Deleted)")).await?;
    }
    other.run("EXPUNGE").await?;
    let (rest, _) = walk(&alice, &on(&first).context("more")?).await?;
    let expected: Vec<u32> = uids(300, true)[50..].iter().copied().filter(|uid| *uid != 30).collect();
    assert_eq!(rest, expected);
    let (all, _) = walk(&alice, "/mail/INBOX?lane=priority").await?;
    assert_eq!(all[..2], [302, 298]);
    ensure!(!all.contains(&31) && !all.contains(&299), "{all:?}");
    Ok(())
}

#[tokio::test]
async fn a_page_looks_at_so_many_and_says_so() -> Result<()> {
    let house = House::patient().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    imap.multiappend("INBOX", &[campaign(1, 5_000), campaign(2, 4_999)]).await?;
    fill(&mut imap, "INBOX", 2_300, |n| format!("Letter {n}")).await?;
    let alice = house.alice().await?;
    alice.get("/mail/INBOX").await?;
    house.asked();
    let page = alice.get("/mail/INBOX?lane=commercial").await?;
    let windows = house.asked().iter().filter(|line| line.starts_with("FETCH")).count();
    ensure!(page.uids().is_empty(), "{:?}", page.uids());
    ensure!(
        page.all(".looked")[0].starts_with("Nothing found so far. Looked back to"),
        "{:?}",
        page.all(".looked")
    );
    // Fewer on a slow machine, where time ends it; never more.
    ensure!((1..=8).contains(&windows), "{windows} windows");
    // Nothing that a script follows by itself.
    ensure!(
        page.all("[data-more] a").is_empty() && page.all("[data-more] form button") == ["Look further back"]
    );
    let (found, said) = walk(&alice, &on(&page).context("further")?).await?;
    assert_eq!(found, [2, 1]);
    ensure!(said.last().is_some_and(|last| last.contains("Every message")), "{said:?}");
    Ok(())
}

#[tokio::test]
async fn what_was_found_stands_when_the_server_goes_silent_or_away() -> Result<()> {
    let house = House::build().await?;
    let one = |uid: u32| match uid % 10 {
        0 => campaign(uid, i64::from(400 - uid)),
        _ => message("Letter", i64::from(400 - uid)),
    };
    let mut imap = house.dovecot.client(ALICE).await?;
    imap.multiappend("INBOX", &(1..=400).map(one).collect::<Vec<_>>()).await?;
    let alice = house.alice().await?;
    alice.get("/mail/INBOX").await?;
    let before = house.wire.counts().bytes_to_client;
    let (whole, _) = walk(&alice, "/mail/INBOX?lane=commercial").await?;
    let bytes = house.wire.counts().bytes_to_client - before;
    assert_eq!(whole, (1..=40).rev().map(|n| n * 10).collect::<Vec<u32>>());
    // The first of three windows comes through.
    for mode in [Mode::StallAfter(bytes / 2), Mode::ResetAfter(bytes / 2)] {
        house.wire.set(Mode::Pass).await;
        alice.get("/mail/INBOX").await?;
        house.wire.set(mode).await;
        let page = alice.get("/mail/INBOX?lane=commercial").await?;
        house.wire.set(Mode::Pass).await;
        let found = page.uids();
        ensure!(!found.is_empty() && found.len() < 40, "{mode:?}: {found:?} {}", page.text());
        ensure!(page.all("[data-more] [data-problem]").len() == 1, "{mode:?}: {}", page.text());
        let (rest, _) = walk(&alice, &on(&page).context("a way on")?).await?;
        assert_eq!([found, rest].concat(), whole, "{mode:?}");
    }
    Ok(())
}

#[tokio::test]
async fn one_odd_message_costs_no_other_and_is_not_put_behind() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    mixed(&mut imap, 30).await?;
    let odd = Seed::new(format!("From: a@b.example\r\nTo: {}\r\n\r\nx\r\n", "x@y.example, ".repeat(200_000)));
    imap.multiappend("INBOX", &[odd]).await?;
    let alice = house.alice().await?;
    let (priority, _) = walk(&alice, "/mail/INBOX?lane=priority").await?;
    assert_eq!(priority, [&[31][..], &uids(30, false)].concat());
    Ok(())
}

#[tokio::test]
async fn what_is_ticked_in_a_lane_is_never_all_of_the_mailbox() -> Result<()> {
    let house = House::build().await?;
    mixed(&mut house.dovecot.client(ALICE).await?, 200).await?;
    let alice = house.alice().await?;
    let page = alice.get("/mail/INBOX?lane=commercial&select=all").await?;
    assert_eq!(page.attributes(".pick input[checked]", "value").len(), 50);
    ensure!(page.all("[name=all], [name=of]").is_empty(), "{}", page.text());
    ensure!(on(&page).is_some_and(|on| on.ends_with("&select")), "{:?}", on(&page));
    // Nobody's lanes, and no way to them.
    alice.get("/folders").await?;
    for none in ["Sent", "Drafts", "Trash", "Junk"] {
        ensure!(alice.get(&format!("/mail/{none}")).await?.all(".tabs").is_empty(), "{none}");
    }
    Ok(())
}

#[tokio::test]
async fn a_sender_is_put_elsewhere_and_the_choice_is_shown_and_erased() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    mixed(&mut imap, 6).await?;
    let document = "From: a@labo.example\r\nTo: alice@example.test\r\nSubject: XDM/1.0/DDM\r\nMIME-Version: 1.0\r\n\
                    Content-Type: application/zip; name=IHE_XDM.zip\r\n\r\nPK\r\n";
    imap.multiappend("INBOX", &[Seed::new(document)]).await?;
    let alice = house.alice().await?;
    let lane = async |lane: &str| anyhow::Ok(alice.get(&format!("/mail/INBOX?lane={lane}")).await?.uids());
    assert_eq!((lane("priority").await?, lane("commercial").await?), (vec![7, 5, 4, 2, 1], vec![6, 3]));

    // Why, in words; and the way to put its sender elsewhere.
    let page = alice.get("/mail/INBOX?lane=commercial").await?;
    let shop = alice.get(&page.attributes(".open", "href")[0]).await?;
    assert_eq!(shop.attributes(".why", "data-lane"), ["lane-advertising"]);
    let why = shop.all(".why").join(" ");
    ensure!(why.contains("Why in “Advertising”?") && why.contains("It offers to unsubscribe."), "{why}");
    assert_eq!(shop.all(".why button"), ["People", "Advertising"]);
    let (token, back) = (shop.value(".why [name=token]"), shop.value(".why [name=back]"));
    let (token, back) = (token.context("a token")?, back.context("a way back")?);
    let address = shop.value(".why [name=sender]").context("a sender")?;
    assert_eq!(address, "news@shop6.example");
    let fields = [("token", token.as_str()), ("sender", &address), ("to", "people"), ("back", &back)];
    let moved = alice.post("/settings/senders", &fields).await?;
    ensure!(moved.status == 200 && moved.path.starts_with(&back), "{}", moved.path);
    assert_eq!(moved.all(".why li"), ["You put this sender here."]);
    assert_eq!(moved.all(".why button"), ["Advertising", "Stop sorting this sender"]);
    assert_eq!((lane("priority").await?, lane("commercial").await?), (vec![7, 6, 5, 4, 2, 1], vec![3]));
    // In any other session of the account, and in no other account.
    let again = house.alice().await?.get("/settings/senders").await?;
    assert_eq!(again.attributes("[data-sender]", "data-sender"), ["news@shop6.example"]);
    let bob = Visitor::signed_in(house.gateway.url(), crate::support::BOB, PASSWORD).await?;
    ensure!(bob.get("/settings/senders").await?.all("[data-sender]").is_empty());

    // A colleague among advertising; documents for software come first whoever sends them.
    for sender in ["ann@example.test", "A@labo.example"] {
        let fields = [("token", token.as_str()), ("sender", sender), ("to", "advertising")];
        assert_eq!(alice.post("/settings/senders", &fields).await?.path, "/settings/senders");
    }
    assert_eq!((lane("priority").await?, lane("commercial").await?), (vec![7, 6], vec![5, 4, 3, 2, 1]));
    let clinical = alice.get("/mail/INBOX?lane=priority").await?;
    assert_eq!(clinical.all("#u7 .chip.ok"), ["for your software"]);
    let message = alice.get(&clinical.attributes(".open", "href")[0]).await?;
    ensure!(message.all(".why form").is_empty() && message.all(".why li").len() == 2);

    // Erased, one and all; what no form of ours says changes nothing.
    let page = alice.get("/settings/senders").await?;
    assert_eq!(page.all("[data-sender]").len(), 3);
    for bad in [
        &[("token", token.as_str()), ("sender", "nobody"), ("to", "people")][..],
        &[("token", &token), ("sender", "a@b.example"), ("to", "x")],
        &[("token", &token), ("to", "people")],
        &[("sender", "a@b.example"), ("to", "people")],
    ] {
        ensure!(alice.post("/settings/senders", bad).await?.status.is_client_error(), "{bad:?}");
    }
    let fields = [("token", token.as_str()), ("forget", "ann@example.test")];
    assert_eq!(alice.post("/settings/senders", &fields).await?.all("[data-sender]").len(), 2);
    let none = alice.post("/settings/senders", &[("token", &token), ("forget", "all")]).await?;
    ensure!(none.all("[data-sender]").is_empty());
    assert_eq!((lane("priority").await?, lane("commercial").await?), (vec![7, 5, 4, 2, 1], vec![6, 3]));
    // What one wrote is in no lane.
    imap.append("Sent", &message_of_alice()).await?;
    alice.get("/folders").await?;
    let sent = alice.get("/mail/Sent").await?;
    ensure!(alice.get(&sent.attributes(".open", "href")[0]).await?.all(".why").is_empty());
    Ok(())
}

fn message_of_alice() -> Seed {
    Seed::new("From: alice@example.test\r\nTo: a@b.example\r\nSubject: Mine\r\n\r\nx\r\n")
}
