//! Folders made, renamed, deleted, emptied: on servers of many kinds, and only what was asked for.

use anyhow::{Context, Result, ensure};
use lab::{
    Announce, Answer, Imap, Options, Strip, Visitor,
    seed::{self, Seed},
};

use crate::support::{ALICE, House, PASSWORD, gateway};

const ALL: &str = "/folders/manage";

/// The names of the page of all folders.
fn titles(page: &Answer) -> Vec<String> {
    page.all(".gate bdi")
}

async fn create(alice: &Visitor, name: &str, within: &str) -> Result<Answer> {
    let page = alice.get(ALL).await?;
    alice.submit(&page, "form[action='/folders/manage']", &[("name", name), ("in", within)]).await
}

/// The page of the folder of this title.
async fn one(alice: &Visitor, title: &str) -> Result<Answer> {
    let page = alice.get(ALL).await?;
    let at = titles(&page).iter().position(|found| found == title);
    let at = at.with_context(|| format!("no {title} in {:?}", titles(&page)))?;
    alice.get(&page.attributes(".gate a", "href")[at]).await
}

/// Every mailbox as another program finds it.
async fn listed(imap: &mut Imap, command: &str) -> Result<Vec<String>> {
    let reply = imap.run(command).await?;
    let name = |line: &String| line.split("\" ").nth(1).map(|name| name.trim_matches('"').to_owned());
    Ok(reply.text().iter().filter(|line| line.starts_with("* L")).filter_map(name).collect())
}

const NAMED: &str = "form:has(input[name=name])";

#[tokio::test]
async fn folders_are_made_renamed_and_deleted_on_any_server() -> Result<()> {
    for (separator, prefix, little) in
        [('/', "", false), ('.', "INBOX.", false), ('/', "", true), ('.', "INBOX.", true)]
    {
        let house = House::build(Options { separator, prefix: prefix.into(), ..Options::default() }).await?;
        let strip = Strip::start(house.dovecot.imap_port(), &["IMAP4rev1"], Announce::WhenAsked).await?;
        let plain = gateway(strip.port(), &[]).await?;
        let url = if little { plain.url() } else { house.gateway.url() };
        let alice = Visitor::signed_in(url, ALICE, PASSWORD).await?;
        let mut other = house.dovecot.client(ALICE).await?;

        let made = create(&alice, "Études & \"R&D\"", "").await?;
        assert_eq!(
            (made.status.as_u16(), made.path.as_str()),
            (200, "/folders/manage?done=created"),
            "{}",
            made.text()
        );
        assert!(titles(&made).contains(&"Études & \"R&D\"".to_owned()), "{:?}", titles(&made));
        let parent = one(&alice, "Études & \"R&D\"").await?;
        let within = parent
            .path
            .rsplit('/')
            .next()
            .map(|s| percent_encoding::percent_decode_str(s).decode_utf8_lossy().into_owned());
        let within = within.unwrap_or_default();
        let made = create(&alice, "été", &within).await?;
        assert_eq!(made.status, 200, "{}", made.text());
        let inner = "Études & \"R&D\" / été".to_owned();
        assert!(titles(&made).contains(&inner), "{:?}", titles(&made));
        // Other programs show it.
        let subscribed = listed(&mut other, "LSUB \"\" \"*\"").await?;
        assert!(subscribed.iter().any(|name| name.ends_with("&AOk-t&AOk-")), "{subscribed:?}");

        // What lies in it is renamed with it, and stays subscribed; what is inside stays inside.
        let seeds: Vec<Seed> = seed::plain(3, jiff::Timestamp::now()).collect();
        other.multiappend(&format!("{prefix}Études & \"R&D\"{separator}été"), &seeds).await?;
        let page = one(&alice, "Études & \"R&D\"").await?;
        let renamed = alice.submit(&page, NAMED, &[("name", "Recherche")]).await?;
        assert_eq!(renamed.path, "/folders/manage?done=renamed", "{}", renamed.text());
        let now = titles(&renamed);
        assert!(now.contains(&"Recherche".into()) && now.contains(&"Recherche / été".into()), "{now:?}");
        assert!(!now.iter().any(|title| title.contains("R&D")), "{now:?}");
        assert!(renamed.all(".gate .chip").is_empty(), "all of them are subscribed");

        // One that holds others is not deleted.
        let page = one(&alice, "Recherche").await?;
        assert!(
            page.text().contains("Recherche / été")
                && page.attributes("a[href$='?delete']", "href").is_empty()
        );
        let token = page.value("input[name=token]").context("no token")?;
        let refused = alice.post(&page.path, &[("token", &token), ("do", "delete"), ("sure", "1")]).await?;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("Other folders are in it"));

        // The question says what is in it; mail that came meanwhile is asked about again.
        let page = one(&alice, "Recherche / été").await?;
        let question = alice.get(&page.attributes("a[href$='?delete']", "href")[0]).await?;
        assert!(question.text().contains("3 messages"), "{}", question.text());
        other.append(&format!("{prefix}Recherche{separator}été"), &seeds[0]).await?;
        let again = alice.submit(&question, "form:has(input[name=uidnext])", &[]).await?;
        assert_eq!(again.status, 422);
        assert!(again.text().contains("changed since the question") && again.text().contains("4 messages"));
        let gone = alice.submit(&again, "form:has(input[name=uidnext])", &[]).await?;
        assert_eq!(gone.path, "/folders/manage?done=deleted", "{}", gone.text());
        let now = titles(&gone);
        assert!(
            now.contains(&"Recherche".into()) && !now.iter().any(|title| title.ends_with("été")),
            "{now:?}"
        );
        let all = listed(&mut other, "LIST \"\" \"*\"").await?;
        assert!(!all.iter().any(|name| name.ends_with("&AOk-t&AOk-")), "{all:?}");
        if little {
            assert!(strip.refused().is_empty(), "{:?}", strip.refused());
        }
    }
    Ok(())
}

