-- +goose Up

-- The queue is a list as the others are, kept by the ledger: an index of the cases themselves made each write wait.
DROP INDEX cases_queue;
CREATE INDEX listing_queue ON listing (restricted, active, due, id);

-- +goose Down
SELECT 1;
