//! Servers with nothing but IMAP4rev1, and with one thing more: the whole tour, and not one word beyond what they
//! announce.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{
    Announce, Chaos, Dovecot, Options, Script, Strip,
    seed::{self, Seed, mime::Part},
};

use crate::support::{ALICE, alice, done, gateway, inbox, row};

/// That a person had a message on a screen is remembered here where the server keeps no such keyword: where it says so, and
/// where it only shows when it is asked.
#[tokio::test]
async fn opened_is_kept_here_where_the_server_keeps_no_keyword() -> Result<()> {
    const STORES: &str = "UID STORE 2 +FLAGS.SILENT ($RelaisOpened)";
    for (permanent, asked) in [("(\\Seen)", 0), ("(\\Seen \\*)", 1)] {
        let seen = row(2).replace("FLAGS ()", "FLAGS (\\Seen)");
        let server = inbox(3)
            .on(
                "SELECT",
                format!(
                    "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n\
                     * OK [PERMANENTFLAGS {permanent}] ok\r\n{{tag}} OK [READ-WRITE] done\r\n"
                )
                .as_str(),
            )
            .on(STORES, "{tag} NO [CANNOT] no keywords here\r\n")
            .on("FETCH", done(&[row(1), row(2), row(3)]).as_str())
            .on("UID FETCH 1 (UID FLAGS", done(&[row(1)]).as_str())
            // Unread once; then as the button has left it.
            .times("UID FETCH 2 (UID FLAGS", 1, done(&[row(2)]).as_str())
            .on("UID FETCH 2 (UID FLAGS", done(&[seen]).as_str())
            .start()
            .await?;
        let gateway = gateway(server.port()).await?;
        let visitor = alice(&gateway).await?;
        let page = visitor.get("/mail/INBOX/7-2").await?;
        assert_eq!(page.attributes("[data-opened]", "data-opened"), ["seen"], "{}", page.text());
        let page = visitor.submit(&page, "[data-opened] form", &[]).await?;
        assert_eq!(page.path, "/mail/INBOX/7-2", "{permanent}: {}", page.text());
        assert_eq!(page.all("article.letter h1"), ["Subject 2"], "{}", page.text());
        // With the keyword alone unknown, the form would stand there for it.
        assert!(page.all("[data-opened]").is_empty(), "{permanent}: {}", page.text());
        // What is remembered is the account's, not the session's, and of this message alone.
        let again = alice(&gateway).await?;
        for page in again.both("/mail/INBOX/7-2").await? {
            assert_eq!(page.all("article.letter h1"), ["Subject 2"], "{}", page.text());
            assert!(page.all("[data-opened]").is_empty(), "{permanent}: {}", page.text());
        }
        assert_eq!(again.get("/mail/INBOX/7-1").await?.all("[data-opened]").len(), 1);
        let heard = server.heard();
        let stored = |flag: &str| heard.iter().filter(|l| l.contains("STORE") && l.contains(flag)).count();
        assert_eq!((stored("$RelaisOpened"), stored("\\Seen")), (asked, 1), "{permanent}: {heard:?}");
    }
    Ok(())
}

const SETS: &[&[&str]] = &[
    &["IMAP4rev1"],
    &["IMAP4rev1", "LITERAL+"],
    &["IMAP4rev1", "ESEARCH"],
    &["IMAP4rev1", "LIST-EXTENDED", "LIST-STATUS"],
    &["IMAP4rev1", "LIST-STATUS"],
    &["IMAP4rev1", "SPECIAL-USE"],
    &["IMAP4rev1", "PREVIEW"],
    &["IMAP4rev1", "PREVIEW=FUZZY", "SNIPPET=FUZZY"],
    &["IMAP4rev1", "NAMESPACE"],
    &["IMAP4rev1", "AUTH=PLAIN", "SASL-IR"],
    &["IMAP4rev1", "AUTH=LOGIN"],
    &["IMAP4rev1", "IMAP4rev2"],
];

#[tokio::test]
async fn the_tour_on_servers_that_can_little() -> Result<()> {
    let names: Vec<String> = (0..SETS.len() * 2).map(|n| format!("user{n}@example.test")).collect();
    let users = names.iter().map(|name| (name.clone(), "secret".to_owned())).collect();
    let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
    let dovecot = &dovecot;
    let tours = SETS.iter().zip(names.chunks(2)).map(async |(set, users)| {
        for (announce, user) in [Announce::Unasked, Announce::WhenAsked].into_iter().zip(users) {
            let strip = Strip::start(dovecot.imap_port(), set, announce).await?;
            // The whole walk where positions must be found with and without help; else what the others touch.
            let messages = if set.len() == 1 || set.contains(&"ESEARCH") { 320 } else { 60 };
            tour(dovecot, &strip, user, messages).await.with_context(|| format!("{set:?} {announce:?}"))?;
            ensure!(strip.refused().is_empty(), "{set:?} {announce:?}: {:?}", strip.refused());
        }
        Ok(())
    });
    futures::future::try_join_all(tours).await.map(drop)
}

