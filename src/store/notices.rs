//! The table `notice`: what an administrator told people, one row for each version of a notice, so that an update and an
//! end keep what was said. What a body says is the business of the room that asks; it is sealed for its place, so that
//! whoever can write into the database alone cannot speak to people in the administrator's name.

use sqlx::Row;

use super::{Error, Store, within};

/// Seconds after which a version goes, but for the last one of a notice that is not over.
const LIFE: i64 = 180 * 86_400;
/// Seconds for which the last version of what is over is read.
const RECENT: i64 = 60 * 86_400;
/// Octets of a body that is ours, sealed: who else writes into the database does not fill the memory of gateways.
const MOST_OCTETS: i64 = 128 << 10;
const LABEL: &str = "relais notice";

/// One version of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    pub id: String,
    /// 1 is the first.
    pub version: i64,
    /// Seconds since 1970; a later version of the same notice has a later one. For what is read and what goes alone: it is
    /// in clear, as `ended` is, and what people are told stands in the body.
    pub at: i64,
    pub ended: bool,
    pub body: String,
}

/// Another one tells that there is something new to read.
pub type NoticeMark = (i64, i64, i64);

impl Store {
    /// Cheap enough to be asked every few seconds.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn notice_mark(&self) -> Result<NoticeMark, Error> {
        // Sums of integers have another type in PostgreSQL.
        let select = sqlx::query(
            "SELECT count(*), coalesce(max(at), 0), coalesce(CAST(sum(version) AS BIGINT), 0) FROM notice",
        );
        let row = within(select.fetch_one(&self.pool)).await?;
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    }

    /// The last version of each notice that is not over or ended within 60 days, at most 200; and the 50 newest of all
    /// versions. What does not open is left out.
    ///
    /// # Errors
    /// As [`Store::notice_mark`].
    pub async fn notices(&self) -> Result<Vec<NoticeRow>, Error> {
        let last = sqlx::query(
            "SELECT id, version, at, ended, body FROM notice n \
             WHERE version = (SELECT max(version) FROM notice v WHERE v.id = n.id) \
             AND (ended = 0 OR at > unixepoch() - $1) AND length(body) < $2 ORDER BY ended, at DESC LIMIT 200",
        )
        .bind(RECENT)
        .bind(MOST_OCTETS);
        let newest = sqlx::query(
            "SELECT id, version, at, ended, body FROM notice WHERE length(body) < $1 ORDER BY at DESC LIMIT 50",
        )
        .bind(MOST_OCTETS);
        let mut rows: Vec<NoticeRow> = Vec::new();
        for row in within(last.fetch_all(&self.pool))
            .await?
            .iter()
            .chain(&within(newest.fetch_all(&self.pool)).await?)
        {
            let row = self.read_notice(row)?;
            rows.extend(row.filter(|row| !rows.iter().any(|r| (&r.id, r.version) == (&row.id, row.version))));
        }
        Ok(rows)
    }

    /// The last version of one.
    ///
    /// # Errors
    /// As [`Store::notice_mark`].
    pub async fn notice(&self, id: &str) -> Result<Option<NoticeRow>, Error> {
        let select = sqlx::query(
            "SELECT id, version, at, ended, body FROM notice WHERE id = $1 AND length(body) < $2 \
             ORDER BY version DESC LIMIT 1",
        )
        .bind(id.to_owned())
        .bind(MOST_OCTETS);
        match within(select.fetch_optional(&self.pool)).await? {
            Some(row) => self.read_notice(&row),
            None => Ok(None),
        }
    }

    /// How many are not over.
    ///
    /// # Errors
    /// As [`Store::notice_mark`].
    pub async fn live_notices(&self) -> Result<i64, Error> {
        let count = sqlx::query_scalar(
            "SELECT count(*) FROM notice n WHERE ended = 0 \
             AND version = (SELECT max(version) FROM notice v WHERE v.id = n.id)",
        );
        within(count.fetch_one(&self.pool)).await
    }

    /// Adds a version. False where that version is there already: somebody else was quicker.
    ///
    /// # Errors
    /// As [`Store::notice_mark`], and [`Error::Random`].
    pub async fn append_notice(&self, row: &NoticeRow) -> Result<bool, Error> {
        let insert = sqlx::query(
            "INSERT INTO notice (id, version, at, ended, body) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (id, version) DO NOTHING",
        )
        .bind(row.id.clone())
        .bind(row.version)
        .bind(row.at)
        .bind(i64::from(row.ended))
        .bind(self.keys.seal(LABEL, None, &place(&row.id, row.version), row.body.as_bytes())?);
        Ok(within(insert.execute(&self.pool)).await?.rows_affected() > 0)
    }

    /// Drops what has had its time. True when more may be left.
    ///
    /// # Errors
    /// As [`Store::notice_mark`].
    pub async fn purge_notices(&self) -> Result<u64, Error> {
        let delete = sqlx::query(
            "DELETE FROM notice WHERE at < unixepoch() - $1 AND (ended = 1 \
             OR version < (SELECT max(version) FROM notice v WHERE v.id = notice.id))",
        )
        .bind(LIFE);
        Ok(within(delete.execute(&self.pool)).await?.rows_affected())
    }

    fn read_notice(&self, row: &sqlx::any::AnyRow) -> Result<Option<NoticeRow>, Error> {
        let (id, version): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        let sealed: Vec<u8> = row.try_get(4)?;
        let body = self.keys.open(LABEL, None, &place(&id, version), &sealed).ok();
        let Some(body) = body.and_then(|body| String::from_utf8(body.to_vec()).ok()) else { return Ok(None) };
        Ok(Some(NoticeRow { version, at: row.try_get(2)?, ended: row.try_get::<i64, _>(3)? != 0, body, id }))
    }
}

