-- +goose Up

-- What people wrote stands in the row of its event, outside of what is hashed: a submission writes one row less, and
-- that of an event has room in one page, which a table that is clustered by its key would not give it.
CREATE TABLE events_new (
    stream     BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    actor      BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    payload    TEXT NOT NULL,
    prev       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    pos        BIGINT,
    visibility TEXT, -- reporter | team: who may read the body
    body       TEXT, -- whose digest the payload holds
    PRIMARY KEY (stream, seq)
);
INSERT INTO events_new SELECT e.stream, e.seq, e.at, e.actor, e.kind, e.payload, e.prev, e.hash, e.pos, t.visibility, t.body
    FROM events e LEFT JOIN texts t ON t.stream = e.stream AND t.seq = e.seq ORDER BY e.stream, e.seq;
DROP TABLE events;
DROP TABLE texts;
ALTER TABLE events_new RENAME TO events;
CREATE UNIQUE INDEX events_pos ON events (pos) WHERE pos IS NOT NULL;
CREATE INDEX events_waiting ON events (at) WHERE pos IS NULL;

-- An event gets its place once; its text can be erased. Nothing else of it changes.
-- +goose StatementBegin
CREATE TRIGGER events_stay BEFORE UPDATE ON events
WHEN OLD.pos IS NOT NULL AND NEW.pos IS NOT OLD.pos OR NEW.stream <> OLD.stream OR NEW.seq <> OLD.seq OR NEW.at <> OLD.at OR NEW.actor <> OLD.actor
  OR NEW.kind <> OLD.kind OR NEW.payload <> OLD.payload OR NEW.prev <> OLD.prev OR NEW.hash <> OLD.hash
  OR NEW.visibility IS NOT OLD.visibility OR NEW.body IS NOT NULL AND NEW.body IS NOT OLD.body
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
