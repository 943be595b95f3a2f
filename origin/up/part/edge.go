package part

import (
	"context"
	"errors"

	"github.com/stagedoor/stagedoor/edge/local"
	"github.com/stagedoor/stagedoor/origin/up/keep"
)

// Edge is the running Worker.
type Edge struct{ *local.Edge }

var _ keep.Part = Edge{}

// StartEdge returns once the Worker answers.
func StartEdge(ctx context.Context, cfg local.Config) (Edge, error) {
	e, err := local.Start(ctx, cfg)
	return Edge{e}, err
}

// Err implements keep.Part.
func (e Edge) Err() error {
	if err := e.Close(); err != nil {
		return err
	}
	return errors.New("node ended")
}

// Stop implements keep.Part. It takes at most eight seconds, whatever ctx says.
func (e Edge) Stop(context.Context) error { return e.Close() }
