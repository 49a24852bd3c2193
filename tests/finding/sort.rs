//! A mailbox in another order: what it costs, that it is the order of the mail server, and what is said where it is not
//! made.

use anyhow::{Context, Result, ensure};
use lab::{Announce, Answer, Dovecot, Imap, Mode, Options, Script, Strip, Visitor, seed::Seed};

use crate::support::{ALICE, House, PASSWORD, fill, gateway, gateway_with, message};

/// Names as they are shown, with their accents; whose addresses are in another order.
const PEOPLE: [&str; 8] = ["Zoé", "Émile", "emma", "Éric", "Eric", "Àna", "ana", "Oskar"];
const SUBJECTS: [&str; 6] = ["Été", "Re: bilan", "bilan", "Zone", "Tr: été", "école"];

/// So many messages of different people, subjects, dates and sizes.
async fn mixed(imap: &mut Imap, n: u32) -> Result<()> {
    let encoded =
        |text: &str| format!("=?utf-8?q?{}?=", text.bytes().map(|b| format!("={b:02X}")).collect::<String>());
    let seeds: Vec<Seed> = (0..n)
        .map(|i| {
            let who = PEOPLE[i as usize % PEOPLE.len()];
            let subject = SUBJECTS[i as usize % SUBJECTS.len()];
            let day = 1 + (i * 7) % 28;
            let mut seed = Seed::new(format!(
                "From: {} <z{}@example.test>\r\nTo: {} <x@example.test>\r\nSubject: {}\r\nDate: {day} Jan 2026 10:{:02}:00 \
                 +0000\r\n\r\n{}\r\n",
                encoded(who),
                PEOPLE.len() - i as usize % PEOPLE.len(),
                encoded(PEOPLE[(i as usize + 3) % PEOPLE.len()]),
                encoded(subject),
                i % 60,
                "x".repeat((i as usize * 37) % 1009),
            ));
            seed.arrived = message("", i64::from(n - i)).arrived;
            seed
        })
        .collect();
    imap.multiappend("INBOX", &seeds).await?;
    imap.select("INBOX").await?;
    Ok(())
}

/// All UIDs in the order that the server itself makes of these keys.
async fn order(imap: &mut Imap, keys: &str) -> Result<Vec<u32>> {
    imap.select("INBOX").await?;
    let reply = imap.run(&format!("UID SORT ({keys}) UTF-8 ALL")).await?;
    let lines = reply.text();
    let line = lines.iter().find_map(|line| line.strip_prefix("* SORT")).context("no SORT")?;
    Ok(line.split_whitespace().filter_map(|uid| uid.parse().ok()).collect())
}

fn next(page: &Answer) -> Option<String> {
    page.attributes("a[rel=next]", "href").into_iter().next()
}

/// Every UID from this page on, page by page.
async fn walk(visitor: &Visitor, path: &str) -> Result<Vec<u32>> {
    let mut seen = Vec::new();
    let mut path = Some(path.to_owned());
    while let Some(at) = path {
        let page = visitor.get(&at).await?;
        ensure!(page.status == 200 && page.all("[data-sorted]").len() == 1, "{at}: {}", page.text());
        seen.extend(page.uids());
        path = next(&page);
    }
    Ok(seen)
}

const ORDERS: [(&str, &str); 8] = [
    ("sort=from&order=asc", "DISPLAYFROM REVERSE ARRIVAL"),
    ("sort=from&order=desc", "REVERSE DISPLAYFROM REVERSE ARRIVAL"),
    ("sort=subject&order=asc", "SUBJECT REVERSE ARRIVAL"),
    ("sort=subject&order=desc", "REVERSE SUBJECT REVERSE ARRIVAL"),
    ("sort=date&order=asc", "DATE"),
    ("sort=date&order=desc", "REVERSE DATE"),
    ("sort=size&order=asc", "SIZE"),
    ("sort=size&order=desc", "REVERSE SIZE"),
];

