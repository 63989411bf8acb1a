-- +goose Up

-- Stretches of cases that follow each other (epochs.go): of which a case is stands among its words, so that the newest
-- cases with a word are found without looking at the others.
CREATE TABLE epochs (
    no    {key},
    first BIGINT NOT NULL -- the lowest id of the epoch
);
CREATE UNIQUE INDEX epochs_first ON epochs (first);
INSERT INTO epochs (no, first)
SELECT n / 2000, CASE n WHEN 0 THEN 0 ELSE id END FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS n FROM listing) l WHERE n % 2000 = 0
UNION SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM listing);
UPDATE search SET words = words || array_to_tsvector(ARRAY['#' || (SELECT no FROM epochs WHERE first <= search.id ORDER BY first DESC LIMIT 1)]);
UPDATE search_kept SET words = words || array_to_tsvector(ARRAY['#' || (SELECT no FROM epochs WHERE first <= search_kept.id ORDER BY first DESC LIMIT 1)]);

-- +goose Down
SELECT 1;
