-- No page and no courier reads more of the journal than it shows or carries, however much an account has sent.
DROP INDEX message_by_account;
CREATE INDEX message_by_account ON message (account, id);
CREATE INDEX message_by_need ON message (account, id) WHERE needs_user = 1;
CREATE INDEX message_unsettled ON message (account, server, id) WHERE settled IS NULL;
CREATE INDEX message_by_mark ON message (account, credential_mark) WHERE credential_mark IS NOT NULL;
DROP INDEX message_by_due;
CREATE INDEX message_by_due ON message (server, due, account) WHERE due IS NOT NULL AND owner IS NULL;

-- `follow` 2: the author asked for acknowledgements, and nobody awaits one any more: it came, with proof, or they let it
-- be. This is what `acknowledged` said.
UPDATE message SET follow = 2 WHERE follow = 1 AND id IN (SELECT message FROM acknowledged);
DROP TABLE acknowledged;
CREATE INDEX message_awaited ON message (account, not_before) WHERE follow = 1 AND settled IS NOT NULL;

-- `message_name` is filled in when a message is accepted.
