//! axe-core finds nothing, and the console stays silent, on any page, in both languages and both themes.

use anyhow::{Context, Result, ensure};
use lab::{View, seed::Seed};

use crate::{
    answers::{self, ANSWERS},
    support::{House, PASSWORD, Tab, address, odd, realistic},
};

#[tokio::test]
async fn nothing_is_found_in_french() -> Result<()> {
    every_page("fr", false).await
}

#[tokio::test]
async fn nothing_is_found_in_french_in_the_dark() -> Result<()> {
    every_page("fr", true).await
}

#[tokio::test]
async fn nothing_is_found_in_english() -> Result<()> {
    every_page("en", false).await
}

#[tokio::test]
async fn nothing_is_found_in_english_in_the_dark() -> Result<()> {
    every_page("en", true).await
}

const FRAME: &str = "the frame";

pub struct Inspector {
    pub tab: Tab,
    found: Vec<String>,
}

impl Inspector {
    pub fn new(tab: Tab) -> Inspector {
        Inspector { tab, found: Vec::new() }
    }

    /// Fails with all that was found.
    pub async fn done(self, what: &str) -> Result<()> {
        ensure!(self.found.is_empty(), "{what}:\n{}", self.found.join("\n"));
        self.tab.close().await
    }

    /// The page that is there now. An answer that is an error by its status is told by the console, too: that is
    /// no fault of the page.
    pub async fn look(&mut self, what: &str) -> Result<()> {
        // Colours, headings and landmarks inside a mail are its author's.
        let theirs = ["color-contrast", "region", "landmark-one-main", "page-has-heading-one"];
        let violations = self.tab.axe(if what == FRAME { &theirs } else { &[] }).await?;
        self.found.extend(violations.into_iter().map(|v| format!("{what}: {v}")));
        let said = self.tab.console().await?;
        let status = |line: &String| line.contains("the server responded with a status of 4");
        self.found.extend(
            said.into_iter().filter(|line| !status(line)).map(|line| format!("{what}: console: {line}")),
        );
        Ok(())
    }

    pub async fn go(&mut self, path: &str, what: &str) -> Result<()> {
        self.tab.go(path).await?;
        self.look(what).await
    }
}

/// The first of these messages whose bytes hold this.
fn with(seeds: &[Seed], what: &str) -> Result<usize> {
    let holds = |seed: &Seed| String::from_utf8_lossy(&seed.raw).contains(what);
    let at = seeds.iter().position(holds).with_context(|| format!("no mail with {what}"))?;
    Ok(at + 1)
}

const ODD: [&str; 8] = [
    "no-subject",
    "no-from",
    "empty",
    "bidi-name",
    "markup-in-headers",
    "homograph-from",
    "flowed-delsp",
    "alternative-both-empty",
];

/// Pages that other tests walk in one language or theme.
pub const ELSEWHERE: [&str; 17] = [
    "/accounts",
    "/folders/manage",
    "/folders/manage?done=created",
    "/folders/manage/Archive",
    "/folders/manage/Archive?delete",
    "/folders/manage/Trash?empty",
    "/login?add=1",
    "/mail/INBOX?is=unread",
    "/mail/INBOX?lane=priority",
    "/mail/INBOX?lane=commercial",
    "/mail/INBOX?sort=size",
    "/mail/INBOX?select=all",
    "/mail/INBOX/sort",
    "/mail/INBOX/search",
    "/missed",
    "/outbox/again",
    "/settings/senders",
];

