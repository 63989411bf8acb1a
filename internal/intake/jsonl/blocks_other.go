//go:build !amd64

package jsonl

// skipBlocks leaves all to the closer look.
func skipBlocks([]byte, int) int { return 0 }
