-- What `relais notice` told everybody, or some: a row for each version of a notice, sealed for its place, never changed.
CREATE TABLE notice (
    id      TEXT    NOT NULL,
    version BIGINT  NOT NULL,
    at      BIGINT  NOT NULL,
    ended   BIGINT  NOT NULL,
    body    BYTEA   NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX notice_by_time ON notice (at);
