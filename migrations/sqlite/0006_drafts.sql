-- What people are writing: the whole form, sealed under the account. Kept until it is sent, deleted, or was not touched
-- for 30 days. id is the form's idempotency key, so what was accepted under it can no longer be a draft.
CREATE TABLE draft (
    account BLOB    NOT NULL,
    id      BLOB    NOT NULL,
    -- Grows with every save: one that was based on an older one changes nothing.
    version INTEGER NOT NULL,
    -- What the list shows, sealed.
    head    BLOB    NOT NULL,
    -- The form, sealed.
    data    BLOB    NOT NULL,
    -- Octets of the form.
    size    INTEGER NOT NULL,
    -- Where its copy in the mailbox for drafts is, sealed.
    copy    BLOB,
    saved   INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;
CREATE INDEX draft_by_age ON draft (saved);
