//! *Save for my software*: an archive that any program opens, with the very bytes that were sent, or none at all.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use lab::{
    Announce, Answer, Gateway, Strip, Visitor,
    seed::{Seed, mime::Part},
};

use crate::acts::letters;
use crate::support::{ALICE, House, PASSWORD, flags, gateway, uidvalidity};

/// A message with these files.
fn letter(head: &str, files: &[(&str, &[u8])]) -> Seed {
    let parts: Vec<Part> = std::iter::once(Part::text("plain", "See the files.\n", "utf-8"))
        .chain(files.iter().map(|(name, bytes)| Part::file("application/octet-stream", name, bytes)))
        .collect();
    Seed::new(Part::multi("mixed", "edge", &parts).message_with(head))
}

fn head(from: &str, subject: &str) -> String {
    format!(
        "From: {from}\r\nTo: alice@example.test\r\nSubject: {subject}\r\nDate: Fri, 20 Nov 2026 08:30:00 +0100\r\n"
    )
}

/// The page of these messages.
async fn chosen(alice: &Visitor, uidvalidity: u32, uids: &[u32]) -> Result<Answer> {
    let page = alice.get("/folders").await?;
    let token = page.value("input[name=token]").context("no token")?;
    let uids: Vec<String> = uids.iter().map(u32::to_string).collect();
    let uidvalidity = uidvalidity.to_string();
    let mut fields = vec![("token", token.as_str()), ("uidvalidity", &uidvalidity)];
    fields.extend(uids.iter().map(|uid| ("uid", uid.as_str())));
    alice.post("/mail/INBOX/save", &fields).await
}

const FORM: &str = "form[action='/mail/INBOX/save']";

async fn saved(alice: &Visitor, page: &Answer, form: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let answer = alice.submit(page, FORM, &[("as", form)]).await?;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/zip"),
        "{}",
        answer.text()
    );
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"relais-20"));
    opened(&answer.body)
}

/// What is in an archive, which `unzip` finds in order.
fn opened(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), bytes)?;
    let tested = Command::new("unzip").arg("-tqq").arg(file.path()).env("LC_ALL", "C.UTF-8").output()?;
    ensure!(tested.status.success(), "unzip: {}", String::from_utf8_lossy(&tested.stdout));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut files = BTreeMap::new();
    for n in 0..archive.len() {
        let mut file = archive.by_index(n)?;
        let name = file.name()?.into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        ensure!(files.insert(name.clone(), content).is_none(), "{name} twice");
    }
    Ok(files)
}

