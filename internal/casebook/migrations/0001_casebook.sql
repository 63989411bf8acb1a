-- +goose Up

-- A case as it stands: the columns that lists filter and order by, and the whole as a document. Both are
-- what its events come to; bugbar verify compares them. In quarantine the columns tell nothing of the content.
-- The indexes of lists are those of listing, so that no write waits for them.
CREATE TABLE cases (
    id         {key},           -- milliseconds of arrival and chance: in the order of arrival
    version    BIGINT NOT NULL, -- the number of its last event
    head       TEXT NOT NULL,   -- the hash of its last event
    state      TEXT NOT NULL,
    active     BIGINT NOT NULL, -- 1 while somebody has to do something about it
    track      TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    type       TEXT NOT NULL,
    product    TEXT NOT NULL,
    title      TEXT NOT NULL,
    bar        TEXT NOT NULL,   -- NAME@EDITION
    assignee   BIGINT NOT NULL, -- 0 for nobody
    waiting    TEXT NOT NULL,   -- for whom
    restricted BIGINT NOT NULL, -- 1 under embargo, 2 in quarantine: only people named in access may know of it
    due        BIGINT NOT NULL, -- ms: its nearest open deadline; far away where it has none
    updated    BIGINT NOT NULL,
    doc        TEXT NOT NULL
);
CREATE INDEX cases_queue ON cases (restricted, active, due, id);

-- Everything that happened. A stream is a case, a person, or 0 for the casebook itself; each is a chain of
-- its own. The ledger gives every event a place in one order, soon after it was committed.
CREATE TABLE events (
    stream  BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    at      BIGINT NOT NULL, -- ms
    actor   BIGINT NOT NULL, -- 0 for the system
    kind    TEXT NOT NULL,
    payload TEXT NOT NULL,   -- canonical JSON (RFC 8785)
    prev    TEXT NOT NULL,
    hash    TEXT NOT NULL,
    pos     BIGINT,
    PRIMARY KEY (stream, seq)
) {clustered};
CREATE UNIQUE INDEX events_pos ON events (pos) WHERE pos IS NOT NULL;
CREATE INDEX events_waiting ON events (at) WHERE pos IS NULL;

-- Seals of the ledger: each closes the events first to last, and the seal before it.
CREATE TABLE seals (
    no    {key},
    first BIGINT NOT NULL,
    last  BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    hash  TEXT NOT NULL
);

-- What people wrote. The event with the same number holds its digest.
CREATE TABLE texts (
    stream     BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    visibility TEXT NOT NULL, -- reporter | team
    body       TEXT NOT NULL,
    PRIMARY KEY (stream, seq)
) {clustered};

-- Who is named on a case, and as what.
CREATE TABLE access (
    person  BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    role    TEXT NOT NULL,
    PRIMARY KEY (person, case_id, role)
) {clustered};
CREATE INDEX access_case ON access (case_id);

-- Verdicts that people recorded: who said what of which finding, and when.
CREATE TABLE assessments (
    case_id  BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    finding  BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    assessor BIGINT NOT NULL,
    outcome  TEXT NOT NULL,
    row_id   TEXT NOT NULL,
    kind     TEXT NOT NULL, -- first | revised | appeal | blind | adjusted
    PRIMARY KEY (case_id, seq, finding)
) {clustered};
CREATE INDEX assessments_at ON assessments (at);

-- Files, by their content; the store beside the database has the bytes.
CREATE TABLE attachments (
    case_id    BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    sha256     TEXT NOT NULL,
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    visibility TEXT NOT NULL,
    PRIMARY KEY (case_id, seq, sha256)
) {clustered};
CREATE INDEX attachments_sha ON attachments (sha256);

-- People and services. What identifies them stands here and nowhere else, so that it can be erased; the
-- events hold a digest of it with the salt.
CREATE TABLE people (
    id      {key},
    version BIGINT NOT NULL,
    head    TEXT NOT NULL,
    handle  TEXT NOT NULL,
    email   TEXT NOT NULL,
    status  TEXT NOT NULL, -- active | disabled | erased
    doc     TEXT NOT NULL
);
CREATE UNIQUE INDEX people_handle ON people (handle);
CREATE INDEX people_email ON people (email) WHERE email <> '';

-- How people prove who they are. ref is what finds it: a digest of a token or session, a passkey's id, an
-- issuer with its subject. Secrets are stored as digests only.
CREATE TABLE credentials (
    person  BIGINT NOT NULL,
    kind    TEXT NOT NULL, -- password | passkey | oidc | token | session
    ref     TEXT NOT NULL,
    label   TEXT NOT NULL,
    data    TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL, -- ms; far away where never
    used    BIGINT NOT NULL,
    PRIMARY KEY (kind, ref)
);
CREATE INDEX credentials_person ON credentials (person, kind);

-- The key by which a reporter without an account comes back.
CREATE TABLE report_keys (
    digest  TEXT PRIMARY KEY,
    case_id BIGINT NOT NULL
);

-- Writes that carried an Idempotency-Key, and what they led to.
CREATE TABLE answers (
    key_digest TEXT PRIMARY KEY,
    request    TEXT NOT NULL, -- digest of what was asked
    case_id    BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    sealed     TEXT NOT NULL, -- what only the asker can open
    at         BIGINT NOT NULL
);
CREATE INDEX answers_at ON answers (at);

-- Small things that belong to the casebook as a whole: settings, secrets, the bar in force.
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- +goose Down
SELECT 1;
