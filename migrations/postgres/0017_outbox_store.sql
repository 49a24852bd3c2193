-- Random, and the same in every copy of this store: a file of another store's age says nothing of this one.
ALTER TABLE outbox_age ADD COLUMN store BYTEA;
