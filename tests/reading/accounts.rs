//! Several mailboxes in one browser: each a session of its own, one of them shown.

use anyhow::{Context, Result, ensure};
use lab::{Dovecot, Options, Visitor, seed};

use crate::support::{ALICE, BOB, House, PASSWORD, cookies, flags, uidvalidity};

/// Three messages for alice, one for bob.
async fn house() -> Result<House> {
    let house = House::build(Options::default()).await?;
    let seeds: Vec<_> = seed::plain(3, jiff::Timestamp::now()).collect();
    house.dovecot.client(ALICE).await?.multiappend("INBOX", &seeds).await?;
    house.dovecot.client(BOB).await?.multiappend("INBOX", &seeds[..1]).await?;
    Ok(house)
}

/// As a person does it: by the form that the page of mailboxes leads to.
async fn add(person: &Visitor, who: &str, password: &str) -> Result<lab::Answer> {
    let page = person.get("/accounts").await?;
    let way = page.attributes("main a.button", "href").first().context("no way to add one")?.clone();
    let form = person.get(&way).await?;
    person.submit(&form, "form[action='/login']", &[("username", who), ("password", password)]).await
}

async fn lines(person: &Visitor) -> Result<Vec<String>> {
    Ok(person.get("/accounts").await?.texts("main .gate"))
}

#[tokio::test]
async fn one_is_added_shown_and_left() -> Result<()> {
    let house = house().await?;
    let person = house.alice().await?;
    ensure!(lines(&person).await?.len() == 1);
    // A wrong password leaves what is open as it is.
    let refused = add(&person, BOB, "wrong").await?;
    ensure!(refused.text().contains(ALICE) && refused.status == 401, "{}", refused.status);
    ensure!(person.get("/mail/INBOX").await?.uids().len() == 3);

    ensure!(add(&person, BOB, PASSWORD).await?.uids().len() == 1, "bob's is shown");
    let both = lines(&person).await?;
    let [here, other] = both.as_slice() else { anyhow::bail!("{both:?}") };
    ensure!(here.contains(BOB) && here.contains("unread message") && here.contains("shown"), "{here}");
    ensure!(other.contains(ALICE) && other.contains("unread message"), "{other}");
    let folders = person.get("/folders").await?;
    ensure!(folders.text().contains("Switch mailbox (1 other)"), "{}", folders.text());

    let page = person.get("/accounts").await?;
    let name = page.attributes("button[name=show]", "value").first().context("no button")?.clone();
    let shown = person.submit(&page, "form[action='/accounts']", &[("show", &name)]).await?;
    ensure!(shown.uids().len() == 3, "alice's is shown");
    ensure!(lines(&person).await?[0].contains(ALICE));

    // The same one again replaces its own session, and stands there once.
    add(&person, BOB, PASSWORD).await?;
    ensure!(lines(&person).await?.len() == 2, "{:?}", lines(&person).await?);

    let page = person.get("/accounts").await?;
    let name = page.attributes("button[name=end]", "value").first().context("no button")?.clone();
    person.submit(&page, "form[action='/accounts']", &[("end", &name)]).await?;
    let left = lines(&person).await?;
    ensure!(left.len() == 1 && left[0].contains(BOB), "{left:?}");
    // Asked again it tells what is left.
    person.submit(&page, "form[action='/accounts']", &[("end", &name)]).await?;
    ensure!(lines(&person).await? == left);
    Ok(())
}