async fn tour(dovecot: &Dovecot, strip: &Strip, user: &str, messages: u32) -> Result<()> {
    let mut other = dovecot.client(user).await?;
    let seeds: Vec<_> = seed::plain(messages.into(), Timestamp::now()).collect();
    other.multiappend("INBOX", &seeds).await?;
    let file = Part::file("application/octet-stream", "paper.bin", &[7; 5000]);
    let letter = Part::multi("mixed", "b", &[Part::text("plain", "See the paper.", "utf-8"), file]);
    other
        .append("INBOX", &Seed::new(letter.message_with("From: ann@example.test\r\nSubject: Paper\r\n")))
        .await?;
    other.create("R&-D \"x\"").await?;
    let last = messages + 1;

    let gateway = gateway(strip.port()).await?;
    let visitor = lab::Visitor::signed_in(gateway.url(), user, "secret").await?;
    let folders = visitor.get("/folders").await?;
    ensure!(folders.text().contains("Archive") && folders.text().contains("R&amp;-D"), "{}", folders.text());
    ensure!(folders.attributes("a", "href").iter().any(|href| href == "/mail/INBOX"), "no inbox");

    // Down, with messages vanishing on the way, the anchor among them.
    let mut seen = Vec::new();
    let mut path = "/mail/INBOX".to_owned();
    let mut gone = Vec::new();
    other.select("INBOX").await?;
    let back = loop {
        let page = visitor.get(&path).await?;
        ensure!(page.status == 200, "{path}: {}", page.text());
        seen.extend(page.uids());
        let Some(next) = page.attributes("a[rel=next]", "href").into_iter().next() else { break page };
        let anchor = *page.uids().last().context("rows")?;
        if anchor > 60 {
            let away = [anchor, anchor - 3, last - 20 - gone.len() as u32];
            other.expunge(&away).await?;
            gone.extend(away);
        }
        path = next;
    };
    let expected: Vec<u32> = (1..=last).rev().collect();
    let missed: Vec<&u32> =
        expected.iter().filter(|uid| !seen.contains(uid) && !gone.contains(uid)).collect();
    let mut once = seen.clone();
    once.dedup();
    ensure!(missed.is_empty() && once.len() == seen.len() && seen.is_sorted_by(|a, b| a > b), "{seen:?}");

    // Up again, to the top.
    let mut up = back.uids();
    let mut page = back;
    while let Some(newer) = page.attributes("a[rel=prev]", "href").into_iter().next() {
        page = visitor.get(&newer).await?;
        let mut rows = page.uids();
        rows.extend(up);
        up = rows;
    }
    let left: Vec<u32> = expected.iter().copied().filter(|uid| !gone.contains(uid)).collect();
    ensure!(up == left, "{up:?}");
    let second = visitor.get("/mail/INBOX?page=2").await?;
    ensure!(
        second.uids() == left.iter().copied().skip(50).take(50).collect::<Vec<_>>(),
        "{:?}",
        second.uids()
    );

    // One message, its file, its previews, its mark.
    let first = visitor.get("/mail/INBOX").await?;
    let href = first
        .attributes(&format!("[data-uid='{last}'] a.open"), "href")
        .into_iter()
        .next()
        .context("a link")?;
    let message = visitor.get(&href).await?;
    ensure!(message.text().contains("See the paper."), "{}", message.text());
    let uidvalidity = href.rsplit('/').next().and_then(|id| id.split('-').next()).context("an id")?;
    let part = visitor.get(&format!("{href}/part/2")).await?;
    ensure!(part.body == [7; 5000], "{} {} octets", part.status, part.body.len());
    let previews = visitor
        .get(&format!("/mail/INBOX/previews?uidvalidity={uidvalidity}&uid={last}&uid={}", last - 1))
        .await?;
    ensure!(previews.text().contains("See the paper."), "{}", previews.text());
    let marked = visitor.submit(&message, "form[action='/mail/INBOX/act']", &[("do", "read")]).await?;
    ensure!(marked.status == 200, "{}", marked.text());
    other.run("NOOP").await?;
    let seen = other.search(&format!("UID {last} SEEN")).await?;
    ensure!(seen == [last], "not marked: {seen:?} {}", marked.path);
    Ok(())
}

