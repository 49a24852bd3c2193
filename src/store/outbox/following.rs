//! The tables of what comes back: `message_name`, `acknowledged`, `looked`, `report`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::Row;

use super::{
    MessageRow,
    read::{COLUMNS, id, message},
};
use crate::store::{AccountId, Error, Store, within};

/// Needs its author: as the evidence says, overdue ($2 seconds after it might leave), or said to be lost.
const URGENT: &str = "(needs_user = 1 OR settled IS NOT NULL AND follow = 1 AND not_before < unixepoch() - $2 \
     AND NOT EXISTS (SELECT 1 FROM acknowledged a WHERE a.message = message.id) \
     OR EXISTS (SELECT 1 FROM lost l WHERE l.message = message.id))";

/// What stands beside a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beside {
    pub acknowledged: bool,
    /// The operator says that it was lost.
    pub lost: bool,
}

impl Store {
    /// Those that need their author first; then (`urgent` false) the others. The newest first, before `before`.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn messages_by_need(
        &self,
        account: &AccountId,
        urgent: bool,
        deadline: i64,
        before: Option<[u8; 16]>,
        most: i64,
    ) -> Result<Vec<MessageRow>, Error> {
        let not = if urgent { "" } else { "NOT" };
        let text = format!(
            "SELECT {COLUMNS} FROM message WHERE account = $1 AND {not} {URGENT} AND id < $3 \
             ORDER BY id DESC LIMIT $4"
        );
        let select = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(&account.0[..])
            .bind(deadline)
            .bind(before.unwrap_or([0xff; 16]).to_vec())
            .bind(most);
        within(select.fetch_all(&self.pool)).await?.iter().map(message).collect()
    }

    /// How many need their author, those that wait for `waiting` seconds among them.
    pub async fn count_needs(&self, account: &AccountId, deadline: i64, waiting: i64) -> Result<i64, Error> {
        let text = format!(
            "SELECT count(*) FROM message WHERE account = $1 \
             AND ({URGENT} OR settled IS NULL AND not_before < unixepoch() - $3)"
        );
        let select =
            sqlx::query_scalar(sqlx::AssertSqlSafe(text)).bind(&account.0[..]).bind(deadline).bind(waiting);
        within(select.fetch_one(&self.pool)).await
    }

    pub async fn beside(&self, account: &AccountId, message: &[u8; 16]) -> Result<Beside, Error> {
        let select = sqlx::query(
            "SELECT (SELECT count(*) FROM acknowledged a WHERE a.message = m.id), \
             (SELECT count(*) FROM lost l WHERE l.message = m.id) FROM message m WHERE m.id = $1 AND m.account = $2",
        )
        .bind(&message[..])
        .bind(&account.0[..]);
        let Some(row) = within(select.fetch_optional(&self.pool)).await? else {
            return Ok(Beside::default());
        };
        Ok(Beside { acknowledged: row.try_get::<i64, _>(0)? > 0, lost: row.try_get::<i64, _>(1)? > 0 })
    }

    /// Nobody awaits an acknowledgement of it any more.
    pub async fn acknowledge(&self, account: &AccountId, message: &[u8; 16]) -> Result<(), Error> {
        let insert = sqlx::query(
            "INSERT INTO acknowledged (message, at) SELECT id, unixepoch() FROM message \
             WHERE id = $1 AND account = $2 AND NOT EXISTS (SELECT 1 FROM acknowledged a WHERE a.message = $1)",
        )
        .bind(&message[..])
        .bind(&account.0[..]);
        within(insert.execute(&self.pool)).await?;
        Ok(())
    }

    /// Messages that cannot be found by name yet, with their sealed journal lines; the newest, at most `most`.
    pub async fn nameless(&self, account: &AccountId, most: i64) -> Result<Vec<([u8; 16], Vec<u8>)>, Error> {
        let select = sqlx::query(
            "SELECT id, line FROM message WHERE account = $1 \
             AND NOT EXISTS (SELECT 1 FROM message_name n WHERE n.message = message.id) ORDER BY id DESC LIMIT $2",
        )
        .bind(&account.0[..])
        .bind(most);
        let rows = within(select.fetch_all(&self.pool)).await?;
        rows.iter().map(|row| Ok((id(row, 0)?, row.try_get(1)?))).collect()
    }

    /// # Errors
    /// As every call here.
    pub async fn name_message(
        &self,
        account: &AccountId,
        message: &[u8; 16],
        message_id: &str,
    ) -> Result<(), Error> {
        let insert = sqlx::query(
            "INSERT INTO message_name (message, account, name) VALUES ($1, $2, $3) ON CONFLICT (message) DO NOTHING",
        )
        .bind(&message[..])
        .bind(&account.0[..])
        .bind(self.digest_of(account, b"name", message_id.as_bytes()));
        within(insert.execute(&self.pool)).await?;
        Ok(())
    }

    /// True when the account has sent anything that is still remembered.
    pub async fn has_sent(&self, account: &AccountId) -> Result<bool, Error> {
        let select = sqlx::query_scalar::<_, i64>("SELECT 1 FROM message WHERE account = $1 LIMIT 1")
            .bind(&account.0[..]);
        Ok(within(select.fetch_optional(&self.pool)).await?.is_some())
    }

    pub async fn message_by_envid(
        &self,
        account: &AccountId,
        envid: &[u8; 16],
    ) -> Result<Option<[u8; 16]>, Error> {
        let select = sqlx::query("SELECT id FROM message WHERE account = $1 AND envid = $2")
            .bind(&account.0[..])
            .bind(&envid[..]);
        within(select.fetch_optional(&self.pool)).await?.map(|row| id(&row, 0)).transpose()
    }

    /// The newest message of this Message-ID: the same one may have been sent twice.
    pub async fn message_by_name(
        &self,
        account: &AccountId,
        message_id: &str,
    ) -> Result<Option<[u8; 16]>, Error> {
        let select = sqlx::query(
            "SELECT message FROM message_name WHERE account = $1 AND name = $2 ORDER BY message DESC LIMIT 1",
        )
        .bind(&account.0[..])
        .bind(self.digest_of(account, b"name", message_id.as_bytes()));
        within(select.fetch_optional(&self.pool)).await?.map(|row| id(&row, 0)).transpose()
    }

    /// Accepted between these seconds, the newest first, at most `most`.
    pub async fn messages_between(
        &self,
        account: &AccountId,
        (from, to): (i64, i64),
        before: Option<[u8; 16]>,
        most: i64,
    ) -> Result<Vec<MessageRow>, Error> {
        let text = format!(
            "SELECT {COLUMNS} FROM message WHERE account = $1 AND accepted >= $2 AND accepted <= $3 \
             AND id < $4 ORDER BY id DESC LIMIT $5"
        );
        let select = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(&account.0[..])
            .bind(from)
            .bind(to)
            .bind(before.unwrap_or([0xff; 16]).to_vec())
            .bind(most);
        within(select.fetch_all(&self.pool)).await?.iter().map(message).collect()
    }

    /// The UID up to which this mailbox was looked at.
    pub async fn looked_up_to(
        &self,
        account: &AccountId,
        mailbox: &[u8],
        uidvalidity: u32,
    ) -> Result<Option<u32>, Error> {
        let select = sqlx::query_scalar::<_, i64>("SELECT uid FROM looked WHERE account = $1 AND place = $2")
            .bind(&account.0[..])
            .bind(self.place_of(account, mailbox, uidvalidity));
        let uid = within(select.fetch_optional(&self.pool)).await?;
        Ok(uid.and_then(|uid| u32::try_from(uid).ok()))
    }

    /// `all`: this is the INBOX, and nothing is left to look at now.
    pub async fn set_looked(
        &self,
        account: &AccountId,
        mailbox: &[u8],
        uidvalidity: u32,
        uid: u32,
        all: bool,
    ) -> Result<(), Error> {
        let upsert = sqlx::query(
            "INSERT INTO looked (account, place, uid, at) \
             VALUES ($1, $2, $3, CASE WHEN $4 = 1 THEN unixepoch() END) \
             ON CONFLICT (account, place) DO UPDATE SET \
             uid = CASE WHEN excluded.uid > looked.uid THEN excluded.uid ELSE looked.uid END, \
             at = coalesce(excluded.at, looked.at)",
        )
        .bind(&account.0[..])
        .bind(self.place_of(account, mailbox, uidvalidity))
        .bind(i64::from(uid))
        .bind(i64::from(all));
        within(upsert.execute(&self.pool)).await?;
        Ok(())
    }

    /// When the INBOX of the account was last looked at to its end, in seconds since 1970.
    pub async fn last_looked(&self, account: &AccountId) -> Result<Option<i64>, Error> {
        let select = sqlx::query_scalar::<_, Option<i64>>("SELECT max(at) FROM looked WHERE account = $1")
            .bind(&account.0[..]);
        within(select.fetch_one(&self.pool)).await
    }

    /// Notes that this message in a mailbox reports on a sent one.
    pub async fn add_report(
        &self,
        account: &AccountId,
        mailbox: &[u8],
        uidvalidity: u32,
        uid: u32,
        message: &[u8; 16],
    ) -> Result<(), Error> {
        let insert = sqlx::query(
            "INSERT INTO report (account, place, uid, message) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account, place, uid) DO NOTHING",
        )
        .bind(&account.0[..])
        .bind(self.place_of(account, mailbox, uidvalidity))
        .bind(i64::from(uid))
        .bind(&message[..]);
        within(insert.execute(&self.pool)).await?;
        Ok(())
    }

    /// The reports among these UIDs, at most 1,000, each with the message it is about.
    pub async fn reports(
        &self,
        account: &AccountId,
        mailbox: &[u8],
        uidvalidity: u32,
        (from, to): (u32, u32),
    ) -> Result<Vec<(u32, [u8; 16])>, Error> {
        let select = sqlx::query(
            "SELECT uid, message FROM report WHERE account = $1 AND place = $2 AND uid >= $3 AND uid <= $4 LIMIT 1000",
        )
        .bind(&account.0[..])
        .bind(self.place_of(account, mailbox, uidvalidity))
        .bind(i64::from(from))
        .bind(i64::from(to));
        let rows = within(select.fetch_all(&self.pool)).await?;
        rows.iter()
            .map(|row| Ok((u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0), id(row, 1)?)))
            .collect()
    }

    fn place_of(&self, account: &AccountId, mailbox: &[u8], uidvalidity: u32) -> Vec<u8> {
        self.digest_of(account, b"place", &[&uidvalidity.to_be_bytes(), mailbox].concat())
    }

    fn digest_of(&self, account: &AccountId, what: &[u8], words: &[u8]) -> Vec<u8> {
        let key = self.keys.account_key();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*key) else { unreachable!("HMAC takes any key") };
        for part in [&b"relais following "[..], what, &[0], &account.0, words] {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
}
