-- Messages that a person opened here, where the mail server keeps no mark of ours. One row for each mailbox of an
-- account; place is a keyed digest of its name and UIDVALIDITY, uids is sealed.
CREATE TABLE opened (
    account BYTEA   NOT NULL,
    place   BYTEA   NOT NULL,
    uids    BYTEA   NOT NULL,
    used    BIGINT  NOT NULL,
    PRIMARY KEY (account, place)
);
CREATE INDEX opened_by_use ON opened (used);
