-- +goose Up

-- What lists, counts and searches need, kept by the ledger soon after each commit. Nothing here is true by
-- itself: who may see a case is asked of the case. bugbar reindex makes all of it anew.

-- A row for each case, with an index for each filter in each order.
CREATE TABLE listing (
    id         {key},
    restricted BIGINT NOT NULL,
    active     BIGINT NOT NULL,
    state      TEXT NOT NULL,
    track      TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    type       TEXT NOT NULL,
    product    TEXT NOT NULL,
    assignee   BIGINT NOT NULL,
    waiting    TEXT NOT NULL,
    due        BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    words      TEXT NOT NULL -- digest of what the search knows of it; empty in quarantine
);
CREATE INDEX listing_active_due ON listing (active, due, id);
CREATE INDEX listing_updated ON listing (updated, id);
CREATE INDEX listing_state_due ON listing (state, due, id);
CREATE INDEX listing_state_updated ON listing (state, updated, id);
CREATE INDEX listing_state ON listing (state, id);
CREATE INDEX listing_type_due ON listing (type, active, due, id);
CREATE INDEX listing_type_updated ON listing (type, updated, id);
CREATE INDEX listing_type ON listing (type, id);
CREATE INDEX listing_outcome_due ON listing (outcome, active, due, id);
CREATE INDEX listing_outcome_updated ON listing (outcome, updated, id);
CREATE INDEX listing_outcome ON listing (outcome, id);
CREATE INDEX listing_product_due ON listing (product, active, due, id) WHERE product <> '';
CREATE INDEX listing_product_updated ON listing (product, updated, id) WHERE product <> '';
CREATE INDEX listing_product ON listing (product, id) WHERE product <> '';
CREATE INDEX listing_assignee_due ON listing (assignee, active, due, id) WHERE assignee <> 0;
CREATE INDEX listing_assignee_updated ON listing (assignee, updated, id) WHERE assignee <> 0;
CREATE INDEX listing_assignee ON listing (assignee, id) WHERE assignee <> 0;

-- A row for each case and person named on it: the lists of those who do not see every case, and the
-- restricted cases of those who do.
CREATE TABLE listing_named (
    person     BIGINT NOT NULL,
    kind       TEXT NOT NULL,   -- reporter | guest | member (of the team)
    restricted BIGINT NOT NULL, -- 0 | 1
    case_id    BIGINT NOT NULL,
    active     BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    PRIMARY KEY (person, kind, restricted, case_id)
) {clustered};
CREATE INDEX listing_named_due ON listing_named (person, kind, restricted, due, case_id, active);
CREATE INDEX listing_named_updated ON listing_named (person, kind, restricted, updated, case_id, active);
CREATE INDEX listing_named_case ON listing_named (case_id);

-- How many cases there are that are not restricted.
CREATE TABLE tallies (
    state   TEXT NOT NULL,
    track   TEXT NOT NULL,
    outcome TEXT NOT NULL,
    type    TEXT NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (state, track, outcome, type)
) {clustered};

-- +goose Down
SELECT 1;
