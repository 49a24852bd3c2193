//! Drafts never die: kept here, in the mailbox for drafts, through two tabs, lost sessions and dead servers.

use anyhow::{Context, Result};
use lab::{Answer, Visitor, seed::Seed};

use crate::{
    compose::{Desk, FORM, seed, text, validity},
    support::{ALICE, PASSWORD},
};

const TYPED: [(&str, &str); 4] = [
    ("to", "bob, Inès <ines@x.test>"),
    ("bcc", "hidden@x.test"),
    ("subject", "Courbe de septembre"),
    ("text", "Bonjour,\n\n  voici <b>&\n> cité\n"),
];

fn with<'a>(word: &'a str, typed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    typed.iter().copied().chain([("do", word)]).collect()
}

fn same_text(page: &Answer) {
    for (name, value) in TYPED {
        assert_eq!(text(page, name).trim_end(), value.trim_end(), "{name}");
    }
}

/// As the script asks.
async fn by_itself(
    alice: &Visitor,
    page: &Answer,
    typed: &[(&str, &str)],
) -> Result<(u16, serde_json::Value)> {
    let answer = alice.submit(page, FORM, &with("autosave", typed)).await?;
    Ok((answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default()))
}

/// Flags and text of what lies in the mailbox for drafts.
async fn in_the_mailbox(desk: &Desk, count: usize) -> Result<String> {
    let mut client = desk.dovecot.client(ALICE).await?;
    for _ in 0..200 {
        if client.select("Drafts").await? as usize == count {
            if count == 0 {
                return Ok(String::new());
            }
            let reply = client.run("FETCH 1:* (FLAGS BODY.PEEK[])").await?;
            return Ok(reply.text().join("\n"));
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let there = client.run("FETCH 1:* (UID FLAGS)").await?.text().join("\n");
    anyhow::bail!("there are never {count} drafts in the mailbox:\n{there}\n{}", desk.gateway.log())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_saved_by_hand_is_here_and_in_the_mailbox_until_it_is_sent() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose").await?;
    assert!(form.all("a[href='/drafts']").is_empty());
    let files: [(&str, &str, &[u8]); 1] = [("photo.jpg", "image/jpeg", &[7; 300_000])];
    let saved = alice.upload(&form, FORM, &TYPED, "upload", &files, ("do", "save")).await?;
    assert!(saved.path.starts_with("/compose?draft="), "{} {}", saved.path, saved.text());
    assert!(
        saved.all("[data-kept]")[0].starts_with("Draft saved today at"),
        "{:?}",
        saved.all("[data-kept]")
    );
    assert!(saved.all("[data-kept]")[0].ends_with("It is in your Drafts folder too."));
    same_text(&saved);
    assert_eq!(saved.all("[data-staged] bdi"), ["photo.jpg"]);
    let there = in_the_mailbox(&desk, 1).await?;
    assert!(there.contains("\\Draft") && there.contains("Bcc: hidden@x.test"), "{there}");
    assert!(there.contains("ines@x.test") && there.contains("BwcHBwcH") && there.contains("photo.jpg"));

    // From another browser, as after a closed tab.
    let elsewhere = desk.alice().await?;
    let fresh = elsewhere.get("/compose").await?;
    assert_eq!(fresh.all("a[href='/drafts']"), ["One draft waits"]);
    let list = elsewhere.get("/drafts").await?;
    assert_eq!(list.all("[data-draft] a"), ["Courbe de septembre"]);
    let opened = elsewhere.get(&list.attributes("[data-draft] a", "href")[0]).await?;
    same_text(&opened);
    // A newer copy takes the place of the one before.
    let again = elsewhere.submit(&opened, FORM, &[("subject", "Courbe d’octobre"), ("do", "save")]).await?;
    assert_eq!(again.path, saved.path);
    let there = in_the_mailbox(&desk, 1).await?;
    assert!(there.contains("=?utf-8?Q?Courbe_d=E2=80=99octobre?="), "{there}");

    // What cannot be sent stays a draft; what is sent is none any more, here and there.
    let refused = elsewhere.submit(&again, FORM, &[("do", "send")]).await?;
    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(elsewhere.get("/drafts").await?.all("[data-draft]").len(), 1);
    let sent = elsewhere.submit(&refused, FORM, &[("to", "ines@x.test"), ("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    assert_eq!(elsewhere.get("/drafts").await?.all("[data-draft]").len(), 0);
    assert_eq!(elsewhere.get(&saved.path).await?.status.as_u16(), 404);
    in_the_mailbox(&desk, 0).await?;
    // A save that was on its way makes no second letter of it.
    let (status, told) = by_itself(&elsewhere, &refused, &[("text", "late")]).await?;
    assert_eq!((status, told["sent"].as_bool()), (200, Some(true)));
    assert_eq!(elsewhere.get("/drafts").await?.all("[data-draft]").len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_lose_nothing() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose").await?;
    let first = alice.submit(&form, FORM, &with("save", &TYPED)).await?;
    let (one, two) = (alice.get(&first.path).await?, alice.get(&first.path).await?);
    // One page may save as often as it likes, also when an answer was lost.
    for text in ["from one", "more from one"] {
        let (status, told) = by_itself(&alice, &one, &[("text", text), ("tab", "a")]).await?;
        assert_eq!(status, 200, "{told}");
    }
    let (status, told) = by_itself(&alice, &two, &[("text", "from two"), ("tab", "b")]).await?;
    assert_eq!(status, 409, "{told}");
    let both = alice.get(told["see"].as_str().context("no page with both")?).await?;
    assert_eq!(both.all("[data-version] .body"), ["from two", "more from one"]);
    let hrefs = both.attributes("[data-version] .button", "href");
    assert_eq!(text(&alice.get(&hrefs[0]).await?, "text"), "from two");
    assert_eq!(text(&alice.get(&hrefs[1]).await?, "text"), "more from one");
    // Without script: the same page comes at once, and sending an older text asks as well.
    for word in ["save", "send"] {
        let older = alice.submit(&two, FORM, &[("to", "bob@x.test"), ("text", word), ("do", word)]).await?;
        assert!(older.path.contains("&beside="), "{}", older.path);
        assert_eq!(older.all("[data-version] .body"), [word, "more from one"]);
    }
    assert!(!alice.get("/outbox").await?.text().contains("more from one"));
    // Thrown away, each by itself.
    let list = alice.get("/drafts").await?;
    assert_eq!(list.all("[data-draft]").len(), 4);
    let list = alice.submit(&list, "[data-draft] form", &[("do", "delete")]).await?;
    assert_eq!((list.path.as_str(), list.all("[data-draft]").len()), ("/drafts", 3));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_mail_server_costs_the_copy_alone() -> Result<()> {
    let mut desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose").await?;
    desk.dovecot.stop();
    let saved = alice.submit(&form, FORM, &with("save", &TYPED)).await?;
    assert!(saved.path.ends_with("&copy=no"), "{} {}", saved.path, saved.text());
    assert!(saved.all("[data-kept]")[0].contains("has not taken the copy"));
    same_text(&saved);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_sees_and_changes_nothing() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose").await?;
    let saved = alice.submit(&form, FORM, &with("save", &TYPED)).await?;
    let bob = Visitor::signed_in(desk.gateway.url(), crate::support::BOB, PASSWORD).await?;
    assert_eq!(bob.get(&saved.path).await?.status.as_u16(), 404);
    let page = bob.get("/compose").await?;
    let id = text(&saved, "key");
    let stolen = bob.submit(&page, FORM, &[("key", &id), ("text", "mine"), ("do", "save")]).await?;
    assert_eq!(text(&stolen, "text"), "mine", "the same key is another draft of another account");
    same_text(&alice.get(&saved.path).await?);
    // Without the token nothing is saved, and nothing typed is lost.
    let odd = alice.submit(&form, FORM, &[("token", "x"), ("text", "kept"), ("do", "save")]).await?;
    assert_eq!((odd.status.as_u16(), text(&odd, "text").as_str()), (422, "kept"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_another_program_is_gone_on_with() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let letter = seed(
        "From: alice@example.test\nTo: Bob <bob@example.test>\nBcc: carol@x.test\nSubject: Suite\n\
         Message-ID: <d@x.test>\nIn-Reply-To: <one@x.test>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b",
        "--b\nContent-Type: text/plain; charset=utf-8\n\nBonjour,\n> cité\n\
         --b\nContent-Type: application/pdf; name=crp.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n--b--\n",
    );
    desk.dovecot.client(ALICE).await?.multiappend("Drafts", &[letter]).await?;
    let alice = desk.alice().await?;
    let uidvalidity = validity(&desk.dovecot, "Drafts").await?;
    let message = alice.get(&format!("/mail/Drafts/{uidvalidity}-1")).await?;
    let href = message.attributes("a[href*='?edit=']", "href");
    assert_eq!(message.all("a.primary[href*='?edit=']"), ["Go on with the draft"]);
    let form = alice.get(&href[0]).await?;
    assert_eq!(
        (text(&form, "to"), text(&form, "bcc")),
        ("Bob <bob@example.test>".into(), "carol@x.test".into())
    );
    assert_eq!((text(&form, "subject"), text(&form, "text")), ("Suite".into(), "Bonjour,\n> cité".into()));
    assert_eq!(text(&form, "in_reply_to"), "<one@x.test>");
    assert_eq!(form.attributes("[name=keep][checked]", "value"), ["2"]);
    // Left without being saved, what it was stays there with its file.
    let left = alice.submit(&form, FORM, &[("subject", "Suite 1"), ("do", "leave")]).await?;
    assert_eq!(left.status.as_u16(), 204);
    let there = in_the_mailbox(&desk, 1).await?;
    assert!(there.contains("Subject: Suite\r\n") && there.contains("JVBERg=="), "{there}");
    // Saved, it takes the place of what it was, with its file; the new one is known again as ours.
    let saved = alice.submit(&form, FORM, &[("subject", "Suite 2"), ("do", "save")]).await?;
    assert_eq!(saved.all("[data-staged] bdi"), ["crp.pdf"]);
    let there = in_the_mailbox(&desk, 1).await?;
    assert!(there.contains("Subject: Suite 2") && there.contains("JVBERg=="), "{there}");
    let ours = alice.get(&format!("/compose?edit=Drafts/{uidvalidity}-2")).await?;
    assert_eq!(text(&ours, "key"), text(&saved, "key"));
    let sent = alice.submit(&saved, FORM, &[("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    in_the_mailbox(&desk, 0).await?;
    Ok(())
}

/// What a forward takes along, as it lies in the mailbox for drafts: the same octets go out.
#[tokio::test(flavor = "multi_thread")]
async fn forwards_keep_octets_fields_and_subject() -> Result<()> {
    const FIELDS: &str = "X-MSS-Type:  a;\r\n\t b\r\nx-mss-Other: z\r\n";
    let original = format!(
        "From: labo@bioval.test\r\nTo: alice@example.test\r\nSubject: XDM/1.0/DDM+bioval\r\n{FIELDS}\
         Message-ID: <two@bioval.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\n.Bonjour \r\nFrom me\r\n\
         --b\r\nContent-Type: application/zip; name=xdm.zip\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQF\r\n--b--\r\n"
    );
    let eight_bit = "From: a@x.test\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\né\r\n";
    let desk = Desk::with(&[Seed::new(original.clone()), Seed::new(eight_bit.to_owned())], &[]).await?;
    let alice = desk.alice().await?;
    let uidvalidity = validity(&desk.dovecot, "INBOX").await?;

    let form = alice.get(&format!("/compose?forward=INBOX/{uidvalidity}-1")).await?;
    assert_eq!(text(&form, "original_subject"), "XDM/1.0/DDM+bioval");
    let same = [("same_subject", "1"), ("to", "bob@example.test"), ("do", "save")];
    let saved = alice.submit(&form, FORM, &same).await?;
    assert_eq!(saved.attributes("[name=same_subject][checked]", "value"), ["1"]);
    let there = in_the_mailbox(&desk, 1).await?;
    assert!(there.contains(&format!("\r\n{FIELDS}")), "{there}");
    assert!(there.contains("Subject: XDM/1.0/DDM+bioval\r\n") && there.contains("AAECAwQF\r\n"), "{there}");
    let sent = alice.submit(&saved, FORM, &[("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    in_the_mailbox(&desk, 0).await?;

    // The whole message as a file, octet for octet; what is not 7-bit goes in base64.
    let form = alice.get(&format!("/compose?attach=INBOX/{uidvalidity}-1")).await?;
    let saved = alice.submit(&form, FORM, &same).await?;
    let there = in_the_mailbox(&desk, 1).await?;
    assert!(there.contains("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n"), "{there}");
    assert!(there.contains(&format!("\r\n\r\n{original}\r\n--=_")), "{there}");
    let sent = alice.submit(&saved, FORM, &[("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    let form = alice.get(&format!("/compose?attach=INBOX/{uidvalidity}-2")).await?;
    in_the_mailbox(&desk, 0).await?;
    let saved = alice.submit(&form, FORM, &[("to", "bob@example.test"), ("do", "save")]).await?;
    let there = in_the_mailbox(&desk, 1).await?;
    assert!(!there.contains("message/rfc822") && there.contains("filename=\"x.eml\""), "{there}");
    let base64 = "RnJvbTogYUB4LnRlc3QNClN1YmplY3Q6IHgNCkNvbnRlbnQtVHlwZTogdGV4dC9wbGFpbjsg";
    assert!(there.contains(base64), "{there}");
    let sent = alice.submit(&saved, FORM, &[("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());

    let link = "mailto:a%40x.test%3Fcc=b@x.test%26bcc=c@x.test%26in-reply-to=%253C1@x.test%253E";
    let form = alice.get(&format!("/compose?to={link}")).await?;
    assert_eq!((text(&form, "cc"), text(&form, "bcc")), ("b@x.test".into(), "c@x.test".into()));
    assert_eq!(text(&form, "in_reply_to"), "<1@x.test>");
    Ok(())
}

/// What a device keeps is asked about before it is offered.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_known_as_it_is_and_asking_changes_nothing() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose").await?;
    let ask = async |alice: &Visitor, page: &Answer, typed: &[(&str, &str)]| -> Result<bool> {
        let answer = alice.submit(page, FORM, &with("known", typed)).await?;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        let told: serde_json::Value = serde_json::from_slice(&answer.body)?;
        told["known"].as_bool().context("an answer")
    };
    assert!(ask(&alice, &form, &[]).await?, "nothing of it would be missed");
    assert!(!ask(&alice, &form, &TYPED).await?);
    assert!(alice.get("/drafts").await?.all("[data-draft]").is_empty());
    let (_, told) = by_itself(&alice, &form, &TYPED).await?;
    assert_eq!(told["version"].as_i64(), Some(1));
    assert!(ask(&alice, &form, &TYPED).await?);
    let other = [("to", "ines@x.test"), ("text", "de l’autre côté"), ("tab", "another")];
    assert!(!ask(&alice, &form, &other).await?, "another text under the same key");
    // As a version of its own it is known under the key of the first as well.
    let (status, _) = by_itself(&alice, &form, &other).await?;
    assert_eq!(status, 409);
    assert!(ask(&alice, &form, &other).await?);
    // Earlier words of a page that saved later ones are no loss; later words, and those of another page, are.
    let page = |text, tab, changed| [("text", text), ("tab", tab), ("changed", changed)];
    let third = alice.get("/compose").await?;
    by_itself(&alice, &third, &page("un deux", "mine", "200")).await?;
    assert!(ask(&alice, &third, &page("un", "mine", "100")).await?);
    assert!(!ask(&alice, &third, &page("un deux trois", "mine", "300")).await?);
    assert!(!ask(&alice, &third, &page("un", "other", "100")).await?);

    // What was accepted is known, and nothing else under its key.
    let other = alice.get("/compose").await?;
    let sent = [("to", "ines@x.test"), ("subject", "Vite"), ("text", "Bonjour")];
    let done = alice.submit(&other, FORM, &with("send", &sent)).await?;
    assert!(done.path.starts_with("/outbox/"), "{}", done.text());
    assert!(ask(&alice, &other, &sent).await?);
    for changed in [("to", "bob@x.test"), ("text", "Bonsoir"), ("to", "")] {
        let typed: Vec<_> =
            sent.iter().copied().filter(|(name, _)| *name != changed.0).chain([changed]).collect();
        assert!(!ask(&alice, &other, &typed).await?, "{changed:?}");
    }
    // Not without the token, and to nobody else.
    let forged = alice.submit(&other, FORM, &[("token", "x"), ("do", "known")]).await?;
    assert_eq!(forged.status.as_u16(), 422);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ones_own_device_is_told_how_to_keep_a_letter() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let shared = Visitor::new(desk.gateway.url(), "en")?;
    let page = shared.get("/login").await?;
    let typed = [("username", ALICE), ("password", PASSWORD), ("shared", "1")];
    shared.submit(&page, "form[action='/login']", &typed).await?;
    let mut halves = Vec::new();
    for path in ["/compose", "/drafts"] {
        assert!(shared.get(path).await?.all("[data-device], [src*=device]").is_empty(), "{path}");
        let own = alice.get(path).await?;
        assert_eq!(own.all("script[src*=device]").len(), 1);
        halves.extend(own.attributes("[data-device]", "data-half"));
        // Nothing says who it is.
        let name = own.attributes("[data-device]", "data-device").concat();
        assert!(name.starts_with("relais ") && !name.contains("alice"), "{name}");
        assert_eq!(alice.get("/folders").await?.attributes("[name=wipe]", "value"), [name]);
    }
    assert_eq!(halves.len(), 2);
    assert!(halves[0] == halves[1] && halves[0].len() >= 43, "{halves:?}");
    Ok(())
}
