package scanner

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
)

const (
	drawEvery = 2 * time.Second
	// streamLasts is how long one stream goes on; the browser then comes back, and is asked again who it is.
	streamLasts   = 10 * time.Minute
	writePatience = 10 * time.Second
	// quiet is how long nothing is sent while nothing changes: the page then knows that the line is still there.
	quiet = 10 * time.Second
)

// live streams a performance's page as server-sent events: its figures anew whenever they have changed.
func (p *Pages) live(v *frame.Visit) error {
	d, err := p.find(v)
	if err != nil {
		return err
	}
	if !strings.Contains(v.Request().Header.Get("Accept"), "text/event-stream") {
		return v.Redirect(address(v, d.ID))
	}
	every := p.Every
	if every == 0 {
		every = drawEvery
	}
	if !p.streams.open(v.Session().ID) {
		v.Writer().Header().Set("Retry-After", "30")
		http.Error(v.Writer(), "You have this page open too often for all of them to be live. Close some.", http.StatusTooManyRequests)
		return nil
	}
	defer p.streams.close(v.Session().ID)
	h := v.Writer().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	v.Writer().WriteHeader(http.StatusOK)
	out := http.NewResponseController(v.Writer())
	write := func(text string) error {
		_ = out.SetWriteDeadline(time.Now().Add(writePatience)) // not every writer has deadlines
		if _, err := fmt.Fprint(v.Writer(), text); err != nil {
			return err
		}
		return out.Flush()
	}
	if write("retry: 2000\n\n") != nil {
		return nil
	}
	end := time.NewTimer(streamLasts)
	defer end.Stop()
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last string
	var sent time.Time
	for {
		if view, err := p.view(v, d); err == nil { // else the page notices the silence
			var html bytes.Buffer
			if err := figures(v, view).Render(v.Context(), &html); err != nil {
				return nil
			}
			if now := html.String(); now != last || time.Since(sent) > quiet {
				lines := strings.ReplaceAll(strings.ReplaceAll(now, "\r", ""), "\n", "\ndata: ")
				if write("event: now\ndata: "+lines+"\n\n") != nil {
					return nil // they left
				}
				last, sent = now, time.Now()
			}
		}
		select {
		case <-v.Context().Done():
			return nil
		case <-end.C:
			return nil
		case <-tick.C:
		}
	}
}
