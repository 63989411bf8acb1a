//go:build !soak

package measure

// simulations is how often a simulation is repeated where n repetitions do for every day.
func simulations(n int) int { return n }
