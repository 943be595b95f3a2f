package catalogue

import "context"

// Turn is one turn of Run.
func (f *Feed) Turn(ctx context.Context) (busy bool, err error) { return f.turn(ctx) }

// Settle is what Run does from time to time besides.
func (f *Feed) Settle(ctx context.Context) error { return f.settle(ctx, false) }

// Digest is the same for documents that show the same.
var Digest = digest
