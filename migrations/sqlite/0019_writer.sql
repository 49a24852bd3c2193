-- Whose recipients are counted: one however their name is spelt, where the account is not. Empty with what an older
-- gateway accepts meanwhile.
ALTER TABLE message ADD COLUMN writer BLOB;
UPDATE message SET writer = account;
CREATE INDEX message_by_writer ON message (writer, accepted);
