//! What comes back: the reports of a real Postfix in the mailbox of a real Dovecot, and what others write there.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::ToSpan;
use lab::{Answer, Chaos, Gateway, Visitor, postfix, seed::Seed};
use relais::outbox::Submission;

use crate::{
    pages::{Change, accept, until},
    support::{ALICE, BOB, PASSWORD, Servers},
};

/// Mail for slow.test is put off, and said to be late at once; what is for far.test goes on to another server.
const SLOW: &str = "transport_maps = inline:{ {slow.test = later:} {far.test = smtp:[127.0.0.1]:FAR} }
delay_warning_time = 1s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s";

async fn gateway(servers: &Servers, submissions: Vec<(u8, Change)>) -> Result<(Gateway, Vec<String>)> {
    gateway_over(servers, servers.dovecot.imap_port(), submissions).await
}

/// The same with the IMAP server behind this port.
async fn gateway_over(
    servers: &Servers,
    imap: u16,
    submissions: Vec<(u8, Change)>,
) -> Result<(Gateway, Vec<String>)> {
    let imap = format!("imap://127.0.0.1:{imap}?tls=none");
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", servers.postfix.submission_port());
    let arguments = ["--imap", &imap, "--smtp", &smtp];
    let mut ids = Vec::new();
    let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
        ids = accept(folder, submissions)?;
        Ok(())
    })
    .await?;
    Ok((gateway, ids.iter().map(|id| format!("/outbox/{id}")).collect()))
}

