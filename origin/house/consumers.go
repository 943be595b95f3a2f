package house

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/notify"
)

// random is where keys and order numbers come from.
var random = rand.Reader

// siteChanged tells that a brand's Site document is to be published anew.
func siteChanged(ctx context.Context, tx pgx.Tx, brandID string) error {
	return bus.Add(ctx, tx, bus.Event{Subject: content.SubjectSiteChanged, Key: "site:" + brandID, Payload: content.SiteChanged{BrandID: brandID}})
}

// readModels are the consumers whose effects the history makes anew: see Replay.
var readModels = []string{"catalogue", "edgeconfig", "edgecache"}

// workers are how many facts a consumer acts on at a time, where it is more than one. The catalogue's only ever add rows:
// they wait for nobody, and their commits share flushes.
var workers = map[string]int{"catalogue": 8}

// consumers act on facts. Their names are in the database and must not be used for anything else.
func (h *House) consumers() []*bus.Consumer {
	consumer := func(name string, handle bus.Handler, subjects ...string) *bus.Consumer {
		return bus.NewConsumer(bus.ConsumerConfig{
			Name: name, Subjects: subjects, Handle: handle, Rebuilds: slices.Contains(readModels, name), Workers: workers[name],
			DB: h.db, NATS: h.nats, Clock: h.now, Logger: h.logger, Metrics: h.busStats, Tracer: otel.GetTracerProvider(),
		})
	}
	return []*bus.Consumer{
		consumer("catalogue", h.feed.Handle, catalogue.SubjectShowChanged, booking.SubjectSeatsSold, booking.SubjectSeatsFree),
		consumer(notify.Consumer, h.letters.Handle, notify.Subjects()...),
		consumer(notify.MoneyConsumer, h.letters.Handle, notify.MoneySubjects()...),
		consumer("edgeconfig", h.publishSites, content.SubjectSiteChanged),
		consumer("paymentdomains", h.noteHostnames, content.SubjectSiteChanged),
		consumer("edgecache", noteSeats, booking.SubjectSeatsSold, booking.SubjectSeatsFree),
	}
}

// noteSeats has pages that say how many seats are left made anew.
func noteSeats(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var fact booking.SeatsFact
	if err := event.Decode(&fact); err != nil {
		return err
	}
	found, err := edgeconfig.NoteSeats(ctx, tx, fact.PerformanceID)
	if err == nil && !found {
		return bus.Poison(fmt.Errorf("there is no performance %s", fact.PerformanceID))
	}
	return err
}

// publishSites is a second way for a change to reach the edge, for when whoever made it could not publish it.
func (h *House) publishSites(ctx context.Context, _ pgx.Tx, _ bus.Delivery) error {
	if _, err := h.Publisher.Publish(ctx, edgeconfig.Options{}); err != nil {
		return fmt.Errorf("publish sites: %w", err)
	}
	return nil
}
