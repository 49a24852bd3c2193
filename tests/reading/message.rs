//! The page of one message: what it says, what it keeps from happening, what its buttons do.

use anyhow::{Context, Result};
use lab::{
    Answer, Chaos, Options, Visitor,
    seed::{self, Seed, mime::Part},
};

use crate::support::{ALICE, House, PASSWORD, flags, source, uidvalidity};

pub const HEAD: &str = "From: Dr Test <dr@example.org>\r\nTo: alice@example.test\r\nSubject: a message\r\n";

pub fn odd(name: &str) -> Result<Seed> {
    let found = seed::odd().into_iter().find(|(n, _)| *n == name);
    Ok(Seed::new(found.with_context(|| format!("no seed {name}"))?.1))
}

/// The pages of these messages, in a browser of this language.
pub async fn pages(seeds: &[Seed], language: &str) -> Result<(House, Visitor, Vec<String>, Vec<Answer>)> {
    let house = House::with(seeds).await?;
    let visitor = Visitor::new(house.gateway.url(), language)?;
    visitor.sign_in(ALICE, PASSWORD).await?;
    let uidvalidity = uidvalidity(&house).await?;
    let paths: Vec<String> =
        (1..=seeds.len()).map(|uid| format!("/mail/INBOX/{uidvalidity}-{uid}")).collect();
    let mut pages = Vec::new();
    for path in &paths {
        pages.push(visitor.get(path).await?);
    }
    Ok((house, visitor, paths, pages))
}

/// Each page in English and in French.
pub async fn in_both(seeds: &[Seed]) -> Result<(House, Visitor, Vec<String>, Vec<[Answer; 2]>)> {
    let (house, visitor, paths, _) = pages(seeds, "en").await?;
    let mut both = Vec::new();
    for path in &paths {
        both.push(visitor.both(path).await?);
    }
    Ok((house, visitor, paths, both))
}

pub fn text(page: &Answer) -> String {
    page.all("article.letter").concat()
}

#[tokio::test]
async fn protection_is_said_in_plain_words() -> Result<()> {
    let opaque = Part::file("application/pkcs7-mime; smime-type=signed-data", "smime.p7m", b"\x30\x80")
        .message_with(HEAD);
    let seeds = [
        odd("smime-opaque")?,
        odd("smime-signed")?,
        odd("pgp-encrypted")?,
        Seed::new(opaque),
        odd("winmail-dat")?,
    ];
    for (language, words) in [
        (
            "en",
            [
                "encrypted (S/MIME)",
                "This message is signed",
                "encrypted (OpenPGP)",
                "sealed inside its signature",
            ],
        ),
        (
            "fr",
            ["chiffré (S/MIME)", "Ce message est signé", "chiffré (OpenPGP)", "enfermé dans sa signature"],
        ),
    ] {
        let (_house, _, _, pages) = pages(&seeds, language).await?;
        for (page, words) in pages.iter().zip(words) {
            assert!(text(page).contains(words), "{words}: {}", text(page));
        }
        let files: Vec<Vec<String>> = pages.iter().map(|p| p.all("[data-part] .name bdi")).collect();
        assert_eq!(files[0], ["smime.p7m"]);
        assert_eq!(files[1], ["smime.p7s"]);
        assert_eq!(files[2], ["encrypted.asc"]);
        assert_eq!(files[4], ["winmail.dat"]);
        assert!(pages[1].all("[data-text]").concat().contains("A signed text."));
    }
    Ok(())
}

