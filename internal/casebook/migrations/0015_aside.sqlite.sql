-- +goose Up
-- SQLite's index of words keeps no words beside it.
SELECT 1;

-- +goose Down
SELECT 1;
