package server

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// What a server keeps in use is small, some 10 MiB, and reports that pour in make ten times that in garbage each
// second: at Go's own settings a tenth of the processor looks through the same few megabytes over and over.
const (
	garbagePercent = 400       // of what is in use, before garbage is collected
	memoryLimit    = 512 << 20 // bytes, beyond which it is collected sooner
)

// Tune sets Go's runtime up for a server, once. Garbage lies longer; and one goroutine more may run than there are processors: SQLite's
// writer waits for the disk in a system call, loses its place meanwhile, and would get another only when some other
// goroutine rests. With a place to spare, many clients together write 7 to 10 % more. What GOGC, GOMEMLIMIT and
// GOMAXPROCS say goes before.
var Tune = sync.OnceFunc(func() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
})
