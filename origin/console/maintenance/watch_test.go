package maintenance

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// books are an Editor's as far as a watch reads and writes them.
type books struct {
	Editor
	mu      sync.Mutex
	windows []edgeconfig.Window
	away    int // how many questions go wrong first
	asked   int
}

func (b *books) WindowsOf(context.Context, uuid.UUID) ([]edgeconfig.Window, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked++; b.asked <= b.away {
		return nil, errors.New("the database is away")
	}
	return append([]edgeconfig.Window(nil), b.windows...), nil
}

func (b *books) WindowsBetween(context.Context, []string, time.Time, time.Time) ([]edgeconfig.Window, error) {
	return nil, nil
}

func (b *books) NoteSeen(_ context.Context, id uuid.UUID, at time.Time, lifted bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.windows {
		switch {
		case b.windows[i].ID != id:
		case lifted:
			b.windows[i].LiftedAt = at
		default:
			b.windows[i].InForceAt = at
		}
	}
	return nil
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// A watch goes on through failures of the database and of the edge until every site was seen, and ends then.
func TestWatchEndsWhenAllIsSeen(t *testing.T) {
	t.Parallel()
	b := &books{away: 3, windows: []edgeconfig.Window{
		{ID: uuid.New(), Site: "lyceum", PathPrefix: "/", StartsAt: noon.Add(-time.Minute)},
		{ID: uuid.New(), Site: "palace", PathPrefix: "/", StartsAt: noon.Add(-time.Hour), EndsAt: noon.Add(-time.Second)},
		{ID: uuid.New(), Site: "shubert", PathPrefix: "/", StartsAt: noon.Add(time.Hour)}, // not begun: nothing to see
	}}
	var mu sync.Mutex
	looks := map[string]int{}
	w := &Watch{Editor: b, Now: func() time.Time { return noon }, Logger: slog.New(slog.DiscardHandler), Every: time.Millisecond, Patience: time.Minute,
		Probe: func(_ context.Context, brand, _ string) (Seen, error) {
			mu.Lock()
			defer mu.Unlock()
			looks[brand]++
			switch {
			case looks[brand] == 1:
				return SeenUnknown, errors.New("the edge is away")
			case looks[brand] < 4 && brand == "lyceum":
				return SeenOpen, nil
			case looks[brand] < 4:
				return SeenClosed, nil
			case brand == "lyceum":
				return SeenClosed, nil
			}
			return SeenOpen, nil
		}}
	click := uuid.New()
	w.Begin(t.Context(), click)
	w.Begin(t.Context(), click) // one is enough
	w.group.Wait()
	if !b.windows[0].InForceAt.Equal(noon) || !b.windows[1].LiftedAt.Equal(noon) || !b.windows[2].InForceAt.IsZero() {
		t.Errorf("seen: %+v", b.windows)
	}
	if looks["lyceum"] != 4 || looks["palace"] != 4 || looks["shubert"] != 0 {
		t.Errorf("looks: %v", looks)
	}
}

// Who clicked may leave; who stops the house waits for nothing.
func TestWatchOutlivesTheClickAndStops(t *testing.T) {
	t.Parallel()
	b := &books{windows: []edgeconfig.Window{{ID: uuid.New(), Site: "lyceum", PathPrefix: "/", StartsAt: noon}}}
	left, looked := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var gone error
	w := &Watch{Editor: b, Now: func() time.Time { return noon }, Logger: slog.New(slog.DiscardHandler), Every: time.Millisecond, Patience: time.Hour,
		Probe: func(ctx context.Context, _, _ string) (Seen, error) {
			<-left
			once.Do(func() { gone = ctx.Err(); close(looked) })
			<-ctx.Done() // an edge that never answers
			return SeenUnknown, ctx.Err()
		}}
	ctx, leave := context.WithCancel(t.Context())
	w.Begin(ctx, uuid.New())
	leave()
	close(left)
	<-looked
	if gone != nil {
		t.Error("the watch ends with the request of who clicked")
	}
	w.Stop()
	asked := b.asked
	w.Begin(t.Context(), uuid.New())
	w.group.Wait()
	if b.asked != asked {
		t.Error("a watch begins after Stop")
	}
}
