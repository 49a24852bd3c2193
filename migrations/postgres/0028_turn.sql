-- 1: one letter of many: to many recipients, or of a row of letters written in one minute. Within an account it gives way to
-- answers and single letters.
ALTER TABLE message ADD COLUMN mass BIGINT NOT NULL DEFAULT 0;
CREATE INDEX message_by_turn ON message (account, server, mass, due, id) WHERE due IS NOT NULL AND owner IS NULL;
DROP INDEX message_by_due;
CREATE INDEX message_by_due ON message (server, due, account, writer, mass) WHERE due IS NOT NULL AND owner IS NULL;
