-- What `relais notice` told everybody, or some: a row for each version of a notice, sealed for its place, never changed.
CREATE TABLE notice (
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;
CREATE INDEX notice_by_time ON notice (at);
