package catalogue_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/search/index"
)

// house is one production with one performance.
type house struct {
	production, performance uuid.UUID
	seats, sold             int64
	coming                  int
}

func (h *house) document() show.SearchDocument {
	d := show.SearchDocument{Seats: h.seats, Sold: h.sold}
	d.ID, d.Coming, d.Title, d.Slug, d.Brand.ID = h.production, h.coming, "Hamlet", "hamlet", "lyceum"
	d.NextAt = time.Unix(2_000_000_000, 0)
	return d
}

func (h *house) SearchDocuments(context.Context, string, time.Time) iter.Seq2[show.SearchDocument, error] {
	return func(yield func(show.SearchDocument, error) bool) { yield(h.document(), nil) }
}

func (h *house) SearchDocument(_ context.Context, id uuid.UUID, _ time.Time) (show.SearchDocument, error) {
	if id != h.production {
		return show.SearchDocument{}, show.ErrNotFound
	}
	return h.document(), nil
}

func (h *house) Performance(_ context.Context, id uuid.UUID) (show.Detail, error) {
	if id != h.performance {
		return show.Detail{}, show.ErrNotFound
	}
	return show.Detail{Performance: show.Performance{ID: id, ProductionID: h.production}}, nil
}

// shelf is an index in memory.
type shelf struct {
	shows map[string]index.Show
	down  error
}

func (s *shelf) Ensure(context.Context) (string, error) { return "shows_1", s.down }

func (s *shelf) Upsert(_ context.Context, shows []index.Show) (index.Report, error) {
	if s.down != nil {
		return index.Report{}, s.down
	}
	for _, one := range shows {
		s.shows[one.ID] = one
	}
	return index.Report{Indexed: len(shows)}, nil
}

func (s *shelf) Delete(_ context.Context, ids ...string) (int, error) {
	for _, id := range ids {
		delete(s.shows, id)
	}
	return len(ids), s.down
}

func feed(h *house, s *shelf) *catalogue.Feed {
	return &catalogue.Feed{Shows: h, Index: s, Domain: "localhost", Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
}

func sale(performance uuid.UUID) bus.Delivery {
	payload, _ := json.Marshal(map[string]any{"performance_id": performance, "seats": []string{"stalls-A-1"}})
	return bus.Delivery{Subject: "stagedoor.seats.sold.v1", Payload: payload}
}

func TestFillThenSellOut(t *testing.T) {
	t.Parallel()
	h := &house{production: uuid.New(), performance: uuid.New(), seats: 100, coming: 1}
	s := &shelf{shows: map[string]index.Show{}}
	f := feed(h, s)
	if written, refused, err := f.Fill(t.Context()); written != 1 || refused != 0 || err != nil {
		t.Fatalf("wrote %d, refused %d, %v", written, refused, err)
	}
	found := func() index.Show { return s.shows[h.production.String()] }
	if got := found(); got.Hostname != "lyceum.localhost" || got.URLPath != "/shows/hamlet" || got.Availability != index.AvailabilityGood {
		t.Fatalf("indexed %+v", got)
	}
	steps := []struct {
		sold int64
		want index.Availability
	}{{90, index.AvailabilityGood}, {91, index.AvailabilityFew}, {100, index.AvailabilityNone}}
	for _, step := range steps {
		h.sold = step.sold
		if err := f.HandleSeats(t.Context(), nil, sale(h.performance)); err != nil {
			t.Fatal(err)
		}
		if got := found().Availability; got != step.want {
			t.Errorf("with %d of 100 sold: %q, want %q", step.sold, got, step.want)
		}
	}
	h.coming = 0
	if err := f.HandleSeats(t.Context(), nil, sale(h.performance)); err != nil || len(s.shows) != 0 {
		t.Errorf("a show that is over is still found (%v)", err)
	}
}

func TestSearchDownIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := &house{production: uuid.New(), performance: uuid.New(), seats: 10, coming: 1}
	down := errors.New("search is down")
	f := feed(h, &shelf{down: down})
	if err := f.HandleSeats(t.Context(), nil, sale(h.performance)); !errors.Is(err, down) {
		t.Errorf("got %v, want an error that the bus tries again", err)
	}
	if _, _, err := f.Fill(t.Context()); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
}