fn place(id: &str, version: i64) -> Vec<u8> {
    [&version.to_be_bytes(), id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sql(store: &Store, text: &'static str) {
        sqlx::query(text).execute(&store.pool).await.expect("done");
    }

    async fn nothing_is_overwritten_and_what_is_over_goes(store: &Store) {
        let mark = store.notice_mark().await.expect("a mark");
        let now = jiff::Timestamp::now().as_second();
        let append = async |id: &str, version, ended, body: &str| {
            let row = NoticeRow { id: id.into(), version, at: now + version, ended, body: body.into() };
            store.append_notice(&row).await.expect("asked")
        };
        assert!(append("aaaaaa", 1, false, "one").await);
        assert!(!append("aaaaaa", 1, false, "other").await);
        assert!(append("aaaaaa", 2, false, "two").await);
        assert_ne!(store.notice_mark().await.expect("a mark"), mark);
        assert!(append("bbbbbb", 1, false, "b").await && append("bbbbbb", 2, true, "b over").await);
        let last = store.notice("aaaaaa").await.expect("read").expect("there");
        assert_eq!((last.version, &*last.body, last.ended), (2, "two", false));
        assert_eq!(store.notice("cccccc").await.expect("read"), None);
        assert_eq!(store.live_notices().await.expect("counted"), 1);
        let bodies = async || {
            let mut all: Vec<String> =
                store.notices().await.expect("read").into_iter().map(|row| row.body).collect();
            all.sort();
            all
        };
        assert_eq!(bodies().await, ["b", "b over", "one", "two"]);
        // Sealed, and for its place alone.
        let raw: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT body FROM notice").fetch_all(&store.pool).await.expect("rows");
        assert!(raw.iter().all(|raw| !raw.windows(3).any(|w| w == b"two")));
        sql(
            store,
            "INSERT INTO notice SELECT 'cccccc', version, at, ended, body FROM notice WHERE id = 'bbbbbb'",
        )
        .await;
        assert_eq!(bodies().await, ["b", "b over", "one", "two"]);
        // Nor is what is too large to be ours read at all.
        assert!(append("dddddd", 1, false, &"x".repeat(140_000)).await);
        assert_eq!(bodies().await, ["b", "b over", "one", "two"]);
        assert_eq!(store.notice("dddddd").await.expect("read"), None);
        sql(store, "DELETE FROM notice WHERE id = 'dddddd'").await;
        assert_eq!(store.purge_notices().await.expect("purged"), 0);
        sql(store, "UPDATE notice SET at = at - 15638400").await;
        store.purge_notices().await.expect("purged");
        assert_eq!(bodies().await, ["two"], "what is not over stays, whatever its age");
        sql(store, "DELETE FROM notice").await;
    }

    #[tokio::test]
    async fn on_sqlite() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await.expect("a store");
        nothing_is_overwritten_and_what_is_over_goes(&store).await;
    }

    #[tokio::test]
    async fn on_postgresql() {
        let (database, folder) =
            (lab::Database::new().expect("a database"), tempfile::tempdir().expect("a folder"));
        let url = database.url.clone().try_into().expect("an address");
        let store = Store::connect(&url, &folder.path().join("key")).await.expect("a store");
        nothing_is_overwritten_and_what_is_over_goes(&store).await;
    }
}
