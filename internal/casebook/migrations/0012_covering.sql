-- +goose Up

-- Lists by deadline, and counts, are answered from their index alone: it holds what they are narrowed by most, and no
-- case is looked up to be passed over.
DROP INDEX listing_active_due; -- the queue has an index of the cases themselves
DROP INDEX listing_state_due;
DROP INDEX listing_type_due;
DROP INDEX listing_outcome_due;
DROP INDEX listing_product_due;
DROP INDEX listing_assignee_due;
CREATE INDEX listing_state_due ON listing (state, due, id, restricted, type, outcome);
CREATE INDEX listing_type_due ON listing (type, active, due, id, restricted, state, outcome);
CREATE INDEX listing_outcome_due ON listing (outcome, active, due, id, restricted, state);
CREATE INDEX listing_product_due ON listing (product, active, due, id, restricted, state, type, outcome) WHERE product <> '';
CREATE INDEX listing_assignee_due ON listing (assignee, active, due, id, restricted, state, type, outcome, product) WHERE assignee <> 0;

-- Those of who is named hold all.
DROP INDEX listing_named_due;
DROP INDEX listing_named_updated;
CREATE INDEX listing_named_due ON listing_named (person, kind, kept, due, case_id, restricted, active, state, track, outcome, type, product, assignee, waiting);
CREATE INDEX listing_named_updated ON listing_named (person, kind, kept, updated, case_id, restricted, active, state, track, outcome, type, product, assignee, waiting, due);

-- +goose Down
SELECT 1;
