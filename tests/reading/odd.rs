//! Mail as it should not be: each has its row and its page, and none hides another.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::{
    Answer, Dovecot, Gateway, Options, Script, Visitor,
    seed::{self, Seed, mime::Part},
};

use crate::{
    message::{self, HEAD, pages, text},
    support::{ALICE, House, PASSWORD, gateway, source, uidvalidity, walk},
};

/// Those whose subject does not hold their name: that is what is odd about them.
const NAMELESS: [&str; 3] = ["no-subject", "no-headers", "empty"];

/// The odd mail in alice's inbox, each with its UID.
async fn odd_house() -> Result<(House, Vec<(u32, &'static str, Vec<u8>)>)> {
    let house = House::build(Options::default()).await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let mut kept = Vec::new();
    for (name, raw) in seed::odd() {
        let uid = imap.append("INBOX", &Seed::new(raw.clone())).await.with_context(|| name)?;
        kept.push((uid, name, raw));
    }
    Ok((house, kept))
}

/// The names of its header fields (RFC 5322 §2.2), in their order: printable characters up to a colon.
fn names(raw: &[u8]) -> Vec<String> {
    let lines = raw.split(|octet| *octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let lines = lines.take_while(|line| !line.is_empty());
    let named = lines.filter_map(|line| {
        let name = &line[..line.iter().position(|octet| *octet == b':')?];
        let name = name.trim_ascii_end();
        (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then(|| String::from_utf8_lossy(name))
    });
    named.map(Into::into).collect()
}

fn check_page(name: &str, page: &Answer) -> Result<()> {
    ensure!(page.status == 200, "{}", page.status);
    let titles = page.all("article.letter h1");
    ensure!(titles.len() == 1 && !titles[0].is_empty(), "titles {titles:?}");
    ensure!(NAMELESS.contains(&name) || titles[0].contains(name), "title {titles:?}");
    let text = page.all("article.letter > [data-text]").len();
    let frames = page.attributes("article.letter > iframe[data-body]", "src").len();
    ensure!(text + frames >= 1 || page.all("article.letter > header p.quiet").len() == 1, "no body");
    // Nothing of the mail became markup of ours.
    let scripts = page.attributes("script", "src");
    ensure!(scripts.len() == page.all("script").len(), "an inline script");
    ensure!(scripts.iter().all(|src| src.starts_with("/static/")), "{scripts:?}");
    ensure!(page.all("img, [onerror], [onload], style, [style]").is_empty(), "markup of the mail");
    ensure!(page.all("main").len() == 1, "the page was broken open");
    Ok(())
}

#[tokio::test]
async fn each_has_a_row_a_page_its_source_and_its_headers() -> Result<()> {
    let (house, kept) = odd_house().await?;
    let alice = house.alice().await?;
    let expected: Vec<u32> = kept.iter().rev().map(|(uid, ..)| *uid).collect();
    assert_eq!(walk(&alice).await?, expected);
    let uidvalidity = uidvalidity(&house).await?;
    let mut wrong = Vec::new();
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    for (uid, name, _) in &kept {
        let path = format!("/mail/INBOX/{uidvalidity}-{uid}");
        let page = alice.get(&path).await?;
        if let Err(why) = check_page(name, &page) {
            wrong.push(format!("{name}: {why}"));
        }
        for src in page.attributes("iframe[data-body]", "src") {
            let frame = alice.get(&src).await?;
            if frame.status != 200 || !frame.header("content-security-policy").starts_with("sandbox ") {
                wrong.push(format!("{name}: its frame says {}", frame.status));
            }
        }
        if alice.get(&format!("{path}/raw")).await?.body != source(&mut other, *uid).await? {
            wrong.push(format!("{name}: the source is another"));
        }
        let headers = alice.get(&format!("{path}/headers")).await?;
        if headers.status != 200 {
            wrong.push(format!("{name}: its headers say {}", headers.status));
        }
        let (shown, sent) = (headers.all("dl.headers dt"), names(&source(&mut other, *uid).await?));
        let is_cut = !headers.all("p.quiet").is_empty();
        if shown != sent[..shown.len().min(sent.len())] || is_cut != (shown.len() < sent.len()) {
            wrong.push(format!("{name}: its headers are {shown:?}, cut: {is_cut}, where {sent:?} came"));
        }
        if !page.attributes("iframe[data-body]", "src").is_empty()
            && let Err(why) = check_page(name, &alice.get(&format!("{path}?as=text")).await?)
        {
            wrong.push(format!("{name} as text: {why}"));
        }
        for link in page.attributes("[data-part] a", "href") {
            let file = alice.get(&link).await?;
            if file.status != 200 {
                wrong.push(format!("{name}: {link} says {}", file.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The walk again: opening them changed nothing, and the session lives.
    assert_eq!(walk(&alice).await?.len(), kept.len());
    let log = house.gateway.log();
    assert!(!log.contains("panicked"), "{log}");
    Ok(())
}

#[tokio::test]
async fn subjects_of_health_documents_lose_their_prefix() -> Result<()> {
    let (_house, alice, _, pages) = pages(&[message::odd("xdm-subject")?], "en").await?;
    assert_eq!(pages[0].all("article.letter h1"), ["odd xdm-subject é"]);
    let list = alice.get("/mail/INBOX").await?;
    assert!(
        list.all("[data-uid] .subject")[0].starts_with("odd xdm-subject é"),
        "{:?}",
        list.all("[data-uid]")
    );
    Ok(())
}

#[tokio::test]
async fn ten_thousand_recipients_are_counted() -> Result<()> {
    let (_house, _, _, mut pages) = message::in_both(&[message::odd("10000-recipients")?]).await?;
    let said = [
        ["to Recipient 0 and 9,999 others", "and 9,800 other recipients"],
        ["à Recipient 0 et 9\u{202f}999 autres", "et 9\u{202f}800 autres destinataires"],
    ];
    for (page, said) in pages.remove(0).iter().zip(said) {
        assert!(page.all(".people dd").len() < 300);
        let text = page.texts("article.letter").concat();
        for words in said {
            assert!(text.contains(words), "{words}: {}", text.chars().take(400).collect::<String>());
        }
    }
    Ok(())
}

/// A server whose BODYSTRUCTURE is of no use.
#[tokio::test]
async fn without_a_structure_the_message_is_taken_apart_here() -> Result<()> {
    let file = b"%PDF-1.4 the very bytes";
    let raw = Part::multi(
        "mixed",
        "m",
        &[Part::text("plain", "The words of it\n", "utf-8"), Part::file("application/pdf", "a.pdf", file)],
    )
    .message_with(HEAD);
    let whole = [
        format!("* 1 FETCH (UID 1 BODY[]<0> {{{}}}\r\n", raw.len()).into_bytes(),
        raw.clone(),
        b")\r\n{tag} OK done\r\n".to_vec(),
    ]
    .concat();
    let past = "* 1 FETCH (UID 1 BODY[]<262144> \"\")\r\n{tag} OK done\r\n";
    for broken in [
        "{tag} NO [SERVERBUG] cannot parse\r\n".to_owned(),
        format!("* 1 FETCH (UID 1 BODYSTRUCTURE {})\r\n{{tag}} OK done\r\n", "(".repeat(5_000)),
        "* 1 FETCH (UID 1 BODYSTRUCTURE NIL)\r\n{tag} OK done\r\n".to_owned(),
    ] {
        let server = Script::new()
            .on("UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE", &broken)
            .on("UID FETCH 1 (UID BODYSTRUCTURE", &broken)
            .on(
                "UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)",
                &format!(
                    "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"20-Nov-2026 10:00:00 +0000\" RFC822.SIZE {})\r\n{{tag}} OK done\r\n",
                    raw.len()
                ),
            )
            .on("UID FETCH 1 (BODY.PEEK[]<0.", &whole)
            .on("UID FETCH 1 (BODY.PEEK[]<", past)
            .start()
            .await?;
        let gateway = gateway(server.port(), &[]).await?;
        let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
        let page = alice.get("/mail/INBOX/1-1").await?;
        assert_eq!(page.all("article.letter h1"), ["a message"], "{broken:.60}: {:#?}", server.heard());
        assert!(page.all("[data-text]").concat().contains("The words of it"));
        assert_eq!(page.attributes("[data-part]", "data-part"), ["2"]);
        let saved = alice.get("/mail/INBOX/1-1/part/2?save=1").await?;
        assert_eq!(
            String::from_utf8_lossy(&saved.body),
            String::from_utf8_lossy(file),
            "{:#?}",
            server.heard()
        );
        assert_eq!(alice.get("/mail/INBOX/1-1/raw").await?.body, raw);
    }
    Ok(())
}

#[tokio::test]
async fn words_are_read_whatever_their_label() -> Result<()> {
    let expected = [
        ("utf8-labelled-ascii", "Un café à l’été, 12 €."),
        ("utf8-labelled-latin1", "Un café à l’été, 12 €."),
        ("latin1-labelled-utf8", "Un café à l'été."),
        ("windows1252-labelled-latin1", "Un café, “quoted”, 12 €."),
        ("no-charset-8bit", "Un café à l’été, 12 €."),
        ("unknown-charset", "Un café à l’été, 12 €."),
        ("charset-with-quotes", "Un café à l’été, 12 €."),
        ("iso-2022-jp", "こんにちは"),
        ("utf-16", "café"),
        ("unknown-encoding", "Jryy qbar."),
        ("bad-base64", "This is fine"),
        ("encoding-with-comment", "Un café à l’été, 12 €."),
        ("bare-cr", "four"),
        ("flowed-delsp", "A line that goeson without a space between."),
        ("content-type-broken", "A type without subtype."),
        ("content-type-garbage", "No type at all."),
        ("no-end-boundary", "The second, and then nothing."),
        ("boundary-never-seen", "The first part."),
        ("no-boundary-parameter", "The first part."),
        ("raw-8bit-headers", "réunion à l'école"),
        ("raw-utf8-headers", "été à Nîmes ☀"),
        ("split-words", "éééé"),
        ("uuencode", "Bye."),
        ("bom-first", "After a byte order mark."),
        ("mbox-from-first", "After an mbox line."),
    ];
    let seeds: Vec<Seed> = expected.iter().map(|(name, _)| message::odd(name)).collect::<Result<_>>()?;
    let (_house, _, _, pages) = pages(&seeds, "en").await?;
    let mut wrong = Vec::new();
    for ((name, words), page) in expected.iter().zip(&pages) {
        let said = page.all("main").concat();
        if !said.contains(words) {
            wrong.push(format!("{name}: {}", said.chars().take(400).collect::<String>()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[tokio::test]
async fn what_a_page_leaves_out_is_said_and_can_be_downloaded() -> Result<()> {
    let (_house, alice, paths, pages) =
        message::in_both(&[message::odd("nested-60")?, message::odd("2000-parts")?]).await?;
    let words = [
        "This message has parts that cannot be shown here. Download it to have all of it.",
        "Ce message a des parties qui ne peuvent pas être montrées ici. Téléchargez-le pour l’avoir en entier.",
    ];
    for (path, both) in paths.iter().zip(&pages) {
        let raw = format!("{path}/raw");
        for (page, words) in both.iter().zip(words) {
            assert!(page.all("main").concat().contains(words), "{}", text(page));
            assert!(page.attributes("a", "href").contains(&raw), "{:?}", page.attributes("a", "href"));
        }
        assert!(alice.get(&raw).await?.body.len() > 2_000);
    }
    Ok(())
}

#[tokio::test]
async fn monsters_are_cut_with_a_note() -> Result<()> {
    let html = |body: &str| {
        Seed::new(format!("{HEAD}MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{body}\r\n"))
    };
    let line = format!("<p>{}</p>\r\n", "words ".repeat(150));
    let mut parts = String::new();
    for n in 0..50_000 {
        parts += &format!("--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", n + 1);
    }
    let mut messages = String::new();
    for _ in 0..20_000 {
        messages += "Content-Type: message/rfc822\r\n\r\n";
    }
    let seeds = [
        html(&line.repeat(50_000_000 / line.len())),
        html(&"<div><span>".repeat(20_000)),
        html(&"<table><tr><td>".repeat(20_000)),
        Seed::new(format!("{HEAD}Content-Type: multipart/mixed; boundary=b0\r\n\r\n{parts}")),
        Seed::new(format!("{HEAD}{messages}")),
        Seed::new(format!("{HEAD}\r\nAn ordinary one.\r\n")),
    ];
    let (mut house, alice, _, pages) = message::in_both(&seeds).await?;
    let refused = ["too large or too intricate to be shown safely", "trop lourde ou trop complexe"];
    let cut = ["The rest is too long to be shown here.", "La suite est trop longue pour être montrée ici."];
    let incomplete = [
        "This message has parts that cannot be shown here. Download it",
        "Ce message a des parties qui ne peuvent pas être montrées ici. Téléchargez-le",
    ];
    // All of it, twice: processor time, however busy the machine is. (A build for tests, without optimisation.)
    let spent = house.gateway.cpu();
    assert!(spent < Duration::from_secs(30), "{spent:?}");
    for (n, both) in pages.iter().enumerate() {
        for (at, page) in both.iter().enumerate() {
            assert_eq!(page.status, 200, "{n}");
            assert_eq!(page.all("article.letter h1").first().map(String::as_str), Some("a message"), "{n}");
            let said = page.all("main").concat();
            // Without its layout, whole or cut; without what is too deep.
            let told = [said.contains(refused[at]), said.contains(cut[at]), said.contains(incomplete[at])];
            let expected = match n {
                0 => [true, true, false],
                1 | 2 => [true, false, false],
                3 => [false, true, true],
                4 => [false, false, true],
                _ => [false; 3],
            };
            assert_eq!(told, expected, "{n}: {}", said.chars().take(600).collect::<String>());
            assert!(page.text().len() < 1 << 20, "{n}: {} octets", page.text().len());
        }
    }
    assert!(text(&pages[5][0]).contains("An ordinary one."));
    assert_eq!(alice.get("/mail/INBOX").await?.uids().len(), seeds.len());
    assert!(house.gateway.lives());
    Ok(())
}

#[tokio::test]
async fn links_to_any_host_of_ours_are_text() -> Result<()> {
    const OURS: [&str; 5] =
        ["mail.example.org", "MAIL.example.org.", "intra.example.org", "127.0.0.1", "[::1]"];
    let links = |start: &str, end: &str| {
        let hosts = OURS.iter().chain(&["elsewhere.example.org"]);
        hosts.map(|host| format!("{start}http://{host}:81/logout{end}")).collect::<Vec<_>>()
    };
    let seeds = [
        Seed::new(
            Part::text("plain", &links("Go to ", "").join("\r\n"), "utf-8").message_with("Subject: a\r\n"),
        ),
        Seed::new(
            Part::text("html", &links("<a href=\"", "\">x</a>").join("<p>"), "utf-8")
                .message_with("Subject: b\r\n"),
        ),
    ];
    let dovecot = Dovecot::start(Options::default()).await?;
    dovecot.client(ALICE).await?.multiappend("INBOX", &seeds).await?;
    let toml = format!(
        "hosts = [\"mail.example.org\", \"Intra.example.org\"]\n[server.default]\n\
         imap = \"imap://127.0.0.1:{}?tls=none\"\n",
        dovecot.imap_port()
    );
    let arguments = ["--config", "{folder}/relais.toml"];
    let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
        Ok(std::fs::write(folder.join("relais.toml"), toml)?)
    })
    .await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let inbox = alice.get("/mail/INBOX").await?;
    for path in inbox.attributes("[data-uid] a.open", "href") {
        let page = alice.get(&path).await?;
        let shown = match page.attributes("iframe[data-body]", "src").first() {
            Some(frame) => alice.get(frame).await?,
            None => page,
        };
        let hrefs = shown.attributes("a[href^='http']", "href");
        assert_eq!(hrefs, ["http://elsewhere.example.org:81/logout"], "{path}");
    }
    Ok(())
}
