-- From which networks an account has signed in. Both are keyed digests; the network's also holds the account.
CREATE TABLE familiar (
    account BLOB    NOT NULL,
    network BLOB    NOT NULL,
    used    INTEGER NOT NULL,
    PRIMARY KEY (account, network)
) STRICT;
CREATE INDEX familiar_by_use ON familiar (used);
