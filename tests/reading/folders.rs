//! Mailboxes: their names as written, what they are for, what is unread, whoever's they are.

use std::{fs, os::unix::fs::PermissionsExt};

use anyhow::{Context, Result};
use lab::{
    Answer, Chaos, Options, Reply, Script, Visitor,
    seed::{self, Seed},
};

use crate::support::{ALICE, House, PASSWORD, gateway, uidvalidity};

/// The names on the page, in its order.
fn names(page: &Answer) -> Vec<String> {
    page.all(".folders span.name")
}

/// Every mailbox that is a link opens, and shows a list.
async fn all_open(visitor: &Visitor, page: &Answer) -> Result<usize> {
    let links = page.attributes(".folders a[href^='/mail/']", "href");
    for href in &links {
        let list = visitor.get(href).await?;
        assert_eq!(list.status, 200, "{href}: {}", list.text());
        assert!(
            list.text().contains("No messages here") || !list.uids().is_empty(),
            "{href}: {}",
            list.text()
        );
    }
    Ok(links.len())
}

fn plain(folders: &[&str]) -> Vec<(String, String)> {
    folders.iter().map(|name| ((*name).to_owned(), String::new())).collect()
}

const ODD: [&str; 16] = [
    "R&D",
    "say \"hi\"",
    r"back\slash",
    "Études médicales",
    "emoji 📎 folder",
    "trailing ",
    " leading",
    "50% off",
    "a:b~c",
    "star",
    "plus+minus=equal;semi",
    "日本語",
    "<b>bold</b>",
    "question?mark#hash",
    "~tilde",
    "&AOk-",
];

#[tokio::test]
async fn odd_names_are_read_as_written_and_open() -> Result<()> {
    for (separator, prefix) in [('/', ""), ('.', "INBOX.")] {
        let house = House::build(Options { separator, prefix: prefix.into(), ..Options::default() }).await?;
        let mut imap = house.dovecot.client(ALICE).await?;
        let mut made = Vec::new();
        for name in ODD.iter().copied().chain(["..", "Deep/Er/Est", "dots.in.name"]) {
            let name = name.replace('/', &separator.to_string());
            // The server may refuse a name: then nobody has it.
            if imap.create(&format!("{prefix}{name}")).await.is_ok() {
                made.push(name);
            }
        }
        assert!(made.len() >= 14, "{made:?}");
        let alice = house.alice().await?;
        let page = alice.get("/folders").await?;
        let shown = names(&page);
        for name in &made {
            let last = name.split(separator).next_back().unwrap_or_default();
            let squeezed = last.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(squeezed.is_empty() || shown.contains(&squeezed), "{name:?} is not in {shown:?}");
        }
        assert!(all_open(&alice, &page).await? >= made.len() + 6);
        // No part of a prefix is on screen.
        assert!(!shown.iter().any(|n| n == "INBOX"), "{shown:?}");
        assert_eq!(shown[..6], ["Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash"]);
    }
    Ok(())
}

#[tokio::test]
async fn messages_open_in_mailboxes_with_odd_names() -> Result<()> {
    let house =
        House::build(Options { separator: '.', prefix: "INBOX.".into(), ..Options::default() }).await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let raw = "From: a@example.org\r\nSubject: found\r\nContent-Type: text/html\r\n\r\n<p>The text</p>\r\n";
    for name in ["Études & \"quotes\"", "50% #1?", "Années.2026.été"] {
        let mailbox = format!("INBOX.{name}");
        imap.create(&mailbox).await?;
        imap.append(&mailbox, &Seed::new(raw)).await?;
    }
    let alice = house.alice().await?;
    let folders = alice.get("/folders").await?;
    let mut found = 0;
    for href in folders.attributes(".folders a[href^='/mail/']", "href") {
        let list = alice.get(&href).await?;
        for row in list.attributes("[data-uid] a", "href").iter().take(1) {
            let page = alice.get(row).await?;
            assert_eq!(page.all("article.letter h1"), ["found"], "{row}");
            let frame = page.attributes("iframe[data-body]", "src").pop().context("a frame")?;
            assert!(alice.get(&frame).await?.text().contains("The text"), "{frame}");
            let read = alice.submit(&page, "form[action$='/act']:not(#one)", &[]).await?;
            assert_eq!(read.status, 200, "{row}");
            found += 1;
        }
    }
    assert_eq!(found, 3);
    Ok(())
}