#[tokio::test]
async fn names_that_cannot_be_are_told_and_stay_in_the_form() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let alice = house.alice().await?;
    let long = "x".repeat(201);
    let mut other = house.dovecot.client(ALICE).await?;
    let before = listed(&mut other, "LIST \"\" \"*\"").await?;
    for (typed, words) in [
        ("a/b", "cannot hold “/”"),
        ("  ", "Give it a name"),
        (long.as_str(), "too long"),
        ("a\u{202e}b", "nobody sees"),
        ("a\r\nA1 LOGOUT", "nobody sees"),
        ("Archive", "already"),
        ("inbox", "already"),
    ] {
        let refused = create(&alice, typed, "").await?;
        assert_eq!(refused.status, 422, "{typed:?}");
        assert!(refused.all(".trouble").concat().contains(words), "{typed:?}: {}", refused.text());
        if !typed.contains('\r') {
            assert_eq!(refused.value("input[name=name]").as_deref(), Some(typed));
        }
    }
    // What only the server refuses comes with its words.
    for typed in ["..", "&-", "a&b", "100 %", "~x", "a\\b", "日本語", "*"] {
        let answer = create(&alice, typed, "").await?;
        match answer.status.as_u16() {
            200 => assert!(titles(&answer).contains(&typed.to_owned()), "{typed}: {:?}", titles(&answer)),
            422 => assert!(answer.all(".trouble p").len() == 2, "{typed}: {}", answer.text()),
            status => panic!("{typed}: {status}"),
        }
    }
    let all = listed(&mut other, "LIST \"\" \"*\"").await?;
    assert!(all.len() > before.len() && before.iter().all(|name| all.contains(name)), "{all:?}");
    assert_eq!(create(&alice, "x", "Nowhere").await?.status, 410);
    Ok(())
}

