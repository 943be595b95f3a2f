package rehearsals_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/rehearsals"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

var afternoon = time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)

var brands = []venue.Brand{
	{ID: "stagedoor", Name: "Stagedoor", TimeZone: "Europe/London", Group: true},
	{ID: "lyceum", Name: "Lyceum Theatre", TimeZone: "Europe/London"},
	{ID: "shubert", Name: "Shubert Theatre", TimeZone: "America/New_York"},
}

// people are who may sign in, by what their cookie says.
var people = map[string][]staff.Grant{
	"ops":       {{Role: staff.Ops, Brand: staff.Group}},
	"house-ops": {{Role: staff.Ops, Brand: "lyceum"}},
	"admin":     {{Role: staff.Admin, Brand: staff.Group}},
	"venue":     {{Role: staff.VenueStaff, Brand: "lyceum"}},
	"marketer":  {{Role: staff.Marketer, Brand: staff.Group}},
}

// stage is the pages in a real frame, before a runner that the test plays.
type stage struct {
	desk   *desk
	t      *testing.T
	server *httptest.Server

	mu     sync.Mutex
	list   []*trial.Trial // the newest first
	refuse error
	url    string // of sites
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, url: "http://127.0.0.1:8787"}
	pages := &rehearsals.Pages{
		Runner: s, Limits: trial.Limits{Simulated: 5_000_000, Visitors: 5000, For: 15 * time.Minute}, Logger: slog.New(slog.DiscardHandler),
		Rooms: func(context.Context, string) ([]waiting.Room, error) {
			return []waiting.Room{{ID: "hamlet", Name: "Hamlet", Brands: []string{"lyceum"}, Active: 444, PollEvery: 7}, {ID: trial.RoomPrefix + "x", Name: "A rehearsal", Brands: []string{"lyceum"}}}, nil
		},
		SiteURL: func(string) string { s.mu.Lock(); defer s.mu.Unlock(); return s.url },
	}
	s.desk = &desk{consoletest.Desk{People: people}}
	f, err := frame.New(frame.Deps{
		Desk: s.desk, Brands: func(context.Context) ([]venue.Brand, error) { return brands, nil }, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return afternoon },
	}, pages.Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	s.server = consoletest.Serve(t, f)
	t.Cleanup(pages.Stop) // before the server, which waits for streams
	return s
}

// desk knows who has which cookie. All have just shown that it is them.
type desk struct{ consoletest.Desk }

func (d *desk) Session(ctx context.Context, token string) (staff.Session, error) {
	session, err := d.Desk.Session(ctx, token)
	session.AuthenticatedAt = afternoon
	return session, err
}

// The runner: what is started runs until finish.

func (s *stage) StartSimulation(_ context.Context, actor, site, title string, sc sim.Scenario) (uuid.UUID, error) {
	if err := sc.Check(); err != nil {
		return uuid.Nil, edgeconfig.Refused{Reason: err.Error()}
	}
	return s.start(&trial.Trial{Kind: trial.Simulation, Site: site, Title: title, Actor: actor, Scenario: &sc})
}

func (s *stage) StartRehearsal(_ context.Context, actor, title string, p trial.Plan) (uuid.UUID, error) {
	return s.start(&trial.Trial{Kind: trial.Rehearsal, Site: p.Site, Title: title, Actor: actor, Plan: &p})
}

func (s *stage) start(one *trial.Trial) (uuid.UUID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return uuid.Nil, s.refuse
	}
	one.ID, one.State, one.CreatedAt = uuid.New(), trial.Running, afternoon.Add(time.Duration(len(s.list))*time.Second)
	one.Progress = trial.Progress{Step: "The sale is played", Fraction: 0.42, After: 90, Of: 600, Left: 30, Visitors: 200, Waiting: 77, Rate: 12}
	s.list = append([]*trial.Trial{one}, s.list...)
	return one.ID, nil
}

func (s *stage) Trial(_ context.Context, id uuid.UUID) (*trial.Trial, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.list {
		if one.ID == id {
			copied := *one
			return &copied, nil
		}
	}
	return nil, trial.ErrNone
}

func (s *stage) Recent(_ context.Context, site string, _ int) (list []*trial.Trial, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.list {
		if site == edgeconfig.AllSites || site == one.Site {
			list = append(list, one)
		}
	}
	return list, nil
}

func (s *stage) Cancel(_ context.Context, _ string, id uuid.UUID) error {
	s.finish(id, func(one *trial.Trial) { one.State = trial.Cancelled })
	return nil
}

func (s *stage) Delete(_ context.Context, _ string, id uuid.UUID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, one := range s.list {
		if one.ID == id {
			s.list = append(s.list[:i:i], s.list[i+1:]...)
			return nil
		}
	}
	return trial.ErrNone
}
func (s *stage) Sweep(context.Context) error { return nil }

// finish ends a trial, as change says.
func (s *stage) finish(id uuid.UUID, change func(*trial.Trial)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, one := range s.list {
		if one.ID == id {
			copied := *one
			copied.State, copied.FinishedAt = trial.Done, afternoon
			change(&copied)
			s.list[i] = &copied
		}
	}
}

// answer is what a person got.
type answer struct {
	status         int
	body, location string
	header         http.Header
}

func (s *stage) do(who, method, path string, form url.Values) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "stagedoor_console", Value: who})
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, string(body), res.Header.Get("Location"), res.Header}
}

func (s *stage) get(who, path string) answer {
	s.t.Helper()
	return s.do(who, http.MethodGet, path, nil)
}

// begin posts a form and returns the ID of what it started.
func (s *stage) begin(path string, form url.Values) uuid.UUID {
	s.t.Helper()
	a := s.do("ops", http.MethodPost, path, form)
	id, err := uuid.Parse(a.location[strings.LastIndexByte(a.location, '/')+1:])
	if a.status != http.StatusSeeOther || err != nil {
		s.t.Fatalf("%d to %q: %s", a.status, a.location, a.body)
	}
	return id
}

// follow opens a live view and returns what gives its next event; "" is its end.
func (s *stage) follow(path string) (next func() string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	r.AddCookie(&http.Cookie{Name: "stagedoor_console", Value: "ops"})
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return func() string {
		var one strings.Builder
		for lines.Scan() {
			if lines.Text() != "" {
				one.WriteString(lines.Text() + "\n")
				continue
			}
			if strings.HasPrefix(one.String(), "event: ") {
				return one.String()
			}
			one.Reset()
		}
		return ""
	}
}

// message is what the next page would show.
func (s *stage) message(who string) string {
	text, _ := s.desk.TakeFlash(s.t.Context(), uuid.NewSHA1(uuid.Nil, []byte(who)))
	var f frame.Flash
	_ = json.Unmarshal(text, &f)
	return f.Text
}
