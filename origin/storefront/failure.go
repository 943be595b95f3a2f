package storefront

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
)

// errNoPage: there is no page at the address.
var errNoPage = errors.New("storefront: no such page")

// A refusal is an answer that is not the page asked for, in words for the visitor.
type refusal struct {
	status  int
	heading string
	text    string
	actions []page.Link
	testID  string
}

func (r *refusal) Error() string { return "storefront: " + r.heading }

// fail answers with a page that says what is wrong. It never says more than a visitor may know.
func (s *Store) fail(v *visit, err error) {
	var known *refusal
	var room *hold.RoomError
	switch {
	case errors.As(err, &known):
	case errors.As(err, &room):
		known = &refusal{
			status: http.StatusForbidden, heading: "There is a waiting room for " + room.Name,
			text:    "So that everyone has a fair turn, seats can be chosen once the waiting room has let you in. Nothing was held or charged.",
			actions: []page.Link{{URL: room.URL, Text: "Go to the waiting room"}, {URL: "/", Text: "See what’s on"}}, testID: "waiting-room",
		}
	case errors.Is(err, show.ErrNotFound), errors.Is(err, booking.ErrNotFound), errors.Is(err, hold.ErrUnknownPerformance), errors.Is(err, errNoPage):
		known = &refusal{
			status: http.StatusNotFound, heading: "This page isn’t on the bill",
			text:    "The address may be mistyped, or what was here has closed. Everything that is on can be found from the front of house.",
			actions: []page.Link{{URL: "/", Text: "See what’s on"}, {URL: "/search", Text: "Search"}}, testID: "not-found",
		}
	case errors.Is(v.r.Context().Err(), context.Canceled):
		return // the visitor left
	default:
		s.Logger.LogAttrs(v.ctx, slog.LevelError, "a page failed", slog.String("path", v.r.URL.Path), slog.String("brand", v.brand.ID), slog.Any("error", err))
		known = s.trouble(err)
	}
	v.w.Header().Set("Cache-Control", "no-store")
	if known.status == http.StatusServiceUnavailable {
		v.w.Header().Set("Retry-After", "10")
	}
	f := v.frame()
	f.Title, f.NoIndex, f.NoReferrer = known.heading, true, true
	// The visit's own time may be up: the page that says so needs none.
	v.ctx = context.WithoutCancel(v.ctx)
	if err := v.show(known.status, page.NoticePage(page.Notice{Frame: f, Heading: known.heading, Text: known.text, Actions: known.actions, TestID: known.testID})); err != nil {
		http.Error(v.w, "Something went wrong on our side. Please try again in a minute.", http.StatusInternalServerError)
	}
}

// trouble tells a part that is down, which a repeat may find up again, from a fault of ours.
func (s *Store) trouble(err error) *refusal {
	again := []page.Link{{URL: "", Text: "Try again"}, {URL: "/", Text: "See what’s on"}}
	if errors.Is(err, errRender) {
		return &refusal{status: http.StatusInternalServerError, heading: "Something went wrong", text: "The fault is ours and has been noted. Nothing you did was lost.", actions: again, testID: "failed"}
	}
	return &refusal{
		status: http.StatusServiceUnavailable, heading: "A short interval",
		text:    "Something behind the scenes isn’t answering. Please try again in a moment: seats you hold stay yours, and nothing is charged twice.",
		actions: again, testID: "unavailable",
	}
}

// errRender marks a page that could not be written: our fault, and trying again won't help.
var errRender = errors.New("storefront: render")
