-- How long mail took from the first of an operator's own servers to its mailbox, counted in classes, by the time of its arrival.
-- `grain` 0: slots of five minutes, 1: days, both numbered from 1970. In a row each mailbox has one voice within an hour, or in
-- that day; whose it is, is not kept. Each gateway writes rows of its own and reads all.
CREATE TABLE delay (
    server  TEXT    NOT NULL,
    grain   INTEGER NOT NULL,
    slot    INTEGER NOT NULL,
    gateway BLOB    NOT NULL,
    counts  BLOB    NOT NULL,
    PRIMARY KEY (server, grain, slot, gateway)
) STRICT;
