// Package clients generates a client from the committed OpenAPI 3.1 description, with a generator that knows nothing of bugbar. What is
// generated is not committed: go generate makes it, and the test in lifecycle runs a case's whole life through it.
package clients

//go:generate go tool ogen --target casebook --clean --package casebook --config ogen.yml ../internal/server/api/openapi.json
