-- +goose Up

-- Each case that the index of words finds costs a look at its row, which is 900 bytes of words that nobody reads: a search
-- looked at pages all over a gigabyte. So the words stand aside, and the rows of ten times as many cases fit into memory.
-- PostgreSQL puts values aside only of rows above 2 kB, whatever toast_tuple_target says: wide makes each row so, and
-- shrinks to 40 bytes.
CREATE TABLE search_new (
    id    BIGINT NOT NULL,
    words TSVECTOR NOT NULL,
    wide  TEXT NOT NULL DEFAULT repeat(' ', 2000)
) WITH (toast_tuple_target = 128);
ALTER TABLE search_new ALTER words SET STORAGE EXTERNAL;
INSERT INTO search_new (id, words) SELECT id, words FROM search ORDER BY id;
DROP TABLE search;
ALTER TABLE search_new RENAME TO search;
ALTER TABLE search ADD PRIMARY KEY (id);
CREATE INDEX search_words ON search USING gin (words) WITH (fastupdate = on);

CREATE TABLE search_new (
    id    BIGINT NOT NULL,
    words TSVECTOR NOT NULL,
    wide  TEXT NOT NULL DEFAULT repeat(' ', 2000)
) WITH (toast_tuple_target = 128);
ALTER TABLE search_new ALTER words SET STORAGE EXTERNAL;
INSERT INTO search_new (id, words) SELECT id, words FROM search_kept ORDER BY id;
DROP TABLE search_kept;
ALTER TABLE search_new RENAME TO search_kept;
ALTER TABLE search_kept ADD PRIMARY KEY (id);
CREATE INDEX search_kept_words ON search_kept USING gin (words) WITH (fastupdate = on);

-- +goose Down
SELECT 1;
