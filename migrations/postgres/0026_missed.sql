-- What an account was told of a span in which something did not work: how many of the messages of that time nobody had
-- opened when its owner looked last (nothing before that), and whether the inbox is to speak of it. Kept for 90 days.
CREATE TABLE missed (
    account   BYTEA  NOT NULL,
    began     BIGINT NOT NULL,
    ended     BIGINT NOT NULL,
    unopened  BIGINT,
    hidden    BIGINT NOT NULL,
    looked    BIGINT NOT NULL,
    PRIMARY KEY (account, began, ended)
);
CREATE INDEX missed_by_span ON missed (began, ended);
CREATE INDEX missed_by_age ON missed (looked);
