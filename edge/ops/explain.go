package ops

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/stagedoor/stagedoor/edge/explain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// asked is the form as it was filled in.
type asked struct {
	URL, As, At, Country, IP, Method, Header string
	// Problem is what is wrong with Field.
	Field, Problem string
	Answer         *explain.Answer
	Text           string // what to paste into a message
}

// explain answers GET /explain?url=&as=&at=&country=&ip=&method=&header=, and
// shows the form alone when no url is given.
func (o *Ops) explain(w http.ResponseWriter, r *http.Request) {
	p := r.URL.Query()
	a := asked{URL: p.Get("url"), As: p.Get("as"), At: p.Get("at"), Country: p.Get("country"), IP: p.Get("ip"), Method: p.Get("method"), Header: strings.Join(p["header"], "\n")}
	status := http.StatusOK
	if a.URL != "" || r.URL.Path == "/explain" && len(p) > 0 {
		var err error
		a.Answer, err = o.answerTo(r, a)
		var wrong explain.QuestionError
		switch {
		case errors.As(err, &wrong):
			a.Field, a.Problem, status = wrong.Field, wrong.Problem, http.StatusBadRequest
		case err != nil:
			o.Log.Error("KV could not be read", slog.Any("error", err))
			o.problem(w, r, http.StatusBadGateway, "KV cannot be read just now, so there is nothing to explain with.")
			return
		}
	}
	if wantsJSON(r) {
		switch {
		case a.Problem != "":
			o.problem(w, r, status, a.Field+": "+a.Problem)
		case a.Answer == nil:
			o.problem(w, r, http.StatusBadRequest, "url: what is to be explained is missing")
		default:
			o.answer(w, status, a.Answer)
		}
		return
	}
	if a.Answer != nil {
		var text strings.Builder
		if err := a.Answer.Write(&text, explain.Style{}); err == nil {
			a.Text = text.String()
		}
	}
	o.show(w, r, status, explainPage(a))
}

func (a asked) title() string {
	if a.Answer == nil {
		return "Explain a request"
	}
	return "Explained: " + a.Answer.Outcome
}

// fault marks the field that is wrong.
func (a asked) fault(field string) templ.Attributes {
	if a.Field != field {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "fault"}
}

// local is the moment as a datetime-local field can hold it, "" when it is
// written in another way.
func (a asked) local() string {
	if _, err := time.Parse("2006-01-02T15:04", a.At); err != nil {
		return ""
	}
	return a.At
}

// look is the class of a step.
func look(s explain.Step) string {
	if s.Meaning == "" {
		return "skipped"
	}
	return s.Verdict
}

func headerText(h explain.Header) string {
	if h.Value == "" {
		return h.Name
	}
	return h.Name + ": " + h.Value
}

func (o *Ops) answerTo(r *http.Request, a asked) (*explain.Answer, error) {
	q := explain.Question{URL: a.URL, Method: a.Method, As: a.As, IP: a.IP, Header: http.Header{}}
	q.Network.Country = strings.ToUpper(strings.TrimSpace(a.Country))
	for line := range strings.Lines(a.Header) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, explain.QuestionError{Field: "header", Problem: "a header is like Accept: application/json"}
		}
		q.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	var err error
	if q.At, err = o.moment(r, a); err != nil {
		return nil, err
	}
	return o.explainer().Explain(r.Context(), q)
}

// moment is when the question is about: now, an instant with its offset from
// UTC, or a time at the venue, as a form's datetime-local field sends it.
func (o *Ops) moment(r *http.Request, a asked) (time.Time, error) {
	if a.At == "" || a.At == "now" {
		return o.Now(), nil
	}
	// A plus in a query that was not escaped is a space.
	if t, err := time.Parse(time.RFC3339, strings.ReplaceAll(a.At, " ", "+")); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if _, err := time.Parse(layout, a.At); err != nil {
			continue
		}
		zone, err := o.zone(r, a.URL)
		if err != nil {
			return time.Time{}, err
		}
		return time.ParseInLocation(layout, a.At, zone)
	}
	return time.Time{}, explain.QuestionError{Field: "at", Problem: "write 2026-11-22T14:00 (the venue's time), or an instant such as 2026-11-22T14:00:00Z"}
}

func (o *Ops) zone(r *http.Request, address string) (*time.Location, error) {
	hostname, err := explain.Hostname(address)
	if err != nil {
		return nil, err
	}
	document, found, err := o.KV.Get(r.Context(), site.Key(hostname))
	if err != nil || !found {
		return time.UTC, err
	}
	s, err := site.Decode(document)
	if err != nil {
		return time.UTC, nil // the explanation says what is wrong with it
	}
	return time.LoadLocation(s.TimeZone)
}

// explainURL leads to the explanation of a site's first page.
func explainURL(s *site.Site) string {
	scheme := "http"
	if s.HTTPS {
		scheme = "https"
	}
	return "/explain?url=" + url.QueryEscape(scheme+"://"+s.Hostname+"/")
}
