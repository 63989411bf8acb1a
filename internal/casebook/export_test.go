package casebook

// Digest is the hash that an event must have.
func Digest(e Event) (string, error) { return e.digest() }
