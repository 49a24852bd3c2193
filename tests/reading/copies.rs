//! Copies, where a second one, or the loss of the only one, is a form away.

use anyhow::{Result, ensure};

use crate::{
    acts::{act, contents, letters},
    support::{ALICE, House},
};

#[tokio::test]
async fn a_copy_stays_once_its_original_is_gone() -> Result<()> {
    let house = House::with(&letters(1..=4)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    // Marked to go, and gone.
    for (command, to) in [("UID STORE 2 +FLAGS (\\Deleted)", "Archive"), ("UID EXPUNGE 2", "Trash")] {
        let page = act(&alice, "/mail/INBOX", "copy", &[2, 3], &[("to", to)]).await?;
        other.select("INBOX").await?;
        other.run(command).await?;
        let refused = alice.submit(&page, "[data-told] form", &[]).await?;
        ensure!(
            refused.status == 409 && refused.text().contains("the copies were kept"),
            "{}",
            refused.text()
        );
        ensure!(contents(&mut other, to).await?.len() == 2, "{to}");
    }
    Ok(())
}

#[tokio::test]
async fn a_form_that_comes_twice_copies_once() -> Result<()> {
    let house = House::with(&letters(1..=4)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    let asked = act(&alice, "/mail/INBOX", "copy", &[2, 3], &[]).await?;
    let copy = || alice.submit(&asked, "[data-choose] form", &[("to", "Archive")]);
    let (first, second) = tokio::try_join!(copy(), copy())?;
    ensure!(first.path == second.path && first.path.contains("done="), "{} {}", first.path, second.path);
    let third = copy().await?;
    ensure!(third.path == first.path, "{}", third.path);
    ensure!(contents(&mut other, "Archive").await?.len() == 2, "letters are there once each");
    // The same key with other messages is another form.
    let changed = alice.submit(&asked, "[data-choose] form", &[("to", "Trash")]).await?;
    ensure!(changed.status == 400, "{}", changed.text());
    ensure!(contents(&mut other, "Trash").await?.is_empty());
    // Asked anew, it is meant.
    let again = act(&alice, "/mail/INBOX", "copy", &[4], &[]).await?;
    alice.submit(&again, "[data-choose] form", &[("to", "Archive")]).await?;
    ensure!(contents(&mut other, "Archive").await?.len() == 3);
    Ok(())
}

#[tokio::test]
async fn a_copy_that_was_refused_may_be_asked_for_again() -> Result<()> {
    let house = House::with(&letters(1..=2)).await?;
    let (alice, mut other) = (house.alice().await?, house.dovecot.client(ALICE).await?);
    other.create("Work").await?;
    let asked = act(&alice, "/mail/INBOX", "copy", &[1], &[]).await?;
    other.run("DELETE Work").await?;
    let refused = alice.submit(&asked, "[data-choose] form", &[("to", "Work")]).await?;
    ensure!(refused.status == 409, "{} {}", refused.status, refused.text());
    other.create("Work").await?;
    let page = alice.submit(&asked, "[data-choose] form", &[("to", "Work")]).await?;
    ensure!(page.status == 200 && contents(&mut other, "Work").await?.len() == 1, "{}", page.text());
    Ok(())
}
