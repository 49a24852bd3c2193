-- How long things took, counted in classes. `kind`: 0 to open a mailbox, 1 to send, 2 to arrive. `grain` 0: slots of five
-- minutes, 1: days, both numbered from 1970. Each gateway writes rows of its own and reads all. Nobody is named.
CREATE TABLE measure (
    kind    INTEGER NOT NULL,
    grain   INTEGER NOT NULL,
    slot    INTEGER NOT NULL,
    gateway BLOB    NOT NULL,
    counts  BLOB    NOT NULL,
    PRIMARY KEY (kind, grain, slot, gateway)
) STRICT;

-- What probes found of each configured server, and which gateway probes it until when.
CREATE TABLE probe (
    server     TEXT    NOT NULL PRIMARY KEY,
    gateway    BLOB    NOT NULL,
    lease      INTEGER NOT NULL,
    at         INTEGER,
    reads_down INTEGER,
    sends_down INTEGER,
    awaited    INTEGER
) STRICT;