#[tokio::test]
async fn texts_beside_the_main_one_are_shown_too() -> Result<()> {
    let html = Part::multi(
        "mixed",
        "m",
        &[
            Part::text("html", "<p>The layout</p>", "utf-8"),
            Part::file("application/zip", "a.zip", b"PK"),
            Part::text("plain", "The footer of the list\n", "utf-8"),
        ],
    );
    let plain = Part::multi(
        "mixed",
        "m",
        &[
            Part::text("plain", "First words\n", "utf-8"),
            Part::text("html", "<p>Words as <b>layout</b></p>", "utf-8"),
            Part::text("plain", "Last words\n", "utf-8"),
        ],
    );
    let seeds = [Seed::new(html.message_with(HEAD)), Seed::new(plain.message_with(HEAD))];
    let (_house, alice, paths, pages) = pages(&seeds, "en").await?;
    assert_eq!(pages[0].all("iframe[data-body]").len(), 1);
    assert_eq!(pages[0].all("[data-text]"), ["The footer of the list"]);
    let frame = alice.get(&pages[0].attributes("iframe[data-body]", "src")[0]).await?;
    assert!(frame.text().contains("The layout"));
    let as_text = alice.get(&format!("{}?as=text", paths[0])).await?;
    assert!(text(&as_text).contains("The layout") && text(&as_text).contains("The footer"));
    for words in ["First words", "Words as layout", "Last words"] {
        assert!(text(&pages[1]).contains(words), "{words}");
    }
    Ok(())
}

#[tokio::test]
async fn forwarded_messages_show_their_text() -> Result<()> {
    let innermost = Part::text("plain", "The innermost words\n", "utf-8")
        .message_with("From: c@example.org\r\nSubject: third\r\n");
    let inner = Part::multi(
        "mixed",
        "two",
        &[
            Part::text("html", "<p>Words as <b>layout</b> https://example.org/x</p>", "utf-8"),
            Part::message(&innermost),
        ],
    )
    .message_with("From: B <b@example.org>\r\nSubject: second\r\nTo: Me <alice@example.test>\r\n");
    let outer =
        Part::multi("mixed", "one", &[Part::text("plain", "See below\n", "utf-8"), Part::message(&inner)]);
    let seeds = [Seed::new(outer.message_with(HEAD)), odd("forwarded")?, odd("nested-messages-40")?];
    let (_house, alice, paths, mut both) = in_both(&seeds).await?;
    let more = ["More messages are forwarded inside.", "D’autres messages sont transférés à l’intérieur."];
    for (page, words) in both[2].iter().zip(more) {
        assert!(text(page).contains(words), "{}", text(page));
    }
    let pages: Vec<Answer> = both.drain(..).map(|[english, _]| english).collect();
    assert_eq!(pages[0].all("article.nested h2"), ["second", "third"]);
    let texts = pages[0].all("[data-text]");
    assert_eq!(texts.len(), 3);
    assert!(
        texts[0].contains("See below")
            && texts[1].contains("Words as layout")
            && texts[2].contains("innermost")
    );
    assert_eq!(pages[0].attributes("[data-part]", "data-part"), ["2", "2.2"]);
    let message = alice.get(&format!("{}/part/2.2?save=1", paths[0])).await?;
    assert!(message.text().contains("The innermost words") && message.text().starts_with("From: c@"));
    assert!(text(&pages[1]).contains("Le message transféré."));
    Ok(())
}