#[tokio::test]
async fn a_page_of_one_mailbox_changes_nothing_in_another() -> Result<()> {
    let house = house().await?;
    let person = house.alice().await?;
    let validity = uidvalidity(&house).await?;
    let message = person.get(&format!("/mail/INBOX/{validity}-1")).await?;
    let letter = person.get("/compose").await?;
    let mut imap = house.dovecot.client(BOB).await?;
    imap.select("INBOX").await?;
    let before = flags(&mut imap, 1).await?;
    add(&person, BOB, PASSWORD).await?;
    // The tab of before: its forms are alice's, and the browser shows bob's.
    let refused = person.submit(&message, "#more form[action$='/act']", &[]).await?;
    ensure!(refused.status == 403, "{}", refused.status);
    let words = [("to", ALICE), ("subject", "From the tab of before"), ("text", "Kept")];
    let form = "form.write";
    let refused = person.upload(&letter, form, &words, "file", &[], ("do", "send")).await?;
    let told = refused.texts("[role=alert], .alert").join(" ");
    ensure!(told.contains("begun in another of your mailboxes") && told.contains(BOB), "{told}");
    ensure!(refused.value("input[name=subject]").as_deref() == Some("From the tab of before"));
    ensure!(person.get("/outbox").await?.texts("main .row").is_empty(), "nothing was sent");
    ensure!(flags(&mut imap, 1).await? == before, "bob's message is as it was");
    Ok(())
}

#[tokio::test]
async fn signing_out_leaves_all_of_them() -> Result<()> {
    let house = house().await?;
    let person = house.alice().await?;
    add(&person, BOB, PASSWORD).await?;
    let folders = person.get("/folders").await?;
    person.submit(&folders, "form[action='/logout']", &[]).await?;
    // Nobody has a session any more.
    for user in [ALICE, BOB] {
        let one = Visitor::signed_in(house.gateway.url(), user, PASSWORD).await?;
        let sessions = one.get("/settings/sessions").await?;
        ensure!(sessions.texts(".gate").len() == 1, "{user}: {:?}", sessions.texts(".gate"));
        // So does a sign-in over others that adds nothing.
        add(&one, if user == ALICE { BOB } else { ALICE }, PASSWORD).await?;
        ensure!(lines(&one).await?.len() == 2);
        let form = one.get("/login").await?;
        one.submit(&form, "form[action='/login']", &[("username", user), ("password", PASSWORD)]).await?;
        ensure!(lines(&one).await?.len() == 1);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_beside_ends_with_the_browser_of_a_shared_device() -> Result<()> {
    let house = house().await?;
    let person = Visitor::new(house.gateway.url(), "en")?;
    let form = person.get("/login").await?;
    let fields = [("username", ALICE), ("password", PASSWORD), ("shared", "1")];
    person.submit(&form, "form[action='/login']", &fields).await?;
    add(&person, BOB, PASSWORD).await?;
    let sessions = person.get("/settings/sessions").await?.texts(".gate");
    ensure!(sessions.iter().all(|one| one.contains("Shared device")), "{sessions:?}");
    Ok(())
}

#[tokio::test]
async fn nobody_is_let_in_by_a_made_up_cookie() -> Result<()> {
    let house = house().await?;
    let (client, alice) = cookies(&house, ALICE).await?;
    let (_, bob) = cookies(&house, BOB).await?;
    let part = |cookies: &str, name: &str| -> Result<String> {
        let found = cookies.split("; ").find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.map(str::to_owned).context("no such cookie")
    };
    // Bob's session with alice's key, and with none.
    for k in [part(&alice, "k")?, String::new()] {
        let cookie = format!("{alice}; beside={}.{k}", part(&bob, "id")?);
        let page = client.get(format!("{}/accounts", house.gateway.url())).header("cookie", cookie);
        let text = page.send().await?.text().await?;
        ensure!(text.contains(ALICE) && !text.contains(BOB), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn five_are_enough() -> Result<()> {
    let users = [ALICE, BOB, "carol@example.test", "dora@example.test", "emil@example.test"];
    let options =
        Options { users: users.map(|user| (user.into(), PASSWORD.into())).to_vec(), ..Options::default() };
    let dovecot = Dovecot::start(options).await?;
    let gateway = crate::support::gateway(dovecot.imap_port(), &[]).await?;
    let person = Visitor::signed_in(gateway.url(), users[0], PASSWORD).await?;
    for user in &users[1..] {
        add(&person, user, PASSWORD).await?;
    }
    ensure!(lines(&person).await?.len() == 5, "{:?}", lines(&person).await?);
    ensure!(person.get("/accounts").await?.text().contains("Five mailboxes are open"));
    Ok(())
}
