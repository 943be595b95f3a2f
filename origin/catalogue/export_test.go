package catalogue

import "context"

// Turn is one turn of Run.
func (f *Feed) Turn(ctx context.Context) (busy bool, err error) { return f.turn(ctx) }

// Document, Digest and NewMaterial are for tests of the mapping alone.
type Material = material

// FoldInto is what Run makes of a show.
var Digest = digest
