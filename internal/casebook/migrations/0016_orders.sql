-- +goose Up

-- Lists by deadline and by change, and counts, are answered from their index alone, whatever narrows them, and closed cases
-- do not stand between the others.
DROP INDEX listing_state_due;
DROP INDEX listing_type_due;
DROP INDEX listing_outcome_due;
DROP INDEX listing_product_due;
DROP INDEX listing_assignee_due;
CREATE INDEX listing_state_due ON listing (state, due, id, restricted, track, outcome, type, waiting);
CREATE INDEX listing_type_due ON listing (type, active, due, id, restricted, state, track, outcome, waiting);
CREATE INDEX listing_outcome_due ON listing (outcome, active, due, id, restricted, state, track, waiting);
CREATE INDEX listing_product_due ON listing (product, active, due, id, restricted, state, track, outcome, type, waiting) WHERE product <> '';
CREATE INDEX listing_assignee_due ON listing (assignee, active, due, id, restricted, state, track, outcome, type, product, waiting) WHERE assignee <> 0;
DROP INDEX listing_updated;
DROP INDEX listing_state_updated;
DROP INDEX listing_type_updated;
DROP INDEX listing_outcome_updated;
DROP INDEX listing_product_updated;
DROP INDEX listing_assignee_updated;
CREATE INDEX listing_updated ON listing (active, updated, id, restricted, state, track, outcome, type, waiting, assignee, due);
CREATE INDEX listing_state_updated ON listing (state, updated, id, restricted, track, outcome, type, waiting, due);
CREATE INDEX listing_type_updated ON listing (type, active, updated, id, restricted, state, track, outcome, waiting, due);
CREATE INDEX listing_outcome_updated ON listing (outcome, active, updated, id, restricted, state, track, waiting, due);
CREATE INDEX listing_product_updated ON listing (product, active, updated, id, restricted, state, track, outcome, type, waiting, due) WHERE product <> '';
CREATE INDEX listing_assignee_updated ON listing (assignee, active, updated, id, restricted, state, track, outcome, type, product, waiting, due) WHERE assignee <> 0;

-- Few cases wait for somebody outside of the team, and few that are closed have a deadline.
CREATE INDEX listing_waiting_due ON listing (waiting, active, due, id, restricted, state, track, outcome, type, product, assignee) WHERE waiting <> '' AND waiting <> 'team';
CREATE INDEX listing_waiting_updated ON listing (waiting, active, updated, id, restricted, state, track, outcome, type, product, assignee, due) WHERE waiting <> '' AND waiting <> 'team';
CREATE INDEX listing_closed_due ON listing (due, id) WHERE active = 0 AND due < 9007199254740992;

-- Lists by arrival that a filter narrows are found by the index of words.
DROP INDEX listing_state;
DROP INDEX listing_type;
DROP INDEX listing_outcome;
DROP INDEX listing_product;
DROP INDEX listing_assignee;

-- +goose Down
SELECT 1;
