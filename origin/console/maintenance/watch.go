package maintenance

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// Seen is what the edge does with a visitor.
type Seen int

const (
	SeenUnknown Seen = iota // it gave no answer that says
	SeenOpen
	SeenClosed
)

// Probe asks the edge, as a visitor without any pass would, for a path of a brand's site.
type Probe func(ctx context.Context, brand, path string) (Seen, error)

// Watch looks at the edge after a click, until it is seen to obey or patience ends, and notes when it was. It looks
// through the edge's own front door: what it sees is what visitors at that data centre get.
type Watch struct {
	Editor   Editor
	Probe    Probe
	Now      func() time.Time
	Logger   *slog.Logger
	Every    time.Duration // between looks; 0: 150 ms
	Patience time.Duration // 0: 2 minutes

	mu      sync.Mutex
	running map[uuid.UUID]context.CancelFunc
	stopped bool
	group   sync.WaitGroup
}

// looks is how many sites are looked at, at a time.
const looks = 6

// Begin watches for a click in the background, unless somebody does already.
func (w *Watch) Begin(ctx context.Context, click uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running[click] != nil || w.stopped {
		return
	}
	if w.running == nil {
		w.running = map[uuid.UUID]context.CancelFunc{}
	}
	patience := w.Patience
	if patience == 0 {
		patience = 2 * time.Minute
	}
	// It goes on when whoever clicked has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	w.running[click] = cancel
	w.group.Go(func() {
		defer cancel()
		w.watch(ctx, click)
		w.mu.Lock()
		delete(w.running, click)
		w.mu.Unlock()
	})
}

// Stop ends all watching and returns when it has ended. What was not seen by then a page may watch for again, in another
// process.
func (w *Watch) Stop() {
	w.mu.Lock()
	w.stopped = true
	for _, cancel := range w.running {
		cancel()
	}
	w.mu.Unlock()
	w.group.Wait()
}

func (w *Watch) watch(ctx context.Context, click uuid.UUID) {
	every := w.Every
	if every == 0 {
		every = 150 * time.Millisecond
	}
	for {
		waiting, err := w.look(ctx, click)
		if err != nil && ctx.Err() == nil {
			w.Logger.WarnContext(ctx, "the edge can't be watched", "error", err)
		}
		if err == nil && !waiting {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

// look looks once at every window of a click that the edge was not seen to obey yet.
func (w *Watch) look(ctx context.Context, click uuid.UUID) (waiting bool, err error) {
	list, err := w.Editor.WindowsOf(ctx, click)
	if err != nil {
		return true, err
	}
	var group errgroup.Group
	group.SetLimit(looks)
	for _, one := range list {
		want := expected(one, w.Now())
		if want == SeenUnknown {
			continue
		}
		if want == SeenOpen {
			other, err := stillClosed(ctx, w.Editor, one, w.Now())
			if err != nil {
				return true, err
			}
			if other {
				continue
			}
		}
		waiting = true
		group.Go(func() error {
			seen, err := w.Probe(ctx, one.Site, one.PathPrefix)
			if err != nil || seen != want {
				return nil // not yet; the page says so
			}
			return w.Editor.NoteSeen(ctx, one.ID, w.Now().UTC(), want == SeenOpen)
		})
	}
	return waiting, group.Wait()
}

// expected is what the edge has yet to be seen doing about a window; SeenUnknown is nothing.
func expected(w edgeconfig.Window, now time.Time) Seen {
	switch {
	case w.Active(now) && w.InForceAt.IsZero():
		return SeenClosed
	case w.Over(now) && w.LiftedAt.IsZero():
		return SeenOpen
	}
	return SeenUnknown
}