fn index(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<String>> {
    let text = String::from_utf8(files.get("index.csv").context("no index")?.clone())?;
    let text = text.strip_prefix('\u{feff}').context("no mark of UTF-8")?;
    Ok(text.lines().skip(1).map(str::to_owned).collect())
}

#[tokio::test]
async fn files_are_those_that_were_sent_under_names_that_say_from_whom() -> Result<()> {
    let large: Vec<u8> = (0..1_500_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let seeds = [
        letter(
            &head("Dr Martin <martin@example.org>", "Votre bilan: urgent/2"),
            &[("bilan.pdf", b"%PDF one"), ("BILAN.pdf", b"%PDF two")],
        ),
        letter(
            &head("\"=cmd|' /C calc'!A0\" <x@example.org>", "=?UTF-8?Q?=E2=80=AE=3D1+1;_?="),
            &[
                ("../../etc/passwd", b"root"),
                ("CON.txt", b"con"),
                ("a\u{202e}fdp.exe", b"exe"),
                (&"é".repeat(150), b"long"),
                ("empty", b""),
            ],
        ),
        Seed::new(format!("{}\r\nNo file here.\r\n", head("Ann <ann@example.org>", "Words"))),
        letter(&head("Lab <lab@example.org>", "Images"), &[("images.zip", &large)]),
        letter(&head("Gone <gone@example.org>", "Gone"), &[("gone.pdf", b"gone")]),
    ];
    let house = House::with(&seeds).await?;
    let alice = house.alice().await?;
    let uidvalidity = uidvalidity(&house).await?;
    let page = chosen(&alice, uidvalidity, &[5, 4, 3, 2, 1]).await?;
    assert_eq!(page.attributes("[data-files]", "data-files"), ["9"], "{}", page.text());
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    other.expunge(&[5]).await?;

    let files = saved(&alice, &page, "files").await?;
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(files.len(), 9, "{names:?}");
    let by_end =
        |end: &str| files.iter().find(|(name, _)| name.ends_with(end)).map(|(_, bytes)| bytes.as_slice());
    assert_eq!(files["2026-11-20_Dr-Martin_Votre-bilan-urgent-2_bilan.pdf"], b"%PDF one");
    assert_eq!(files["2026-11-20_Dr-Martin_Votre-bilan-urgent-2_BILAN-2.pdf"], b"%PDF two");
    assert!(files["2026-11-20_Lab_Images_images.zip"] == large);
    assert_eq!(by_end("_passwd"), Some(&b"root"[..]), "{names:?}");
    assert_eq!(by_end("_afdp.exe"), Some(&b"exe"[..]), "{names:?}");
    assert_eq!((by_end("_empty"), by_end("_CON.txt")), (Some(&b""[..]), Some(&b"con"[..])), "{names:?}");
    for name in &names {
        assert!(name.len() <= 210 && !name.contains(['/', '\\', ':', '\u{202e}']), "{name}");
    }

    let lines = index(&files)?;
    assert_eq!(lines.len(), 10, "{lines:?}");
    assert!(
        lines.iter().any(|line| line.contains("\"no attachment\"") && line.contains("\"ann@example.org\"")),
        "{lines:?}"
    );
    assert_eq!(lines.iter().filter(|line| line.contains("not there any more")).count(), 1, "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("\"'=cmd|' /C calc'!A0\"")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("\"1500000\",\"saved\"")), "{lines:?}");

    // The messages themselves, octet for octet.
    let messages = saved(&alice, &page, "messages").await?;
    assert_eq!(messages.len(), 5, "{:?}", messages.keys());
    for (seed, name) in [
        (&seeds[0], "2026-11-20_Dr-Martin_Votre-bilan-urgent-2.eml"),
        (&seeds[3], "2026-11-20_Lab_Images.eml"),
    ] {
        assert!(messages[name] == seed.raw, "{name}");
    }
    // Who reads is not who acts.
    assert!(other.search("SEEN").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn one_message_has_its_own_way_and_french_its_own_table() -> Result<()> {
    let house =
        House::with(&[letter(&head("Ann <ann@example.org>", "One; two"), &[("a.pdf", b"one")])]).await?;
    let french = Visitor::new(house.gateway.url(), "fr")?;
    french.sign_in(ALICE, PASSWORD).await?;
    let message = format!("/mail/INBOX/{}-1", uidvalidity(&house).await?);
    // Opened from results, it leads back among them.
    let message = message + "?is=unread";
    let page = french.get(&message).await?;
    let way = page.attributes("button[formaction]", "formaction");
    assert_eq!(way, ["/mail/INBOX/save"]);
    let form = ["token", "uidvalidity", "uid", "back"].map(|name| {
        let value = page.value(&format!("form:has(button[formaction]) input[name={name}]"));
        (name, value.unwrap_or_default())
    });
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = french.post(&way[0], &fields).await?;
    assert_eq!(page.all("h1"), ["Enregistrer pour mon logiciel"]);
    assert_eq!(page.attributes("header.bar a", "href"), [message.as_str()]);
    assert_eq!(page.attributes("button[value=filed]", "formaction"), ["/mail/INBOX/act"]);
    let files = saved(&french, &page, "files").await?;
    let index = String::from_utf8(files["index.csv"].clone())?;
    assert!(index.starts_with("\u{feff}\"Fichier\";\"Date\";"), "{index}");
    assert!(index.contains("\"One, two\";\"a.pdf\";\"3\";\"enregistré\""), "{index}");
    // Filed, as the page offers: whoever reads the mailbox sees it.
    let form = ["token", "uidvalidity", "uid", "back"]
        .map(|name| (name, page.value(&format!("{FORM} input[name={name}]"))));
    let mut fields: Vec<(&str, &str)> =
        form.iter().map(|(name, value)| (*name, value.as_deref().unwrap_or_default())).collect();
    fields.push(("do", "filed"));
    let filed = french.post("/mail/INBOX/act", &fields).await?;
    assert!(filed.path.starts_with(&format!("{message}&done=")), "{} {}", filed.status, filed.path);
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    assert!(flags(&mut other, 1).await?.contains(&"$RelaisFiled".to_owned()));
    // A page of a choice: loaded again, the choice is made again.
    assert_eq!(french.get("/mail/INBOX/save").await?.path, "/mail/INBOX");
    Ok(())
}

#[tokio::test]
async fn all_of_a_mailbox_is_as_many_as_one_archive_takes() -> Result<()> {
    let house = House::with(&letters(1..=1_003)).await?;
    let alice = house.alice().await?;
    let uidvalidity = uidvalidity(&house).await?.to_string();
    let select = alice.get("/mail/INBOX?select").await?;
    let token = select.value("#act [name=token]").context("no token")?;
    let of = select.value("#act [name=of]").context("all is not offered")?;
    let fields = [
        ("token", token.as_str()),
        ("uidvalidity", &uidvalidity),
        ("back", "/mail/INBOX?older=7-9"),
        ("of", &of),
        ("all", "1003"),
        // What is ticked besides is among them.
        ("uid", "1"),
    ];
    let page = alice.post("/mail/INBOX/save", &fields).await?;
    let said = page.all("[data-share=newest]").concat();
    assert!(said.contains("the newest 1,000 of the 1,003 messages"), "{}", page.text());
    let uids = page.attributes(&format!("{FORM} [name=uid]"), "value");
    assert_eq!((uids.len(), uids[0].as_str(), uids[999].as_str()), (1_000, "4", "1003"));
    assert_eq!(page.attributes("header.bar a", "href"), ["/mail/INBOX?older=7-9"]);
    let fewer = fields.map(|(name, value)| (name, if name == "all" { "12" } else { value }));
    let page = alice.post("/mail/INBOX/save", &fewer).await?;
    assert_eq!(page.all("[data-share=all]"), ["These are all 12 messages of this folder."]);
    // Nothing at all: said, with the way back.
    let page = alice.post("/mail/INBOX/save", &fields[..3]).await?;
    assert_eq!((page.status.as_u16(), page.all("[data-problem] h2").len()), (400, 1), "{}", page.text());
    assert_eq!(page.attributes("[data-problem] a.primary", "href"), ["/mail/INBOX?older=7-9"]);
    Ok(())
}

#[tokio::test]
async fn three_hundred_messages_on_a_server_that_can_little() -> Result<()> {
    let seeds: Vec<Seed> = (0..300)
        .map(|n| {
            letter(
                &head("Ann <ann@example.org>", "The same"),
                &[("scan.pdf", format!("scan {n}").as_bytes())],
            )
        })
        .collect();
    let house = House::with(&seeds).await?;
    let strip = Strip::start(house.dovecot.imap_port(), &["IMAP4rev1"], Announce::WhenAsked).await?;
    let gateway = gateway(strip.port(), &[]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let all: Vec<u32> = (1..=300).collect();
    let page = chosen(&alice, uidvalidity(&house).await?, &all).await?;
    let files = saved(&alice, &page, "files").await?;
    assert_eq!(files.len(), 301);
    let mut contents: Vec<&[u8]> =
        files.values().map(Vec::as_slice).filter(|c| c.starts_with(b"scan ")).collect();
    contents.sort_unstable();
    contents.dedup();
    assert_eq!((contents.len(), index(&files)?.len()), (300, 300));
    assert!(strip.refused().is_empty(), "{:?}", strip.refused());
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_sent() -> Result<()> {
    let house = House::with(&[letter(&head("Ann <ann@example.org>", "One"), &[("a.pdf", b"one")])]).await?;
    let alice = house.alice().await?;
    let uidvalidity = uidvalidity(&house).await?;
    let rebuilt = chosen(&alice, uidvalidity + 1, &[1]).await?;
    assert_eq!((rebuilt.status.as_u16(), rebuilt.all("[data-files]").len()), (410, 0));
    assert_eq!(chosen(&alice, uidvalidity, &[7]).await?.status, 410);
    assert_eq!(chosen(&alice, uidvalidity, &[]).await?.status, 400);
    assert_eq!(chosen(&alice, uidvalidity, &(1..=1001).collect::<Vec<_>>()).await?.status, 400);
    let page = chosen(&alice, uidvalidity, &[1]).await?;
    assert_eq!(alice.submit(&page, FORM, &[("as", "tar")]).await?.status, 400);
    let stale = (uidvalidity + 1).to_string();
    let refused = alice.submit(&page, FORM, &[("as", "files"), ("uidvalidity", &stale)]).await?;
    assert!(refused.status != 200 && refused.header("content-type").starts_with("text/html"));
    let forged = alice.submit(&page, FORM, &[("as", "files"), ("token", "x")]).await?;
    assert!(forged.status != 200 && forged.header("content-type").starts_with("text/html"));
    Ok(())
}

async fn large(house: &House, count: u32, octets: u32) -> Result<(Visitor, Vec<(String, String)>)> {
    let alice = house.alice().await?;
    let uids: Vec<u32> = (1..=count).collect();
    let page = chosen(&alice, uidvalidity(house).await?, &uids).await?;
    assert_eq!(page.attributes("[data-files]", "data-files"), [count.to_string()], "{octets}");
    let value = |name: &str| page.value(&format!("{FORM} input[name={name}]")).unwrap_or_default();
    let mut fields = vec![("token".into(), value("token")), ("uidvalidity".into(), value("uidvalidity"))];
    fields.push(("as".into(), "files".into()));
    fields.extend(uids.iter().map(|uid| ("uid".into(), uid.to_string())));
    Ok((alice, fields))
}

/// Octets that nothing compresses (xorshift).
fn noise(octets: u32, salt: u32) -> Vec<u8> {
    let mut state = u64::from(salt) + 88_172_645_463_325_252;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..octets).map(|_| next()).collect()
}

async fn heavy(count: u32, octets: u32) -> Result<House> {
    let house = House::with(&[]).await?;
    let mut client = house.dovecot.client(ALICE).await?;
    for n in 0..count {
        let seed = letter(&head("Lab <lab@example.org>", "Images"), &[("images.zip", &noise(octets, n))]);
        client.append("INBOX", &seed).await?;
    }
    Ok(house)
}

#[tokio::test]
async fn large_files_pass_through_little_memory() -> Result<()> {
    const OCTETS: u32 = 9_000_000;
    let house = heavy(5, OCTETS).await?;
    let (alice, fields) = large(&house, 5, OCTETS).await?;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    // What any archive takes for the first time is not of this one: threads, buffers.
    let first = &fields[..4];
    assert!(alice.post("/mail/INBOX/save", first).await?.body.len() > OCTETS as usize);
    let before = house.gateway.memory();
    let mut answer = alice.open_post("/mail/INBOX/save", &fields).await?;
    let (mut whole, mut most) = (Vec::new(), before);
    while let Some(chunk) = answer.chunk().await? {
        whole.extend_from_slice(&chunk);
        most = most.max(house.gateway.memory());
    }
    assert!(most - before < 16 << 20, "{} more", most - before);
    let files = opened(&whole)?;
    assert_eq!(files.len(), 6);
    assert!(files["2026-11-20_Lab_Images_images.zip"] == noise(OCTETS, 0));
    assert!(files["2026-11-20_Lab_Images_images-5.zip"] == noise(OCTETS, 4));
    Ok(())
}

/// What came of an archive until it ended, and whether it ended well.
async fn taken(mut answer: reqwest::Response) -> (Vec<u8>, bool) {
    let mut whole = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => whole.extend_from_slice(&chunk),
            Ok(None) => return (whole, true),
            Err(_) => return (whole, false),
        }
    }
}

#[tokio::test]
async fn an_archive_that_breaks_off_is_no_archive() -> Result<()> {
    const OCTETS: u32 = 12_000_000;
    let mut house = heavy(2, OCTETS).await?;
    let (alice, fields) = large(&house, 2, OCTETS).await?;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut answer = alice.open_post("/mail/INBOX/save", &fields).await?;
    let mut first = answer.chunk().await?.context("nothing came")?.to_vec();
    house.dovecot.kill_hard();
    let (rest, well) = taken(answer).await;
    assert!(!well, "it ended as if whole");
    first.extend(rest);
    assert!(opened(&first).is_err() && (first.len() as u32) < OCTETS * 2);
    Ok(())
}

/// Nobody else's messages, whatever is asked for.
#[tokio::test]
async fn nobody_saves_from_a_mailbox_that_is_not_theirs() -> Result<()> {
    let house =
        House::with(&[letter(&head("Ann <ann@example.org>", "Secret"), &[("secret.pdf", b"secret")])])
            .await?;
    let bob = Visitor::signed_in(house.gateway.url(), crate::support::BOB, PASSWORD).await?;
    let page = chosen(&bob, uidvalidity(&house).await?, &[1]).await?;
    assert!(page.status != 200 && !page.text().contains("Secret"), "{}", page.text());
    let stranger = Visitor::new(house.gateway.url(), "en")?;
    let refused =
        stranger.post("/mail/INBOX/save", &[("uidvalidity", "1"), ("uid", "1"), ("as", "files")]).await?;
    assert!(refused.header("content-type") != "application/zip");
    Ok(())
}

/// The gateway's own log says nothing of what is in an archive.
#[tokio::test]
async fn the_log_holds_no_name() -> Result<()> {
    let house =
        House::with(&[letter(&head("Ann <ann@example.org>", "Grossesse"), &[("grossesse.pdf", b"x")])])
            .await?;
    let alice = house.alice().await?;
    let page = chosen(&alice, uidvalidity(&house).await?, &[1]).await?;
    saved(&alice, &page, "files").await?;
    let log = Gateway::log(&house.gateway).to_lowercase();
    assert!(!log.contains("grossesse") && !log.contains("ann@example.org"));
    Ok(())
}
