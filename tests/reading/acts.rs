//! What is done with messages: on a server that can everything, on those that can less, and while others move and
//! expunge under our feet. Nothing is ever done with another message.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use lab::{Announce, Answer, Chaos, Dovecot, Gateway, Imap, Mode, Options, Strip, Visitor, seed::Seed};

use crate::support::{ALICE, House, PASSWORD, cookies_of, gateway, uidvalidity, validity};

/// What is in a mailbox: of each subject how many, with which flags.
type Contents = BTreeMap<String, Vec<String>>;

pub fn letters(n: std::ops::RangeInclusive<u32>) -> Vec<Seed> {
    n.map(|n| {
        let raw = format!("From: Dr Test <dr@example.org>\r\nTo: alice@example.test\r\nSubject: letter {n}\r\n\r\nHello {n}\r\n");
        Seed::new(raw)
    })
    .collect()
}

pub async fn contents(imap: &mut Imap, mailbox: &str) -> Result<Contents> {
    imap.run(&format!("EXAMINE {}", lab::imap::name(mailbox))).await?;
    let reply = imap.run("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])").await?;
    let mut found = Contents::new();
    for line in reply.text().iter().filter(|line| line.contains(" FETCH (")) {
        let between = |from: &str, to: &str| Some(line.split(from).nth(1)?.split(to).next()?.to_owned());
        let subject = between("Subject: ", "\r").with_context(|| line.clone())?;
        let flags = between("FLAGS (", ")").with_context(|| line.clone())?;
        let mut flags: Vec<String> =
            flags.split_whitespace().filter(|f| *f != "\\Recent").map(str::to_owned).collect();
        flags.sort();
        ensure!(found.insert(subject.clone(), flags).is_none(), "{subject} is there twice");
    }
    Ok(found)
}

/// The page of a mailbox in the select mode, as a form.
pub struct Ticked {
    pub page: Answer,
    fields: Vec<(&'static str, String)>,
    action: String,
}

impl Ticked {
    pub async fn on(visitor: &Visitor, list: &str) -> Result<Ticked> {
        let page =
            visitor.get(&format!("{list}{}select", if list.contains('?') { '&' } else { '?' })).await?;
        let value = |name: &str| page.value(&format!("#act > [name={name}]")).context("no such field");
        let fields = vec![
            ("token", value("token")?),
            ("uidvalidity", value("uidvalidity")?),
            ("back", value("back")?),
        ];
        let action = page.attributes("#act", "action").pop().context("no form")?;
        Ok(Ticked { page, fields, action })
    }

    pub async fn with(
        &self,
        visitor: &Visitor,
        verb: &str,
        uids: &[u32],
        more: &[(&str, &str)],
    ) -> Result<Answer> {
        let uids: Vec<String> = uids.iter().map(u32::to_string).collect();
        let mut fields: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.extend(uids.iter().map(|uid| ("uid", uid.as_str())));
        fields.push(("do", verb));
        fields.extend(more);
        visitor.post(&self.action, &fields).await
    }
}

pub async fn act(
    visitor: &Visitor,
    list: &str,
    verb: &str,
    uids: &[u32],
    more: &[(&str, &str)],
) -> Result<Answer> {
    Ticked::on(visitor, list).await?.with(visitor, verb, uids, more).await
}

pub async fn undo(visitor: &Visitor, page: &Answer) -> Result<Answer> {
    let undone = visitor.submit(page, "[data-told] form", &[]).await?;
    ensure!(undone.text().contains("Undone: "), "{} {}", undone.path, undone.text());
    Ok(undone)
}

fn told(page: &Answer) -> String {
    page.all("[data-told] span").join(" ")
}

/// A server that can this and no more (`None`: everything), and alice in front of it.
struct Room {
    other: Imap,
    strip: Option<Strip>,
    gateway: Gateway,
    visitor: Visitor,
}

impl Room {
    async fn open(dovecot: &Dovecot, set: Option<&[&str]>, user: &str) -> Result<Room> {
        let other = dovecot.client(user).await?;
        let strip = match set {
            Some(set) => Some(Strip::start(dovecot.imap_port(), set, Announce::Unasked).await?),
            None => None,
        };
        let port = strip.as_ref().map_or(dovecot.imap_port(), Strip::port);
        let gateway = gateway(port, &[]).await?;
        let visitor = Visitor::signed_in(gateway.url(), user, PASSWORD).await?;
        Ok(Room { other, strip, gateway, visitor })
    }

