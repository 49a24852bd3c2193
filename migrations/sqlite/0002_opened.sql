-- Messages that a person opened here, where the mail server keeps no mark of ours. One row for each mailbox of an
-- account; place is a keyed digest of its name and UIDVALIDITY, uids is sealed.
CREATE TABLE opened (
    account BLOB    NOT NULL,
    place   BLOB    NOT NULL,
    uids    BLOB    NOT NULL,
    used    INTEGER NOT NULL,
    PRIMARY KEY (account, place)
) STRICT;
CREATE INDEX opened_by_use ON opened (used);
