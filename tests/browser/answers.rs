//! Pages that answer a form: what is asked before something is done, what is told afterwards, what is said of a form that
//! cannot be. They cannot be gone to by an address; whoever walks all pages walks these as well.

use anyhow::{Context, Result};
use lab::{Imap, seed::Seed};

use crate::support::{ENTER, PASSWORD, Tab, address};

pub struct Answer {
    pub name: &'static str,
    /// The page with the form; nothing: the page before. `{message}` is one with a file.
    at: &'static str,
    /// What is done with it; `$` finds, `type` fills in.
    act: &'static str,
    /// What is on no other page.
    shows: &'static str,
}

const fn answer(name: &'static str, at: &'static str, act: &'static str, shows: &'static str) -> Answer {
    Answer { name, at, act, shows }
}

/// None of it hinders the next walk in the same mailbox.
pub const ANSWERS: [Answer; 20] = [
    answer("to which mailbox", "/mail/INBOX?select=all", "$('.acting [value=move]').click()", "[data-choose]"),
    answer(
        "really all, for good",
        "/mail/INBOX?select=all",
        "$('[name=all]').checked = true; const b = $('.acting [value=delete]'); b.value = 'destroy'; b.click()",
        "[data-sure]",
    ),
    answer("saved for other software", "{message}", "$('.after [formaction$=\"/save\"]').click()", "[data-files]"),
    answer(
        "starred",
        "{message}",
        "const b = $('#one [value$=flag]'); b.value = 'flag'; b.click()",
        "[data-told] button",
    ),
    answer("taken back", "", "$('[data-told] button').click()", "[data-told]:not(:has(button))"),
    answer("a form from elsewhere", "/folders", "const f = $('[action=\"/logout\"]'); f.elements.token.value = 'x'; f.submit()", "[data-problem]"),
    answer("a mailbox that is there already", "/folders/manage", "type('name', 'Archive'); $('form.asks').submit()", ".trouble"),
    answer("settings that cannot be", "/settings", "type('reply_to-0', 'x'); $('.settings').submit()", "[data-problem]"),
    answer("no search", "/mail/INBOX/search", "type('q', 'before:never'); $('[role=search]').submit()", "[role=alert]"),
    answer("results", "/mail/INBOX/search", "type('q', 'a'); $('[role=search]').submit()", "[data-end], [data-further]"),
    answer("no span of time", "/missed", "type('from', '2026-01-02T00:00'); type('to', '2026-01-01T00:00'); $('[action=\"/missed\"]').submit()", "[data-problem]"),
    answer(
        "what was missed",
        "/missed",
        "type('from', new Date(Date.now() - 2e8).toISOString().slice(0, 16)); $('[action=\"/missed\"]').submit()",
        "[data-whole]",
    ),
    answer("whom it is for, nobody knows", "/compose", "type('to', 'nobody'); $('.sendbar .primary').click()", ".trouble"),
    answer("sure to send it so", "/compose", "type('to', 'bob@example.test'); type('text', 'a'); $('.sendbar .primary').click()", "[data-doubts]"),
    answer("people to choose from", "/compose", "const b = $('.sendbar .primary'); b.value = 'people'; b.click()", "fieldset.known"),
    answer("drafts", "/compose", "type('subject', 'a'); $('.kept [value=save]').click()", "[data-kept]"),
    answer(
        "sent later",
        "/compose",
        "type('to', 'bob@example.test'); type('subject', 'a'); type('text', 'a');
         type('later', new Date(Date.now() + 2e8).toISOString().slice(0, 16)); $('.sendbar .primary').click()",
        "[value=cancel]",
    ),
    answer("cancelled", "", "$('[value=cancel]').closest('form').requestSubmit()", ".trail"),
    answer(
        "sent",
        "/compose",
        "type('to', 'bob@example.test'); type('subject', 'a'); type('text', 'a'); $('.sendbar .primary').click()",
        ".trail",
    ),
    answer("taken back to be written", "", "$('.undo button').click()", ".write"),
];

impl Answer {
    /// There, and whole.
    pub async fn come(&self, tab: &Tab, message: &str) -> Result<()> {
        if !self.at.is_empty() {
            // A letter that was asked about is still open in this tab.
            tab.eval("sessionStorage.clear()").await?;
            tab.go(&self.at.replace("{message}", message)).await?;
            tab.until("document.readyState === 'complete'").await?;
        }
        let tools = "const $ = css => document.querySelector(css), type = (name, text) => { $(`[name=${name}]`).value = text }";
        // After this call: the page changes under it.
        tab.eval(&format!("{tools}; window.asked = true; setTimeout(() => {{ {} }})", self.act)).await?;
        tab.until(&format!(
            "!window.asked && document.querySelector({:?}) && document.readyState === 'complete'",
            self.shows
        ))
        .await
        .with_context(|| self.name)
    }
}

/// What these pages are to be found with: somebody who was written to.
pub async fn written(imap: &mut Imap, name: &str) -> Result<()> {
    let letter = format!("From: {}\r\nTo: Bob <bob@example.test>\r\nSubject: x\r\n\r\nx\r\n", address(name));
    imap.multiappend("Sent", &[Seed::new(letter)]).await?;
    Ok(())
}

/// Somebody else, beside who is signed in: their mailboxes are the last page of a walk.
pub async fn beside(tab: &Tab) -> Result<()> {
    tab.go("/login?add=1").await?;
    tab.write("input[name=username]", &address("beside")).await?;
    tab.write("input[name=password]", &format!("{PASSWORD}{ENTER}")).await?;
    tab.until("location.pathname === '/mail/INBOX' && document.readyState === 'complete'").await?;
    tab.go("/accounts").await?;
    tab.until("document.querySelectorAll('.gate').length === 2").await
}
