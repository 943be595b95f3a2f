package rooms

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

const (
	// askEvery is how often a coordinator is asked while somebody watches its room, however many do.
	askEvery = 2 * time.Second
	// streamLasts is how long one stream goes on; the browser then comes back, and is asked again who it is.
	streamLasts   = 10 * time.Minute
	writePatience = 10 * time.Second
	mostWatching  = 200
)

// seen is what a coordinator answered.
type seen struct {
	status waiting.Status
	err    error
}

// hub asks each coordinator once for all who watch its room.
type hub struct {
	mu      sync.Mutex
	rooms   map[string]*watched
	all     int
	stopped bool
	group   sync.WaitGroup
}

// watched is a room that somebody watches.
type watched struct {
	watchers map[chan seen]bool
	cancel   context.CancelFunc
}

// watch returns what the coordinator answers from now on; leave ends it. It is nil when too many watch.
func (h *hub) watch(room string, control waiting.Coordinators) (answers chan seen, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped || h.all >= mostWatching {
		return nil, nil
	}
	if h.rooms == nil {
		h.rooms = map[string]*watched{}
	}
	one := h.rooms[room]
	if one == nil {
		ctx, cancel := context.WithCancel(context.Background())
		one = &watched{watchers: map[chan seen]bool{}, cancel: cancel}
		h.rooms[room] = one
		h.group.Go(func() { h.ask(ctx, room, one, control) })
	}
	answers = make(chan seen, 1)
	one.watchers[answers] = true
	h.all++
	return answers, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(one.watchers, answers)
		if h.all--; len(one.watchers) == 0 {
			one.cancel()
			if h.rooms[room] == one {
				delete(h.rooms, room)
			}
		}
	}
}

func (h *hub) ask(ctx context.Context, room string, one *watched, control waiting.Coordinators) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		asking, cancel := context.WithTimeout(ctx, 2*askEvery)
		status, err := control.Status(asking, room)
		cancel()
		h.mu.Lock()
		for answers := range one.watchers {
			select {
			case answers <- seen{status, err}:
			default: // slow: it gets the next one
			}
		}
		h.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *hub) stop() {
	h.mu.Lock()
	h.stopped = true
	for _, one := range h.rooms {
		one.cancel()
	}
	h.mu.Unlock()
	h.group.Wait()
}

// live streams a room as server-sent events, each a live part of the page anew.
func (p *Pages) live(v *frame.Visit) error {
	r, err := p.find(v)
	if err != nil {
		return err
	}
	if !strings.Contains(v.Request().Header.Get("Accept"), "text/event-stream") {
		http.Redirect(v.Writer(), v.Request(), address(v, &r), http.StatusSeeOther)
		return nil
	}
	answers, leave := p.hub.watch(r.ID, p.Control)
	if answers == nil {
		v.Writer().WriteHeader(http.StatusNoContent) // it does not come back: the page is as it is
		return nil
	}
	defer leave()
	h := v.Writer().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	v.Writer().WriteHeader(http.StatusOK)
	s := stream{v: v, out: http.NewResponseController(v.Writer()), room: r}
	if err := s.write("retry: 2000\n\n"); err != nil {
		return nil
	}
	end := time.NewTimer(streamLasts)
	defer end.Stop()
	for {
		select {
		case <-v.Context().Done():
			return nil
		case <-end.C:
			return nil
		case got := <-answers:
			if now, err := p.Editor.Room(v.Context(), r.ID); err == nil {
				s.room = now
			}
			if s.send(got) != nil {
				return nil // they left
			}
		}
	}
}

// stream is one open page. What a coordinator said last stays on it while it is silent.
type stream struct {
	v    *frame.Visit
	out  *http.ResponseController
	room waiting.Room
	last waiting.Status
}

func (s *stream) send(got seen) error {
	if got.err == nil {
		s.last = got.status
	}
	view := liveView{Room: s.room, Status: s.last, Err: got.err, Now: time.Now()}
	var text strings.Builder
	for _, part := range []struct {
		event   string
		content templ.Component
	}{{"now", nowPart(s.v, view)}, {"charts", chartsPart(s.v, view)}} {
		var html bytes.Buffer
		if err := part.content.Render(s.v.Context(), &html); err != nil {
			return err
		}
		lines := strings.ReplaceAll(strings.ReplaceAll(html.String(), "\r", ""), "\n", "\ndata: ")
		text.WriteString("event: " + part.event + "\ndata: " + lines + "\n\n")
	}
	return s.write(text.String())
}

func (s *stream) write(text string) error {
	_ = s.out.SetWriteDeadline(time.Now().Add(writePatience)) // not every writer has deadlines
	if _, err := fmt.Fprint(s.v.Writer(), text); err != nil {
		return err
	}
	return s.out.Flush()
}
