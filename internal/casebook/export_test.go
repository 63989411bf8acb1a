package casebook

// Digest is the hash that an event must have.
func Digest(e Event) (string, error) { return e.digest() }

// Trace has f told of each statement of a list before it is asked.
func (b *Book) Trace(f func(query string, args []any)) { b.trace = f }
