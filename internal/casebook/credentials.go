package casebook

import (
	"context"

	"bugbar/internal/fault"
)

// ByToken is who an API token belongs to, bounded by the token's scopes.
func (b *Book) ByToken(ctx context.Context, token string) (Actor, error) {
	return Actor{}, fault.New(fault.Internal, "not written yet")
}

// BySession is who a browser's session belongs to.
func (b *Book) BySession(ctx context.Context, session string) (Actor, error) {
	return Actor{}, fault.New(fault.Internal, "not written yet")
}
