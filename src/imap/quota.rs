//! GETQUOTAROOT (RFC 9208 §4.1.2): how much of what an account may have is used.

use super::{Batch, Command, MailboxName, response::values_of, value::Value};

/// A resource of one quota root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// `STORAGE` (in units of 1,024 octets), `MESSAGE` …, in upper case; letters, digits and hyphens.
    pub resource: String,
    pub used: u64,
    pub limit: u64,
}

impl Quota {
    /// Of the limit; 0 where there is none.
    pub fn percent(&self) -> u64 {
        match self.limit {
            0 => 0,
            limit => u64::try_from(u128::from(self.used) * 100 / u128::from(limit)).unwrap_or(u64::MAX),
        }
    }
}

/// Only where the server has QUOTA.
pub fn command(mailbox: &MailboxName) -> Command {
    Command::new("GETQUOTAROOT").mailbox(mailbox)
}

/// What was told, at most 100 resources.
pub fn read(batch: &Batch) -> Vec<Quota> {
    let mut all = Vec::new();
    for frame in batch.untagged.iter().filter(|frame| frame.whole) {
        let Some(Ok(tree)) = values_of(frame, "QUOTA") else { continue };
        let mut triples = tree.values().get(1).and_then(Value::list).unwrap_or_default();
        while let (Some(resource), Some(used), Some(limit)) = (triples.next(), triples.next(), triples.next())
        {
            let Some((resource, (used, limit))) =
                resource.text().zip(used.number().zip(limit.number())).filter(|_| all.len() < 100)
            else {
                continue;
            };
            let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
            let resource = resource.chars().filter(plain).take(40).collect::<String>().to_ascii_uppercase();
            all.push(Quota { resource, used, limit });
        }
    }
    all
}
