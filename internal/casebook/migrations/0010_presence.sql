-- +goose Up

-- Who has a case open, for about a minute after their browser last said so; and the keys that people chose.
CREATE TABLE presence (
    case_id BIGINT NOT NULL,
    person  BIGINT NOT NULL,
    seen    BIGINT NOT NULL, -- ms
    PRIMARY KEY (case_id, person)
) {clustered};
CREATE TABLE shortcuts (
    person BIGINT NOT NULL,
    action TEXT NOT NULL,
    keys   TEXT NOT NULL, -- empty: none
    PRIMARY KEY (person, action)
) {clustered};

-- +goose Down
SELECT 1;
