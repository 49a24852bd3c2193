//! One line of what each message says, asked for after the list so that it never delays it: the server's own
//! preview where it makes one, else the first octets of the text.

use std::collections::HashMap;

use super::{Account, window::Trouble};
use crate::{
    imap::{MailboxName, NumberSet, Stage, fetch},
    message::{
        Section, charset, html,
        plan::{Body, Plan},
        preview::preview,
        transfer,
    },
};

/// Octets of a text, in transfer encoding: a few lines, past the padding of newsletters.
const PLAIN: u64 = 1024;
const HTML: u64 = 6 * 1024;
/// Messages in one question: one page, and a little more.
pub const MOST: usize = 100;

/// The previews by UID, of those messages that have one.
pub async fn previews(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
) -> Result<HashMap<u32, String>, Trouble> {
    let examined = account.examine(mailbox).await?;
    if examined.view.uidvalidity != uidvalidity {
        return Err(Trouble::Rebuilt);
    }
    let loan = examined.loan;
    let Some(set) = NumberSet::of(&uids[..uids.len().min(MOST)]) else { return Ok(HashMap::new()) };
    let by_server = loan.backend.makes_previews(&loan.capabilities);
    let mut batch = loan.run(Stage::Read, vec![fetch::structures(&set, by_server)]).await?;
    if by_server && batch.ok(0).is_err() {
        batch = loan.run(Stage::Read, vec![fetch::structures(&set, false)]).await?;
        batch.ok(0)?;
        loan.backend.refused_previews();
    }
    batch.ok(0)?;
    let rows = fetch::collect(&batch, fetch::Detail::All);
    let mut found: HashMap<u32, String> = HashMap::new();
    let mut texts: HashMap<u32, Body> = HashMap::new();
    for row in rows {
        let Some(uid) = row.uid else { continue };
        if let Some(text) = row.preview {
            found.insert(uid, preview(&text));
        } else if let Some(part) = row.structure {
            let plan = Plan::of(&part);
            if let Some(body) = plan.alternative.filter(|b| !b.html).or(plan.body) {
                texts.insert(uid, body);
            }
        }
    }
    // Messages whose text has the same number are asked together, all in one flush.
    let mut groups: HashMap<(Section, bool), Vec<u32>> = HashMap::new();
    for (uid, body) in &texts {
        groups.entry((body.section.clone(), body.html)).or_default().push(*uid);
    }
    let commands: Vec<_> = groups
        .iter()
        .filter_map(|((section, html), uids)| {
            Some(fetch::beginnings(&NumberSet::of(uids)?, section, if *html { HTML } else { PLAIN }))
        })
        .collect();
    if !commands.is_empty() {
        let batch = loan.run(Stage::Read, commands).await?;
        for row in fetch::collect(&batch, fetch::Detail::All) {
            let Some((uid, body)) = row.uid.and_then(|uid| Some((uid, texts.get(&uid)?))) else { continue };
            if let Some(bytes) = row.section(&body.section.to_string()) {
                found.insert(uid, line(body, &bytes));
            }
        }
    }
    found.retain(|_, text| !text.is_empty());
    Ok(found)
}

fn line(body: &Body, bytes: &[u8]) -> String {
    let text = charset::decode(&transfer::decode(&body.encoding, bytes), body.charset.as_deref());
    // The last character may be cut in the middle.
    let text = text.trim_end_matches('\u{FFFD}');
    if body.html { preview(&html::to_text(text)) } else { preview(text) }
}
