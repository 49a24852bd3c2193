//! What the courier asks across accounts: who has something due, the claim, the lease.

use sqlx::Row;

use crate::store::{AccountId, Error, Store, schema::KNOWN, within};

/// A message that one courier alone may carry while its lease lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub account: AccountId,
    pub id: [u8; 16],
    /// The number of the claim: an older one changes nothing any more.
    pub epoch: i64,
}

/// Accounts looked at in one round: more than one writer's allowance can make wait under other spellings of their name.
const ROUND: i64 = 1_000;
/// Seconds by which an account with nothing but mass sends stands behind the others.
const BEHIND: i64 = 900;

/// What an account's turn is for, where both wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Answers and single letters.
    Letters,
    MassSends,
}

impl Store {
    /// The accounts that have something due on this server, each with whose it is however the name is spelt; who waits longest
    /// first, those with nothing but mass sends later.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn accounts_due(&self, server: &str) -> Result<Vec<(AccountId, AccountId)>, Error> {
        let select = sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(
            "SELECT account, coalesce(writer, account) FROM message \
             WHERE server = $1 AND due <= unixepoch() AND owner IS NULL \
             GROUP BY account, coalesce(writer, account) ORDER BY min(due + mass * $3) LIMIT $2",
        )
        .bind(server.to_owned())
        .bind(ROUND)
        .bind(BEHIND);
        let accounts = within(select.fetch_all(&self.pool)).await?;
        let id = |id: Vec<u8>| id.try_into().ok().map(AccountId);
        Ok(accounts.into_iter().filter_map(|(account, writer)| id(account).zip(id(writer))).collect())
    }

    /// Seconds until something may have to be done on this server; `None` while nothing is planned.
    pub async fn next_due(&self, server: &str) -> Result<Option<i64>, Error> {
        let select = sqlx::query_scalar::<_, Option<i64>>(
            "SELECT min(due) - unixepoch() FROM message WHERE server = $1 AND due IS NOT NULL AND owner IS NULL",
        )
        .bind(server.to_owned());
        within(select.fetch_one(&self.pool)).await
    }

    /// Claims what waits longest of this account on this server, of what its turn is for if there is any, for `lease` seconds
    /// of the database's clock. Nothing once the tables are later than this binary knows.
    ///
    /// Two gateways may find the same row: the second waits for the first one's lock, finds `owner` taken or nothing due
    /// any more when it looks again, and claims nothing this time.
    pub async fn claim(
        &self,
        (account, turn): (&AccountId, Turn),
        server: &str,
        owner: &[u8; 16],
        lease: i64,
    ) -> Result<Option<Claim>, Error> {
        // The first of each kind by the index, however many wait.
        let update = sqlx::query(
            "UPDATE message SET owner = $1, epoch = epoch + 1, lease = unixepoch() + $2, version = version + 1 \
             WHERE owner IS NULL AND due <= unixepoch() AND id = (SELECT id FROM ( \
             SELECT id, mass FROM (SELECT id, mass FROM message WHERE account = $3 AND server = $4 AND mass = 0 \
             AND due <= unixepoch() AND owner IS NULL ORDER BY due, id LIMIT 1) AS letter UNION ALL \
             SELECT id, mass FROM (SELECT id, mass FROM message WHERE account = $3 AND server = $4 AND mass = 1 \
             AND due <= unixepoch() AND owner IS NULL ORDER BY due, id LIMIT 1) AS mass_send) AS both_kinds \
             ORDER BY abs(mass - $6) LIMIT 1) \
             AND NOT EXISTS (SELECT 1 FROM _sqlx_migrations WHERE version > $5) RETURNING id, epoch",
        )
        .bind(&owner[..])
        .bind(lease)
        .bind(&account.0[..])
        .bind(server.to_owned())
        .bind(*KNOWN)
        .bind(i64::from(turn == Turn::MassSends));
        let Some(row) = within(update.fetch_optional(&self.pool)).await? else { return Ok(None) };
        let id: Vec<u8> = row.try_get(0)?;
        let id = id.try_into().map_err(|_| sqlx::Error::RowNotFound)?;
        Ok(Some(Claim { account: *account, id, epoch: row.try_get(1)? }))
    }

    /// Moves the end of a lease that still holds. False when the claim is lost.
    pub async fn renew(&self, claim: &Claim, owner: &[u8; 16], lease: i64) -> Result<bool, Error> {
        let update = sqlx::query(
            "UPDATE message SET lease = unixepoch() + $1 WHERE id = $2 AND owner = $3 AND epoch = $4",
        )
        .bind(lease)
        .bind(&claim.id[..])
        .bind(&owner[..])
        .bind(claim.epoch);
        Ok(within(update.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// What was accepted in what is the future now may leave now: the clock was set back. An hour that was chosen stays.
    pub async fn mend_clock(&self) -> Result<u64, Error> {
        let update = sqlx::query(
            "UPDATE message SET accepted = unixepoch(), not_before = unixepoch(), due = unixepoch(), \
             version = version + 1 WHERE accepted > unixepoch() + 60 AND not_before - accepted <= 60 \
             AND due IS NOT NULL AND owner IS NULL AND settled IS NULL",
        );
        Ok(within(update.execute(&self.pool)).await?.rows_affected())
    }

    /// Claims whose lease is over, at most 100: their couriers are gone or frozen.
    pub async fn expired_claims(&self) -> Result<Vec<Claim>, Error> {
        let select = sqlx::query(
            "SELECT account, id, epoch FROM message WHERE owner IS NOT NULL AND lease < unixepoch() \
             ORDER BY lease LIMIT 100",
        );
        claims(within(select.fetch_all(&self.pool)).await?)
    }

    /// Ends all leases but those of `owner`, where no other courier can be alive: a data folder has one server. On a
    /// shared store it does nothing: they may be another gateway's.
    pub async fn end_leases(&self, owner: &[u8; 16]) -> Result<(), Error> {
        if self.is_shared() {
            return Ok(());
        }
        let update = sqlx::query("UPDATE message SET lease = 0 WHERE owner IS NOT NULL AND owner <> $1")
            .bind(&owner[..]);
        within(update.execute(&self.pool)).await?;
        Ok(())
    }

    /// Messages whose credentials were kept for as long as is allowed and that nobody carries just now, at most 100.
    pub async fn stale_credentials(&self) -> Result<Vec<Claim>, Error> {
        let select = sqlx::query(
            "SELECT account, id, epoch FROM message WHERE credential_until < unixepoch() AND owner IS NULL LIMIT 100",
        );
        claims(within(select.fetch_all(&self.pool)).await?)
    }

    /// The messages of the account that wait with these credentials, at most 1,000.
    pub async fn with_credential(&self, account: &AccountId, mark: &[u8]) -> Result<Vec<[u8; 16]>, Error> {
        let select = sqlx::query_scalar::<_, Vec<u8>>(
            "SELECT id FROM message WHERE account = $1 AND credential_mark = $2 AND credential IS NOT NULL \
             LIMIT 1000",
        )
        .bind(&account.0[..])
        .bind(mark.to_vec());
        let ids = within(select.fetch_all(&self.pool)).await?;
        Ok(ids.into_iter().filter_map(|id| id.try_into().ok()).collect())
    }

    /// These credentials are good after all: that they were refused is forgotten.
    pub async fn forgive_credential(&self, account: &AccountId, mark: &[u8]) -> Result<(), Error> {
        let update = sqlx::query(
            "UPDATE message SET credential_mark = NULL, version = version + 1 \
             WHERE account = $1 AND credential_mark = $2 AND credential IS NULL",
        )
        .bind(&account.0[..])
        .bind(mark.to_vec());
        within(update.execute(&self.pool)).await?;
        Ok(())
    }

    /// Whether a message of the account waits for a sign-in because the server refused these very credentials.
    pub async fn is_refused_credential(&self, account: &AccountId, mark: &[u8]) -> Result<bool, Error> {
        let select = sqlx::query_scalar::<_, i64>(
            "SELECT 1 FROM message WHERE account = $1 AND credential_mark = $2 AND credential IS NULL \
             AND settled IS NULL LIMIT 1",
        )
        .bind(&account.0[..])
        .bind(mark.to_vec());
        Ok(within(select.fetch_optional(&self.pool)).await?.is_some())
    }
}

pub(super) fn claims(rows: Vec<sqlx::any::AnyRow>) -> Result<Vec<Claim>, Error> {
    let claim = |row: &sqlx::any::AnyRow| {
        let (account, id): (Vec<u8>, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        let wrong = |_| sqlx::Error::RowNotFound;
        Ok(Claim {
            account: AccountId(account.try_into().map_err(wrong)?),
            id: id.try_into().map_err(wrong)?,
            epoch: row.try_get(2)?,
        })
    };
    rows.iter().map(claim).collect()
}
