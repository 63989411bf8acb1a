-- +goose Up

-- The lists of those who are named on cases filter by as much as the others do: the rows hold it all, so that
-- one index is walked and nothing is looked up for each.
CREATE TABLE listing_wide (
    person     BIGINT NOT NULL,
    kind       TEXT NOT NULL,   -- reporter | guest | member (of the team)
    kept       BIGINT NOT NULL, -- 1 where the case is restricted
    case_id    BIGINT NOT NULL,
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
    PRIMARY KEY (person, kind, kept, case_id)
) {clustered};
INSERT INTO listing_wide (person, kind, kept, case_id, restricted, active, state, track, outcome, type, product, assignee, waiting, due, updated)
    SELECT n.person, n.kind, n.restricted, n.case_id, l.restricted, l.active, l.state, l.track, l.outcome, l.type, l.product, l.assignee, l.waiting, l.due, l.updated
    FROM listing_named n JOIN listing l ON l.id = n.case_id;
DROP TABLE listing_named;
ALTER TABLE listing_wide RENAME TO listing_named;
CREATE INDEX listing_named_due ON listing_named (person, kind, kept, due, case_id, active);
CREATE INDEX listing_named_updated ON listing_named (person, kind, kept, updated, case_id, active);
CREATE INDEX listing_named_case ON listing_named (case_id);

-- +goose Down
SELECT 1;
