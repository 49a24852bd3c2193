-- How long things took, counted in classes. `kind`: 0 to open a mailbox, 1 to send, 2 to arrive. `grain` 0: slots of five
-- minutes, 1: days, both numbered from 1970. Each gateway writes rows of its own and reads all. Nobody is named.
CREATE TABLE measure (
    kind    BIGINT  NOT NULL,
    grain   BIGINT  NOT NULL,
    slot    BIGINT  NOT NULL,
    gateway BYTEA   NOT NULL,
    counts  BYTEA   NOT NULL,
    PRIMARY KEY (kind, grain, slot, gateway)
);

-- What probes found of each configured server, and which gateway probes it until when.
CREATE TABLE probe (
    server     TEXT    NOT NULL PRIMARY KEY,
    gateway    BYTEA   NOT NULL,
    lease      BIGINT  NOT NULL,
    at         BIGINT,
    reads_down BIGINT,
    sends_down BIGINT,
    awaited    BIGINT
);
