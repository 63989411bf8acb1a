-- +goose Up

-- Replies of the team, as the events of the casebook make them. One that is retired keeps its row: it may stand for a
-- reply that ships.
CREATE TABLE replies (
    name    TEXT PRIMARY KEY,
    body    TEXT NOT NULL,
    retired BIGINT NOT NULL
);

-- What people have begun to write on a case and not sent. It is nobody else's.
CREATE TABLE drafts (
    person     BIGINT NOT NULL,
    case_id    BIGINT NOT NULL,
    visibility TEXT NOT NULL,   -- reporter | team: who would read it
    body       TEXT NOT NULL,
    since      BIGINT NOT NULL, -- the number of the case's last event when it was begun
    at         BIGINT NOT NULL, -- of the last change
    PRIMARY KEY (person, case_id, visibility)
) {clustered};
CREATE INDEX drafts_at ON drafts (at);

-- +goose Down
SELECT 1;
