-- 1: a recipient's own answer has put it off (greylisting, a domain that does not resolve): how long it waits says nothing
-- of the server.
ALTER TABLE message ADD COLUMN put_off INTEGER NOT NULL DEFAULT 0;
