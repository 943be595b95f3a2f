package rehearsals

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
)

const (
	lookEvery = time.Second
	// streamLasts is how long one stream goes on; the browser then comes back, and is asked again who it is.
	streamLasts   = 10 * time.Minute
	writePatience = 10 * time.Second
	mostWatching  = 50
)

// watching bounds the streams, and ends them with the program.
type watching struct {
	mu    sync.Mutex
	n     int
	ended chan struct{}
	over  bool
}

// begin takes part; ok is false when too many do. ended closes when the program stops.
func (w *watching) begin() (ended <-chan struct{}, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended == nil {
		w.ended = make(chan struct{})
	}
	if w.over || w.n >= mostWatching {
		return nil, false
	}
	w.n++
	return w.ended, true
}

func (w *watching) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n--
}

func (w *watching) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.over = true
	if w.ended == nil {
		w.ended = make(chan struct{})
	}
	close(w.ended)
}

// live streams how far a trial is as server-sent events, each that part of the page anew, and at last that it is over.
func (p *Pages) live(v *frame.Visit) error {
	t, err := p.find(v, v.Request().PathValue("id"))
	if err != nil {
		return err
	}
	if !strings.Contains(v.Request().Header.Get("Accept"), "text/event-stream") {
		http.Redirect(v.Writer(), v.Request(), address(v, t), http.StatusSeeOther)
		return nil
	}
	ended, ok := p.watching.begin()
	if !ok {
		v.Writer().WriteHeader(http.StatusNoContent) // it does not come back: the page is as it is
		return nil
	}
	defer p.watching.leave()
	h := v.Writer().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	v.Writer().WriteHeader(http.StatusOK)
	out := http.NewResponseController(v.Writer())
	send := func(text string) error {
		_ = out.SetWriteDeadline(time.Now().Add(writePatience)) // not every writer has deadlines
		if _, err := fmt.Fprint(v.Writer(), text); err != nil {
			return err
		}
		return out.Flush()
	}
	if send("retry: 2000\n\n") != nil {
		return nil
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	end := time.NewTimer(streamLasts)
	defer end.Stop()
	for {
		if now, err := p.Runner.Trial(v.Context(), t.ID); err == nil {
			t = now
		} else if v.Context().Err() == nil {
			p.Logger.WarnContext(v.Context(), "a trial's progress cannot be read", "trial", t.ID, "error", err)
		}
		if t.Over() {
			_ = send("event: over\ndata: " + string(t.State) + "\n\n")
			return nil
		}
		var part bytes.Buffer
		if err := progressPart(t).Render(v.Context(), &part); err != nil {
			return nil
		}
		if send("event: now\ndata: "+strings.ReplaceAll(strings.ReplaceAll(part.String(), "\r", ""), "\n", "\ndata: ")+"\n\n") != nil {
			return nil // they left
		}
		select {
		case <-v.Context().Done():
			return nil
		case <-ended:
			return nil
		case <-end.C:
			return nil
		case <-tick.C:
		}
	}
}