#[tokio::test]
async fn a_position_in_a_big_mailbox_is_four_round_trips_without_esearch() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut other = dovecot.client(ALICE).await?;
    let seeds: Vec<_> = seed::plain(3000, Timestamp::now()).collect();
    other.multiappend("INBOX", &seeds).await?;
    other.select("INBOX").await?;
    other.expunge(&[1500, 1501]).await?;
    let uidvalidity = other.run("STATUS INBOX (UIDVALIDITY)").await?.text().join(" ");
    let uidvalidity: String = uidvalidity
        .split("UIDVALIDITY ")
        .nth(1)
        .context("a number")?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    for (set, most) in [(&["IMAP4rev1"][..], 4), (&["IMAP4rev1", "ESEARCH"][..], 2)] {
        let strip = Strip::start(dovecot.imap_port(), set, Announce::Unasked).await?;
        let wire = Chaos::start(strip.port()).await?;
        let gateway = gateway(wire.port()).await?;
        let visitor = alice(&gateway).await?;
        visitor.get("/mail/INBOX").await?;
        for (uid, first) in [(1501, 1499), (1500, 1499), (2, 1), (2600, 2599)] {
            wire.clear();
            let page = visitor.get(&format!("/mail/INBOX?older={uidvalidity}-{uid}")).await?;
            ensure!(page.uids().first() == Some(&first), "{uid}: {:?}", page.uids());
            ensure!(wire.counts().round_trips <= most, "{uid}: {:?}", wire.commands());
        }
        wire.clear();
        let page = visitor.get(&format!("/mail/INBOX?newer={uidvalidity}-1501")).await?;
        ensure!(page.uids().last() == Some(&1502), "{:?}", page.uids());
        ensure!(strip.refused().is_empty(), "{:?}", strip.refused());
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_announces_previews_and_refuses_them_loses_previews_alone() -> Result<()> {
    let server = inbox(2)
        .on("CAPABILITY", "* CAPABILITY IMAP4rev1 PREVIEW\r\n{tag} OK done\r\n")
        .on("LOGIN", "{tag} OK [CAPABILITY IMAP4rev1 PREVIEW] in\r\n")
        .times("FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (RECEIVED RETURN-PATH LIST-ID LIST-POST LIST-UNSUBSCRIBE LIST-UNSUBSCRIBE-POST FEEDBACK-ID PRECEDENCE AUTO-SUBMITTED REFERENCES DISPOSITION-NOTIFICATION-TO X-MAILER)] PREVIEW", u32::MAX, "{tag} BAD what?\r\n")
        .on("FETCH", done(&[row(1), row(2)]).as_str())
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    let visitor = alice(&gateway).await?;
    for _ in 0..2 {
        let page = visitor.get("/mail/INBOX").await?;
        assert_eq!(page.uids(), [2, 1], "{}", page.text());
        assert!(page.text().contains("Subject 2"));
    }
    let asked = server.heard().iter().filter(|line| line.contains("PREVIEW")).count();
    assert_eq!(asked, 1, "asked again after a refusal");
    Ok(())
}

/// As Dovecot says when a delivery makes the INBOX at the moment it is first opened.
#[tokio::test]
async fn a_mailbox_that_somebody_else_just_made_is_opened() -> Result<()> {
    let server = Script::new()
        .times("EXAMINE", 1, "{tag} NO [ALREADYEXISTS] Mailbox already exists\r\n")
        .on("FETCH", done(&[row(1), row(2), row(3)]).as_str())
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    assert_eq!(alice(&gateway).await?.get("/mail/INBOX").await?.uids(), [3, 2, 1]);
    assert_eq!(server.heard().iter().filter(|line| line.contains("EXAMINE")).count(), 2);
    Ok(())
}

/// Nobody told what it can, not even when asked.
#[tokio::test]
async fn a_server_that_does_not_know_capability_is_read_all_the_same() -> Result<()> {
    let server = Script::new()
        .greeting("* OK hello\r\n")
        .on("CAPABILITY", "{tag} BAD what?\r\n")
        .on("FETCH", done(&[row(1), row(2), row(3)]).as_str())
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    assert_eq!(alice(&gateway).await?.get("/mail/INBOX").await?.uids(), [3, 2, 1]);
    Ok(())
}