    async fn contents(&mut self, mailbox: &str) -> Result<Contents> {
        contents(&mut self.other, mailbox).await
    }

    async fn act(&self, list: &str, verb: &str, uids: &[u32], more: &[(&str, &str)]) -> Result<Answer> {
        act(&self.visitor, list, verb, uids, more).await
    }
}

const SETS: [Option<&[&str]>; 4] =
    [None, Some(&["IMAP4rev1"]), Some(&["IMAP4rev1", "UIDPLUS"]), Some(&["IMAP4rev1", "MOVE"])];

async fn everywhere(test: impl AsyncFn(Room, &[&str]) -> Result<()>) -> Result<()> {
    let users: Vec<(String, String)> =
        (0..SETS.len()).map(|n| (format!("user{n}@example.test"), PASSWORD.to_owned())).collect();
    let dovecot = Dovecot::start(Options { users: users.clone(), ..Options::default() }).await?;
    let runs = SETS.iter().zip(&users).map(async |(set, (user, _))| {
        let mut client = dovecot.client(user).await?;
        client.multiappend("INBOX", &letters(1..=8)).await?;
        let room = Room::open(&dovecot, *set, user).await?;
        test(room, set.unwrap_or(&["MOVE", "UIDPLUS"])).await.with_context(|| format!("{set:?}"))
    });
    futures::future::try_join_all(runs).await.map(drop)
}

#[tokio::test]
async fn marks_and_their_undo_on_every_server() -> Result<()> {
    everywhere(async |mut room, _| {
        for (verb, flag, on) in [
            ("read", "\\Seen", true),
            ("unread", "\\Seen", false),
            ("flag", "\\Flagged", true),
            ("unflag", "\\Flagged", false),
            ("done", "$RelaisDone", true),
            ("undone", "$RelaisDone", false),
            ("filed", "$RelaisFiled", true),
            ("unfiled", "$RelaisFiled", false),
        ] {
            // One of them is so already: taking it back must leave that one alone.
            room.other.select("INBOX").await?;
            let sign = |plus: bool| if plus { '+' } else { '-' };
            room.other.run(&format!("UID STORE 1:8 {}FLAGS ({flag})", sign(!on))).await?;
            room.other.run(&format!("UID STORE 3 {}FLAGS ({flag})", sign(on))).await?;
            let before = room.contents("INBOX").await?;
            let page = room.act("/mail/INBOX", verb, &[2, 3, 5], &[]).await?;
            ensure!(told(&page).contains('3'), "{verb}: {}", page.text());
            let after = room.contents("INBOX").await?;
            for (subject, flags) in &after {
                let meant = ["letter 2", "letter 3", "letter 5"].contains(&subject.as_str());
                let had = before[subject].contains(&flag.to_owned());
                let want = if meant { on } else { had };
                ensure!(flags.contains(&flag.to_owned()) == want, "{verb} {subject} {flags:?}");
            }
            undo(&room.visitor, &page).await?;
            ensure!(room.contents("INBOX").await? == before, "{verb} was not taken back");
        }
        let refused = room.strip.as_ref().map(Strip::refused).unwrap_or_default();
        ensure!(refused.is_empty(), "{refused:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn moves_and_their_undo_on_every_server() -> Result<()> {
    everywhere(async |mut room, can| {
        let clean = can.contains(&"MOVE") || can.contains(&"UIDPLUS");
        let before = room.contents("INBOX").await?;
        for (verb, mailbox) in [("archive", "Archive"), ("delete", "Trash"), ("junk", "Junk")] {
            // Where the server cannot take them away, they stay, and are other ones each time.
            let inbox = room.contents("INBOX").await?;
            room.other.select("INBOX").await?;
            let there = room.other.search("UNDELETED").await?;
            let uids = &there[1..3];
            let rows = room.visitor.get("/mail/INBOX").await?;
            let subject = |uid: &u32| rows.all(&format!("#u{uid} .subject")).concat();
            let (first, second) = (&subject(&uids[0]), &subject(&uids[1]));
            let page = room.act("/mail/INBOX", verb, uids, &[]).await?;
            ensure!(told(&page).contains('2'), "{verb}: {} {}", page.path, page.text());
            let target = room.contents(mailbox).await?;
            ensure!(
                target.contains_key(first) && target.contains_key(second) && target.len() == 2,
                "{verb}: {target:?}"
            );
            if verb == "junk" {
                ensure!(target.values().all(|flags| flags.contains(&"$Junk".to_owned())), "{target:?}");
            }
            let left = room.contents("INBOX").await?;
            if clean {
                ensure!(left.len() + 2 == inbox.len() && !left.contains_key(first), "{verb}: {left:?}");
            } else {
                ensure!(
                    left.len() == inbox.len() && left[first].contains(&"\\Deleted".to_owned()),
                    "{verb}: {left:?}"
                );
                ensure!(page.text().contains("cannot take away some messages alone"), "{}", page.text());
                ensure!(page.all(".chip.bad").contains(&"deleted".to_owned()), "no chip");
            }
            if can.contains(&"UIDPLUS") || (clean && !page.all("[data-told] form").is_empty()) {
                undo(&room.visitor, &page).await?;
                ensure!(room.contents("INBOX").await? == before, "{verb}: not taken back");
                ensure!(room.contents(mailbox).await?.is_empty(), "{verb}: still there");
            } else {
                ensure!(page.all("[data-told] form").is_empty(), "{verb}: an undo that cannot be");
                // Back by hand, so that each begins the same.
                if clean {
                    room.other.select(mailbox).await?;
                    room.other.run("UID MOVE 1:* INBOX").await?;
                }
            }
        }
        let refused = room.strip.as_ref().map(Strip::refused).unwrap_or_default();
        ensure!(refused.is_empty(), "{refused:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn copies_and_what_goes_for_good_on_every_server() -> Result<()> {
    everywhere(async |mut room, can| {
        let before = room.contents("INBOX").await?;
        let page = room.act("/mail/INBOX", "copy", &[4, 6], &[("to", "Archive")]).await?;
        ensure!(told(&page) == "2 messages copied to “Archive”", "{}", told(&page));
        ensure!(room.contents("Archive").await?.len() == 2 && room.contents("INBOX").await? == before);
        if can.contains(&"UIDPLUS") {
            undo(&room.visitor, &page).await?;
            ensure!(room.contents("Archive").await?.is_empty() && room.contents("INBOX").await? == before);
        } else {
            ensure!(page.all("[data-told] form").is_empty());
        }
        // Somebody else marked one: it is theirs, and stays whatever we delete.
        room.other.select("INBOX").await?;
        room.other.store(8, "+FLAGS (\\Deleted)").await?;
        let asked = room.act("/mail/INBOX", "destroy", &[1, 7], &[]).await?;
        ensure!(asked.all("[data-sure] h2") == ["Delete 2 messages for good?"], "{}", asked.text());
        ensure!(room.contents("INBOX").await?.len() == 8, "done before it was sure");
        let page = room.visitor.submit(&asked, "[data-sure] form", &[]).await?;
        let left = room.contents("INBOX").await?;
        if can.contains(&"UIDPLUS") {
            ensure!(
                left.len() == 6 && left.contains_key("letter 8") && !left.contains_key("letter 1"),
                "{left:?}"
            );
        } else {
            ensure!(left.len() == 8 && left["letter 1"].contains(&"\\Deleted".to_owned()), "{left:?}");
            ensure!(page.text().contains("cannot take away some messages alone"), "{}", page.text());
        }
        ensure!(!left["letter 2"].contains(&"\\Deleted".to_owned()));
        let refused = room.strip.as_ref().map(Strip::refused).unwrap_or_default();
        ensure!(refused.is_empty(), "{refused:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn another_client_moves_and_expunges_between_page_and_form() -> Result<()> {
    let house = House::with(&letters(1..=9)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    let ticked = Ticked::on(&alice, "/mail/INBOX").await?;
    other.select("INBOX").await?;
    other.expunge(&[1, 2, 5]).await?;
    other.run("UID MOVE 6 Archive").await?;
    other.multiappend("INBOX", &letters(10..=12)).await?;
    let page = ticked.with(&alice, "archive", &[4, 5, 6, 7], &[]).await?;
    assert_eq!(told(&page), "2 messages archived");
    assert!(page.text().contains("2 other messages were no longer in this folder"), "{}", page.text());
    let keys = |contents: Contents| contents.into_keys().collect::<Vec<_>>();
    assert_eq!(keys(contents(&mut other, "Archive").await?), ["letter 4", "letter 6", "letter 7"]);
    let inbox = ["letter 10", "letter 11", "letter 12", "letter 3", "letter 8", "letter 9"];
    assert_eq!(keys(contents(&mut other, "INBOX").await?), inbox);
    // Twice the same form: the second finds nothing, and does nothing.
    let page = ticked.with(&alice, "archive", &[4, 5, 6, 7], &[]).await?;
    assert_eq!(page.status, 410);
    assert_eq!(keys(contents(&mut other, "INBOX").await?), inbox);
    Ok(())
}

#[tokio::test]
async fn nothing_happens_in_a_mailbox_that_was_rebuilt() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.create("Work").await?;
    other.multiappend("Work", &letters(1..=3)).await?;
    let alice = house.alice().await?;
    let ticked = Ticked::on(&alice, "/mail/Work").await?;
    // A mark first, so that a connection has it open for changes.
    ticked.with(&alice, "flag", &[1], &[]).await?;
    let before = validity(&mut other, "Work").await?;
    other.run("DELETE Work").await?;
    other.create("Work").await?;
    other.multiappend("Work", &letters(11..=13)).await?;
    assert_ne!(validity(&mut other, "Work").await?, before);
    let there = contents(&mut other, "Work").await?;
    for (verb, more) in [
        ("destroy", Some(("sure", "1"))),
        ("delete", None),
        ("read", None),
        ("move", Some(("to", "Archive"))),
    ] {
        let page = ticked.with(&alice, verb, &[1, 2], more.as_slice()).await?;
        assert!(page.status.as_u16() >= 400, "{verb}: {} {}", page.status, page.text());
        assert_eq!(contents(&mut other, "Work").await?, there, "{verb}");
    }
    assert!(
        contents(&mut other, "Trash").await?.is_empty() && contents(&mut other, "Archive").await?.is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn an_undo_that_comes_late_or_twice_does_no_harm() -> Result<()> {
    let house = House::with(&letters(1..=4)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    let page = act(&alice, "/mail/INBOX", "archive", &[2, 3], &[]).await?;
    // Loading the page again tells it again, and does nothing.
    assert_eq!(told(&alice.get(&page.path).await?), "2 messages archived");
    other.select("Archive").await?;
    other.expunge(&[1]).await?;
    let undone = undo(&alice, &page).await?;
    assert_eq!(told(&undone), "Undone: 1 message is as it was");
    assert!(undone.text().contains("One other message was no longer"), "{}", undone.text());
    let there = contents(&mut other, "INBOX").await?;
    assert_eq!(there.keys().collect::<Vec<_>>(), ["letter 1", "letter 3", "letter 4"]);
    let twice = alice.submit(&page, "[data-told] form", &[]).await?;
    assert_eq!(twice.status, 410);
    assert_eq!(contents(&mut other, "INBOX").await?, there);
    // Of another account, or another mailbox, it is nothing.
    let bob = Visitor::signed_in(house.gateway.url(), crate::support::BOB, PASSWORD).await?;
    assert!(bob.get(&page.path).await?.all("[data-told]").is_empty());
    assert!(alice.get(&page.path.replace("INBOX", "Trash")).await?.all("[data-told]").is_empty());
    Ok(())
}

#[tokio::test]
async fn a_thousand_in_lines_under_8_kilobytes() -> Result<()> {
    let house = House::with(&letters(1..=2001)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    let odd: Vec<u32> = (0..1000).map(|n| n * 2 + 1).collect();
    house.wire.clear();
    let page = act(&alice, "/mail/INBOX", "archive", &odd, &[]).await?;
    assert_eq!(told(&page), "1,000 messages archived");
    let longest = house.wire.commands().iter().map(|c| c.line.len()).max();
    assert!(longest.is_some_and(|n| (4_000..8_000).contains(&n)), "{longest:?}");
    assert_eq!(contents(&mut other, "Archive").await?.len(), 1000);
    let undone = undo(&alice, &page).await?;
    assert_eq!(told(&undone), "Undone: 1,000 messages are as they were");
    assert!(contents(&mut other, "Archive").await?.is_empty());
    assert_eq!(contents(&mut other, "INBOX").await?.len(), 2001);
    // A mark on as many: what is taken back fits into an address too.
    let odd: Vec<u32> = (0..1000).map(|n| n * 2 + 2).collect();
    let page = act(&alice, "/mail/INBOX", "flag", &odd, &[]).await?;
    undo(&alice, &page).await?;
    let flagged =
        contents(&mut other, "INBOX").await?.values().filter(|f| f.contains(&"\\Flagged".into())).count();
    assert_eq!(flagged, 0);
    let too_many: Vec<u32> = (1..=1001).collect();
    assert_eq!(act(&alice, "/mail/INBOX", "flag", &too_many, &[]).await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn all_of_a_mailbox_goes_in_steps_and_never_what_came_meanwhile() -> Result<()> {
    let house = House::with(&letters(1..=2500)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    let ticked = Ticked::on(&alice, "/mail/INBOX").await?;
    let up_to = ticked.page.value("[name=all]").context("all is not offered")?;
    assert_eq!(up_to, "2500");
    let of = ticked.page.value("[name=of]").context("not counted")?;
    other.multiappend("INBOX", &letters(2501..=2503)).await?;
    let asked = ticked.with(&alice, "archive", &[], &[("all", &up_to), ("of", &of)]).await?;
    assert_eq!(asked.all("[data-sure] h2"), ["Archive 2,500 messages?"]);
    let mut page = alice.submit(&asked, "[data-sure] form", &[]).await?;
    assert_eq!(page.all("[data-step] span"), ["1,000 of 2,500 done"]);
    other.multiappend("INBOX", &letters(2504..=2504)).await?;
    page = alice.submit(&page, "[data-step]", &[]).await?;
    assert_eq!(page.all("[data-step] span"), ["2,000 of 2,500 done"]);
    page = alice.submit(&page, "[data-step]", &[]).await?;
    assert!(page.all("[data-step]").is_empty(), "{}", page.text());
    assert_eq!(told(&page), "500 messages archived");
    let inbox = contents(&mut other, "INBOX").await?;
    assert_eq!(
        inbox.keys().collect::<Vec<_>>(),
        ["letter 2501", "letter 2502", "letter 2503", "letter 2504"]
    );
    assert_eq!(contents(&mut other, "Archive").await?.len(), 2500);
    Ok(())
}

#[tokio::test]
async fn where_something_is_lacking_the_page_offers_a_way_out() -> Result<()> {
    let options = Options { folders: Vec::new(), ..Options::default() };
    let house = House::build(options).await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.multiappend("INBOX", &letters(1..=3)).await?;
    let alice = house.alice().await?;
    let before = contents(&mut other, "INBOX").await?;
    let asked = act(&alice, "/mail/INBOX", "delete", &[2], &[]).await?;
    assert_eq!(asked.all("[data-none] h2"), ["There is no “Trash” folder in this account"]);
    assert_eq!(
        asked.all("[data-none] button"),
        ["Make “Trash” and go on", "Choose another folder", "Delete for good"]
    );
    assert_eq!(contents(&mut other, "INBOX").await?, before);
    let page = alice.submit(&asked, "[data-none] form", &[]).await?;
    assert_eq!(told(&page), "1 message moved to the trash");
    assert_eq!(contents(&mut other, "Trash").await?.into_keys().collect::<Vec<_>>(), ["letter 2"]);
    // In the trash it goes for good, after a question.
    let asked = act(&alice, "/mail/Trash", "delete", &[1], &[]).await?;
    assert_eq!(asked.all("[data-sure] h2"), ["Delete 1 message for good?"]);
    let page = alice.submit(&asked, "[data-sure] form", &[]).await?;
    assert_eq!(told(&page), "1 message deleted for good");
    assert!(contents(&mut other, "Trash").await?.is_empty());
    // A mailbox that is not there is refused: everything is as it was.
    let page = act(&alice, "/mail/INBOX", "move", &[1], &[("to", "Nowhere")]).await?;
    assert_eq!((page.status.as_u16(), page.all("[data-refused] h2").len()), (409, 1), "{}", page.text());
    assert_eq!(contents(&mut other, "INBOX").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_full_mailbox_refuses_and_everything_is_as_it_was() -> Result<()> {
    let options = Options {
        mail_plugins: "quota imap_quota".into(),
        extra: "plugin {\n quota = count:User quota\n quota_vsizes = yes\n quota_rule = *:messages=5\n}\n"
            .into(),
        ..Options::default()
    };
    let dovecot = Dovecot::start(options).await?;
    let mut other = dovecot.client(ALICE).await?;
    other.multiappend("INBOX", &letters(1..=5)).await?;
    let room = Room::open(&dovecot, Some(&["IMAP4rev1", "UIDPLUS"]), ALICE).await?;
    let before = contents(&mut other, "INBOX").await?;
    let page = room.act("/mail/INBOX", "junk", &[1, 2], &[]).await?;
    assert_eq!(page.status, 409, "{}", page.text());
    assert!(page.text().contains("stayed where they were"), "{}", page.text());
    assert_eq!(contents(&mut other, "INBOX").await?, before);
    assert!(contents(&mut other, "Junk").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn rights_are_respected() -> Result<()> {
    let options = Options {
        mail_plugins: "acl imap_acl".into(),
        extra: "plugin {\n acl = vfile\n}\n".into(),
        ..Options::default()
    };
    let dovecot = Dovecot::start(options).await?;
    let mut other = dovecot.client(ALICE).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    for (mailbox, rights) in [("Look", "lra"), ("Mark", "lrswa")] {
        other.create(mailbox).await?;
        other.multiappend(mailbox, &letters(1..=2)).await?;
        other.run(&format!("SETACL {mailbox} {ALICE} {rights}")).await?;
    }
    let gateway = gateway(wire.port(), &[]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let ticked = Ticked::on(&alice, "/mail/Look").await?;
    assert_eq!(ticked.page.attributes("nav.acting [name=do]", "value"), ["copy"]);
    for verb in ["read", "flag", "archive", "delete"] {
        let page = ticked.with(&alice, verb, &[1], &[]).await?;
        assert_eq!(page.status, 403, "{verb}: {}", page.text());
        assert!(page.text().contains("can be read but not changed"), "{}", page.text());
    }
    // Its message can be looked at and saved, and no mark is offered.
    let message = format!("/mail/Look/{}-1", validity(&mut other, "Look").await?);
    let page = alice.get(&message).await?;
    assert!(page.attributes("#more [name=do]", "value").iter().all(|verb| !verb.contains("read")));
    let save = page.attributes("button[formaction]", "formaction");
    assert_eq!(save, ["/mail/Look/save"]);
    let form = ["token", "uidvalidity", "uid"].map(|name| {
        let value = page.value(&format!("form:has(button[formaction]) input[name={name}]"));
        (name, value.unwrap_or_default())
    });
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = alice.post("/mail/Look/save", &fields).await?;
    assert_eq!(page.attributes("main button", "value"), ["messages"], "{}", page.text());
    let ticked = Ticked::on(&alice, "/mail/Mark").await?;
    let verbs = ticked.page.attributes("nav.acting [name=do]", "value");
    assert!(verbs.contains(&"done".to_owned()) && !verbs.contains(&"move".to_owned()), "{verbs:?}");
    assert_eq!(told(&ticked.with(&alice, "done", &[2], &[]).await?), "1 message marked as dealt with");
    let before = contents(&mut other, "Mark").await?;
    let page = ticked.with(&alice, "archive", &[1], &[]).await?;
    assert!(page.status.as_u16() >= 400, "{}", page.text());
    assert_eq!(contents(&mut other, "Mark").await?, before);
    // Asked once a mailbox.
    let asked = wire.commands().iter().filter(|c| c.line.contains("MYRIGHTS")).count();
    assert_eq!(asked, 2);
    Ok(())
}

#[tokio::test]
async fn a_message_opened_from_results_leads_back_to_them() -> Result<()> {
    let house = House::with(&letters(1..=4)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    let results = "/mail/INBOX?is=unread";
    let message = format!("/mail/INBOX/{}-3?is=unread", uidvalidity(&house).await?);
    assert_eq!(alice.get(results).await?.uids(), [4, 3, 2, 1]);
    let page = alice.get(&message).await?;
    // A mark stays on the page, which stays among the results.
    let page = alice.submit(&page, "#one", &[("do", "flag")]).await?;
    assert!(page.path.starts_with(&format!("{message}&done=")), "{}", page.path);
    assert_eq!(told(&page), "1 message starred");
    assert_eq!(page.attributes("header.bar [href*='#u3']", "href"), ["/mail/INBOX?is=unread#u3"]);
    // Which mailbox is asked in between: doing nothing leads back to the message.
    let asked = alice.submit(&page, "#one", &[("do", "move")]).await?;
    assert_eq!(asked.attributes("[data-choose] p.acts a", "href"), [message.as_str()]);
    let moved = alice.submit(&asked, "[data-choose] form", &[("to", "Archive")]).await?;
    assert!(moved.path.starts_with(&format!("{results}&done=")), "{}", moved.path);
    assert_eq!((told(&moved).as_str(), moved.uids()), ("1 message moved to “Archive”", vec![4, 2, 1]));
    // Twice the same: its page has gone, the results have not.
    let twice = alice.submit(&page, "#one", &[("do", "archive")]).await?;
    assert_eq!(
        (twice.status.as_u16(), twice.attributes("[data-problem] a.primary", "href")),
        (410, vec![results.to_owned()])
    );
    let back = undo(&alice, &moved).await?;
    assert!(back.path.starts_with(&format!("{results}&done=")), "{}", back.path);
    assert_eq!(back.uids().len(), 4);
    assert_eq!(contents(&mut other, "INBOX").await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn a_script_is_told_what_rows_cannot_show() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    dovecot.client(ALICE).await?.multiappend("INBOX", &letters(1..=3)).await?;
    let room = Room::open(&dovecot, Some(&["IMAP4rev1"]), ALICE).await?;
    let (client, cookies) = cookies_of(room.gateway.url(), ALICE).await?;
    let url = format!("{}/mail/INBOX", room.gateway.url());
    let page = client.get(format!("{url}?select")).header("cookie", &cookies).send().await?.text().await?;
    let value = |name: &str| {
        let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1)?;
        Some(rest.split('"').next()?.to_owned())
    };
    let (token, uidvalidity) =
        (value("token").context("no token")?, value("uidvalidity").context("no list")?);
    let ask = async |verb: &str, to: &str| -> Result<(u16, serde_json::Value)> {
        let fields =
            [("token", &*token), ("uidvalidity", &*uidvalidity), ("uid", "2"), ("do", verb), ("to", to)];
        let request = client.post(format!("{url}/act")).header("cookie", &cookies).form(&fields);
        let answer = request.header("accept", "application/json").send().await?;
        Ok((answer.status().as_u16(), serde_json::from_str(&answer.text().await?)?))
    };
    // A mark that changed something, and one that did not: both are told, one can be taken back.
    for undo in [true, false] {
        let (status, told) = ask("flag", "").await?;
        assert_eq!((status, &told["undo"], &told["plain"]), (200, &undo.into(), &true.into()), "{told}");
        assert!(told["done"].is_string(), "{told}");
    }
    // A refusal has its ways out on a page.
    assert_eq!(ask("move", "Nowhere").await?, (409, serde_json::json!({ "page": true })));
    // The message was copied and stays, marked: its row must not leave.
    let (status, told) = ask("archive", "").await?;
    assert_eq!((status, &told["plain"]), (200, &false.into()), "{told}");
    assert!(told["done"].is_string(), "{told}");
    Ok(())
}

#[tokio::test]
async fn a_connection_that_is_gone_is_replaced_and_nothing_is_sent_twice() -> Result<()> {
    let mut house = House::with(&letters(1..=3)).await?;
    let alice = house.alice().await?;
    let ticked = Ticked::on(&alice, "/mail/INBOX").await?;
    ticked.with(&alice, "flag", &[1], &[]).await?;
    house.dovecot.restart().await?;
    house.wire.clear();
    let page = ticked.with(&alice, "archive", &[1, 2], &[]).await?;
    assert_eq!(told(&page), "2 messages archived", "{}", page.text());
    let moves = house.wire.commands().iter().filter(|c| c.line.contains("UID MOVE")).count();
    assert_eq!(moves, 1);
    let mut other = house.dovecot.client(ALICE).await?;
    assert_eq!(contents(&mut other, "Archive").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_connection_cut_anywhere_loses_and_doubles_nothing() -> Result<()> {
    let house = House::with(&letters(1..=14)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    let ticked = Ticked::on(&alice, "/mail/INBOX").await?;
    ticked.with(&alice, "flag", &[1], &[]).await?;
    let mut cut = 0;
    for (n, octets) in (0..12u64).map(|n| (n, n * 120)) {
        house.wire.set(Mode::CloseAfter(octets)).await;
        house.wire.clear();
        let page = ticked.with(&alice, "archive", &[u32::try_from(n)? + 1], &[]).await?;
        house.wire.set(Mode::Pass).await;
        let moves = house.wire.commands().iter().filter(|c| c.line.contains("UID MOVE")).count();
        ensure!(moves <= 1, "{octets}: sent {moves} times");
        cut += usize::from(page.status.as_u16() >= 500);
        let (inbox, archive) = (contents(&mut other, "INBOX").await?, contents(&mut other, "Archive").await?);
        ensure!(inbox.len() + archive.len() == 14, "{octets}: {inbox:?} {archive:?}");
        ensure!(inbox.keys().all(|subject| !archive.contains_key(subject)), "{octets}: doubled");
        // What the page says was done was done.
        let this = format!("letter {}", n + 1);
        ensure!(page.status.as_u16() >= 400 || archive.contains_key(&this), "{octets}: {}", page.text());
    }
    ensure!(cut > 0, "nothing was cut");
    Ok(())
}
