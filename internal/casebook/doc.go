// Package casebook keeps cases: what arrived, what was found out, who decided what, and when.
//
// Everything that happens is an Event. Events of a case form a chain: each holds the hash of the one
// before it. A case as it stands is what its events come to (Case.apply), kept beside them for reading;
// both are written in one step by the one write path (Book.change), or not at all. Soon after, the
// ledger gives each event a place in one order over all cases and seals it, so that no case can vanish
// whole (docs/decisions/0001-chains.md). Verify repeats all of it and names the first event that is
// not as it was.
//
// Who may see and do what stands in one table (policy.go), as SQL for lists (visible) and as a check for
// everything else (Book.May). What states a case can take, on what conditions, and which clocks run,
// stands as data in process/.
//
// Texts stand in the rows of events and the identities of people in tables of their own, both outside of what is
// hashed, which holds their digests: they can be erased without breaking a chain.
package casebook
