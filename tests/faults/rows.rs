//! One response that cannot be read costs its row, not the mailbox and not the session.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use lab::{Answer, Reply};

use crate::support::{alice, done, gateway, inbox, list_after, lists_after, problem, row, row_with, until};

/// What such a row says, in English and in French.
const TOO_COMPLEX: [[&str; 2]; 2] = [
    ["Message too complex", "Open it to download it."],
    ["Message trop complexe", "Ouvrez-le pour le télécharger."],
];

/// Three rows, the second too complex, each with its link where `uids` says so; in whichever language.
fn one_is_too_complex(page: &Answer, uids: &[u32]) {
    let what = TOO_COMPLEX[usize::from(page.attributes("html", "lang") == ["fr"])];
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.uids(), uids, "{}", page.text());
    let rows = page.all("[data-uid]");
    assert!(rows[0].contains("Subject 3") && rows[2].contains("Subject 1"), "{rows:?}");
    assert!(what.iter().all(|words| rows[1].contains(words)), "{rows:?}");
    let link = page.attributes("[data-uid] a.open", "href")[1].clone();
    assert_eq!(link, if uids[1] == 2 { "/mail/INBOX/7-2" } else { "/mail/INBOX" });
}

#[tokio::test]
async fn what_is_too_deep_too_long_or_broken_costs_its_row() -> Result<()> {
    let deep = "(".repeat(5000);
    let quoted = format!("(NIL \"{}\" NIL NIL NIL NIL NIL NIL NIL NIL)", "x".repeat(3 << 20));
    let literal = format!("(NIL {{{}}}\r\n{} NIL NIL NIL NIL NIL NIL NIL NIL)", 3 << 20, "(".repeat(3 << 20));
    for envelope in [deep.as_str(), &format!("{deep}{}", ")".repeat(5000)), &quoted, &literal] {
        let server =
            inbox(3).on("FETCH", done(&[row(1), row_with(2, envelope), row(3)]).as_str()).start().await?;
        let gateway = gateway(server.port()).await?;
        for page in alice(&gateway).await?.both("/mail/INBOX").await? {
            one_is_too_complex(&page, &[3, 2, 1]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn huge_answers_are_drained_and_not_held() -> Result<()> {
    let quoted = format!("(NIL \"{}\" NIL NIL NIL NIL NIL NIL NIL NIL)", "x".repeat(20 << 20));
    let search = format!("* SEARCH{}\r\n", " 1234567".repeat(1_000_000));
    let server =
        inbox(3).on("FETCH", done(&[row(1), row_with(2, &quoted), search, row(3)]).as_str()).start().await?;
    let gateway = gateway(server.port()).await?;
    let visitor = alice(&gateway).await?;
    visitor.get("/mail/INBOX").await?;
    let before = gateway.memory();
    for page in visitor.both("/mail/INBOX").await? {
        one_is_too_complex(&page, &[3, 2, 1]);
    }
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} octets");
    Ok(())
}

#[tokio::test]
async fn rows_without_a_uid_or_missing_are_asked_for_again() -> Result<()> {
    let nameless = row(2).replace("UID 2 ", "");
    for second in [
        nameless.replace("ENVELOPE", "XENVELOPE"),
        String::new(),
        "* 2 FETCH (\r\n".into(),
        "* 2 FETCH\r\n".into(),
    ] {
        let server = inbox(3)
            .on("FETCH 1:3", done(&[row(1), second.clone(), row(3)]).as_str())
            .on(
                "FETCH 2 (UID FLAGS INTERNALDATE RFC822.SIZE)",
                "* 2 FETCH (UID 2 FLAGS () RFC822.SIZE 9)\r\n{tag} OK done\r\n",
            )
            .start()
            .await?;
        let gateway = gateway(server.port()).await?;
        for page in alice(&gateway).await?.both("/mail/INBOX").await? {
            one_is_too_complex(&page, &[3, 2, 1]);
        }
    }
    // The server never tells: the row is there, without a link to a message.
    for page in lists_after(3, done(&[row(1), row(3)]).as_str()).await? {
        one_is_too_complex(&page, &[3, 0, 1]);
    }
    Ok(())
}

#[tokio::test]
async fn words_that_belong_nowhere_are_passed_over() -> Result<()> {
    let odd = [
        "garbage\r\n",
        "\r\n",
        "*\r\n",
        "* \r\n",
        "* 99 FETCH (UID 99 FLAGS (\\Seen))\r\n",
        "* 0 FETCH (UID 5)\r\n* 4294967295 FETCH (UID 4294967295 FLAGS ())\r\n",
        "* 0 EXPUNGE\r\n",
        "* XLIST {5}\r\n)\r\n((\r\n",
        "* OK ends in {5}\r\n",
        "* LIST () \"/\" {3}\r\na\r\n\r\n",
        "+ what?\r\n",
        "\u{0}\u{1}\u{ff}\n",
        "* NO [ALERT] The disk is full\r\n",
        "* 2 FETCH (FLAGS (\\Flagged))\r\n",
        "* VANISHED (EARLIER) 1:400\r\n",
    ];
    for odd in odd {
        let page = list_after(3, done(&[row(1), odd.into(), row(2), odd.into(), row(3)]).as_str()).await?;
        assert_eq!(page.uids(), [3, 2, 1], "{odd:?}: {}", page.text());
        assert_eq!(page.all("[data-uid]").iter().filter(|row| row.contains("Subject")).count(), 3, "{odd:?}");
    }
    Ok(())
}

#[tokio::test]
async fn storms_of_arrivals_and_expunges_end_in_the_truth() -> Result<()> {
    let mut storm = String::new();
    for n in 0..20_000 {
        write!(storm, "* {} EXISTS\r\n* {} EXPUNGE\r\n", 4 + n % 2, 4 + n % 2)?;
        // Two arrived and one went: one more than before is there each second time.
        if n % 2 == 0 {
            storm += "* 4 FETCH (FLAGS ())\r\n";
        }
    }
    storm += "* 3 EXISTS\r\n";
    let page = list_after(3, done(&[row(1), storm, row(2), row(3)]).as_str()).await?;
    assert_eq!(page.status, 200, "{}", page.text());
    let rows = page.all("[data-uid]");
    assert_eq!(rows.len(), 3, "{rows:?}");
    // A count that no mailbox has: what is no number of IMAP is passed over, the largest one is believed, and its last
    // page has rows that the server does not describe.
    let empty = ["No messages here", "Aucun message ici"];
    for (exists, uids) in
        [("4294967296", vec![3, 2, 1]), ("99999999999999999999", vec![3, 2, 1]), ("4294967295", vec![0; 50])]
    {
        let said = format!("* {exists} EXISTS\r\n");
        let pages = lists_after(3, done(&[row(1), said, row(2), row(3)]).as_str()).await?;
        for (n, page) in pages.iter().enumerate() {
            assert_eq!((page.status.as_u16(), page.uids()), (200, uids.clone()), "{exists}: {}", page.text());
            assert!(!page.text().contains(empty[n]), "{exists}: {}", page.text());
            for (row, uid) in page.all("[data-uid]").iter().zip(&uids) {
                let words = if *uid == 0 { TOO_COMPLEX[n][0].to_owned() } else { format!("Subject {uid}") };
                assert!(row.contains(&words), "{exists}: {row}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_window_refused_for_one_message_shows_the_others() -> Result<()> {
    for refusal in ["NO [SERVERBUG] Internal error", "BAD whatever", "NO [X-ODD {7}] no", "NO"] {
        let refused = format!("{{tag}} {refusal}\r\n");
        let mut script = inbox(60).on("FETCH 11:60", refused.as_str());
        for n in 11..=60 {
            script = match n {
                30 => script
                    .on(
                        "FETCH 30 (UID FLAGS INTERNALDATE RFC822.SIZE)",
                        "* 30 FETCH (UID 30 FLAGS ())\r\n{tag} OK done\r\n",
                    )
                    .on("FETCH 30 ", refused.as_str()),
                n => script.on(&format!("FETCH {n} "), done(&[row(n)]).as_str()),
            };
        }
        let server = script.start().await?;
        let gateway = gateway(server.port()).await?;
        for (page, words) in alice(&gateway).await?.both("/mail/INBOX").await?.iter().zip(TOO_COMPLEX) {
            assert_eq!(page.uids(), (11..=60).rev().collect::<Vec<u32>>(), "{refusal}: {}", page.text());
            let rows = page.all("[data-uid]").into_iter().zip(page.uids());
            let complex: Vec<u32> =
                rows.filter(|(row, _)| row.contains(words[0])).map(|(_, uid)| uid).collect();
            assert_eq!(complex, [30], "{refusal}: {}", page.text());
            assert!(page.all("[data-uid='30']")[0].contains(words[1]), "{refusal}: {}", page.text());
            assert_eq!(page.attributes("[data-uid='30'] a.open", "href"), ["/mail/INBOX/7-30"]);
        }
        // Three pages were shown: one after signing in.
        assert!(
            server.heard().iter().filter(|l| l.contains("FETCH")).count() <= 3 * 52,
            "{:?}",
            server.heard()
        );
    }
    // Everything refused: then it is the mailbox, said once and not asked fifty times in a row for nothing.
    let ours = ["refused the request", "a refusé la demande"];
    for (refusal, theirs) in [("NO [UNAVAILABLE] storage is away", "storage is away"), ("NO never", "never")]
    {
        let pages = lists_after(60, format!("{{tag}} {refusal}\r\n").as_str()).await?;
        for (page, ours) in pages.iter().zip(ours) {
            let said = problem(page);
            assert_eq!(page.status, 502, "{refusal}: {}", page.text());
            assert!(said.contains(ours) && said.contains(theirs), "{refusal}: {said}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn answers_to_nobody_and_goodbyes_in_the_middle_cost_one_page_at_most() -> Result<()> {
    for lie in [
        Reply::Say(b"XX99 OK done\r\n".to_vec()),
        Reply::SayAndClose([row(1).as_bytes(), b"* BYE going down\r\n"].concat()),
        Reply::SayAndReset(row(1).into_bytes()),
    ] {
        let server = inbox(3)
            .times("FETCH", 1, lie.clone())
            .on("FETCH", done(&[row(1), row(2), row(3)]).as_str())
            .start()
            .await?;
        let gateway = gateway(server.port()).await?;
        let visitor = alice(&gateway).await?;
        // A connection that was lent before is replaced once, unseen.
        let first = visitor.get("/mail/INBOX").await?;
        ensure!(first.status == 200 || first.status == 502, "{lie:?}: {}", first.text());
        let second = visitor.get("/mail/INBOX").await?;
        assert_eq!(second.uids(), [3, 2, 1], "{lie:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_flood_ends_the_connection_and_nothing_else() -> Result<()> {
    let flood = "* 4 FETCH (FLAGS ())\r\n".repeat(300_000);
    let server = inbox(3)
        .times("FETCH", 1, done(&[flood]).as_str())
        .on("FETCH", done(&[row(1), row(2), row(3)]).as_str())
        .start()
        .await?;
    let mut gateway = gateway(server.port()).await?;
    let visitor = alice(&gateway).await?;
    until(async || Ok(visitor.get("/mail/INBOX").await?.uids() == [3, 2, 1])).await?;
    assert!(gateway.lives());
    Ok(())
}
