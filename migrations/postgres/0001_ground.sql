-- Times are seconds since 1970 (UTC). Identifiers are 32 bytes and name nobody.

-- As in SQLite: the clock of the database, in whole seconds. Called STABLE so that an index is used for what is due.
CREATE FUNCTION unixepoch() RETURNS BIGINT LANGUAGE sql STABLE AS
    $$ SELECT floor(extract(epoch FROM clock_timestamp()))::bigint $$;

-- Which keys sealed what is here; the keys themselves are in key_file.
CREATE TABLE key_ring (
    id          BIGINT  NOT NULL PRIMARY KEY,
    fingerprint BYTEA   NOT NULL,
    created     BIGINT  NOT NULL
);

-- One row for each sign-in that lives. id is the SHA-256 of what the browser holds; data is sealed.
CREATE TABLE session (
    id      BYTEA   NOT NULL PRIMARY KEY,
    data    BYTEA   NOT NULL,
    expires BIGINT  NOT NULL
);
CREATE INDEX session_by_expiry ON session (expires);

-- What opens the mailbox: sealed with the browser's second cookie and the key ring. Never updated.
CREATE TABLE credential (
    session BYTEA NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    account BYTEA NOT NULL,
    sealed  BYTEA NOT NULL,
    PRIMARY KEY (session, account)
);
