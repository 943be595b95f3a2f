package house

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
)

// WebhookPath is where a content system's webhooks are sent, on the origin.
func WebhookPath(source cms.Source) string { return "/webhooks/" + string(source) }

// openContent makes what takes content in.
func (h *House) openContent() error {
	every, err := before(h.cfg.Content.SweepEvery, 0)
	if err != nil {
		return err
	}
	keep, err := before(h.cfg.Content.Keep, 0)
	if err != nil {
		return err
	}
	h.content, err = intake.New(intake.Config{
		DB: h.db, Systems: h.cfg.contentSystems(), Applier: applier{&content.Catalogue{Now: h.now}}, Logger: h.logger,
		Metrics: intake.NewMetrics(h.registry), Tracer: otel.GetTracerProvider(), Now: h.now, Applied: h.doorbell.Ring, SweepEvery: every, Keep: keep,
	})
	return err
}

// applier tells intake what the handlers' errors mean.
type applier struct{ catalogue *content.Catalogue }

func (a applier) Apply(ctx context.Context, tx pgx.Tx, change cms.Change) error {
	err := a.catalogue.Apply(ctx, tx, change)
	var invalid *content.InvalidError
	var waiting *content.WaitingError
	switch {
	case errors.As(err, &invalid):
		faults := make([]intake.Fault, len(invalid.Faults))
		for i, f := range invalid.Faults {
			faults[i] = intake.Fault(f)
		}
		return &intake.InvalidError{Faults: faults, Err: err}
	case errors.As(err, &waiting):
		return &intake.WaitingError{Ref: waiting.Ref, Err: err}
	}
	return err
}
