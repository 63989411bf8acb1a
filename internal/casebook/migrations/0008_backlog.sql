-- +goose Up

-- What is open, by age: counted for the dashboards, out of the index alone.
CREATE INDEX listing_open ON listing (id) WHERE active = 1 AND restricted = 0;

-- +goose Down
SELECT 1;
