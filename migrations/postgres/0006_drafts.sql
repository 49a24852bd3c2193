-- What people are writing: the whole form, sealed under the account. Kept until it is sent, deleted, or was not touched
-- for 30 days. id is the form's idempotency key, so what was accepted under it can no longer be a draft.
CREATE TABLE draft (
    account BYTEA   NOT NULL,
    id      BYTEA   NOT NULL,
    -- Grows with every save: one that was based on an older one changes nothing.
    version BIGINT  NOT NULL,
    -- What the list shows, sealed.
    head    BYTEA   NOT NULL,
    -- The form, sealed.
    data    BYTEA   NOT NULL,
    -- Octets of the form.
    size    BIGINT  NOT NULL,
    -- Where its copy in the mailbox for drafts is, sealed.
    copy    BYTEA,
    saved   BIGINT  NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX draft_by_age ON draft (saved);
