package bar

// Limits on what a bar may hold. They keep a hostile or mistaken folder from costing more than a
// moment; the shipped bars use a small part of each.
const (
	maxFileBytes = 1 << 20
	maxPoints    = 32
	maxValues    = 63 // a Set has 64 bits, and 1<<63-1 must not overflow
	maxOutcomes  = 64
	maxRows      = 1024
	maxCells     = 1 << 16 // combinations of the inputs, over all tables
	maxPaths     = 1 << 12
	maxSteps     = 1 << 18 // rows tried on the way to the paths, dead ends included
	maxTables    = 128
	maxLayers    = 8
)