#[tokio::test]
async fn a_page_is_one_sort_and_one_fetch_in_the_order_of_the_server() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    mixed(&mut imap, 120).await?;
    let alice = house.alice().await?;
    house.asked();
    let first = alice.get("/mail/INBOX?sort=from&order=asc").await?;
    let asked = house.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(
        asked[..2],
        ["NOOP", "UID SORT RETURN (PARTIAL 1:50) (DISPLAYFROM REVERSE ARRIVAL) UTF-8 ALL"]
    );
    assert!(asked[2].starts_with("UID FETCH "), "{asked:?}");
    assert_eq!(first.uids().len(), 50);
    // Accents stand where the server puts them: É after all of E.
    let people = first.texts(".row .who");
    let mut groups = people.clone();
    groups.dedup();
    assert_eq!(groups, ["ana", "Àna", "emma", "Eric"], "{people:?}");

    let house_pages = alice.get(&next(&first).context("a next page")?).await?;
    let asked = house.asked();
    assert!(asked[1].contains("PARTIAL 51:100") && asked.len() == 3, "{asked:?}");
    assert!(house_pages.all("[data-moved]").is_empty());
    for (query, keys) in ORDERS {
        let expected = order(&mut imap, keys).await?;
        assert_eq!(expected.len(), 120);
        assert_eq!(walk(&alice, &format!("/mail/INBOX?{query}")).await?, expected, "{query}");
    }
    // The usual order asks for no sort, and neither does the page of orders.
    house.asked();
    let orders = alice.get("/mail/INBOX/sort").await?;
    assert_eq!(house.asked(), Vec::<String>::new());
    assert_eq!(orders.attributes("nav.card a", "href").len(), 9);
    alice.get("/mail/INBOX").await?;
    assert!(!house.asked().iter().any(|line| line.contains("SORT")));
    Ok(())
}

#[tokio::test]
async fn sent_mail_is_in_the_order_of_its_recipients() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let seeds: Vec<Seed> = ["Zoe", "Ann", "Max"]
        .map(|to| {
            Seed::new(format!(
                "From: alice@example.test\r\nTo: {to} <a@example.test>\r\nSubject: x\r\n\r\ny\r\n"
            ))
        })
        .into();
    imap.multiappend("Sent", &seeds).await?;
    let alice = house.alice().await?;
    alice.get("/folders").await?;
    house.asked();
    let page = alice.get("/mail/Sent?sort=from").await?;
    assert_eq!(page.texts(".row .who"), ["Ann", "Max", "Zoe"]);
    assert!(page.all("[data-sorted]").join("").contains("Recipient, A to Z"), "{}", page.text());
    assert!(house.asked().iter().any(|line| line.contains("(DISPLAYTO REVERSE ARRIVAL)")));
    Ok(())
}

#[tokio::test]
async fn servers_that_can_less_make_the_same_order_or_say_which() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut imap = dovecot.client(ALICE).await?;
    mixed(&mut imap, 120).await?;
    for (set, by_address) in [
        // Sorted here.
        (&["IMAP4rev1"][..], false),
        (&["IMAP4rev1", "SORT"], true),
        (&["IMAP4rev1", "SORT", "SORT=DISPLAY"], false),
        (&["IMAP4rev1", "SORT", "SORT=DISPLAY", "ESEARCH", "ESORT", "CONTEXT=SORT"], false),
    ] {
        let strip = Strip::start(dovecot.imap_port(), set, Announce::Unasked).await?;
        let gateway = gateway(strip.port()).await?;
        let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
        for (query, keys) in ORDERS {
            let keys = if by_address { keys.replace("DISPLAYFROM", "FROM") } else { keys.to_owned() };
            let mut expected = order(&mut imap, &keys).await?;
            let mut found = walk(&alice, &format!("/mail/INBOX?{query}")).await?;
            if set.len() == 1 && query.contains("subject") {
                // Here "Tr:" is an answer's prefix too: only who is there is compared.
                (expected, found) = (sorted(expected), sorted(found));
            }
            assert_eq!(found, expected, "{set:?} {query}");
        }
        let page = alice.get("/mail/INBOX?sort=from").await?;
        assert_eq!(page.text().contains("by their addresses"), by_address, "{set:?}");
        ensure!(strip.refused().is_empty(), "{set:?}: {:?}", strip.refused());
    }
    Ok(())
}

fn sorted(mut uids: Vec<u32>) -> Vec<u32> {
    uids.sort_unstable();
    uids
}

