//! Reading messages, and the one way to change them: over the version that was read.

use sqlx::{Row, any::AnyRow};

use super::{Live, NewFact};
use crate::store::{AccountId, Error, Store, within};

/// A row of `message`, as sealed.
#[derive(Clone)]
pub struct MessageRow {
    pub id: [u8; 16],
    pub server: String,
    /// `None` once purged, as `head`.
    pub sealed_key: Option<Vec<u8>>,
    pub head: Option<Vec<u8>>,
    pub line: Vec<u8>,
    pub size: i64,
    pub follow: bool,
    /// It was followed, and nobody awaits an acknowledgement of it any more.
    pub acknowledged: bool,
    /// Seconds since 1970, as all times here.
    pub accepted: i64,
    pub not_before: i64,
    pub live: Live,
    pub version: i64,
    /// The database's clock when it was read.
    pub now: i64,
}

pub struct RecipientRow {
    pub message: [u8; 16],
    pub n: i64,
    /// Sealed.
    pub address: Vec<u8>,
}

pub struct FactRow {
    pub message: [u8; 16],
    pub recipient: Option<i64>,
    pub at: i64,
    /// Sealed.
    pub fact: Vec<u8>,
}

pub(super) const COLUMNS: &str = "id, server, sealed_key, head, line, size, follow, accepted, not_before, due, owner, \
     epoch, lease, in_data, tries, credential, credential_mark, credential_until, needs_user, settled, version, \
     unixepoch(), put_off";

impl Store {
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn message(&self, account: &AccountId, id: &[u8; 16]) -> Result<Option<MessageRow>, Error> {
        let text = format!("SELECT {COLUMNS} FROM message WHERE id = $1 AND account = $2");
        let select = sqlx::query(sqlx::AssertSqlSafe(text)).bind(&id[..]).bind(&account.0[..]);
        within(select.fetch_optional(&self.pool)).await?.map(|row| message(&row)).transpose()
    }

    /// What was filled in for a message, sealed; `None` once purged.
    pub async fn message_form(&self, account: &AccountId, id: &[u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        let select = sqlx::query_scalar::<_, Option<Vec<u8>>>(
            "SELECT form FROM message WHERE id = $1 AND account = $2",
        )
        .bind(&id[..])
        .bind(&account.0[..]);
        Ok(within(select.fetch_optional(&self.pool)).await?.flatten())
    }

    /// Those of the account on this server that are not settled, the oldest first, at most 1,000.
    pub async fn unsettled(&self, account: &AccountId, server: &str) -> Result<Vec<MessageRow>, Error> {
        let text = format!(
            "SELECT {COLUMNS} FROM message WHERE account = $1 AND server = $2 AND settled IS NULL \
             ORDER BY id LIMIT 1000"
        );
        let select = sqlx::query(sqlx::AssertSqlSafe(text)).bind(&account.0[..]).bind(server.to_owned());
        within(select.fetch_all(&self.pool)).await?.iter().map(message).collect()
    }

    /// The recipients of these messages of the account, in order.
    pub async fn recipients(
        &self,
        account: &AccountId,
        messages: &[[u8; 16]],
    ) -> Result<Vec<RecipientRow>, Error> {
        let rows = self
            .of_messages(
                "SELECT r.message, r.n, r.address FROM recipient r JOIN message m ON m.id = r.message \
                 WHERE m.account = $1 AND r.message IN (",
                ") ORDER BY r.message, r.n",
                account,
                messages,
            )
            .await?;
        let recipient = |row: &AnyRow| {
            Ok(RecipientRow { message: id(row, 0)?, n: row.try_get(1)?, address: row.try_get(2)? })
        };
        rows.iter().map(recipient).collect()
    }

    /// The evidence on these messages of the account, in the order it was written down.
    pub async fn facts(&self, account: &AccountId, messages: &[[u8; 16]]) -> Result<Vec<FactRow>, Error> {
        let rows = self
            .of_messages(
                "SELECT a.message, a.recipient, a.at, a.fact FROM attempt a JOIN message m ON m.id = a.message \
                 WHERE m.account = $1 AND a.message IN (",
                ") ORDER BY a.message, a.n",
                account,
                messages,
            )
            .await?;
        let fact = |row: &AnyRow| {
            Ok(FactRow {
                message: id(row, 0)?,
                recipient: row.try_get(1)?,
                at: row.try_get(2)?,
                fact: row.try_get(3)?,
            })
        };
        rows.iter().map(fact).collect()
    }

    pub(super) async fn of_messages(
        &self,
        head: &str,
        tail: &str,
        account: &AccountId,
        messages: &[[u8; 16]],
    ) -> Result<Vec<AnyRow>, Error> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let holders: Vec<String> = (0..messages.len()).map(|n| format!("${}", n + 2)).collect();
        let text = format!("{head}{}{tail}", holders.join(", "));
        let mut select = sqlx::query(sqlx::AssertSqlSafe(text)).bind(&account.0[..]);
        for message in messages {
            select = select.bind(message.to_vec());
        }
        within(select.fetch_all(&self.pool)).await
    }

