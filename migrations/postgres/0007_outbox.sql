-- What was filled in, sealed under the message's key: an author who takes the message back goes on writing.
ALTER TABLE message ADD COLUMN form BYTEA;

-- How many recipients an account wrote to lately.
CREATE INDEX message_by_accepted ON message (account, accepted);

-- Grows while the outbox is used, in step with a file beside the key file that is never behind: a database whose number
-- is lower than the file's was put back from an old copy.
CREATE TABLE outbox_age (
    one BIGINT  NOT NULL PRIMARY KEY CHECK (one = 1),
    age BIGINT  NOT NULL
);
INSERT INTO outbox_age (one, age) VALUES (1, 0);
