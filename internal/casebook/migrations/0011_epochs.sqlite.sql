-- +goose Up
-- SQLite's index of words is in the order of the cases, and needs no epochs.
SELECT 1;

-- +goose Down
SELECT 1;
