-- +goose Up

-- What people wrote stands in the row of its event, outside of what is hashed: a submission writes one row less.
ALTER TABLE events ADD COLUMN visibility TEXT, ADD COLUMN body TEXT;
ALTER TABLE events DISABLE TRIGGER events_stay;
UPDATE events e SET visibility = t.visibility, body = t.body FROM texts t WHERE t.stream = e.stream AND t.seq = e.seq;
ALTER TABLE events ENABLE TRIGGER events_stay;
DROP TABLE texts;

-- Rows up to half a page stay as they are: to compress them takes as long as to write them.
ALTER TABLE events SET (toast_tuple_target = 4080);
ALTER TABLE cases SET (toast_tuple_target = 4080);

-- An event gets its place once; its text can be erased. Nothing else of it changes.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.stream, NEW.seq, NEW.at, NEW.actor, NEW.kind, NEW.payload, NEW.prev, NEW.hash)
        = (OLD.stream, OLD.seq, OLD.at, OLD.actor, OLD.kind, OLD.payload, OLD.prev, OLD.hash)
        AND (OLD.pos IS NULL OR NEW.pos IS NOT DISTINCT FROM OLD.pos)
        AND NEW.visibility IS NOT DISTINCT FROM OLD.visibility AND (NEW.body IS NULL OR NEW.body IS NOT DISTINCT FROM OLD.body) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'events are append-only';
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
