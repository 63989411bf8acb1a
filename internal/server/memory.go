package server

import (
	"os"
	"runtime/debug"
)

// What a server keeps in use is small, some 10 MiB, and reports that pour in make ten times that in garbage each
// second: at Go's own settings a tenth of the processor looks through the same few megabytes over and over.
const (
	garbagePercent = 400       // of what is in use, before garbage is collected
	memoryLimit    = 512 << 20 // bytes, beyond which it is collected sooner
)

// SpareCollector lets garbage lie longer than Go does by default. What GOGC and GOMEMLIMIT say goes before.
func SpareCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
