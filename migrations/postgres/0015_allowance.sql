-- How many tries to sign in are left, where several gateways count together. `name` is a keyed digest of what is counted
-- (an account, a network, a server's lane); at `whole_at` its allowance is whole again, and the row may go.
CREATE TABLE allowance (
    name     BYTEA   NOT NULL PRIMARY KEY,
    whole_at BIGINT  NOT NULL
);
CREATE INDEX allowance_by_time ON allowance (whole_at);
