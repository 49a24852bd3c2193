//! What needs its author, and the tables of what comes back: `message_name`, `looked`, `report`.

use sqlx::Row;

use super::{
    MessageRow,
    read::{COLUMNS, id, message},
};
use crate::store::{AccountId, Error, Store, within};

/// What needs its author, each kind by an index of its own: as the evidence says, overdue ($2 seconds after it might
/// leave), waiting ($3 seconds after), or said to be lost.
const URGENT: &str = "(SELECT id FROM message WHERE account = $1 AND needs_user = 1 \
     UNION ALL SELECT id FROM message WHERE account = $1 AND follow = 1 AND settled IS NOT NULL \
     AND not_before < unixepoch() - $2 \
     UNION ALL SELECT id FROM message WHERE account = $1 AND settled IS NULL AND not_before < unixepoch() - $3 \
     UNION ALL SELECT message AS id FROM lost WHERE account = $1)";

fn by_need(urgent: bool) -> String {
    let not = if urgent { "" } else { "NOT" };
    format!(
        "SELECT {COLUMNS} FROM message WHERE account = $1 AND id {not} IN {URGENT} AND id < $4 \
         ORDER BY id DESC LIMIT $5"
    )
}

fn count_needs() -> String {
    format!("SELECT count(DISTINCT id) FROM {URGENT} AS urgent")
}

/// When what has not come needs its author.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Seconds for an acknowledgement of what is followed.
    pub acknowledged: i64,
    /// Seconds for a server to take it.
    pub taken: i64,
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
        patience: Patience,
        before: Option<[u8; 16]>,
        most: i64,
    ) -> Result<Vec<MessageRow>, Error> {
        let select = sqlx::query(sqlx::AssertSqlSafe(by_need(urgent)))
            .bind(&account.0[..])
            .bind(patience.acknowledged)
            .bind(patience.taken)
            .bind(before.unwrap_or([0xff; 16]).to_vec())
            .bind(most);
        within(select.fetch_all(&self.pool)).await?.iter().map(message).collect()
    }

    /// How many need their author.
    pub async fn count_needs(&self, account: &AccountId, patience: Patience) -> Result<i64, Error> {
        let select = sqlx::query_scalar(sqlx::AssertSqlSafe(count_needs()))
            .bind(&account.0[..])
            .bind(patience.acknowledged)
            .bind(patience.taken);
        within(select.fetch_one(&self.pool)).await
    }

    /// Which of these the operator says were lost.
    pub async fn lost(&self, account: &AccountId, messages: &[[u8; 16]]) -> Result<Vec<[u8; 16]>, Error> {
        let head = "SELECT l.message FROM lost l WHERE l.account = $1 AND l.message IN (";
        self.of_messages(head, ")", account, messages).await?.iter().map(|row| id(row, 0)).collect()
    }

    /// Nobody awaits an acknowledgement of it any more.
    pub async fn acknowledge(&self, account: &AccountId, message: &[u8; 16]) -> Result<(), Error> {
        let update =
            sqlx::query("UPDATE message SET follow = 2 WHERE id = $1 AND account = $2 AND follow = 1")
                .bind(&message[..])
                .bind(&account.0[..]);
        within(update.execute(&self.pool)).await?;
        Ok(())
    }

    /// How a message is found by its Message-ID: a keyed digest.
    pub fn message_name(&self, account: &AccountId, message_id: &str) -> Vec<u8> {
        self.keys.digest("relais following name", &[&account.0, message_id.as_bytes()]).to_vec()
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
        envid_name: &[u8; 16],
    ) -> Result<Option<[u8; 16]>, Error> {
        let select = sqlx::query("SELECT id FROM message WHERE account = $1 AND envid = $2")
            .bind(&account.0[..])
            .bind(&envid_name[..]);
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
        .bind(self.message_name(account, message_id));
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

    /// True when any report came back for the account that is still remembered.
    pub async fn has_reports(&self, account: &AccountId) -> Result<bool, Error> {
        let select = sqlx::query_scalar::<_, i64>("SELECT 1 FROM report WHERE account = $1 LIMIT 1")
            .bind(&account.0[..]);
        Ok(within(select.fetch_optional(&self.pool)).await?.is_some())
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
        self.keys
            .digest("relais following place", &[&account.0, &uidvalidity.to_be_bytes(), mailbox])
            .to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_page_reads_the_whole_journal_of_an_account() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await;
        let store = store.expect("a store");
        for text in [by_need(true), by_need(false), count_needs()] {
            let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")));
            let rows = plan.fetch_all(&store.pool).await.expect("planned");
            let steps: Vec<String> = rows.iter().map(|row| row.try_get(3).expect("a step")).collect();
            let tables = steps.iter().filter(|step| step.contains(" message ") || step.contains(" lost "));
            let own = [
                "message_by_account (account=? AND id",
                "message_by_need",
                "message_awaited",
                "message_unsettled",
                "lost_by_account",
            ];
            for step in tables {
                assert!(own.iter().any(|index| step.contains(index)), "{step}\n{steps:#?}");
            }
            assert!(!steps.iter().any(|step| step.contains("FOR ORDER BY")), "{steps:#?}");
        }
    }
}
