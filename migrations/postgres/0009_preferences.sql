-- What people chose for their account, sealed for it. It goes when the account was not used for 400 days.
CREATE TABLE preferences (
    account BYTEA   NOT NULL PRIMARY KEY,
    chosen  BYTEA   NOT NULL,
    used    BIGINT  NOT NULL
);
CREATE INDEX preferences_by_use ON preferences (used);
