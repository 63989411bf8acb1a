-- +goose Up

-- Counts for dashboards, by the week in which something happened, kept by the ledger. Cases that are restricted
-- when it happens are left out: a count must not tell of them. bugbar reindex makes all of it anew.
CREATE TABLE statistics (
    week BIGINT NOT NULL, -- days since 1970 of its Monday
    name TEXT NOT NULL,   -- arrived | acknowledge | triage | fix | outcome | agreement | reversal
    key  TEXT NOT NULL,   -- a source, a bucket of time, an outcome, yes or no
    n    BIGINT NOT NULL,
    PRIMARY KEY (week, name, key)
) {clustered};

-- +goose Down
SELECT 1;
