//! Files of messages: the very bytes the sender put in, and nothing that a browser would run.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use lab::{
    Visitor,
    seed::{
        self, Seed, documents,
        mime::{Part, base64_lines},
    },
};
use sqlx::{ConnectOptions, Connection, any::AnyConnectOptions};

use crate::support::{House, uidvalidity};

/// Every base64 and quoted-printable body of a well-formed message, decoded without any code of the product.
fn decoded(raw: &[u8]) -> HashSet<Vec<u8>> {
    let text = String::from_utf8_lossy(raw);
    let mut found = HashSet::new();
    for after in text.split("Content-Transfer-Encoding: ").skip(1) {
        // The encoding may be the last header field or not.
        let Some((fields, body)) = after.split_once("\r\n\r\n") else { continue };
        let body = body.split("\r\n--").next().unwrap_or_default();
        if fields.starts_with("base64") {
            let digits: String = body.chars().filter(|c| !c.is_whitespace()).collect();
            found.extend(STANDARD.decode(digits).ok());
        } else if fields.starts_with("quoted-printable") {
            let body = body.replace("=\r\n", "");
            let mut pieces = body.split('=');
            let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
            for piece in pieces {
                let (hex, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
                bytes.extend(u8::from_str_radix(hex, 16).ok());
                bytes.extend_from_slice(rest.as_bytes());
            }
            found.insert(bytes);
        }
    }
    found
}

fn holds(raw: &[u8], part: &[u8]) -> bool {
    part.is_empty() || memchr::memmem::find(raw, part).is_some()
}

/// Each file offered on the message's page: its section, its name, what *save* gives, where *open* leads.
async fn files(alice: &Visitor, path: &str) -> Result<Vec<(String, String, Vec<u8>, Option<String>)>> {
    let page = alice.get(path).await?;
    assert_eq!(page.status, 200, "{path}");
    assert!(page.all("article.letter h1").iter().all(|title| !title.is_empty()), "{path}");
    for src in page.attributes("iframe[data-body]", "src") {
        let frame = alice.get(&src).await?;
        assert_eq!(frame.status, 200, "{src}");
        for image in frame.attributes("img[src^='/i/']", "src") {
            let shown = alice.get(&image).await?;
            // What calls itself an image and is none is not shown.
            assert!(shown.header("content-type").starts_with("image/") || shown.status == 404, "{image}");
        }
    }
    let mut files = Vec::new();
    for section in page.attributes("[data-part]", "data-part") {
        let item = format!("[data-part='{section}']");
        let save = page.attributes(&format!("{item} a[download]"), "href").pop().context("no save")?;
        let open = page.attributes(&format!("{item} a[target]"), "href").pop();
        let name = page.all(&format!("{item} .name bdi")).pop().context("no name")?;
        let file = alice.get(&save).await?;
        assert_eq!(file.status, 200, "{path} {section}");
        assert_eq!(file.header("content-type"), "application/octet-stream");
        assert!(file.header("content-disposition").starts_with("attachment"), "{path} {section}");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert!(file.header("content-security-policy").contains("sandbox"));
        files.push((section, name, file.body, open));
    }
    Ok(files)
}

#[tokio::test]
async fn what_is_saved_is_what_was_sent() -> Result<()> {
    // Of these the transfer encoding itself is odd, or the server changed what came in.
    let own = ["uuencode-encoding", "nul-bytes", "bare-cr"];
    let odd = seed::odd().into_iter().filter(|(name, _)| !own.contains(name)).map(|(_, raw)| Seed::new(raw));
    let seeds: Vec<Seed> = seed::realistic(250, Timestamp::now(), 11).chain(odd).collect();
    let house = House::with(&seeds).await?;
    let alice = house.alice().await?;
    let uidvalidity = uidvalidity(&house).await?;
    let (mut saved, mut inline) = (0, HashSet::new());
    for (seed, uid) in seeds.iter().zip(1..) {
        let sent = decoded(&seed.raw);
        for (section, name, bytes, open) in files(&alice, &format!("/mail/INBOX/{uidvalidity}-{uid}")).await?
        {
            let title = String::from_utf8_lossy(&seed.raw[..seed.raw.len().min(300)]);
            let same = sent.contains(&bytes) || holds(&seed.raw, &bytes);
            assert!(same, "{section} {name} of {} bytes in {title}", bytes.len());
            saved += 1;
            let Some(open) = open else { continue };
            let shown = alice.get(&open).await?;
            assert_eq!(shown.body, bytes, "{name} in {title}");
            let (kind, disposition) = (shown.header("content-type"), shown.header("content-disposition"));
            if disposition.starts_with("inline") {
                let magic: &[u8] = match kind {
                    "image/png" => b"\x89PNG",
                    "image/jpeg" => b"\xff\xd8\xff",
                    "image/gif" => b"GIF8",
                    "image/webp" => b"RIFF",
                    "application/pdf" => b"%PDF-",
                    text if text.starts_with("text/plain; charset=") => b"",
                    other => panic!("{name} is shown as {other}"),
                };
                assert!(bytes.starts_with(magic), "{name} is no {kind}");
                inline.insert(kind.to_owned());
            } else {
                assert_eq!(kind, "application/octet-stream");
            }
        }
    }
    assert!(saved > 150, "{saved}");
    for kind in ["image/png", "image/jpeg", "application/pdf"] {
        assert!(inline.contains(kind), "{inline:?}");
    }
    Ok(())
}

fn mixed(parts: &[Part]) -> Seed {
    let head = "From: a@example.org\r\nTo: alice@example.test\r\nSubject: files\r\n";
    Seed::new(Part::multi("mixed", "edge", parts).message_with(head))
}

#[tokio::test]
async fn bytes_stay_as_they_are_whatever_they_are() -> Result<()> {
    let all: Vec<u8> = (0..=255).cycle().take(700_001).collect();
    let latin = b"caf\xe9\nline two, no end".to_vec();
    let crlf = b"one\r\ntwo\nthree\rfour\r\n\r\n".to_vec();
    let utf16 = b"\xff\xfeh\0i\0".to_vec();
    let given = [
        ("all.bin", "application/octet-stream", all),
        ("latin.txt", "text/plain; charset=windows-1252", latin),
        ("crlf.csv", "text/csv", crlf),
        ("wide.txt", "text/plain; charset=utf-16", utf16),
        ("empty.txt", "text/plain", Vec::new()),
        ("page.html", "text/html; charset=utf-8", b"<script>alert(1)</script>".to_vec()),
        ("drawing.svg", "image/svg+xml", b"<svg onload=alert(1)>".to_vec()),
        ("tool.js", "text/javascript", b"alert(1)".to_vec()),
        ("lies.png", "image/png", b"<html><script>alert(1)</script>".to_vec()),
    ];
    let parts: Vec<Part> = std::iter::once(Part::text("plain", "See the files.\n", "utf-8"))
        .chain(given.iter().map(|(name, kind, bytes)| Part::file(kind, name, bytes)))
        .collect();
    let house = House::with(&[mixed(&parts)]).await?;
    let alice = house.alice().await?;
    let path = format!("/mail/INBOX/{}-1", uidvalidity(&house).await?);
    let found = files(&alice, &path).await?;
    assert_eq!(found.len(), given.len());
    for ((name, _, bytes), (section, shown, saved, open)) in given.iter().zip(&found) {
        assert_eq!(name, shown);
        assert!(bytes == saved, "{name}: {} of {} bytes", saved.len(), bytes.len());
        // The URL can be typed by hand: it answers no better than the button.
        let opened = alice.get(&format!("{path}/part/{section}")).await?;
        let kind = opened.header("content-type").to_owned();
        match *name {
            "latin.txt" => assert_eq!(kind, "text/plain; charset=windows-1252"),
            "page.html" | "drawing.svg" | "tool.js" | "lies.png" | "crlf.csv" => {
                assert!(kind.starts_with("text/plain; charset="), "{name}: {kind}");
            }
            _ => assert_eq!(kind, "application/octet-stream", "{name}"),
        }
        assert_eq!(opened.body, *saved);
        // Names as markup, scripts or styles are for nobody.
        assert!(
            open.is_none() || ["latin.txt", "wide.txt", "empty.txt", "lies.png"].contains(name),
            "{name}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_piece_of_mail_is_no_program() -> Result<()> {
    let picture = documents::png(16, (1, 2, 3));
    let parts = [
        Part::text("html", "<p>x</p>", "utf-8"),
        Part::file("image/png", "a.png", &picture),
        Part::file("text/html", "a.html", b"<script>alert(1)</script>"),
    ];
    let house = House::with(&[mixed(&parts)]).await?;
    let alice = house.alice().await?;
    let id = format!("INBOX/{}-1", uidvalidity(&house).await?);
    let pieces = [
        format!("/mail/{id}/body?part=1"),
        format!("/mail/{id}/part/2"),
        format!("/mail/{id}/part/3?save=1"),
        format!("/mail/{id}/raw"),
        format!("/i/{id}/2"),
    ];
    for path in &pieces {
        assert_eq!(alice.get(path).await?.status, 200, "{path}");
        for dest in ["script", "style", "worker", "sharedworker", "serviceworker", "object", "embed"] {
            let refused = alice.get_with(path, &[("sec-fetch-dest", dest)]).await?;
            assert_eq!(refused.status, 403, "{path} as {dest}");
            assert!(!holds(&refused.body, b"alert"));
        }
    }
    // Only images are images.
    assert_eq!(alice.get(&format!("/i/{id}/3")).await?.status, 404);
    let image = alice.get(&format!("/i/{id}/2")).await?;
    assert_eq!(image.header("content-type"), "image/png");
    assert_eq!(image.body, picture);
    Ok(())
}

#[tokio::test]
async fn opening_a_message_leaves_its_large_files_on_the_server() -> Result<()> {
    let large: Vec<u8> = (0..30_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let parts = [
        Part::multi(
            "alternative",
            "two",
            &[
                Part::text("plain", "Forty megabytes.\n", "utf-8"),
                Part::text("html", "<p>Forty megabytes.</p>", "utf-8"),
            ],
        ),
        Part::file("application/zip", "images.zip", &large),
        Part::file("application/zip", "few.zip", &large[..2_000_000]),
    ];
    let house = House::with(&[mixed(&parts)]).await?;
    let alice = house.alice().await?;
    let path = format!("/mail/INBOX/{}-1", uidvalidity(&house).await?);
    // Where there are rights (RFC 4314) they are asked for once.
    alice.get("/mail/INBOX?select").await?;
    house.wire.clear();
    let page = alice.get(&path).await?;
    assert_eq!(page.attributes("[data-part]", "data-part"), ["2", "3"]);
    let counts = house.wire.counts();
    assert!(counts.round_trips <= 2, "{:?}", house.wire.commands());
    assert!(counts.bytes_to_client < 8_000, "{counts:?}");
    house.wire.clear();
    alice.get(&format!("{path}/body?part=1.2")).await?;
    assert!(house.wire.counts().round_trips <= 2 && house.wire.counts().bytes_to_client < 8_000);

    // What any download takes for the first time is not of this one: threads, buffers.
    alice.get(&format!("{path}/part/3?save=1")).await?;
    let before = house.gateway.memory();
    let mut answer = alice.open(&format!("{path}/part/2?save=1")).await?;
    let (mut at, mut most) = (0, before);
    while let Some(chunk) = answer.chunk().await? {
        assert!(large.get(at..at + chunk.len()) == Some(&chunk[..]), "from octet {at}");
        at += chunk.len();
        most = most.max(house.gateway.memory());
    }
    assert_eq!(at, large.len());
    assert!(most - before < 16 << 20, "{} more", most - before);
    Ok(())
}

#[tokio::test]
async fn files_of_messages_inside_messages() -> Result<()> {
    let picture = documents::png(24, (9, 9, 9));
    let report = documents::pdf("Report", &["inside"]);
    let inner = Part::multi(
        "mixed",
        "deep",
        &[
            Part::multi(
                "related",
                "rel",
                &[
                    Part::text("html", "<p>The inner text <img src=\"cid:pic@in\"></p>", "utf-8"),
                    Part::inline("image/png", "pic.png", "pic@in", &picture),
                ],
            ),
            Part::file("application/pdf", "inner.pdf", &report),
        ],
    )
    .message_with("From: Inner <inner@example.org>\r\nSubject: The inner one\r\n");
    let outer = mixed(&[Part::text("plain", "Outer text.\n", "utf-8"), Part::message(&inner)]);
    let house = House::with(&[outer]).await?;
    let alice = house.alice().await?;
    let path = format!("/mail/INBOX/{}-1", uidvalidity(&house).await?);
    let page = alice.get(&path).await?;
    assert_eq!(page.all("article.nested h2"), ["The inner one"]);
    assert!(page.all("article.nested [data-text]").concat().contains("The inner text"));
    let found = files(&alice, &path).await?;
    let by_name =
        |name: &str| found.iter().find(|(_, n, ..)| n == name).map(|(_, _, bytes, _)| bytes.clone());
    assert_eq!(by_name("inner.pdf"), Some(report));
    assert_eq!(by_name("pic.png"), Some(picture), "shown nowhere, so it is a file");
    let message = by_name("message.eml").context("the message itself")?;
    assert_eq!(String::from_utf8_lossy(&message).trim_end(), String::from_utf8_lossy(&inner).trim_end());
    Ok(())
}

#[tokio::test]
async fn images_that_the_html_does_not_show_are_files() -> Result<()> {
    let picture = |n| documents::png(16, (n, 0, 0));
    let html = "<p><img src=\"cid:shown@x\"><img src=\"cid:drawing@x\"></p>";
    let parts = [
        Part::text("html", html, "utf-8"),
        Part::inline("image/png", "shown.png", "shown@x", &picture(1)),
        Part::inline("image/png", "hidden.png", "hidden@x", &picture(2)),
        Part::inline("image/png", "twin.png", "shown@x", &picture(3)),
        Part::inline("image/svg+xml", "drawing.svg", "drawing@x", b"<svg/>"),
    ];
    let raw =
        Part::multi("related", "rel", &parts).message_with("From: a@example.org\r\nSubject: images\r\n");
    let house = House::with(&[Seed::new(raw)]).await?;
    let alice = house.alice().await?;
    let path = format!("/mail/INBOX/{}-1", uidvalidity(&house).await?);
    let names = |page: &lab::Answer| page.all("[data-part] .name bdi");
    assert_eq!(names(&alice.get(&path).await?), ["hidden.png", "twin.png", "drawing.svg"]);
    assert_eq!(names(&alice.get(&format!("{path}?as=text")).await?).len(), 4);
    let frame = alice.get(&format!("{path}/body?part=1")).await?;
    let shown = frame.attributes("img", "src");
    assert_eq!(shown.len(), 1);
    assert_eq!(alice.get(&shown[0]).await?.body, picture(1));
    Ok(())
}

#[tokio::test]
async fn uuencoded_parts_come_decoded() -> Result<()> {
    let (_, raw) = seed::odd().into_iter().find(|(n, _)| *n == "uuencode-encoding").context("no seed")?;
    let base64 = format!(
        "From: a@example.org\r\nSubject: one part\r\nMIME-Version: 1.0\r\nContent-Type: application/pdf; name=a.pdf\r\n\
         Content-Transfer-Encoding: BASE64\r\n\r\n{}",
        base64_lines(b"%PDF-1.4 alone")
    );
    let house = House::with(&[Seed::new(raw), Seed::new(base64)]).await?;
    let alice = house.alice().await?;
    let uidvalidity = uidvalidity(&house).await?;
    let first = files(&alice, &format!("/mail/INBOX/{uidvalidity}-1")).await?;
    assert_eq!((first[0].1.as_str(), first[0].2.as_slice()), ("cat.txt", &b"Cat"[..]));
    let second = files(&alice, &format!("/mail/INBOX/{uidvalidity}-2")).await?;
    assert_eq!((second[0].1.as_str(), second[0].2.as_slice()), ("a.pdf", &b"%PDF-1.4 alone"[..]));
    Ok(())
}

#[tokio::test]
async fn a_download_ends_broken_when_its_session_ends() -> Result<()> {
    let large: Vec<u8> = (0..40_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let house = House::with(&[mixed(&[Part::file("application/zip", "images.zip", &large)])]).await?;
    let file = format!("/mail/INBOX/{}-1/part/1?save=1", uidvalidity(&house).await?);
    for elsewhere in [false, true] {
        let alice = house.alice().await?;
        let mut download = alice.open(&file).await?;
        let first = download.chunk().await?.context("no bytes")?;
        if elsewhere {
            // As another gateway on this database does, behind the back of ours.
            let database = house.gateway.folder().join("data/relais.db");
            let url = url::Url::parse(&format!("sqlite:{}", database.display()))?;
            sqlx::any::install_default_drivers();
            let mut beside = AnyConnectOptions::from_url(&url)?.connect().await?;
            sqlx::query("DELETE FROM session").execute(&mut beside).await?;
            beside.close().await?;
            until_signed_out(&alice, "/folders").await?;
        } else {
            let page = alice.get("/folders").await?;
            alice.submit(&page, "form[action='/logout']", &[]).await?;
        }
        let mut got = first.len();
        let end = loop {
            match download.chunk().await {
                Ok(Some(chunk)) => got += chunk.len(),
                end => break end,
            }
        };
        ensure!(end.is_err(), "it ended as if whole after {got} octets, elsewhere: {elsewhere}");
        ensure!(got < large.len(), "all of it came");
    }
    Ok(())
}

/// What was read of a session is believed for a few seconds.
pub async fn until_signed_out(visitor: &Visitor, path: &str) -> Result<()> {
    for _ in 0..400 {
        if visitor.get(path).await?.path.starts_with("/login") {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("the session never ended")
}
