-- What people chose for their account, sealed for it. It goes when the account was not used for 400 days.
CREATE TABLE preferences (
    account BLOB    NOT NULL PRIMARY KEY,
    chosen  BLOB    NOT NULL,
    used    INTEGER NOT NULL
) STRICT;
CREATE INDEX preferences_by_use ON preferences (used);
