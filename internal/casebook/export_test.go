package casebook

import "testing"

// shipped is what a password costs; most tests make it cheap.
var shipped = current

// Passwords are cheap in tests, and epochs so small that even small casebooks have several.
func init() {
	current = effort{memory: 1 << 10, passes: 1, threads: 1}
	epochCases = 3
}

// UseShippedEffort lets passwords cost in a test what they do in earnest. The test must not be parallel.
func UseShippedEffort(t testing.TB) {
	cheap := current
	current = shipped
	t.Cleanup(func() { current = cheap })
}

// PasswordMemory is what one Argon2id takes then, in MiB.
const PasswordMemory = 32

// Digest is the hash that an event must have.
func Digest(e Event) (string, error) { return e.digest() }

// Trace has f told of each statement of a list before it is asked.
func (b *Book) Trace(f func(query string, args []any)) { b.trace = f }
