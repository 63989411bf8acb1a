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

-- The words are written anew, in the order of the cases: updated in place, their index would keep the holes, and take
-- common words for rare ones.
CREATE TABLE search_new AS
SELECT s.id, s.words || array_to_tsvector(ARRAY['#' || e.no, '##' || e.no / 16]) AS words
FROM search s CROSS JOIN LATERAL (SELECT no FROM epochs WHERE first <= s.id ORDER BY first DESC LIMIT 1) e ORDER BY s.id;
DROP TABLE search;
ALTER TABLE search_new RENAME TO search;
ALTER TABLE search ALTER words SET NOT NULL, ADD PRIMARY KEY (id);
CREATE INDEX search_words ON search USING gin (words) WITH (fastupdate = on);

CREATE TABLE search_new AS
SELECT s.id, s.words || array_to_tsvector(ARRAY['#' || e.no, '##' || e.no / 16]) AS words
FROM search_kept s CROSS JOIN LATERAL (SELECT no FROM epochs WHERE first <= s.id ORDER BY first DESC LIMIT 1) e ORDER BY s.id;
DROP TABLE search_kept;
ALTER TABLE search_new RENAME TO search_kept;
ALTER TABLE search_kept ALTER words SET NOT NULL, ADD PRIMARY KEY (id);
CREATE INDEX search_kept_words ON search_kept USING gin (words) WITH (fastupdate = on);

-- +goose Down
SELECT 1;