    /// Writes the new life of a message and the evidence for it, if nobody changed it since it was read. False, and
    /// nothing written, otherwise: read again.
    ///
    /// The UPDATE comes first: it locks the row, so that two who write at once number their evidence one after the
    /// other, and the second finds that the version moved on.
    pub async fn change_message(
        &self,
        account: &AccountId,
        read: &MessageRow,
        live: &Live,
        facts: &[NewFact],
    ) -> Result<bool, Error> {
        let mut write = within(self.pool.begin()).await?;
        let update = sqlx::query(
            "UPDATE message SET due = $1, owner = $2, epoch = $3, lease = $4, in_data = $5, tries = $6, \
             credential = $7, credential_mark = $8, credential_until = $9, needs_user = $10, settled = $11, \
             put_off = $12, version = version + 1 WHERE id = $13 AND account = $14 AND version = $15 AND lease = $16",
        )
        .bind(live.due)
        .bind(live.owner.map(Vec::from))
        .bind(live.epoch)
        .bind(live.lease)
        .bind(i64::from(live.in_data))
        .bind(live.tries)
        .bind(live.credential.clone())
        .bind(live.credential_mark.clone())
        .bind(live.credential_until)
        .bind(i64::from(live.needs_user))
        .bind(live.settled)
        .bind(i64::from(live.put_off))
        .bind(&read.id[..])
        .bind(&account.0[..])
        .bind(read.version)
        .bind(read.live.lease);
        if within(update.execute(&mut *write)).await?.rows_affected() == 0 {
            within(write.rollback()).await?;
            return Ok(false);
        }
        for fact in facts {
            let insert = sqlx::query(
                "INSERT INTO attempt (message, n, recipient, epoch, at, fact) VALUES ($1, \
                 (SELECT coalesce(max(n), 0) + 1 FROM attempt WHERE message = $1), $2, $3, unixepoch(), $4)",
            )
            .bind(&read.id[..])
            .bind(fact.recipient)
            .bind(read.live.epoch)
            .bind(&fact.sealed[..]);
            within(insert.execute(&mut *write)).await?;
        }
        match (within(write.commit()).await, facts.first()) {
            (Ok(()), _) => Ok(true),
            // Whether it was written is not known: no other change has this very evidence.
            (Err(_), Some(fact)) if self.was_written(&read.id, fact).await? => Ok(true),
            (Err(error), _) => Err(error),
        }
    }

    async fn was_written(&self, message: &[u8; 16], fact: &NewFact) -> Result<bool, Error> {
        // Changes nothing, but waits for the row: a COMMIT may still be under way.
        let wait = sqlx::query("UPDATE message SET version = version WHERE id = $1").bind(&message[..]);
        within(wait.execute(&self.pool)).await?;
        let select = sqlx::query_scalar::<_, i64>("SELECT 1 FROM attempt WHERE message = $1 AND fact = $2")
            .bind(&message[..])
            .bind(&fact.sealed[..]);
        Ok(within(select.fetch_optional(&self.pool)).await?.is_some())
    }
}

pub(super) fn id(row: &AnyRow, column: usize) -> Result<[u8; 16], Error> {
    let id: Vec<u8> = row.try_get(column)?;
    Ok(id.try_into().map_err(|_| sqlx::Error::RowNotFound)?)
}

pub(super) fn message(row: &AnyRow) -> Result<MessageRow, Error> {
    let flag = |column: usize| Ok::<_, sqlx::Error>(row.try_get::<i64, _>(column)? == 1);
    let owner: Option<Vec<u8>> = row.try_get(10)?;
    Ok(MessageRow {
        id: id(row, 0)?,
        server: row.try_get(1)?,
        sealed_key: row.try_get(2)?,
        head: row.try_get(3)?,
        line: row.try_get(4)?,
        size: row.try_get(5)?,
        follow: row.try_get::<i64, _>(6)? > 0,
        acknowledged: row.try_get::<i64, _>(6)? == 2,
        accepted: row.try_get(7)?,
        not_before: row.try_get(8)?,
        live: Live {
            due: row.try_get(9)?,
            owner: owner.and_then(|owner| owner.try_into().ok()),
            epoch: row.try_get(11)?,
            lease: row.try_get(12)?,
            in_data: flag(13)?,
            tries: row.try_get(14)?,
            credential: row.try_get(15)?,
            credential_mark: row.try_get(16)?,
            credential_until: row.try_get(17)?,
            needs_user: flag(18)?,
            settled: row.try_get(19)?,
            put_off: flag(22)?,
        },
        version: row.try_get(20)?,
        now: row.try_get(21)?,
    })
}