#[tokio::test]
async fn roles_by_attribute_whatever_the_names() -> Result<()> {
    let folders = [
        ("Wysłane", r"\Sent"),
        ("Entwürfe", r"\Drafts"),
        ("Papierkorb", r"\Trash"),
        ("Alt", r"\Archive"),
        ("Müll", r"\Junk"),
    ];
    let folders = folders.iter().map(|(n, s)| ((*n).to_owned(), (*s).to_owned())).collect();
    let house = House::build(Options { folders, ..Options::default() }).await?;
    let alice = house.alice().await?;
    assert_eq!(names(&alice.get("/folders").await?), ["Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash"]);
    Ok(())
}

#[tokio::test]
async fn roles_by_french_and_english_names() -> Result<()> {
    for given in [
        ["Brouillons", "Envoyés", "Archives", "Indésirables", "Corbeille"],
        ["Brouillon", "Éléments envoyés", "Archive", "Courrier indésirable", "Éléments supprimés"],
        ["Drafts", "Sent Items", "Archive", "Spam", "Deleted Items"],
        ["drafts", "SENT", "archives", "Junk E-mail", "Trash"],
    ] {
        for prefix in ["", "INBOX."] {
            let separator = if prefix.is_empty() { '/' } else { '.' };
            let options = Options {
                folders: plain(&given),
                special_use: false,
                prefix: prefix.into(),
                separator,
                ..Options::default()
            };
            let house = House::build(options).await?;
            let page = house.alice().await?.get("/folders").await?;
            assert_eq!(names(&page), ["Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash"], "{given:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn unread_is_counted_in_one_command() -> Result<()> {
    let folders: Vec<String> = (0..80).map(|n| format!("Folder {n:02}")).collect();
    let names: Vec<&str> = folders.iter().map(String::as_str).collect();
    let house = House::build(Options { folders: plain(&names), ..Options::default() }).await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    for folder in ["INBOX", "Folder 07", "Folder 77"] {
        let unread: Vec<Seed> =
            seed::plain(3, jiff::Timestamp::now()).map(|s| Seed { flags: String::new(), ..s }).collect();
        imap.multiappend(folder, &unread).await?;
    }
    let alice = house.alice().await?;
    alice.get("/folders").await?;
    house.wire.clear();
    let page = alice.get("/folders").await?;
    let lines: Vec<String> = house.wire.commands().into_iter().map(|c| c.line).collect();
    assert_eq!(lines.iter().filter(|l| l.contains("LIST")).count(), 1, "{lines:?}");
    assert!(!lines.iter().any(|l| l.contains(" STATUS \"") || l.contains(" STATUS F")), "{lines:?}");
    assert_eq!(house.wire.counts().round_trips, 1, "{lines:?}");
    let counted = page.all(".folders a .num");
    assert_eq!(counted.len(), 3, "{counted:?}");
    assert!(counted.iter().all(|n| n.starts_with('3')), "{counted:?}");
    Ok(())
}

#[tokio::test]
async fn other_peoples_and_shared_mailboxes_stand_apart_and_open() -> Result<()> {
    for separator in ['/', '.'] {
        let folder = tempfile::Builder::new().prefix("lab-shared-").tempdir()?;
        let place = folder.path().join("dovecot");
        fs::create_dir(&place)?;
        for dir in [folder.path(), &place] {
            fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
        }
        fs::write(place.join("acl"), format!("Public{separator}* anyone lrwstipekxa\nPublic anyone lrk\n"))?;
        let at = place.display();
        let extra = format!(
            "mail_plugins = $mail_plugins acl\nprotocol imap {{\n  mail_plugins = $mail_plugins imap_acl\n}}\n\
             plugin {{\n  acl = vfile:{at}/acl\n  acl_shared_dict = file:{at}/mail/shared.db\n}}\n\
             namespace others {{\n  type = shared\n  separator = {separator}\n  prefix = Others{separator}%%u{separator}\n  \
             location = mdbox:%%h/mdbox\n  subscriptions = no\n  list = children\n}}\n\
             namespace public {{\n  type = public\n  separator = {separator}\n  prefix = Public{separator}\n  \
             location = mdbox:{at}/mail/public\n  subscriptions = no\n  list = yes\n}}\n"
        );
        let (alice, bob) = ("alice".to_owned(), "bob".to_owned());
        let users = [&alice, &bob].map(|user| (user.clone(), PASSWORD.to_owned())).to_vec();
        let options = Options { separator, users, extra, folder: Some(place.clone()), ..Options::default() };
        let house = House::build(options).await?;
        let mut imap = house.dovecot.client(&bob).await?;
        imap.create("Équipe").await?;
        imap.append(
            "Équipe",
            &Seed::new("From: bob@example.test\r\nSubject: for the team\r\n\r\nHello.\r\n"),
        )
        .await?;
        let team = lab::imap::name("Équipe");
        imap.run(&format!("SETACL {team} {alice} lrs")).await?;
        let public = format!("Public{separator}Salle d’attente");
        imap.create(&public).await?;
        let visitor = Visitor::signed_in(house.gateway.url(), &alice, PASSWORD).await?;
        let headings = [
            ["Other people’s mailboxes", "Shared mailboxes"],
            ["Boîtes d’autres personnes", "Boîtes partagées"],
        ];
        let [page, french] = visitor.both("/folders").await?;
        for (page, headings) in [&page, &french].into_iter().zip(headings) {
            assert_eq!(page.all(".folders h2"), headings, "{:?}", names(page));
        }
        let shown = names(&page);
        for name in ["Équipe", "Salle d’attente"] {
            assert!(shown.iter().any(|n| n.contains(name)), "{name} is not in {shown:?}");
        }
        assert_eq!(shown[..6], ["Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash"]);
        assert!(all_open(&visitor, &page).await? >= 8, "{shown:?}");
        let href = page.attributes(".folders a[href*='quipe']", "href").pop().context("a link to it")?;
        let list = visitor.get(&href).await?;
        assert_eq!(list.uids(), [1]);
        let row = list.attributes("[data-uid] a", "href").swap_remove(0);
        assert_eq!(visitor.get(&row).await?.all("article.letter h1"), ["for the team"]);
    }
    Ok(())
}

/// What real servers refuse to make and old ones have.
#[tokio::test]
async fn one_odd_line_costs_that_line() -> Result<()> {
    let lines: &[u8] = b"* LIST (\\HasNoChildren) \"/\" INBOX\r\n\
        * LIST () \"/\" \"caf\xe9\"\r\n\
        * LIST () \"/\" \"d\xc3\xa9j\xc3\xa0 vu\"\r\n\
        * LIST () \"/\" {7}\r\nliteral\r\n\
        * LIST (\\Noselect \\HasChildren) \"/\" Parent\r\n\
        * LIST () \"/\" \"Parent/Child\"\r\n\
        * LIST () \"/\" \"Lost/Child\"\r\n\
        * LIST () \"/\" \"..\"\r\n\
        * LIST () \"/\" \"../../etc/passwd\"\r\n\
        * LIST () \"/\" \"trailing \"\r\n\
        * LIST () \"/\" \" \"\r\n\
        * LIST () \"/\" \"a\\\"b\\\\c\"\r\n\
        * LIST () \"/\" \"\"\r\n\
        * LIST () \"/\" NIL\r\n\
        * LIST () \"/\" unquoted[brackets]%\r\n\
        * LIST () \"/\" \"&broken\"\r\n\
        * LIST () \"/\" \"//double//slash/\"\r\n\
        * LIST (((( \"/\" never\r\n\
        * LIST () \"/\"\r\n\
        * LIST\r\n\
        * WHATEVER (1 2 3)\r\n\
        * LIST (\\Sent) NIL \"no separator\"\r\n\
        * LIST () \"/\" last\r\n\
        {tag} OK done\r\n";
    let server = Script::new()
        .on("LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"\r\n{tag} OK done\r\n")
        .on("LIST", lines)
        .on(
            "EXAMINE",
            "* 0 EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 1] ok\r\n{tag} OK [READ-ONLY] done\r\n",
        )
        .start()
        .await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = gateway(wire.port(), &[]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let page = alice.get("/folders").await?;
    let shown = names(&page);
    for name in [
        "Inbox",
        "café",
        "déjà vu",
        "literal",
        "Parent",
        "Child",
        "Lost / Child",
        "trailing",
        "a\"b\\c",
        "NIL",
        "&broken",
        "last",
    ] {
        assert!(shown.iter().any(|n| n == name), "{name} is not in {shown:?}");
    }
    let parent = page.all(".folders a .name");
    assert!(!parent.contains(&"Parent".to_owned()), "a name that only holds others is no link");
    assert!(all_open(&alice, &page).await? >= 14, "{shown:?}");
    // The server is asked for the very bytes it listed.
    let heard = wire.commands().into_iter().map(|c| c.line).collect::<Vec<_>>().join("\n");
    for bytes in ["a\"b\\c", "trailing ", "../../etc/passwd", "&broken"] {
        assert!(heard.contains(bytes), "{bytes} in {heard}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_says_so() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let alice = house.alice().await?;
    let gone = [
        "This folder no longer exists on the server, or you have no access to it.",
        "Ce dossier n’existe plus sur le serveur, ou vous n’y avez pas accès.",
    ];
    // What can be no name of a mailbox: no server is asked for it.
    let nothing = ["There is nothing at this address.", "Il n’y a rien à cette adresse."];
    let empty = ["No messages here", "Aucun message ici"];
    for (path, words) in [
        ("/mail/Nowhere", gone),
        ("/mail/Nowhere/1-1", gone),
        ("/mail/..%2F..%2Fetc", gone),
        ("/mail/a:b:c", gone),
        ("/mail/~ZZ", nothing),
    ] {
        for (n, page) in alice.both(path).await?.iter().enumerate() {
            let said = page.all("[data-problem]").concat();
            assert!(said.contains(words[n]), "{path}: {} {}", page.status, page.text());
            assert!(!page.text().contains(empty[n]), "{path}");
        }
    }
    assert_eq!(alice.get("/mail/INBOX").await?.status, 200);
    Ok(())
}

/// What no screen of ours can read gets a page of ours, and no library's words.
#[tokio::test]
async fn an_address_that_cannot_be_read_says_so() -> Result<()> {
    let house = House::with(&[Seed::new("Subject: x\r\n\r\nx\r\n".to_owned())]).await?;
    let alice = house.alice().await?;
    let message = format!("/mail/INBOX/{}-1", uidvalidity(&house).await?);
    let (nothing, bad) = (
        ["There is nothing at this address.", "Il n’y a rien à cette adresse."],
        ["A part of the request cannot be used.", "Une partie de la demande n’est pas utilisable."],
    );
    for (path, status, words) in [
        ("/mail/%FF".to_owned(), 404, nothing),
        (format!("{message}/%FF"), 404, nothing),
        (format!("{message}?as=text&as=text"), 400, bad),
        ("/login?next=a&next=b".to_owned(), 400, bad),
        ("/logout".to_owned(), 405, nothing),
        ("/mail/INBOX/act".to_owned(), 405, nothing),
    ] {
        for (page, words) in alice.both(&path).await?.iter().zip(words) {
            let said = page.all("[data-problem]").concat();
            assert_eq!(page.status, status, "{path}: {}", page.text());
            assert!(said.contains(words), "{path}: {}", page.text());
        }
    }
    Ok(())
}

/// An INBOX that can have nothing below it has no separator: the others' still holds.
#[tokio::test]
async fn an_inbox_without_a_separator_hides_none() -> Result<()> {
    let lines = "* LIST (\\NoInferiors) NIL INBOX\r\n* LIST () \"/\" Work\r\n* LIST () \"/\" Work/Paris\r\n\
                 * LIST () \".\" #shared.team\r\n{tag} OK done\r\n";
    let server = Script::new()
        .on("LIST \"\" \"*\"", lines)
        .on("LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"\r\n{tag} OK done\r\n")
        .on("CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS MOVE\r\n{tag} OK done\r\n")
        .on("SELECT", "* 3 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n{tag} OK [READ-WRITE] done\r\n")
        .on("UID FETCH 1 (UID FLAGS)", "* 1 FETCH (UID 1 FLAGS ())\r\n{tag} OK done\r\n")
        .start()
        .await?;
    let gateway = gateway(server.port(), &[]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let paths = alice.get("/folders").await?.attributes(".folders a", "href");
    for name in ["Work/Paris", "#shared.team"] {
        for path in &paths {
            alice.get(path).await?;
        }
        let opened = format!("EXAMINE \"{name}\"");
        assert!(server.heard().iter().any(|line| line.ends_with(&opened)), "{paths:?} {:#?}", server.heard());
    }
    // Where one moves to is written likewise.
    let list = alice.get("/mail/INBOX?select").await?;
    let token = list.value("input[name=token]").unwrap_or_default();
    let chooser = alice
        .post("/mail/INBOX/act", &[("token", &token), ("uidvalidity", "1"), ("uid", "1"), ("do", "move")])
        .await?;
    let choices = chooser.attributes("[name=to]", "value");
    for choice in ["Work:Paris", "#shared.team"] {
        assert!(choices.iter().any(|to| to == choice), "{choices:?} {}", chooser.text());
    }
    let fields =
        [("token", token.as_str()), ("uidvalidity", "1"), ("uid", "1"), ("do", "move"), ("to", "Work:Paris")];
    let moved = alice.post("/mail/INBOX/act", &fields).await?;
    let copied =
        |line: &String| line.contains("COPY 1 \"Work/Paris\"") || line.contains("MOVE 1 \"Work/Paris\"");
    assert!(server.heard().iter().any(copied), "{} {:#?}", moved.text(), server.heard());
    Ok(())
}

#[tokio::test]
async fn slow_counts_do_not_keep_the_mailboxes_back() -> Result<()> {
    let lines = "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Slow\r\n{tag} OK done\r\n";
    let server = Script::new()
        .on("LIST \"\" \"*\"", lines)
        .on("STATUS", Reply::SayAndStall(Vec::new()))
        .start()
        .await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = gateway(wire.port(), &[]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let page = alice.get("/folders").await?;
    assert_eq!(names(&page), ["Inbox", "Slow"]);
    assert!(server.heard().iter().any(|line| line.contains("STATUS")));
    // The command is still out: its connection would be closed had we waited for it in vain.
    assert!(wire.counts().open > 0);
    Ok(())
}

#[tokio::test]
async fn an_old_server_counts_in_one_flush() -> Result<()> {
    let server = Script::new()
        .on("LIST \"\" \"*\"", "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Other\r\n{tag} OK done\r\n")
        .on("STATUS \"Other\"", "* STATUS Other (MESSAGES 9 UNSEEN 7)\r\n{tag} OK done\r\n")
        .start()
        .await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = gateway(wire.port(), &[]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    wire.clear();
    let (mut page, mut tries) = (alice.get("/folders").await?, 0);
    assert!(wire.counts().round_trips <= 2, "{:?}", wire.commands());
    // On a busy machine the counts may come with the next page.
    while page.all(".folders a .num").len() < 2 && tries < 50 {
        tries += 1;
        page = alice.get("/folders").await?;
    }
    let counted = page.all(".folders a .num");
    assert!(counted[0].starts_with('3') && counted[1].starts_with('7'), "{counted:?}");
    Ok(())
}
