package ops

import (
	"bytes"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

//go:embed style.css
var style []byte

// show writes a page. What cannot be made is an error of ours, and nothing of
// it is sent.
func (o *Ops) show(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	var out bytes.Buffer
	if err := page.Render(r.Context(), &out); err != nil {
		o.Log.Error("a page could not be made", slog.Any("error", err))
		http.Error(w, "This page could not be made. The Worker's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(out.Bytes()); err != nil {
		o.Log.Warn("an answer could not be written", slog.Any("error", err))
	}
}

func stylesheet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(style) // the reader is gone: nothing to be done
}

func micros(ns int64) string { return fmt.Sprintf("%.1f µs", float64(ns)/1000) }

func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func number(n int) string { return strconv.Itoa(n) }

// several is a number and a noun.
func several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}
