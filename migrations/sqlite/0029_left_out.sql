-- Mailboxes that could not be looked at when `unopened` was counted: a look at fewer does not replace that number.
ALTER TABLE missed ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
