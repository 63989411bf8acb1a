package million

import "math/rand/v2"

// What a load asks for: values that occur often and seldom.
var (
	Types    = []string{"prompt-injection", "model-theft", "membership-inference", "system-prompt-extraction"}
	States   = []string{"closed", "triaging", "needs-info", "published", "received"}
	Products = products
)

// Pick picks one of several.
func Pick(rnd *rand.Rand, from []string) string { return from[rnd.IntN(len(from))] }
