-- Forms that would make something twice if they came twice, and the sealed answer to the first. Kept for an hour.
CREATE TABLE once (
    account BLOB    NOT NULL,
    key     BLOB    NOT NULL,
    digest  BLOB    NOT NULL,
    begun   INTEGER NOT NULL,
    answer  BLOB,
    PRIMARY KEY (account, key)
) STRICT;
CREATE INDEX once_by_age ON once (begun);
