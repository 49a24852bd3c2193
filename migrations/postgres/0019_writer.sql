-- Whose recipients are counted: one however their name is spelt, where the account is not. Empty with what an older
-- gateway accepts meanwhile.
ALTER TABLE message ADD COLUMN writer BYTEA;
UPDATE message SET writer = account;
CREATE INDEX message_by_writer ON message (writer, accepted);

-- From here on what a row is found by (ENVIDs, Message-IDs, marks, reports) are digests of another form; what builds before
-- the first release wrote down is not found by them.
