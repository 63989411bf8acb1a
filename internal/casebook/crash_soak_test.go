//go:build soak

package casebook_test

// crashRounds is how often the writers are killed.
const crashRounds = 200
