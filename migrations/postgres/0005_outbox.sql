-- What was accepted for sending, and what became of it. `unixepoch()` is the database's clock: it alone decides about
-- due times and leases.

-- One accepted message. The content lies in blobs; sealed_key opens them and `head`, and is destroyed at purge.
CREATE TABLE message (
    -- 48 bits of milliseconds since 1970, then 80 random ones: ids sort by time of acceptance.
    id               BYTEA   NOT NULL PRIMARY KEY,
    account          BYTEA   NOT NULL,
    -- The form's idempotency key, and a keyed digest of what was asked with it.
    key              BYTEA   NOT NULL,
    digest           BYTEA   NOT NULL,
    server           TEXT    NOT NULL,
    -- Sealed under the ring; NULL once purged.
    sealed_key       BYTEA,
    -- Subject and addressees, sealed under the message's key; NULL once purged.
    head             BYTEA,
    -- The journal's part: sender and Message-ID, sealed under the ring.
    line             BYTEA   NOT NULL,
    -- ENVID (RFC 3461 §4.4): 128 random bits that stand in no header.
    envid            BYTEA   NOT NULL,
    -- Octets in wire form.
    size             BIGINT  NOT NULL,
    -- 1: the sender asked for acknowledgements.
    follow           BIGINT  NOT NULL,
    accepted         BIGINT  NOT NULL,
    not_before       BIGINT  NOT NULL,
    -- When the courier must look at it again; NULL: nothing to do without a person.
    due              BIGINT,
    -- Who has claimed it, the number of the claim, and until when the claim holds.
    owner            BYTEA,
    epoch            BIGINT  NOT NULL DEFAULT 0,
    lease            BIGINT  NOT NULL DEFAULT 0,
    -- 1 from before DATA until its reply is recorded.
    in_data          BIGINT  NOT NULL DEFAULT 0,
    -- Failed tries since the last success or the author's last word: the back-off counts by it.
    tries            BIGINT  NOT NULL DEFAULT 0,
    -- Login and password, sealed under the message's key and the ring; wiped when settled, refused or after 48 h.
    credential       BYTEA,
    -- A keyed digest, to find the messages that share them. Stays without them where the server refused them, so that
    -- they are not tried again; wiped when settled.
    credential_mark  BYTEA,
    credential_until BIGINT,
    -- What derive() made of the evidence, written in one transaction with it.
    needs_user       BIGINT  NOT NULL DEFAULT 0,
    settled          BIGINT,
    -- Grows with every change: writers that read an older one change nothing.
    version          BIGINT  NOT NULL DEFAULT 0,
    UNIQUE (account, key)
);
CREATE INDEX message_by_due ON message (server, due) WHERE due IS NOT NULL;
CREATE INDEX message_by_lease ON message (lease) WHERE owner IS NOT NULL;
CREATE INDEX message_by_account ON message (account, needs_user, id);
CREATE INDEX message_by_envid ON message (account, envid);
CREATE INDEX message_by_credential ON message (credential_until) WHERE credential_until IS NOT NULL;
CREATE INDEX message_by_settled ON message (settled) WHERE settled IS NOT NULL;

-- One envelope recipient; address is sealed under the ring.
CREATE TABLE recipient (
    message BYTEA   NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    n       BIGINT  NOT NULL,
    address BYTEA   NOT NULL,
    PRIMARY KEY (message, n)
);

-- Evidence: only ever appended. `recipient` NULL: of all of them. `fact` is sealed under the ring.
CREATE TABLE attempt (
    message   BYTEA   NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    n         BIGINT  NOT NULL,
    recipient BIGINT,
    epoch     BIGINT  NOT NULL,
    at        BIGINT  NOT NULL,
    fact      BYTEA   NOT NULL,
    PRIMARY KEY (message, n)
);

-- A piece of a message in wire form, or an upload that waits for one (message NULL, until `expires`).
CREATE TABLE blob (
    id          BYTEA   NOT NULL PRIMARY KEY,
    account     BYTEA   NOT NULL,
    message     BYTEA REFERENCES message (id) ON DELETE CASCADE,
    position    BIGINT,
    -- The blob's own key: under the ring while staged, then under the message's key as well.
    sealed_key  BYTEA   NOT NULL,
    -- File name and type as uploaded, sealed under the blob's key.
    label       BYTEA,
    octets      BIGINT  NOT NULL,
    wire_octets BIGINT  NOT NULL,
    -- 1 once the last chunk is there.
    complete    BIGINT  NOT NULL,
    expires     BIGINT
);
CREATE INDEX blob_by_message ON blob (message, position);
CREATE INDEX blob_by_account ON blob (account) WHERE message IS NULL;
CREATE INDEX blob_by_expiry ON blob (expires) WHERE expires IS NOT NULL;

-- At most 256 KB, sealed with the blob's id, its own number and whether it is the last.
CREATE TABLE blob_chunk (
    blob BYTEA   NOT NULL REFERENCES blob (id) ON DELETE CASCADE,
    n    BIGINT  NOT NULL,
    last BIGINT  NOT NULL,
    data BYTEA   NOT NULL,
    PRIMARY KEY (blob, n)
);
