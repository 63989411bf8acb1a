package blob

import (
	"context"
	"io"
	"time"

	"bugbar/internal/fault"
)

// None is a store that is not there: what should be in it is missing, and nothing can be put.
type None struct{}

// Put refuses.
func (None) Put(context.Context, io.Reader, int64) (Ref, error) {
	return Ref{}, fault.New(fault.Unavailable, "there is no store of attachments").Do("say where it is with --attachments")
}

// Open finds nothing.
func (None) Open(_ context.Context, sha256 string) (io.ReadCloser, error) {
	return nil, missing(sha256)
}

// Each names nothing.
func (None) Each(context.Context, func(Ref, time.Time) error) error { return nil }

// Remove has nothing to forget.
func (None) Remove(context.Context, string) error { return nil }

// Close ends nothing.
func (None) Close() error { return nil }
