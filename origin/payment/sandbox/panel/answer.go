package panel

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/api"
)

// view is what every page is made of.
type view struct {
	Page string // which of the pages it is
	Said string // what was just done
	Data any
}

// show writes a page that loads nothing from elsewhere, runs nothing and can't be framed.
func (p *Panel) show(w http.ResponseWriter, status int, page string, v view) {
	var body strings.Builder
	v.Page = page
	if err := p.pages[page].Execute(&body, v); err != nil {
		p.Logger.Error("a page of the sandbox could not be written", "page", page, "error", err)
		http.Error(w, "the sandbox failed", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body.String())) // the browser may have left
}

func (p *Panel) writeJSON(w http.ResponseWriter, status int, kind string, body any) {
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		p.Logger.Error("an answer of the sandbox could not be written", "error", err)
		http.Error(w, "the sandbox failed", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the caller may have left
}

// fail says why nothing was done.
func (p *Panel) fail(w http.ResponseWriter, r *http.Request, status int, why string) {
	if wantsJSON(r) {
		p.writeJSON(w, status, "application/problem+json", map[string]any{"status": status, "title": http.StatusText(status), "detail": why})
		return
	}
	p.show(w, status, "refused", view{Data: why})
}

// refusal is why a form can't be done as it was sent.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

// statusOf is the status of an error of this package's or of the API's.
func statusOf(err error) int {
	var problem *api.Problem
	var refused *refusal
	switch {
	case errors.As(err, &problem):
		return problem.Status
	case errors.As(err, &refused):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// done is what came of a button: what to tell a program, and where people go next.
type done struct {
	ID   string // of what was made; may be empty
	Back string // a page of the panel
	Said string // a key of saying
}

// press wraps what a button does.
func (p *Panel) press(do func(*form) (done, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if err := r.ParseForm(); err != nil {
			p.fail(w, r, http.StatusBadRequest, "The form could not be read, or is longer than 64 KB.")
			return
		}
		f := &form{r: r}
		out, err := do(f)
		if err == nil {
			err = f.err
		}
		if err != nil {
			p.fail(w, r, statusOf(err), err.Error())
			return
		}
		if wantsJSON(r) {
			p.writeJSON(w, http.StatusOK, "application/json", map[string]string{"id": out.ID, "done": saying[out.Said]})
			return
		}
		http.Redirect(w, r, out.Back+"?said="+out.Said, http.StatusSeeOther)
	}
}

// saying is what a page says after a button was pressed; an address can make it say nothing else.
var saying = map[string]string{
	"disputed":  "The buyer’s bank questions the payment.",
	"evidence":  "The evidence is kept.",
	"sent":      "The evidence was sent to the bank.",
	"escalated": "The inquiry has become a dispute: the bank has the money.",
	"decided":   "The bank has decided.",
	"refunded":  "The money is going back.",
	"settled":   "The refund has come to its end.",
	"holding":   "Webhooks are held back from now on.",
	"released":  "What was held is on its way.",
	"planned":   "That is how webhooks go from now on.",
	"retried":   "Whatever waits for another attempt is tried now.",
	"delivered": "The event is on its way once more.",
	"faulty":    "The next requests will go wrong.",
	"cleared":   "Nothing is planned to go wrong any more.",
}