/// The trail, once its chips are these; the mailbox is looked at each time.
async fn chips(visitor: &Visitor, path: &str, wanted: &str) -> Result<()> {
    for _ in 0..300 {
        visitor.get("/mail/INBOX").await?;
        let page = visitor.get(path).await?;
        if page.all("ul.sent .chip").iter().any(|chip| chip == wanted) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("it never became {wanted}: {}", visitor.get(path).await?.text())
}

fn followed(to: &'static str) -> Change {
    Box::new(move |submission: &mut Submission| {
        submission.follow = true;
        submission.recipients = vec![to.into()];
    })
}

#[tokio::test]
async fn reports_of_delivery_failure_and_delay_find_their_message() -> Result<()> {
    let far = lab::Submission::new().on("EHLO", "250-far.test\r\n250 8BITMIME\r\n").start().await?;
    let options = postfix::Options {
        extra: SLOW.replace("FAR", &far.port().to_string()),
        ..postfix::Options::default()
    };
    let servers = Servers::start_with(options).await?;
    let unasked: Change = Box::new(|submission| submission.recipients = vec!["dave@elsewhere.test".into()]);
    let submissions = vec![
        (1, followed(BOB)),
        (2, unasked),
        (3, followed("late@slow.test")),
        (4, followed("eve@far.test")),
    ];
    let (gateway, paths) = gateway(&servers, submissions).await?;
    let [delivered, refused, late, relayed] = &paths[..] else { anyhow::bail!("not four") };
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;

    chips(&alice, delivered, "delivered").await.with_context(|| servers.postfix.log())?;
    chips(&alice, refused, "refused").await.with_context(|| servers.postfix.log())?;
    chips(&alice, relayed, "passed on").await.with_context(|| servers.postfix.log())?;
    chips(&alice, late, "delayed").await.with_context(|| servers.postfix.log())?;

    // In the server's own words; and what is missing is said with the time of the last look.
    let page = alice.get(refused).await?;
    ensure!(page.text().contains("delivers to its own domains only"), "{}", page.text());
    let page = alice.get(late).await?;
    ensure!(page.text().contains("acknowledgement is due"), "{}", page.text());
    ensure!(page.text().contains("Your inbox was last looked at"), "{}", page.text());
    ensure!(!alice.get(delivered).await?.text().contains("acknowledgement is due"));

    // Labelled where they are, not moved, not marked.
    let inbox = alice.get("/mail/INBOX").await?;
    let mut labels = inbox.attributes("a.report", "href");
    labels.sort();
    labels.dedup();
    let mut wanted = paths.clone();
    wanted.sort();
    ensure!(labels == wanted, "{labels:?}");
    let rows = inbox.all(".row").len();
    ensure!(inbox.all(".row.unread").len() == rows && inbox.all(".report").len() == rows, "{}", inbox.text());

    // The refused one comes first.
    let list =
        until(&alice, "/outbox", |page| page.all("main .card h2") == ["1 sent message needs you"]).await?;
    ensure!(list.attributes(".row a.open", "href")[0] == *refused, "{}", list.text());
    Ok(())
}

fn receipt(message_id: &str, disposition: &str) -> Seed {
    Seed::new(
        format!(
            "From: {BOB}\r\nTo: {ALICE}\r\nSubject: Lu\r\nContent-Type: multipart/report; \
             report-type=disposition-notification; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n\
             --b\r\nContent-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822;{BOB}\r\n\
             Original-Message-ID: <{message_id}>\r\nDisposition: {disposition}\r\n\r\n--b--\r\n"
        )
        .into_bytes(),
    )
}

#[tokio::test]
async fn what_lacks_the_envid_is_shown_and_changes_nothing() -> Result<()> {
    let servers = Servers::start().await?;
    let plain: fn() -> Change = || Box::new(|_| {});
    let (gateway, paths) = gateway(&servers, vec![(1, plain()), (2, plain()), (3, plain())]).await?;
    let [read, failed, answered] = &paths[..] else { anyhow::bail!("not three") };
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    for path in &paths {
        chips(&alice, path, "accepted").await?;
    }
    let mut mailbox = servers.dovecot.client(ALICE).await?;
    let id = |n: u8| format!("m{n}@relais.example.test");
    mailbox.append("INBOX", &receipt(&id(1), "manual-action/MDN-sent-manually; displayed")).await?;
    let error = "automatic-action/MDN-sent-automatically; processed/Error: 902^refused";
    mailbox.append("INBOX", &receipt(&id(2), error)).await?;
    let reply =
        format!("From: {BOB}\r\nTo: {ALICE}\r\nIn-Reply-To: <{}>\r\nSubject: Re\r\n\r\nyes\r\n", id(3));
    mailbox.append("INBOX", &Seed::new(reply.into_bytes())).await?;
    let vacation = format!(
        "From: {BOB}\r\nTo: {ALICE}\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <{}>\r\n\r\naway\r\n",
        id(1)
    );
    mailbox.append("INBOX", &Seed::new(vacation.into_bytes())).await?;

    for (path, words) in [
        (read, "A read receipt says that the message was displayed."),
        (failed, "902^refused"),
        (answered, "The recipient seems to have answered."),
    ] {
        let mut page = alice.get(path).await?;
        for _ in 0..200 {
            if page.text().contains(words) {
                break;
            }
            alice.get("/mail/INBOX").await?;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            page = alice.get(path).await?;
        }
        ensure!(page.text().contains(words) && page.text().contains("Without proof"), "{}", page.text());
        ensure!(page.all("ul.sent .chip") == ["accepted"], "{}", page.text());
    }
    ensure!(!alice.get(read).await?.text().contains("answered"), "a program's answer is none");
    let list = alice.get("/outbox").await?;
    ensure!(list.all("main .card h2") == ["1 sent message needs you"], "{}", list.text());
    ensure!(list.text().contains("The recipient seems to have answered"), "{}", list.text());
    ensure!(list.all(".row .chip")[0] == "failure announced", "{}", list.text());
    let page = alice.get(failed).await?;
    alice.submit(&page, "form:has([value=dismiss])", &[]).await?;
    ensure!(alice.get("/outbox").await?.all("main .card h2") == ["No sent message needs you"]);
    Ok(())
}

#[tokio::test]
async fn the_reader_is_asked_for_a_receipt_and_it_goes_once() -> Result<()> {
    let servers = Servers::start().await?;
    let (gateway, _) = gateway(&servers, Vec::new()).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let mut mailbox = servers.dovecot.client(ALICE).await?;
    let letter = |n: u8, more: &str| {
        let text = format!(
            "Return-Path: <{BOB}>\r\nFrom: {BOB}\r\nTo: {ALICE}\r\nMessage-ID: <ask{n}@example.test>\r\n\
             Disposition-Notification-To: {BOB}\r\n{more}Subject: Order {n}\r\n\r\nhello\r\n"
        );
        Seed::new(text.into_bytes())
    };
    let wanted = mailbox.append("INBOX", &letter(1, "")).await?;
    let of_a_list = mailbox.append("INBOX", &letter(2, "List-Id: <all.example.test>\r\n")).await?;
    let list = alice.get("/mail/INBOX").await?;
    let path = |uid: u32| {
        let hrefs = list.attributes(".row a.open", "href");
        hrefs.into_iter().find(|href| href.ends_with(&format!("-{uid}"))).context("no such row")
    };
    let (wanted, of_a_list) = (path(wanted)?, path(of_a_list)?);
    ensure!(alice.get(&of_a_list).await?.all("button[value=send]").is_empty());
    let page = alice.get(&wanted).await?;
    ensure!(page.all("button[value=send]").len() == 1, "{}", page.text());
    let token = page.value("form[action$='/receipt'] input[name=token]").context("no token")?;
    let action = format!("{wanted}/receipt");
    for _ in 0..2 {
        let after = alice.post(&action, &[("token", &token), ("do", "send")]).await?;
        ensure!(after.path == wanted && after.all("button[value=send]").is_empty(), "{}", after.text());
    }
    let arrived = servers.arrived(BOB, 1).await?;
    let (header, text) = &arrived[0];
    let (header, text) = (String::from_utf8_lossy(header), String::from_utf8_lossy(text));
    ensure!(header.contains("Return-Path: <>") && header.contains("multipart/report"), "{header}");
    ensure!(text.contains("Original-Message-ID: <ask1@example.test>"), "{text}");
    ensure!(text.contains("MDN-sent-manually; displayed"), "{text}");
    mailbox.select("INBOX").await?;
    ensure!(mailbox.search("KEYWORD $MDNSent").await?.len() == 1);
    // It left well: a quiet line in its own words, nothing to send again, and nothing that was not acknowledged.
    let list = until(&alice, "/outbox", |page| page.all(".row .chip") == ["read receipt"]).await?;
    ensure!(list.all("main .card h2") == ["No sent message needs you"], "{}", list.text());
    let one = list.attributes(".row a.open", "href").remove(0);
    ensure!(alice.get(&one).await?.all("input[value=resend]").is_empty());
    ensure!(alice.get("/outbox/report.csv").await?.text().lines().count() == 1);
    Ok(())
}

#[tokio::test]
async fn the_operators_list_reaches_the_author_who_sends_again() -> Result<()> {
    let servers = Servers::start().await?;
    let an_hour_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let sent: Change = Box::new(move |submission| submission.not_before = an_hour_ago);
    let (gateway, paths) = gateway(&servers, vec![(1, sent)]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    chips(&alice, &paths[0], "accepted").await?;

    // The administrator's commands, while the server runs.
    let data = gateway.folder().join("data");
    let command = |arguments: &[&str]| -> Result<String> {
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_relais"))
            .args(["outbox"])
            .args(arguments)
            .args(["--imap", "imap://127.0.0.1:1?tls=none", "--data"])
            .arg(&data)
            .output()?;
        ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Ok(String::from_utf8(done.stdout)?)
    };
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Europe/Paris")?);
    let days = [now.date().yesterday()?.to_string(), now.date().tomorrow()?.to_string()];
    let between = ["report", "--from", &days[0], "--to", &days[1]];
    let csv = command(&between)?;
    ensure!(csv.contains(&format!("\"{ALICE}\",\"{BOB}\"")) && csv.contains("\"accepted\""), "{csv}");
    let none = command(&[&between[..], &["--account", BOB, "--format", "json"]].concat())?;
    ensure!(none.trim() == "[]", "{none}");
    let list = gateway.folder().join("lost.csv");
    std::fs::write(&list, format!("sender;when\n{ALICE};{}\n", now.strftime("%Y-%m-%d %H:%M")))?;
    let said = command(&["match", list.to_str().context("a name")?])?;
    ensure!(said.starts_with("1 lines, 1 with messages"), "{said}");

    // The author is told, sees the list first, and sends.
    let page = alice.get("/outbox").await?;
    ensure!(page.all(".row .chip")[0] == "said to be lost", "{}", page.text());
    ensure!(alice.get("/outbox/report.csv").await?.text().contains(BOB));
    ensure!(alice.get(&paths[0]).await?.text().contains("says that this message was lost"));
    let several = alice.get("/outbox/again").await?;
    let ticked = several.value("input[name=id][checked]").context("it is ticked")?;
    let token = several.value("input[name=token]").context("no token")?;
    for _ in 0..2 {
        let done = alice.post("/outbox/again", &[("token", &token), ("id", &ticked)]).await?;
        ensure!(done.path == "/outbox/again?done=1", "{}", done.path);
    }
    let arrived = servers.arrived(BOB, 2).await?;
    ensure!(arrived.len() == 2, "twice is once");
    let header = String::from_utf8_lossy(&arrived[1].0).into_owned();
    ensure!(header.contains("References: <m1@relais.example.test>"), "{header}");
    ensure!(!header.contains("Message-ID: <m1@"), "{header}");
    ensure!(alice.get("/outbox").await?.all("main .card h2") == ["No sent message needs you"]);

    // All that was sent in a time, whether it calls for it or not, and back to that time.
    let then = format!("from={}&to={}", (&now - 1.hour()).timestamp(), (&now + 1.hour()).timestamp());
    let span = alice.get(&format!("/outbox?{then}")).await?;
    let href = span.attributes(".acts a", "href").into_iter().next().context("no way to send several")?;
    ensure!(href.starts_with("/outbox/again?from="), "{href}");
    let several = alice.get(&href).await?;
    ensure!(!several.all(".row").is_empty() && several.value("input[name=id][checked]").is_none());
    let done = alice.submit(&several, "form[action='/outbox/again']", &[]).await?;
    ensure!(done.path.starts_with("/outbox/again?done=0&from="), "{}", done.path);
    ensure!(!done.all(".row").is_empty(), "{}", done.text());
    Ok(())
}

/// More than one page of them: each once, and what cannot be sent again is said to be so.
#[tokio::test]
async fn all_of_a_time_is_offered_page_by_page() -> Result<()> {
    const LISTED: usize = 200;
    let servers = Servers::start().await?;
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(5);
    let waiting = |key| (key, Box::new(move |of: &mut Submission| of.not_before = later) as Change);
    let (gateway, paths) = gateway(&servers, (1..=203).map(waiting).collect()).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let now = jiff::Timestamp::now();
    let (began, ended) = (now - 1.hour(), now + 1.hour());
    let first = alice.get(&format!("/outbox/again?from={began}&to={ended}")).await?;
    let older = first.attributes("a[rel=next]", "href").pop().context("no way on")?;
    let second = alice.get(&older).await?;
    let shown = |page: &Answer| page.attributes(".rows.again a", "href");
    ensure!((shown(&first).len(), shown(&second).len()) == (LISTED, 3), "{}", second.text());
    let shown = [shown(&first), shown(&second)].concat();
    ensure!(shown.iter().eq(paths.iter().rev()), "the newest first, each once");
    ensure!(second.all("a[rel=next]").is_empty() && second.all("input[name=id]").is_empty(), "still to go");

    // The last of them alone, which is cancelled.
    let page = alice.get(&paths[0]).await?;
    alice.submit(&page, "form:has([value=cancel])", &[]).await?;
    let before = paths[1].trim_start_matches("/outbox/");
    let gone = alice.get(&format!("/outbox/again?from={began}&to={ended}&before={before}")).await?;
    let said = gone.all("form .sheet p").concat();
    ensure!(said.starts_with("None of it can be sent again"), "{}", gone.text());
    let none = alice.get(&format!("/outbox/again?from={}&to={began}", began - 1.hour())).await?;
    ensure!(none.all("form .sheet p") == ["Relais sent nothing for you in that time."], "{}", none.text());
    ensure!(alice.get(&format!("{older}x")).await?.status == 404, "no message has that name");
    Ok(())
}

/// What a look at new mail costs: nothing where nothing is new, else a few commands, however large the mailbox is.
#[tokio::test]
async fn a_page_costs_the_same_and_a_look_only_what_is_new() -> Result<()> {
    let servers = Servers::start().await?;
    let seeds: Vec<Seed> = lab::seed::plain(300, jiff::Timestamp::now()).collect();
    let mut mailbox = servers.dovecot.client(ALICE).await?;
    mailbox.multiappend("INBOX", &seeds).await?;
    let wire = Chaos::start(servers.dovecot.imap_port()).await?;
    let (gateway, paths) = gateway_over(&servers, wire.port(), vec![(1, Box::new(|_| {}))]).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    chips(&alice, &paths[0], "accepted").await?;
    // The first look has ended once it is said when it was; so has the courier's last word, after its copy.
    let claimed = "seems to have answered";
    alice.get("/mail/INBOX").await?;
    until_copied(&wire).await?;
    wire.clear();
    for _ in 0..5 {
        alice.get("/mail/INBOX").await?;
    }
    let (counts, commands) = (wire.counts(), wire.commands());
    ensure!(counts.round_trips == 5, "{commands:?}");
    ensure!(counts.commands == 10, "a page is FETCH and NOOP: {commands:?}");

    // An answer, a report that is none of ours, and something else.
    let answer =
        format!("From: {BOB}\r\nTo: {ALICE}\r\nIn-Reply-To: <m1@relais.example.test>\r\n\r\nyes\r\n");
    let other = receipt("of-another@example.test", "manual-action/MDN-sent-manually; displayed");
    let news = [
        Seed::new(answer.into_bytes()),
        other,
        lab::seed::plain(1, jiff::Timestamp::now()).next().context("one")?,
    ];
    mailbox.multiappend("INBOX", &news).await?;
    wire.clear();
    // One look at a time: where the last one was still at work, the next page of the list looks again.
    let told = async || anyhow::Ok(alice.get(&paths[0]).await?.text().contains(claimed));
    let mut pages = 0;
    while !told().await? {
        ensure!(pages < 20, "not found: {:?}", wire.commands());
        alice.get("/mail/INBOX").await?;
        pages += 1;
        for _ in 0..40 {
            if told().await? {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let spent = wire.counts().round_trips;
    ensure!(spent <= 5 + pages, "{spent} for {pages}: {:?}", wire.commands());
    let heads = wire.commands().iter().filter(|command| command.line.contains("301:303")).count();
    ensure!(heads >= 1, "only what is new: {:?}", wire.commands());
    Ok(())
}

/// The copy for the sent mail is kept, and its connection gone.
async fn until_copied(wire: &Chaos) -> Result<()> {
    for _ in 0..400 {
        let commands = wire.commands();
        let copy = commands.iter().position(|command| command.line.contains("APPEND \"Sent\""));
        if copy.is_some_and(|at| commands[at..].iter().any(|command| command.line.ends_with("LOGOUT"))) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("no copy was made: {:?}", wire.commands())
}

/// Twenty messages with nearly two megabytes of header each: more than one answer of the mail server may hold.
#[tokio::test]
async fn headers_filled_to_the_brim_hide_nothing() -> Result<()> {
    let servers = Servers::start().await?;
    let references = format!("References: <{}@b.test>\r\n", "x".repeat(950)).repeat(1_950);
    let full = format!("From: {BOB}\r\nSubject: full\r\n{references}\r\nx\r\n");
    let answer =
        format!("From: {BOB}\r\nTo: {ALICE}\r\nIn-Reply-To: <m1@relais.example.test>\r\n\r\nyes\r\n");
    let mut mailbox = servers.dovecot.client(ALICE).await?;
    mailbox.append("INBOX", &Seed::new(answer.into_bytes())).await?;
    for _ in 0..20 {
        mailbox.append("INBOX", &Seed::new(full.clone().into_bytes())).await?;
    }
    let sent: Vec<(u8, Change)> = vec![(1, Box::new(|_| {}))];
    let (gateway, paths) = gateway_over(&servers, servers.dovecot.imap_port(), sent).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let list = alice.get("/mail/INBOX").await?;
    // What is too long costs its own row alone.
    let answer = list.attributes("[data-uid=\"1\"] a.open", "href");
    ensure!(list.uids().len() == 21 && answer.len() == 1, "{}", list.text());
    ensure!(list.all("[data-uid=\"1\"] .who").iter().any(|who| who.contains("bob")), "{}", list.text());
    let trail = &paths[0];
    for _ in 0..200 {
        // Each page of the list looks again where the last look did not end.
        alice.get("/mail/INBOX").await?;
        if alice.get(trail).await?.text().contains("seems to have answered") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the answer among them was not found: {}", gateway.log())
}
