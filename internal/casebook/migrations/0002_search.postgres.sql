-- +goose Up
-- The words of cases (words.go), not restricted and restricted ones apart.
CREATE TABLE search (
    id    BIGINT PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX search_words ON search USING gin (words) WITH (fastupdate = on);
CREATE TABLE search_kept (
    id    BIGINT PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX search_kept_words ON search_kept USING gin (words) WITH (fastupdate = on);

-- +goose StatementBegin
CREATE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.pos IS NULL AND (NEW.stream, NEW.seq, NEW.at, NEW.actor, NEW.kind, NEW.payload, NEW.prev, NEW.hash)
        = (OLD.stream, OLD.seq, OLD.at, OLD.actor, OLD.kind, OLD.payload, OLD.prev, OLD.hash) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'events are append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_stay();

-- +goose Down
SELECT 1;
