-- What comes back about sent messages: how far mailboxes were looked at, and what was found there.

-- Message-IDs as keyed digests, to find a message by what a report or an answer names. Filled in when somebody looks.
CREATE TABLE message_name (
    message BLOB NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    account BLOB NOT NULL,
    name    BLOB NOT NULL
) STRICT;
CREATE INDEX message_name_by_name ON message_name (account, name);

-- Messages whose acknowledgement nobody awaits any more: it came, with proof, or their author let it be.
CREATE TABLE acknowledged (
    message BLOB    NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL
) STRICT;

-- How far a mailbox was looked at. `place` is a keyed digest of its name and UIDVALIDITY.
CREATE TABLE looked (
    account BLOB    NOT NULL,
    place   BLOB    NOT NULL,
    -- Everything up to this UID was looked at.
    uid     INTEGER NOT NULL,
    -- When nothing was left to look at.
    at      INTEGER,
    PRIMARY KEY (account, place)
) STRICT;

-- Which message in a mailbox reports on which sent one.
CREATE TABLE report (
    account BLOB    NOT NULL,
    place   BLOB    NOT NULL,
    uid     INTEGER NOT NULL,
    message BLOB    NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    PRIMARY KEY (account, place, uid)
) STRICT;
CREATE INDEX report_by_message ON report (message);

-- A message that was sent again after its server had taken it, and the first one of all.
CREATE TABLE sent_again (
    message  BLOB    NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    account  BLOB    NOT NULL,
    original BLOB    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX sent_again_by_original ON sent_again (account, original);

-- The operator says that it was lost: its author is offered to send it again.
CREATE TABLE lost (
    message BLOB    NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    account BLOB    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX lost_by_account ON lost (account);
