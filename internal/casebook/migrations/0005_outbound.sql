-- +goose Up

-- What is known of the findings of scans, by what they are known by, as package findings keeps it. n counts the
-- changes: of two imports that start from the same state, one fails.
CREATE TABLE scanned (
    key     TEXT NOT NULL,   -- digest of the finding's identity
    n       BIGINT NOT NULL,
    scope   TEXT NOT NULL,   -- digest of tool and target
    case_id BIGINT NOT NULL, -- 0 where none was opened
    doc     TEXT NOT NULL,
    PRIMARY KEY (key, n)
) {clustered};
CREATE INDEX scanned_scope ON scanned (scope);

-- Mail that came or went, so that nothing is taken in or sent twice, and floods are seen. Addresses and
-- Message-IDs stand here as keyed digests.
CREATE TABLE mails (
    message TEXT PRIMARY KEY,
    party   TEXT NOT NULL,   -- the other side
    fate    TEXT NOT NULL,   -- case | message | note | loop | bounce | refused | empty | sent
    case_id BIGINT NOT NULL, -- 0 where it is about none
    at      BIGINT NOT NULL
);
CREATE INDEX mails_at ON mails (at, fate);
CREATE INDEX mails_party ON mails (party, at);

-- Who is told of events by HTTP, and what became of it.
CREATE TABLE webhooks (
    id       {key},
    owner    BIGINT NOT NULL, -- what the owner may not see is not sent
    case_id  BIGINT NOT NULL, -- 0: cases that are not restricted; else that case alone
    url      TEXT NOT NULL,
    secret   TEXT NOT NULL,   -- deliveries are signed with it, so it cannot be kept as a digest
    kinds    TEXT NOT NULL,   -- of events, parted by spaces; * for all
    status   TEXT NOT NULL,   -- active | paused | failing
    failures BIGINT NOT NULL, -- attempts in a row
    created  BIGINT NOT NULL
);
CREATE TABLE deliveries (
    webhook BIGINT NOT NULL,
    stream  BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    status  BIGINT NOT NULL, -- of HTTP; 0 where none came
    error   TEXT NOT NULL,
    PRIMARY KEY (webhook, stream, seq, attempt)
) {clustered};
CREATE INDEX deliveries_at ON deliveries (at);

-- How far in the ledger something has come that follows it.
CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    pos  BIGINT NOT NULL
);

-- Work that somebody asked for and that takes its time.
CREATE TABLE tasks (
    id      {key},
    kind    TEXT NOT NULL,   -- import | reassess
    owner   BIGINT NOT NULL,
    asked   TEXT NOT NULL,   -- JSON
    state   TEXT NOT NULL,   -- waiting | running | done | failed
    done    BIGINT NOT NULL,
    total   BIGINT NOT NULL,
    result  TEXT NOT NULL,   -- JSON, or what went wrong
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

-- +goose Down
SELECT 1;
