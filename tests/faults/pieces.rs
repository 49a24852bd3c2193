//! Servers that give other pieces than they are asked for.

use anyhow::{Result, ensure};
use lab::{Script, Visitor};

use crate::support::{ALICE, PASSWORD, alice, gateway, inbox};

/// Some servers give less than was asked for: the rest is asked for, too.
#[tokio::test]
async fn a_file_that_comes_in_shorter_pieces_is_whole() -> Result<()> {
    let file: Vec<u8> = (0..300_000u32).map(|n| b'a' + u8::try_from(n % 23).unwrap_or(0)).collect();
    for step in [100_000, 262_144, 200_001] {
        let structure = format!(
            "BODYSTRUCTURE (\"application\" \"octet-stream\" (\"name\" \"a.bin\") NIL NIL \"7bit\" {})",
            file.len()
        );
        let mut script = inbox(1).on(
            "UID FETCH 1 (UID BODYSTRUCTURE",
            format!("* 1 FETCH (UID 1 {structure})\r\n{{tag}} OK done\r\n").as_str(),
        );
        for section in ["1", ""] {
            let mut from = 0;
            loop {
                let piece = &file[from..file.len().min(from + step)];
                let mut reply =
                    format!("* 1 FETCH (UID 1 BODY[{section}]<{from}> {{{}}}\r\n", piece.len()).into_bytes();
                reply.extend_from_slice(piece);
                reply.extend_from_slice(b")\r\n{tag} OK done\r\n");
                script = script.on(&format!("UID FETCH 1 (BODY.PEEK[{section}]<{from}."), &reply);
                if piece.is_empty() {
                    break;
                }
                from += piece.len();
            }
        }
        let server = script.start().await?;
        let gateway = gateway(server.port()).await?;
        let visitor = Visitor::new(gateway.url(), "en")?;
        visitor.sign_in(ALICE, PASSWORD).await?;
        for path in ["part/1?save=1", "raw"] {
            let saved = visitor.get(&format!("/mail/INBOX/7-1/{path}")).await?;
            ensure!(saved.body == file, "{step} {path}: {} octets: {:#?}", saved.body.len(), server.heard());
        }
    }
    Ok(())
}

/// How a server gives the pieces of a text after the first.
#[derive(Clone, Copy, PartialEq)]
enum After {
    /// Shorter than asked for.
    Short,
    /// Not at all.
    Refused,
    /// From the beginning again.
    Again,
}

/// A message of these lines, told as `structure`, whose `section` comes in pieces of 900 octets.
fn in_pieces(section: &str, raw: &str, structure: &str, after: After) -> Script {
    const STEP: usize = 900;
    let about = format!(
        "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"22-Nov-2026 09:00:00 +0000\" RFC822.SIZE {} \
         ENVELOPE (\"Sun, 22 Nov 2026 09:00:00 +0000\" \"Report\" NIL NIL NIL NIL NIL NIL NIL NIL) \
         BODYSTRUCTURE {structure} BODY[HEADER.FIELDS (RECEIVED)] {{2}}\r\n\r\n)\r\n{{tag}} OK done\r\n",
        raw.len()
    );
    let mut script = inbox(1).on("UID FETCH 1 (UID FLAGS", about.as_str());
    for from in (0..=raw.len()).step_by(STEP).chain([raw.len()]) {
        let (at, piece) = match after {
            After::Again => (0, &raw[..STEP]),
            _ => (from, &raw[from..raw.len().min(from + STEP)]),
        };
        let reply = match after {
            After::Refused if from > 0 => "{tag} NO [LIMIT] not now\r\n".to_owned(),
            _ => format!(
                "* 1 FETCH (UID 1 BODY[{section}]<{at}> {{{}}}\r\n{piece})\r\n{{tag}} OK done\r\n",
                piece.len()
            ),
        };
        script = script.on(&format!("UID FETCH 1 (BODY.PEEK[{section}]<{from}."), reply.as_str());
    }
    script
}

fn report(lines: usize) -> String {
    (0..lines).map(|n| format!("Line {n} of the report.\r\n")).collect()
}

const CUT: &str = "The rest is too long to be shown here.";

/// The same of a text on its page: whole, or said to be cut, never short without a word.
#[tokio::test]
async fn a_text_that_comes_in_shorter_pieces_is_whole_or_said_to_be_cut() -> Result<()> {
    // The size that is said, and whether all of it is shown.
    for (lines, said, after, whole) in [
        (300, 7_390, After::Short, true),
        (300, 8_000, After::Short, true),
        (300, 3_000, After::Short, true),
        // More pieces than a page waits for.
        (4_000, 102_890, After::Short, false),
        (300, 7_390, After::Refused, false),
        (300, 7_390, After::Again, false),
    ] {
        let text = report(lines);
        let structure = format!("(\"text\" \"plain\" NIL NIL NIL \"7bit\" {said} {lines})");
        let server = in_pieces("1", &text, &structure, after).start().await?;
        let gateway = gateway(server.port()).await?;
        let page = alice(&gateway).await?.get("/mail/INBOX/7-1").await?;
        let body = page.all("[data-text]").join(" ");
        ensure!(body.contains("Line 0 of the report."), "{body}: {:#?}", server.heard());
        let last = body.contains(&format!("Line {} of the report.", lines - 1));
        let cut = page.text().contains(CUT);
        ensure!((last, cut) == (whole, !whole), "{lines} of {} said {said}: {}", text.len(), page.text());
        let asked = server.heard().iter().filter(|line| line.contains("BODY.PEEK[1]")).count();
        ensure!(asked <= 33, "{asked}");
    }
    Ok(())
}

/// What is missing of a layout may be what made it safe to believe.
#[tokio::test]
async fn html_that_does_not_come_whole_is_read_as_text() -> Result<()> {
    let html = format!("<p>{}</p>", report(300));
    let structure = format!("(\"text\" \"html\" NIL NIL NIL \"7bit\" {} 300)", html.len());
    for (after, framed) in [(After::Short, 1), (After::Refused, 0)] {
        let server = in_pieces("1", &html, &structure, after).start().await?;
        let gateway = gateway(server.port()).await?;
        let page = alice(&gateway).await?.get("/mail/INBOX/7-1").await?;
        ensure!(page.attributes("iframe[data-body]", "src").len() == framed, "{}", page.text());
        ensure!(framed == 1 || page.text().contains(CUT), "{}", page.text());
    }
    Ok(())
}

#[tokio::test]
async fn a_message_without_a_structure_is_put_together_from_shorter_pieces() -> Result<()> {
    let raw = format!("Subject: Report\r\n\r\n{}", report(300));
    let hollow = "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0) \"mixed\")";
    let server = in_pieces("", &raw, hollow, After::Short).start().await?;
    let gateway = gateway(server.port()).await?;
    let page = alice(&gateway).await?.get("/mail/INBOX/7-1").await?;
    ensure!(page.text().contains("Line 299 of the report."), "{}: {:#?}", page.text(), server.heard());
    ensure!(!page.text().contains(CUT));
    Ok(())
}
