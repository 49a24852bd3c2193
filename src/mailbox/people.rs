//! Whom the account wrote to: what completes a name as it is typed. Read from the newest envelopes of the mailbox
//! for sent mail, each time anew; nothing of it is stored.

use std::collections::HashMap;

use super::{
    Account,
    folders::{self, Folders, Role},
    window::Trouble,
};
use crate::{
    imap::{Command, MailboxName, NumberSet, Stage, fetch},
    message::{Address, Envelope},
};

/// Envelopes read.
const ENVELOPES: u32 = 500;
/// Envelopes of one command: what one answer holds is bounded.
const AT_ONCE: u32 = 100;
/// People known at most.
const MOST: usize = 500;
/// Of a message to more than these, the others are a list that somebody pasted.
const OF_ONE: usize = 50;

/// Somebody the account wrote to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondent {
    /// As in the newest message that gives one.
    pub name: Option<String>,
    pub email: String,
}

/// Those written to most often and most recently come first. Without a mailbox for sent mail: nobody.
///
/// # Errors
/// As reading a list.
pub async fn correspondents(account: &Account) -> Result<Vec<Correspondent>, Trouble> {
    Ok(ranked(sent(account).await?.iter()))
}

/// What was sent last, the newest first: at most [`ENVELOPES`].
pub(super) async fn sent(account: &Account) -> Result<Vec<Envelope>, Trouble> {
    let Some(sent) = sent_mailbox(account).await? else { return Ok(Vec::new()) };
    let examined = account.examine(&sent).await?;
    if examined.warm {
        // What was sent since it was opened counts most.
        examined.loan.run(Stage::List, vec![Command::new("NOOP")]).await?;
    }
    let newest = examined.loan.view().map_or(examined.view.exists, |view| view.exists);
    let oldest = newest.saturating_sub(ENVELOPES - 1).max(1);
    let starts = (oldest..=newest).step_by(AT_ONCE as usize);
    let commands: Vec<Command> = starts
        .map(|from| fetch::envelopes(&NumberSet::range(from, (from + AT_ONCE - 1).min(newest))))
        .collect();
    if commands.is_empty() {
        return Ok(Vec::new());
    }
    let batch = examined.loan.run(Stage::List, commands).await?;
    batch.ok(0)?;
    let rows = fetch::collect(&batch, fetch::Detail::All);
    Ok(rows.into_iter().rev().filter_map(|row| row.envelope.map(|envelope| *envelope)).collect())
}

/// By what was listed last; a mailbox that was made since is found by asking again.
async fn sent_mailbox(account: &Account) -> Result<Option<MailboxName>, Trouble> {
    let of = |folders: &Folders| folders.by_role(Role::Sent).map(|folder| folder.name.clone());
    let known = account.places.folders(&account.owner).and_then(|(_, folders)| of(&folders));
    match known {
        Some(name) => Ok(Some(name)),
        None => Ok(of(&*folders::list(account).await?)),
    }
}

/// `sent`: the newest first. A letter counts less the older it is.
fn ranked<'a>(sent: impl Iterator<Item = &'a Envelope>) -> Vec<Correspondent> {
    let mut people: Vec<(u64, Correspondent)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (age, envelope) in sent.enumerate() {
        let weight = 1_000_000 / (age as u64 + 20);
        let to = [&envelope.to, &envelope.cc, &envelope.bcc].into_iter().flatten();
        for address in to.filter(|a| a.email.contains('@')).take(OF_ONE) {
            let next = people.len();
            let at = *known.entry(address.email.to_lowercase()).or_insert(next);
            if let Some((score, person)) = people.get_mut(at) {
                *score += weight;
                person.name = person.name.take().or_else(|| name(address));
            } else if next < 4 * MOST {
                people.push((weight, Correspondent { name: name(address), email: address.email.clone() }));
            } else {
                break;
            }
        }
    }
    people.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    people.truncate(MOST);
    people.into_iter().map(|(_, person)| person).collect()
}

/// One that says more than the address, and does not pretend to be another address.
fn name(address: &Address) -> Option<String> {
    let name = address.name.as_deref()?.trim();
    let says = !name.is_empty() && !name.eq_ignore_ascii_case(&address.email) && !address.is_spoof();
    says.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(people: &[(&str, &str)]) -> Envelope {
        let address = |(name, email): &(&str, &str)| Address {
            name: (!name.is_empty()).then(|| (*name).to_owned()),
            email: (*email).to_owned(),
        };
        Envelope { to: people.iter().map(address).collect(), ..Envelope::default() }
    }

    #[test]
    fn often_and_lately_first_and_homonyms_apart() {
        let letters = [
            to(&[("Ann Roy", "ann@a.example")]),
            to(&[("", "bob@b.example"), ("Ann Roy", "ann@b.example")]),
            to(&[("Bob", "BOB@b.example")]),
            to(&[("bob@b.example", "bob@b.example")]),
            to(&[("x@y.example", "spoof@z.example"), ("nobody", "")]),
        ];
        let ranked = ranked(letters.iter());
        let shown: Vec<(Option<&str>, &str)> =
            ranked.iter().map(|p| (p.name.as_deref(), p.email.as_str())).collect();
        assert_eq!(
            shown,
            [
                (Some("Bob"), "bob@b.example"),
                (Some("Ann Roy"), "ann@a.example"),
                (Some("Ann Roy"), "ann@b.example"),
                (None, "spoof@z.example"),
            ]
        );
    }

    #[test]
    fn bounded() {
        let emails: Vec<String> = (0..60).map(|n| format!("p{n}@x.example")).collect();
        let people: Vec<(&str, &str)> = emails.iter().map(|e| ("", e.as_str())).collect();
        assert_eq!(ranked([to(&people)].iter()).len(), OF_ONE);
        let many: Vec<Envelope> = (0..3_000).map(|n| to(&[("", &format!("p{n}@x.example"))])).collect();
        assert_eq!(ranked(many.iter()).len(), MOST);
    }
}