#[tokio::test]
async fn what_mail_itself_uses_is_guarded() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let alice = house.alice().await?;
    let page = one(&alice, "Inbox").await?;
    assert!(
        page.all("form input[name=name]").is_empty()
            && page.attributes("a[href$='?delete']", "href").is_empty()
    );
    let token = alice.get(ALL).await?.value("input[name=token]").context("no token")?;
    for fields in [
        [("token", token.as_str()), ("do", "delete"), ("sure", "1")],
        [("token", &token), ("do", "rename"), ("name", "Other")],
    ] {
        assert_eq!(alice.post("/folders/manage/INBOX", &fields).await?.status, 422, "{fields:?}");
    }
    // One with a role: only with a tick.
    let page = one(&alice, "Archive").await?;
    let refused = alice.submit(&page, NAMED, &[("name", "Old")]).await?;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.value("input[name=name]").as_deref(), Some("Old"));
    let done = alice.submit(&refused, NAMED, &[("name", "Old"), ("sure", "1")]).await?;
    assert_eq!(done.path, "/folders/manage?done=renamed");
    // The question warns of the role.
    let page = one(&alice, "Sent").await?;
    let question = alice.get(&page.attributes("a[href$='?delete']", "href")[0]).await?;
    assert!(question.all(".trouble").concat().contains("Your mail uses this folder"));
    // Without a tick, or a token, nothing.
    let token = question.value("input[name=token]").context("no token")?;
    let asked = alice.post(&page.path, &[("token", &token), ("do", "delete")]).await?;
    assert!(asked.path.ends_with("?delete"), "{}", asked.path);
    assert_ne!(alice.post(&page.path, &[("token", "x"), ("do", "delete"), ("sure", "1")]).await?.status, 200);
    assert_eq!(titles(&alice.get(ALL).await?).iter().filter(|title| *title == "Sent").count(), 1);
    Ok(())
}

#[tokio::test]
async fn folders_are_hidden_from_other_programs_and_shown_again() -> Result<()> {
    for little in [false, true] {
        let house = House::build(Options::default()).await?;
        let strip = Strip::start(house.dovecot.imap_port(), &["IMAP4rev1"], Announce::Unasked).await?;
        let plain = gateway(strip.port(), &[]).await?;
        let alice =
            Visitor::signed_in(if little { plain.url() } else { house.gateway.url() }, ALICE, PASSWORD)
                .await?;
        let mut other = house.dovecot.client(ALICE).await?;
        // One that the server itself subscribes always is.
        create(&alice, "Plain", "").await?;
        for (verb, there) in [("unsubscribe", false), ("subscribe", true)] {
            let page = one(&alice, "Plain").await?;
            let form = format!("form:has(input[value={verb}])");
            let done = alice.submit(&page, &form, &[]).await?;
            assert!(done.path.ends_with(&format!("?done={verb}d")), "{}", done.path);
            let found = listed(&mut other, "LSUB \"\" \"*\"").await?.contains(&"Plain".to_owned());
            assert_eq!(found, there, "{verb}");
            assert_eq!(alice.get(ALL).await?.all(".gate .chip").len(), usize::from(!there));
        }
    }
    Ok(())
}

#[tokio::test]
async fn trash_is_emptied_of_what_was_there_when_it_was_asked() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let alice = house.alice().await?;
    let mut other = house.dovecot.client(ALICE).await?;
    let seeds: Vec<Seed> = seed::plain(5_300, jiff::Timestamp::now()).collect();
    for some in seeds.chunks(500) {
        other.multiappend("Trash", some).await?;
    }
    let page = one(&alice, "Trash").await?;
    let question = alice.get(&page.attributes("a[href$='?empty']", "href")[0]).await?;
    assert!(question.text().contains("5,300 messages will be deleted"), "{}", question.text());
    // Another client takes some away and brings one.
    other.select("Trash").await?;
    other.expunge(&[1, 2, 3, 1500]).await?;
    other.append("Trash", &seeds[0]).await?;
    house.wire.clear();
    let mut page = alice.submit(&question, "form:has(input[name=upto])", &[]).await?;
    let mut went_on = 0;
    while page.path.contains("empty&") {
        // In between, too, mail comes that nobody asked about.
        other.append("Trash", &seeds[0]).await?;
        went_on += 1;
        assert!(page.text().contains("of 5,300 deleted"), "{}", page.text());
        page = alice.submit(&page, "form:has(input[name=upto])", &[]).await?;
    }
    assert!(went_on >= 1);
    assert!(page.path.ends_with("?removed=5296"), "{}", page.path);
    assert_eq!(other.select("Trash").await?, 1 + went_on);
    let lines: Vec<String> = house.wire.commands().into_iter().map(|command| command.line).collect();
    assert!(lines.iter().all(|line| line.len() < 8_000));
    assert!(!lines.iter().any(|line| line.ends_with(" EXPUNGE") || line.contains(" CLOSE")), "{lines:?}");
    // A page of before, of a mailbox that is another one now.
    let stale = [("uidvalidity", "1")];
    assert_eq!(alice.submit(&question, "form:has(input[name=upto])", &stale).await?.status, 422);
    // And the page of before once more: all of it is gone already.
    let again = alice.submit(&question, "form:has(input[name=upto])", &[]).await?;
    assert!(again.path.ends_with("?removed=0"), "{}", again.path);
    assert_eq!(other.select("Trash").await?, 1 + went_on);
    Ok(())
}