#[tokio::test]
async fn a_layout_that_is_not_shown_says_so() -> Result<()> {
    let deep = format!("{}deep words{}", "<div>".repeat(30_000), "</div>".repeat(30_000));
    let alternative = Part::multi(
        "alternative",
        "alt",
        &[Part::text("plain", "The plain words\n", "utf-8"), Part::text("html", &deep, "utf-8")],
    );
    let huge = format!("<p>{}</p>", "many words ".repeat(400_000));
    let seeds = [
        Seed::new(alternative.message_with(HEAD)),
        Seed::new(Part::text("html", &deep, "utf-8").message_with(HEAD)),
        Seed::new(Part::text("html", &huge, "utf-8").message_with(HEAD)),
    ];
    let (_house, _, _, pages) = in_both(&seeds).await?;
    let refused = ["too large or too intricate to be shown safely", "trop lourde ou trop complexe"];
    let cut = ["The rest is too long to be shown here.", "La suite est trop longue pour être montrée ici."];
    for (both, words) in pages.iter().zip(["The plain words", "deep words", "many words"]) {
        for (n, page) in both.iter().enumerate() {
            assert!(page.all("iframe[data-body]").is_empty(), "{words}: its layout is shown");
            assert!(text(page).contains(refused[n]), "{words}: {}", text(page));
            assert!(page.all("[data-text]").concat().contains(words), "{words}");
            assert_eq!(text(page).contains(cut[n]), words == "many words", "{words}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_wrote_to_whom_and_when() -> Result<()> {
    let mail = |headers: &str| Seed {
        arrived: "2026-11-20T10:00:00Z".parse().unwrap_or_default(),
        ..Seed::new(format!("{headers}Subject: heads\r\n\r\nText\r\n"))
    };
    let date = "Date: Thu, 19 Nov 2026 08:30:00 +0000\r\n";
    let seeds = [
        mail(&format!("From: Dr A <a@example.org>\r\nTo: alice@example.test\r\n{date}")),
        mail(&format!("From: a@example.org\r\nTo: ALICE@Example.Test, bob@example.test\r\n{date}")),
        mail(&format!(
            "From: a@example.org\r\nTo: bob@example.test\r\nCc: Alice <alice@example.test>, c@x.org\r\n{date}"
        )),
        mail(&format!("From: a@example.org\r\nTo: Bob <bob@example.test>\r\n{date}")),
        mail(&format!("From: \"boss@clinic.example\" <x@evil.example>\r\nTo: alice@example.test\r\n{date}")),
        mail(&format!(
            "From: a@example.org\r\nReply-To: thief@elsewhere.example\r\nTo: alice@example.test\r\n{date}"
        )),
        mail(&format!(
            "From: a@example.org\r\nReply-To: list@elsewhere.example\r\nList-Id: <l.example>\r\nTo: alice@example.test\r\n{date}"
        )),
        mail(&format!(
            "From: a@mail.example.org\r\nReply-To: b@example.org\r\nTo: alice@example.test\r\n{date}"
        )),
        mail("To: alice@example.test\r\n"),
        mail("From: a@example.org\r\nDate: yesterday around noon\r\n"),
    ];
    let hints = |pages: &[Answer]| -> Vec<String> {
        pages.iter().map(|p| p.all(".from .more-hint").concat()).collect()
    };
    let (_house, _, _, en) = pages(&seeds, "en").await?;
    assert_eq!(hints(&en)[..4], ["to you", "to you and 1 other", "to you and 2 others", "to Bob"]);
    assert_eq!(hints(&en)[9], "recipients not given");
    let doubts: Vec<usize> = en.iter().map(|p| p.all(".doubt").len()).collect();
    assert_eq!(doubts, [0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
    assert!(
        text(&en[4]).contains("x@evil.example")
            && en[4].all(".doubt")[0].contains("The name shows an address")
    );
    assert!(
        en[5].all(".doubt")[0].contains("another domain") && text(&en[5]).contains("thief@elsewhere.example")
    );
    assert!(
        en[8].all(".from").concat().contains("(unknown sender)")
            && text(&en[8]).contains("No sending date given")
    );
    assert!(text(&en[9]).contains("yesterday around noon"));
    let times = en[0].attributes("p.meta time", "datetime");
    assert!(times[0].starts_with("2026-11-19T") && times[1].starts_with("2026-11-20T"), "{times:?}");

    let (_house, _, _, fr) = pages(&seeds[..2], "fr").await?;
    assert_eq!(
        hints(&fr).iter().map(|h| h.to_lowercase()).collect::<Vec<_>>(),
        ["à vous", "à vous et 1 autre"]
    );
    Ok(())
}

#[tokio::test]
async fn the_frame_lets_nothing_in_or_out() -> Result<()> {
    let html = "<p>Words <a href=\"https://example.org/a\">away</a> <a href=\"OWN/logout\">own</a> <a href=\"/mail/INBOX\">relative</a>\
        <script>alert(1)</script><form action=\"OWN/logout\"><button>b</button></form><iframe src=\"x\"></iframe>\
        <img src=\"https://tracker.example/pixel.png\"><img src=\"http://tracker.example/2.gif\">\
        <div style=\"background:url(https://tracker.example/3.png);position:fixed\">styled</div></p>";
    let house = House::with(&[]).await?;
    let html = html.replace("OWN", house.gateway.url());
    let plain = format!("See {}/mail/INBOX?page=2 and https://example.org/ok\n", house.gateway.url());
    let raw = Part::text("html", &html, "utf-8").message_with(HEAD);
    let mut imap = house.dovecot.client(ALICE).await?;
    imap.append("INBOX", &Seed::new(raw)).await?;
    imap.append("INBOX", &Seed::new(Part::text("plain", &plain, "utf-8").message_with(HEAD))).await?;
    let alice = house.alice().await?;
    let uidvalidity = uidvalidity(&house).await?;
    let page = alice.get(&format!("/mail/INBOX/{uidvalidity}-1")).await?;
    assert_eq!(
        page.attributes("iframe[data-body]", "sandbox"),
        ["allow-same-origin allow-popups allow-popups-to-escape-sandbox"]
    );
    let src = page.attributes("iframe[data-body]", "src").swap_remove(0);
    let frame = alice.get(&src).await?;
    let own = house.gateway.url();
    let policy = |images: &str| {
        format!(
            "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
             img-src {own}/i/ data:{images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
             frame-ancestors 'self'"
        )
    };
    assert_eq!(frame.header("content-security-policy"), policy(""));
    assert_eq!(frame.header("referrer-policy"), "no-referrer");
    assert_eq!(frame.header("x-content-type-options"), "nosniff");
    assert_eq!(frame.header("cache-control"), "no-store");
    assert_eq!(frame.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(frame.attributes("a", "href"), ["https://example.org/a"]);
    assert!(frame.all("script, form, iframe, button").is_empty());
    assert!(frame.attributes("img", "src").is_empty() && !frame.text().contains("tracker.example"));
    assert!(frame.text().contains("own") && frame.text().contains("relative"), "the words stay");

    assert!(text(&page).contains("2 remote images blocked"), "{}", text(&page));
    let allow = page.attributes("a.button[href*='images=1']", "href").swap_remove(0);
    let shown = alice.get(&allow).await?;
    let src = shown.attributes("iframe[data-body]", "src").swap_remove(0);
    let frame = alice.get(&src).await?;
    assert_eq!(frame.header("content-security-policy"), policy(" https: http:"));
    assert_eq!(frame.attributes("img", "src").len(), 2);
    assert!(!frame.text().contains("3.png"), "no image but an img");
    // The consent was for that one answer.
    assert_eq!(
        alice
            .get(&format!("/mail/INBOX/{uidvalidity}-1/body?part=1"))
            .await?
            .header("content-security-policy"),
        policy("")
    );

    let plain = alice.get(&format!("/mail/INBOX/{uidvalidity}-2")).await?;
    assert_eq!(plain.attributes("[data-text] a", "href"), ["https://example.org/ok"]);
    assert!(text(&plain).contains("/mail/INBOX?page=2"));
    Ok(())
}

/// A frame is not broken over sheets: a layout has a document for paper, with the head above it.
#[tokio::test]
async fn a_layout_has_a_document_for_paper() -> Result<()> {
    let html = "<style>div{display:none!important;color:#fff!important}</style><p>The layout</p>\
                <img src=\"https://tracker.example/pixel.png\"><script>print()</script>";
    let head = "From: \"Dr <b>Test</b>\" <dr@example.org>\r\nTo: alice@example.test\r\nCc: Luc <luc@example.net>\r\n\
                Subject: <i>Lab</i> result\r\nDate: Thu, 19 Nov 2026 08:30:00 +0000\r\n";
    let parts = [Part::text("html", html, "utf-8"), Part::file("application/pdf", "result.pdf", b"%PDF-1.4")];
    let (_house, alice, paths, both) =
        in_both(&[Seed::new(Part::multi("mixed", "m", &parts).message_with(head))]).await?;
    for (n, page) in both[0].iter().enumerate() {
        let link = page.attributes("a[data-print]", "href");
        let paper = alice.both(&link[0]).await?[n].clone();
        let said = paper.all("[data-head]").concat();
        for words in [
            [
                "<i>Lab</i> result",
                "From: Dr <b>Test</b> <dr@example.org>",
                "To: alice@example.test",
                "Copy: Luc <luc@example.net>",
                "19 Nov 2026 at 09:30",
                "result.pdf",
            ],
            [
                "<i>Lab</i> result",
                "De : Dr <b>Test</b> <dr@example.org>",
                "À : alice@example.test",
                "Copie : Luc <luc@example.net>",
                "19 nov. 2026 à 09:30",
                "result.pdf",
            ],
        ][n]
        {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert!(paper.text().contains("The layout") && paper.all("script, [onload]").is_empty());
        assert!(paper.attributes("img", "src").is_empty(), "images stay blocked");
        let policy = paper.header("content-security-policy");
        assert!(policy.starts_with("sandbox allow-same-origin allow-modals allow-popups"), "{policy}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("allow-scripts"), "{policy}");
        // With the reader's consent, images are on paper, too.
        let shown = alice.get(&format!("{}?images=1", paths[0])).await?;
        let paper = alice.get(&shown.attributes("a[data-print]", "href")[0]).await?;
        assert_eq!(paper.attributes("img", "src").len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn the_frame_costs_nothing_after_its_page() -> Result<()> {
    let html = "<p>The layout</p><img src=\"https://tracker.example/pixel.png\">";
    let seed = Seed::new(Part::text("html", html, "utf-8").message_with(HEAD));
    let house = House::with(&[seed]).await?;
    let alice = house.alice().await?;
    let path = format!("/mail/INBOX/{}-1", uidvalidity(&house).await?);
    // Where there are rights (RFC 4314) they are asked for once, by whichever page comes first.
    alice.get("/mail/INBOX").await?;
    house.wire.clear();
    alice.get(&path).await?;
    assert!(house.wire.counts().round_trips <= 3, "{:?}", house.wire.commands());
    for (query, images) in [("", 0), ("?images=1", 1)] {
        house.wire.clear();
        let page = alice.get(&format!("{path}{query}")).await?;
        assert!(house.wire.counts().round_trips <= 2, "{:?}", house.wire.commands());
        let src = page.attributes("iframe[data-body]", "src").swap_remove(0);
        house.wire.clear();
        let frame = alice.get(&src).await?;
        assert!(frame.text().contains("The layout"));
        assert_eq!(frame.attributes("img", "src").len(), images);
        assert_eq!(house.wire.counts().commands, 0, "{:?}", house.wire.commands());
        // It is given once: whoever asks again has it made again.
        let again = alice.get(&src).await?;
        assert_eq!(again.body, frame.body);
        assert_eq!(again.header("content-security-policy"), frame.header("content-security-policy"));
        assert!((1..=2).contains(&house.wire.counts().round_trips), "{:?}", house.wire.commands());
    }
    // What waits for one reader is nobody else's, in another session of the same person either.
    let page = alice.get(&path).await?;
    let src = page.attributes("iframe[data-body]", "src").swap_remove(0);
    let other = house.alice().await?;
    house.wire.clear();
    assert!(other.get(&src).await?.text().contains("The layout"));
    assert!(house.wire.counts().commands > 0);
    Ok(())
}

#[tokio::test]
async fn reading_changes_nothing_and_buttons_do() -> Result<()> {
    let seeds: Vec<Seed> = (0..3)
        .map(|n| Seed::new(format!("{HEAD}X-N: {n}\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n")))
        .collect();
    let (house, alice, paths, read) = pages(&seeds, "en").await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    for path in &paths {
        for piece in
            ["", "/body?part=1", "/part/1", "/part/1?save=1", "/raw", "/headers", "?as=text", "?images=1"]
        {
            alice.get(&format!("{path}{piece}")).await?;
        }
    }
    alice.get("/mail/INBOX").await?;
    for uid in 1..=3 {
        assert!(flags(&mut other, uid).await?.is_empty(), "no GET has an effect");
    }
    // The plain button.
    let back = alice.submit(&read[0], "[data-seen] form", &[]).await?;
    assert_eq!(back.path, paths[0]);
    assert_eq!(flags(&mut other, 1).await?, ["\\Seen"]);
    assert!(
        text(&back).contains("a message") && back.all(".acts button").contains(&"Mark as unread".to_owned())
    );
    alice.submit(&back, "[data-seen] form", &[]).await?;
    assert!(flags(&mut other, 1).await?.is_empty());
    // What the script sends.
    alice.submit(&read[1], "[data-opened] form", &[]).await?;
    let mut marked = flags(&mut other, 2).await?;
    marked.sort();
    assert_eq!(marked, ["$RelaisOpened", "\\Seen"]);
    assert!(flags(&mut other, 3).await?.is_empty(), "nothing else was touched");
    // Another UIDVALIDITY is another mailbox.
    let stale = alice.submit(&read[2], "[data-seen] form", &[("uidvalidity", "7")]).await?;
    assert!(stale.text().contains("was rebuilt"), "{}", stale.text());
    assert_eq!(stale.status, 410);
    // Without the token, or with a wrong one, nothing is done.
    for token in ["", "AAAA"] {
        let refused = alice.submit(&read[2], "[data-seen] form", &[("token", token)]).await?;
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("nothing was done"));
    }
    for (field, value) in [("do", "explode"), ("uid", "0"), ("uid", "1:*"), ("uid", ""), ("uidvalidity", "x")]
    {
        assert_eq!(
            alice.submit(&read[2], "[data-seen] form", &[(field, value)]).await?.status,
            400,
            "{field}={value}"
        );
    }
    assert!(flags(&mut other, 3).await?.is_empty());
    let rebuilt = ["This folder was rebuilt on the server", "Ce dossier a été reconstruit sur le serveur"];
    for (old, words) in alice.both("/mail/INBOX/7-3").await?.iter().zip(rebuilt) {
        assert!(old.all("[data-stale]").len() == 1 && old.text().contains(words), "{}", old.text());
        assert!(!old.text().contains("a message"));
    }
    Ok(())
}

#[tokio::test]
async fn opened_is_not_seen_where_a_connector_polls() -> Result<()> {
    let dovecot = lab::Dovecot::start(Options::default()).await?;
    let mut other = dovecot.client(ALICE).await?;
    other.append("INBOX", &Seed::new(format!("{HEAD}\r\nText\r\n"))).await?;
    other.select("INBOX").await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let config = format!(
        "mark_read = \"local\"\n[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\n",
        wire.port()
    );
    let gateway = lab::Gateway::start_with(
        env!("CARGO_BIN_EXE_relais"),
        &["--config", "{folder}/relais.toml"],
        |folder| Ok(std::fs::write(folder.join("relais.toml"), config)?),
    )
    .await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let list = alice.get("/mail/INBOX").await?;
    let page = alice.get(&list.attributes("[data-uid] a", "href")[0]).await?;
    alice.submit(&page, "[data-opened] form", &[]).await?;
    assert_eq!(flags(&mut other, 1).await?, ["$RelaisOpened"]);
    // Only the explicit act is for the server.
    alice.submit(&page, "[data-seen] form", &[]).await?;
    assert!(flags(&mut other, 1).await?.contains(&"\\Seen".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_message_that_went_is_said_to_be_gone() -> Result<()> {
    let seeds: Vec<Seed> = (0..2).map(|_| Seed::new(format!("{HEAD}\r\nText\r\n"))).collect();
    let (house, alice, paths, _) = pages(&seeds, "en").await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    assert!(!source(&mut other, 1).await?.is_empty());
    other.expunge(&[1]).await?;
    let gone = [
        ["This message is no longer in this folder.", "Ce message n’est plus dans ce dossier."],
        [
            "Your other folders and messages can still be read.",
            "Vos autres dossiers et messages restent accessibles.",
        ],
        ["Go back to the list.", "Revenez à la liste."],
    ];
    for piece in ["", "/raw", "/part/1", "/headers", "/body?part=1"] {
        for (n, page) in alice.both(&format!("{}{piece}", paths[0])).await?.iter().enumerate() {
            let said = page.all("[data-problem]").concat();
            assert!(gone.iter().all(|words| said.contains(words[n])), "{piece}: {} {said}", page.status);
        }
    }
    assert_eq!(alice.get(&paths[1]).await?.all("article.letter h1"), ["a message"]);
    Ok(())
}