#[tokio::test]
async fn what_is_announced_and_refused_is_asked_for_once() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut imap = dovecot.client(ALICE).await?;
    mixed(&mut imap, 60).await?;
    // What Dovecot 2.3 announces, without the context of SORT that it really has.
    let set = ["IMAP4rev1", "SORT", "SORT=DISPLAY", "ESEARCH", "ESORT", "CONTEXT=SEARCH"];
    let strip = Strip::start(dovecot.imap_port(), &set, Announce::Unasked).await?;
    let gateway = gateway(strip.port()).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    for _ in 0..2 {
        let found = walk(&alice, "/mail/INBOX?sort=date&order=asc").await?;
        assert_eq!(found, order(&mut imap, "DATE").await?);
    }
    assert_eq!(strip.refused().len(), 1, "{:?}", strip.refused());
    Ok(())
}

#[tokio::test]
async fn a_mailbox_above_the_limit_is_not_sorted_and_says_so() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 120, |uid| format!("Letter {uid}")).await?;
    for (limits, exists, words) in [
        ("[limits]\nsort = 119\n", "120", "Beyond 119 it is not sorted"),
        ("[limits]\nsort = 0\n", "", "not sorted otherwise here"),
    ] {
        let gateway = gateway_with(house.wire.port(), limits).await?;
        let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
        house.asked();
        let page = alice.get("/mail/INBOX?sort=size").await?;
        assert_eq!(house.asked(), ["NOOP"]);
        assert_eq!((page.status.as_u16(), page.uids()), (422, vec![]));
        let said = page.all("[data-unsorted]").join("");
        assert!(said.contains(words) && said.contains(exists), "{said}");
        assert_eq!(page.attributes("[data-unsorted] a", "href"), ["/mail/INBOX", "/mail/INBOX/search"]);
        // The way it leads to.
        assert_eq!(alice.get("/mail/INBOX").await?.uids()[0], 120);
    }
    let gateway = gateway_with(house.wire.port(), "[limits]\nsort = 120\n").await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    assert_eq!(alice.get("/mail/INBOX?sort=size").await?.uids().len(), 50);
    // Without SORT only few are put in order, here.
    let strip = Strip::start(house.dovecot.imap_port(), &["IMAP4rev1"], Announce::Unasked).await?;
    let gateway = gateway_with(strip.port(), "[limits]\nsort = 100\n").await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let page = alice.get("/mail/INBOX?sort=size").await?;
    assert!(page.status == 422 && page.text().contains("Your mail server cannot sort"), "{}", page.text());
    Ok(())
}

#[tokio::test]
async fn a_larger_one_is_sorted_where_the_server_just_was_quick() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 1_100, |uid| format!("Letter {uid}")).await?;
    fill(&mut imap, "Archive", 1_000, |uid| format!("Letter {uid}")).await?;
    let gateway = gateway_with(house.wire.port(), "[limits]\nsort = 1000\n").await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    assert_eq!(alice.get("/mail/INBOX?sort=date").await?.status, 422);
    assert_eq!(alice.get("/mail/Archive?sort=date").await?.status, 200);
    assert_eq!(alice.get("/mail/INBOX?sort=date").await?.uids(), (1_051..=1_100).rev().collect::<Vec<u32>>());
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_and_let_go() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    mixed(&mut imap, 60).await?;
    let alice = house.alice().await?;
    house.wire.set(Mode::StallAfter(0)).await;
    let page = alice.get("/mail/INBOX?sort=from&page=2").await?;
    house.wire.set(Mode::Pass).await;
    let said = page.all("[data-unsorted]").join("");
    assert!(said.contains("did not sort this folder within 1 second"), "{}", page.text());
    let ways = page.attributes("[data-unsorted] a", "href");
    assert_eq!(ways, ["/mail/INBOX", "/mail/INBOX/search", "/mail/INBOX?sort=from&order=asc&page=2"]);
    // On another connection: what was asked there is nobody's any more.
    assert_eq!(alice.get(&ways[0]).await?.uids()[0], 60);
    assert_eq!(alice.get(&ways[2]).await?.uids().len(), 10);
    Ok(())
}

