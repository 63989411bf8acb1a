-- +goose Up

-- What people keep for themselves: searches that they come back to, and how far they have read each case.
CREATE TABLE views (
    person BIGINT NOT NULL,
    name   TEXT NOT NULL,
    query  TEXT NOT NULL,
    PRIMARY KEY (person, name)
) {clustered};
CREATE TABLE visits (
    person  BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    seq     BIGINT NOT NULL, -- of the last event that they have seen
    PRIMARY KEY (person, case_id)
) {clustered};

-- +goose Down
SELECT 1;
