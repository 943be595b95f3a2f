package content

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/bus"
)

// The subjects of what handlers tell, besides those of other packages.
const (
	SubjectShowChanged          = "stagedoor.catalogue.show.changed.v1"
	SubjectContentChanged       = "stagedoor.content.changed.v1"
	SubjectSiteChanged          = "stagedoor.site.changed.v1"
	SubjectPerformanceMoved     = "stagedoor.performance.moved.v1"
	SubjectPerformanceCancelled = "stagedoor.performance.cancelled.v1"
)

// MostNamed is how many performances a ShowChanged names; if there are more it names none, which means any of them.
const MostNamed = 1000

// ShowChanged says that something that a show's document shows has changed.
type ShowChanged struct {
	ProductionID   uuid.UUID   `json:"production_id"`
	PerformanceIDs []uuid.UUID `json:"performance_ids"` // those that changed; empty: the production, or more than MostNamed
}

// ContentChanged says that a change of an entry was applied.
type ContentChanged struct {
	Source  string `json:"source"`
	EntryID string `json:"entry_id"`
	Kind    string `json:"kind"`
	Action  string `json:"action"`
	BrandID string `json:"brand_id"` // "": of no one brand
}

// SiteChanged says that a brand has changed.
type SiteChanged struct {
	BrandID string `json:"brand_id"`
}

// PerformanceMoved says that a performance for which there are orders takes place at another time.
type PerformanceMoved struct {
	PerformanceID uuid.UUID `json:"performance_id"`
	ProductionID  uuid.UUID `json:"production_id"`
	BrandID       string    `json:"brand_id"`
	From          time.Time `json:"from"`
	To            time.Time `json:"to"`
	Orders        int       `json:"orders"`
}

// PerformanceCancelled says that a performance is off.
type PerformanceCancelled struct {
	PerformanceID uuid.UUID `json:"performance_id"`
	ProductionID  uuid.UUID `json:"production_id"`
	BrandID       string    `json:"brand_id"`
	StartsAt      time.Time `json:"starts_at"`
	Orders        int       `json:"orders"` // that somebody may have meant to come with
}

// facts is what a change turns out to have changed.
type facts struct {
	domainID string // what the entry was known by before, if it was
	brandID  string
	site     bool // the brand itself has changed
	shows    map[uuid.UUID][]uuid.UUID
	events   []bus.Event
}

// touch notes that a show, or some of its performances, looks different from now on.
func (f *facts) touch(production uuid.UUID, performances ...uuid.UUID) {
	if f.shows == nil {
		f.shows = map[uuid.UUID][]uuid.UUID{}
	}
	f.shows[production] = append(f.shows[production], performances...)
}

// tell writes the facts to the outbox, shows in the order of their IDs.
func (w *work) tell(ctx context.Context) error {
	c := w.change
	events := append(w.facts.events, bus.Event{
		Subject: SubjectContentChanged, Key: "content:" + string(c.Source) + ":" + c.ID,
		Payload: ContentChanged{string(c.Source), c.ID, string(c.Kind), string(c.Action), w.facts.brandID},
	})
	if w.facts.site {
		events = append(events, bus.Event{Subject: SubjectSiteChanged, Key: "site:" + w.facts.brandID, Payload: SiteChanged{w.facts.brandID}})
	}
	productions := keys(w.facts.shows)
	slices.SortFunc(productions, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, production := range productions {
		if _, err := w.q.LockProduction(ctx, production); err != nil {
			return fmt.Errorf("production %s: %w", production, err)
		}
		performances := w.facts.shows[production]
		slices.SortFunc(performances, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		performances = slices.Compact(performances)
		if len(performances) > MostNamed {
			performances = nil
		}
		if performances == nil {
			performances = []uuid.UUID{}
		}
		events = append(events, bus.Event{
			Subject: SubjectShowChanged, Key: "show:" + production.String(), Payload: ShowChanged{production, performances},
		})
	}
	for _, event := range events {
		if err := bus.Add(ctx, w.tx, event); err != nil {
			return err
		}
	}
	return nil
}
