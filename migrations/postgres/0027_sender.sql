-- In which lane somebody wants what a sender writes. `name` is a keyed digest of the sender's address, `chosen` the lane and the
-- address, sealed for the account. It goes when it was of no use for 400 days.
CREATE TABLE sender (
    account BYTEA   NOT NULL,
    name    BYTEA   NOT NULL,
    chosen  BYTEA   NOT NULL,
    used    BIGINT  NOT NULL,
    PRIMARY KEY (account, name)
);
CREATE INDEX sender_by_use ON sender (used);
