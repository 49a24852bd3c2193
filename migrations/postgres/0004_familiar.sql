-- From which networks an account has signed in. Both are keyed digests; the network's also holds the account.
CREATE TABLE familiar (
    account BYTEA   NOT NULL,
    network BYTEA   NOT NULL,
    used    BIGINT  NOT NULL,
    PRIMARY KEY (account, network)
);
CREATE INDEX familiar_by_use ON familiar (used);