#[tokio::test]
async fn what_no_page_asks_is_a_clear_page() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    mixed(&mut imap, 60).await?;
    let alice = house.alice().await?;
    house.asked();
    for query in [
        "sort=x",
        "sort=",
        "sort=from&order=up",
        "sort=size&page=0",
        "sort=size&page=x",
        "sort=DATE)%0d%0aA1",
    ] {
        assert_eq!(alice.get(&format!("/mail/INBOX?{query}")).await?.status, 404, "{query}");
    }
    assert_eq!(house.asked(), Vec::<String>::new());
    let last = alice.get("/mail/INBOX?sort=date&order=asc&page=999999").await?;
    assert_eq!(last.uids(), order(&mut imap, "DATE").await?[50..]);
    assert_eq!((next(&last), last.value("#page").as_deref()), (None, Some("2")));
    // From there to a page by its number, in the same order.
    assert_eq!(last.attributes("form.jump input[type=hidden]", "value"), ["date", "asc"]);
    let empty = alice.get("/mail/Trash?sort=from").await?;
    assert!(empty.status == 200 && empty.text().contains("No messages here"), "{}", empty.text());
    Ok(())
}

#[tokio::test]
async fn when_mail_comes_in_between_the_next_page_says_so() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    mixed(&mut imap, 60).await?;
    let alice = house.alice().await?;
    let first = alice.get("/mail/INBOX?sort=date&order=desc").await?;
    imap.append("INBOX", &message("New", 0)).await?;
    let second = alice.get(&next(&first).context("a next page")?).await?;
    assert_eq!(second.uids(), order(&mut imap, "REVERSE DATE").await?[50..]);
    assert_eq!(second.all("[data-list] [data-moved]").len(), 1, "{}", second.text());
    let anew = second.attributes("[data-moved] a", "href");
    assert_eq!(anew, ["/mail/INBOX?sort=date&order=desc"]);
    assert!(alice.get(&anew[0]).await?.all("[data-moved]").is_empty());
    Ok(())
}

#[tokio::test]
async fn messages_are_opened_and_selected_as_on_any_list() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    mixed(&mut imap, 120).await?;
    let alice = house.alice().await?;
    let path = "/mail/INBOX?sort=size&order=desc&page=2";
    let page = alice.get(path).await?;
    let rows = page.uids();
    // By size, sizes are shown.
    assert_eq!(page.all(".row .chip").len(), 50);
    let open = page.attributes(".row a.open", "href");
    let message = alice.get(&open[3]).await?;
    let back = message.attributes(".bar a[data-back]", "href");
    assert_eq!(back, [format!("{path}#u{}", rows[3])]);
    // Its neighbours are those of the mailbox.
    assert!(message.attributes(".bar a[rel=next]", "href")[0].ends_with(&format!("-{}", rows[3] - 1)));

    let select = alice.get(&format!("{path}&select")).await?;
    assert_eq!(select.uids(), rows);
    // "All messages" is of the usual order: here the first row is not the newest.
    assert!(select.all("input[name=all]").is_empty());
    assert!(
        next(&select).context("a next page")?.contains("page=3")
            && next(&select).context("")?.contains("&select")
    );
    let done = alice.submit(&select, "#act", &[("do", "flag"), ("uid", &rows[7].to_string())]).await?;
    assert!(done.path.starts_with(path), "{}", done.path);
    assert!(!done.all("[data-told]").is_empty(), "{}", done.text());
    imap.run("NOOP").await?;
    let starred = imap.run("UID SEARCH FLAGGED").await?.text().join(" ");
    assert!(starred.contains(&format!("* SEARCH {}", rows[7])), "{starred}");
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_problem_and_not_an_empty_mailbox() -> Result<()> {
    const OPENED: &str =
        "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n{tag} OK [READ-ONLY] done\r\n";
    for (answer, words) in
        [("{tag} OK done\r\n", "cut the connection"), ("{tag} NO [SERVERBUG] Not today\r\n", "Not today")]
    {
        let server = Script::new()
            .on("CAPABILITY", "* CAPABILITY IMAP4rev1 SORT\r\n{tag} OK done\r\n")
            .on("EXAMINE", OPENED)
            .on("UID SORT", answer)
            .start()
            .await?;
        let gateway = gateway(server.port()).await?;
        let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
        let page = alice.get("/mail/INBOX?sort=from").await?;
        assert!(page.uids().is_empty() && !page.text().contains("No messages here"), "{}", page.text());
        assert!(page.all("[data-problem]").len() == 1 && page.text().contains(words), "{}", page.text());
    }
    Ok(())
}