#[tokio::test]
async fn without_uidplus_nothing_is_emptied_and_the_page_says_why() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let strip = Strip::start(house.dovecot.imap_port(), &["IMAP4rev1"], Announce::WhenAsked).await?;
    let gateway = gateway(strip.port(), &[]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let mut other = house.dovecot.client(ALICE).await?;
    let seeds: Vec<Seed> = seed::plain(4, jiff::Timestamp::now()).collect();
    other.multiappend("Trash", &seeds).await?;
    let page = one(&alice, "Trash").await?;
    assert!(
        page.text().contains("cannot delete chosen messages")
            && page.attributes("a[href$='?empty']", "href").is_empty()
    );
    let token = page.value("input[name=token]").context("no token")?;
    let forced =
        [("token", token.as_str()), ("do", "empty"), ("sure", "1"), ("uidvalidity", "1"), ("upto", "99")];
    assert_eq!(alice.post(&page.path, &forced).await?.status, 422);
    assert_eq!(other.select("Trash").await?, 4);
    ensure!(other.search("DELETED").await?.is_empty());
    assert!(strip.refused().is_empty(), "{:?}", strip.refused());
    Ok(())
}

#[tokio::test]
async fn a_full_mailbox_is_told_before_it_is_full() -> Result<()> {
    let extra =
        "plugin {\n  quota = count:User quota\n  quota_rule = *:storage=100K\n  quota_vsizes = yes\n}\n";
    let options = Options {
        mail_plugins: "quota".into(),
        extra: format!("{extra}protocol imap {{\n  mail_plugins = $mail_plugins imap_quota\n}}\n"),
        ..Options::default()
    };
    let house = House::build(options).await?;
    let alice = house.alice().await?;
    let page = alice.get(ALL).await?;
    assert!(page.text().contains("(0%)"), "{}", page.text());
    assert!(alice.get("/folders").await?.all("p.alert").is_empty());
    let mut other = house.dovecot.client(ALICE).await?;
    let raw = format!("From: ann@example.org\r\nSubject: large\r\n\r\n{}\r\n", "x".repeat(95_000));
    other.append("INBOX", &Seed::new(raw)).await?;
    house.wire.clear();
    let page = alice.get("/folders").await?;
    assert!(page.all("p.alert").concat().contains("nearly full"), "{}", page.text());
    assert_eq!(house.wire.counts().round_trips, 1, "{:?}", house.wire.commands());
    // The list says it beside its rail, and asks for nothing.
    house.wire.clear();
    let list = alice.get("/mail/INBOX").await?;
    assert!(list.all(".rail p.alert").concat().contains("nearly full"));
    assert!(list.all("main .no-rail p.alert").concat().contains("nearly full"), "a phone has no rail");
    assert!(!house.wire.commands().iter().any(|command| command.line.contains("QUOTA")));
    Ok(())
}

#[tokio::test]
async fn rights_that_are_missing_make_no_buttons() -> Result<()> {
    let house = House::build(Options {
        extra:
            "mail_plugins = $mail_plugins acl\nprotocol imap {\n  mail_plugins = $mail_plugins imap_acl\n}\n\
                plugin {\n  acl = vfile\n}\n"
                .into(),
        ..Options::default()
    })
    .await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.create("Fixed").await?;
    other.run(&format!("SETACL Fixed {ALICE} lrswi")).await?;
    let alice = house.alice().await?;
    let page = one(&alice, "Fixed").await?;
    assert!(page.all("form input[name=name]").is_empty(), "{}", page.text());
    assert!(page.text().contains("Your rights on this folder"));
    let token = page.value("input[name=token]").context("no token")?;
    let forced = alice.post(&page.path, &[("token", &token), ("do", "rename"), ("name", "Moved")]).await?;
    assert_eq!(forced.status, 422, "{}", forced.text());
    assert!(titles(&alice.get(ALL).await?).contains(&"Fixed".to_owned()));
    Ok(())
}
