-- How many tries to sign in are left, where several gateways count together. `name` is a keyed digest of what is counted
-- (an account, a network, a server's lane); at `whole_at` its allowance is whole again, and the row may go.
CREATE TABLE allowance (
    name     BLOB    NOT NULL PRIMARY KEY,
    whole_at INTEGER NOT NULL
) STRICT;
CREATE INDEX allowance_by_time ON allowance (whole_at);
