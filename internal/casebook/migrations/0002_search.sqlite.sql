-- +goose Up
-- The words of cases (words.go), not restricted and restricted ones apart.
CREATE VIRTUAL TABLE search USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '+-=:@_'");
CREATE VIRTUAL TABLE search_kept USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '+-=:@_'");

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
