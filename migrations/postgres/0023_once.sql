-- Forms that would make something twice if they came twice, and the sealed answer to the first. Kept for an hour.
CREATE TABLE once (
    account BYTEA  NOT NULL,
    key     BYTEA  NOT NULL,
    digest  BYTEA  NOT NULL,
    begun   BIGINT NOT NULL,
    answer  BYTEA,
    PRIMARY KEY (account, key)
);
CREATE INDEX once_by_age ON once (begun);
