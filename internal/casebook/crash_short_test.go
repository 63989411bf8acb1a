//go:build !soak

package casebook_test

// crashRounds is how often the writers are killed; the long proof has the tag soak.
const crashRounds = 6
