-- In which lane somebody wants what a sender writes. `name` is a keyed digest of the sender's address, `chosen` the lane and the
-- address, sealed for the account. It goes when it was of no use for 400 days.
CREATE TABLE sender (
    account BLOB    NOT NULL,
    name    BLOB    NOT NULL,
    chosen  BLOB    NOT NULL,
    used    INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT;
CREATE INDEX sender_by_use ON sender (used);
