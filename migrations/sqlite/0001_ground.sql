-- Times are seconds since 1970 (UTC). Identifiers are 32 bytes and name nobody.

-- Which keys sealed what is here; the keys themselves are in key_file.
CREATE TABLE key_ring (
    id          INTEGER NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    created     INTEGER NOT NULL
) STRICT;

-- One row for each sign-in that lives. id is the SHA-256 of what the browser holds; data is sealed.
CREATE TABLE session (
    id      BLOB    NOT NULL PRIMARY KEY,
    data    BLOB    NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX session_by_expiry ON session (expires);

-- What opens the mailbox: sealed with the browser's second cookie and the key ring. Never updated.
CREATE TABLE credential (
    session BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    account BLOB NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (session, account)
) STRICT;
