-- What limits count by: the same for every spelling of a login name. Rows from before end within days.
ALTER TABLE credential ADD COLUMN pooled BYTEA NOT NULL DEFAULT '\x';
CREATE INDEX credential_by_pooled ON credential (pooled);