async fn every_page(language: &str, dark: bool) -> Result<()> {
    let house = House::enter().await?;
    // The same bytes in both mailboxes; one walk in each does what changes a mailbox.
    let name = format!("axe-{language}");
    let mut seeds: Vec<Seed> = realistic(120).collect();
    for name in ODD {
        seeds.push(odd(name)?);
    }
    let mut imap = house.fill(&name, seeds.clone()).await?;
    answers::written(&mut imap, &name).await?;
    // Each theme on both.
    let phone = dark == (language == "en");
    let view =
        View { dark, language: language.into(), ..if phone { View::phone() } else { View::desktop() } };
    let mut tab = house.tab(&view).await?;
    let ordinary = tab.base.clone();

    tab.base = house.bad_day.url().to_owned();
    let mut look = Inspector::new(tab);
    look.go("/login", "login with notice").await?;
    look.go("/status", "status with notice").await?;
    look.tab.base = ordinary;
    look.go("/login", "login").await?;
    look.go("/status", "status").await?;
    look.go("/privacy", "privacy").await?;
    look.go("/accessibility", "accessibility").await?;
    look.go("/nowhere", "not found, nobody").await?;
    look.tab.go("/login").await?;
    look.tab.write("input[name=username]", &address("nobody")).await?;
    look.tab.write("input[name=password]", PASSWORD).await?;
    look.tab.click("form[action='/login'] button").await?;
    look.look("login refused").await?;

    look.tab.sign_in(&name).await?;
    ensure!(look.tab.eval("return document.documentElement.lang").await? == language);
    look.tab.until("!document.querySelector('[data-preview]')").await?;
    look.look("inbox").await?;
    let list = look.tab.eval("return document.querySelector('[data-list]').dataset.uidvalidity").await?;
    let validity = list.as_str().context("no list")?.to_owned();
    look.go("/mail/INBOX?page=2", "page 2").await?;
    look.go("/mail/Trash", "an empty mailbox").await?;
    look.go("/folders", "folders").await?;
    look.go("/compose", "a new letter").await?;
    look.go("/drafts", "drafts").await?;
    look.go("/settings", "settings").await?;
    look.go("/settings/sessions", "sessions").await?;
    look.go("/outbox", "sent mail").await?;
    // Each language and each theme once: a look takes the processor a second.
    if dark == (language == "en") {
        for path in ELSEWHERE {
            look.go(path, path).await?;
        }
        look.go(&format!("/mail/INBOX/{validity}-1/way"), "its way").await?;
        look.go(&format!("/mail/INBOX/{validity}-1/thread"), "its thread").await?;
        let file = format!("INBOX/{validity}-{}", with(&seeds, "application/pdf")?);
        look.go(&format!("/compose?all={file}"), "an answer to all").await?;
        look.go(&format!("/compose?forward={file}"), "forwarded with its file").await?;
        for answer in &ANSWERS {
            answer.come(&look.tab, &format!("/mail/{file}")).await?;
            look.look(answer.name).await?;
        }
        look.go("/drafts", "drafts that wait").await?;
    }
    let kinds = [
        ("a text", with(&seeds, "Content-Type: text/plain")?),
        ("a newsletter", with(&seeds, "List-Unsubscribe")?),
        ("attachments", with(&seeds, "application/pdf")?),
        ("a forwarded message", with(&seeds, "message/rfc822")?),
    ];
    let odd = ODD.iter().enumerate().map(|(at, name)| (*name, 121 + at));
    for (what, uid) in kinds.into_iter().chain(odd) {
        let path = format!("/mail/INBOX/{validity}-{uid}");
        look.go(&path, what).await?;
        if what == "a newsletter" {
            look.tab
                .until("document.querySelector('iframe[data-body]').contentDocument.body?.childElementCount")
                .await?;
            // No script runs in the frame, axe neither: a copy is looked at.
            let inside = "return document.querySelector('iframe[data-body]').contentDocument.documentElement.outerHTML";
            let copy = look.tab.eval(inside).await?;
            look.tab.driver.goto("about:blank").await?;
            let write = "document.write('<!doctype html>' + arguments[0]); document.close()";
            look.tab.driver.execute(write, vec![copy]).await?;
            look.look(FRAME).await?;
            look.go(&format!("{path}?as=text"), "a newsletter as text").await?;
        }
    }
    look.go(&format!("/mail/INBOX/{validity}-1/headers"), "headers").await?;
    look.go(&format!("/mail/INBOX/{validity}-99999"), "a message that is gone").await?;
    look.go("/mail/INBOX/1-1", "a mailbox that was rebuilt").await?;
    look.go("/mail/nowhere", "a mailbox that is gone").await?;
    look.go("/nowhere", "not found").await?;
    if dark == (language == "en") {
        answers::beside(&look.tab).await?;
        look.look("two mailboxes").await?;
    }
    look.tab.go("/folders").await?;
    look.tab.click("form[action='/logout'] button").await?;
    look.look("signed out").await?;
    look.go("/mail/INBOX", "not signed in").await?;
    look.done(&format!("{language} × {dark}")).await
}
