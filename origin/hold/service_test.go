package hold_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
)

type plans map[uuid.UUID]hold.Sale

func (p plans) Sale(_ context.Context, id uuid.UUID) (hold.Sale, error) {
	sale, ok := p[id]
	if !ok {
		return hold.Sale{}, hold.ErrUnknownPerformance
	}
	return sale, nil
}

func TestServiceHoldsOnlyWhatIsForSale(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	open := hold.Sale{OpensAt: now, ClosesAt: now.Add(time.Hour), Seating: seating.New(holdtest.Plan([]string{"ss"}))}
	early, late, cancelled := open, open, open
	early.OpensAt = now.Add(time.Second)
	late.ClosesAt = now
	cancelled.Cancelled = true
	for _, test := range []struct {
		name    string
		sale    *hold.Sale
		session string
		seats   []string
		field   string // of the InvalidError; "": it must succeed
	}{
		{"two seats", &open, "s", []string{"stalls-A-1", "stalls-A-2"}, ""},
		{"one that is not in the house", &open, "s", []string{"stalls-A-1", "stalls-Z-9"}, "seats[1]"},
		{"one twice", &open, "s", []string{"stalls-A-1", "stalls-A-1"}, "seats[1]"},
		{"none", &open, "s", nil, "seats"},
		{"a sentence", &open, "s", []string{"front row please"}, "seats[0]"},
		{"an internal field of the store", &open, "s", []string{"#seq"}, "seats[0]"},
		{"no session", &open, "", []string{"stalls-A-1"}, "session"},
		{"a session with a space", &open, "a b", []string{"stalls-A-1"}, "session"},
		{"too early", &early, "s", []string{"stalls-A-1"}, "performance_id"},
		{"too late", &late, "s", []string{"stalls-A-1"}, "performance_id"},
		{"cancelled", &cancelled, "s", []string{"stalls-A-1"}, "performance_id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			performance := uuid.New()
			memory := holdtest.NewMemory(holdtest.Config{})
			service := &hold.Service{Store: memory, Feed: memory, Plans: plans{performance: *test.sale}, Clock: func() time.Time { return now }}
			_, err := service.Acquire(t.Context(), hold.Request{PerformanceID: performance, Session: test.session, Seats: test.seats})
			var invalid *hold.InvalidError
			if test.field == "" && err != nil {
				t.Fatalf("refused: %v", err)
			}
			if test.field != "" && (!errors.As(err, &invalid) || invalid.Field != test.field) {
				t.Fatalf("got %v, want an InvalidError of %s", err, test.field)
			}
		})
	}
	service := &hold.Service{Plans: plans{}}
	_, err := service.Acquire(t.Context(), hold.Request{PerformanceID: uuid.New(), Session: "s", Seats: []string{"stalls-A-1"}})
	if !errors.Is(err, hold.ErrUnknownPerformance) {
		t.Errorf("got %v, want ErrUnknownPerformance", err)
	}
}

// Nothing is taken for somebody whom the waiting room keeps.
func TestServiceAsksTheWaitingRoom(t *testing.T) {
	t.Parallel()
	performance := uuid.New()
	sale := hold.Sale{OpensAt: time.Unix(0, 0), ClosesAt: time.Now().Add(time.Hour), Seating: seating.New(holdtest.Plan([]string{"s"}))}
	service := &hold.Service{ // no Store: it must not be asked
		Plans: plans{performance: sale},
		Admit: func(_ context.Context, id uuid.UUID) error {
			if id != performance {
				t.Errorf("asked about %s", id)
			}
			return &hold.RoomError{Room: "hamlet"}
		},
	}
	_, err := service.Acquire(t.Context(), hold.Request{PerformanceID: performance, Session: "s", Seats: []string{"stalls-A-1"}})
	var room *hold.RoomError
	if !errors.As(err, &room) || room.Room != "hamlet" {
		t.Errorf("got %v, want a RoomError", err)
	}
}

func TestPerformanceOf(t *testing.T) {
	t.Parallel()
	performance := uuid.New()
	id := hold.NewID(performance)
	if got, err := hold.PerformanceOf(id); err != nil || got != performance {
		t.Errorf("%v, %v; want %v", got, err, performance)
	}
	for _, id := range []string{"", "x", id[1:], id + "A", id[:42] + "!", "../../etc/passwd"} {
		if _, err := hold.PerformanceOf(id); !errors.Is(err, hold.ErrGone) {
			t.Errorf("%q: %v, want ErrGone", id, err)
		}
	}
}

func FuzzPerformanceOf(f *testing.F) {
	f.Add(hold.NewID(uuid.New()))
	f.Add("")
	f.Fuzz(func(t *testing.T, id string) {
		if _, err := hold.PerformanceOf(id); err != nil && !errors.Is(err, hold.ErrGone) {
			t.Errorf("%q: %v", id, err)
		}
	})
}
