-- +goose Up
CREATE VIRTUAL TABLE search USING fts5(words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2', detail=none);

-- +goose StatementBegin
CREATE TRIGGER events_stay BEFORE UPDATE ON events
WHEN OLD.pos IS NOT NULL OR NEW.stream <> OLD.stream OR NEW.seq <> OLD.seq OR NEW.at <> OLD.at OR NEW.actor <> OLD.actor
  OR NEW.kind <> OLD.kind OR NEW.payload <> OLD.payload OR NEW.prev <> OLD.prev OR NEW.hash <> OLD.hash
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
