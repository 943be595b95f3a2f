package frame

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// trouble is a page that says why there is no other.
type trouble struct {
	status        int
	heading, text string
}

// fail answers with what an error means to a person.
func (v *Visit) fail(err error) {
	var refused staff.Refused
	var refusedEdit edgeconfig.Refused
	t := trouble{http.StatusServiceUnavailable, "That did not work just now", "A part of the house does not answer. Nothing was lost; please try again in a moment."}
	switch {
	case errors.Is(err, staff.ErrNoSession):
		v.toSignIn()
		return
	case errors.Is(err, ErrStepUp):
		v.toStepUp()
		return
	case errors.Is(err, ErrForbidden):
		t = trouble{http.StatusForbidden, "That is not yours to do", "Your roles do not cover it here. An admin can change them: see “Your access” in the menu for what you have."}
	case errors.Is(err, ErrNotFound), errors.Is(err, staff.ErrNotFound):
		t = trouble{http.StatusNotFound, "There is no such page", "The address may be mistyped, or what was here is gone."}
	case errors.Is(err, ErrTooLarge):
		t = trouble{http.StatusRequestEntityTooLarge, "That is too much at once", "The form or file is larger than this page takes. Nothing was changed."}
	case errors.As(err, &refused):
		t = trouble{http.StatusUnprocessableEntity, "Nothing was changed", refused.Reason}
	case errors.As(err, &refusedEdit):
		t = trouble{http.StatusUnprocessableEntity, "Nothing was changed", Sentence(refusedEdit.Reason)}
	case errors.Is(v.r.Context().Err(), context.Canceled):
		return // they left
	default:
		v.frame.Logger.LogAttrs(v.ctx, slog.LevelError, "a console page failed", slog.String("path", v.r.URL.Path), slog.Any("error", err))
	}
	// The visit's own time may be up: the page that says so needs none.
	v.ctx = context.WithoutCancel(v.ctx)
	v.flashed = &Flash{} // one that waits is for the page that was meant
	if t.status == http.StatusServiceUnavailable {
		v.w.Header().Set("Retry-After", "10")
	}
	label, address := v.wayOut(t)
	if err := v.ShowStatus(t.status, t.heading, failure(t, label, address)); err != nil {
		http.Error(v.w, "Something went wrong on our side. Please try again in a minute.", http.StatusInternalServerError)
	}
}

// wayOut is where a page of trouble leads besides home: to itself when it may be over soon, else to where they were.
// The address is "" when that is nowhere else.
func (v *Visit) wayOut(t trouble) (label, address string) {
	if t.status == http.StatusServiceUnavailable && v.r.Method == http.MethodGet {
		return "Try again", v.Back()
	}
	if address = v.came(); address == v.r.URL.RequestURI() || address == "/" {
		return "", ""
	}
	return "Back", address
}

func (v *Visit) toSignIn() {
	address := "/sign-in"
	if back := v.Back(); back != "/" {
		address += "?return=" + url.QueryEscape(back)
	}
	if v.IsPart() {
		v.w.Header().Set("HX-Redirect", address)
		v.w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(v.w, v.r, address, http.StatusSeeOther)
}

func (v *Visit) toStepUp() {
	address := "/step-up?return=" + url.QueryEscape(v.Back())
	if err := v.Redirect(address); err != nil {
		v.fail(err)
	}
}

// Sentence makes a reason that was meant to follow a colon stand alone.
func Sentence(reason string) string {
	if reason == "" {
		return reason
	}
	first := []byte(reason)
	if first[0] >= 'a' && first[0] <= 'z' {
		first[0] -= 'a' - 'A'
	}
	if last := first[len(first)-1]; last != '.' && last != '!' && last != '?' {
		first = append(first, '.')
	}
	return string(first)
}
