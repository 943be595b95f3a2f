package rooms_test

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
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/rooms"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// afternoon is a Saturday in November, when London keeps GMT and New York EST.
var afternoon = time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)

var brands = []venue.Brand{
	{ID: "stagedoor", Name: "Stagedoor", TimeZone: "Europe/London", Group: true},
	{ID: "lyceum", Name: "Lyceum Theatre", TimeZone: "Europe/London"},
	{ID: "shubert", Name: "Shubert Theatre", TimeZone: "America/New_York"},
}

// people are who may sign in, by what their cookie says.
var people = map[string][]staff.Grant{
	"ops":         {{Role: staff.Ops, Brand: staff.Group}},
	"house-ops":   {{Role: staff.Ops, Brand: "lyceum"}},
	"shubert-ops": {{Role: staff.Ops, Brand: "shubert"}},
	"venue":       {{Role: staff.VenueStaff, Brand: "lyceum"}},
	"marketer":    {{Role: staff.Marketer, Brand: staff.Group}},
	"nobody":      nil,
}

// stage is the pages in a real frame over a real database, with a coordinator that the test plays.
type stage struct {
	desk   *desk
	t      *testing.T
	db     *pgxpool.Pool
	editor *edgeconfig.Editor
	server *httptest.Server
	pages  *rooms.Pages

	mu      sync.Mutex
	status  waiting.Status
	err     error // what the coordinator's answer ends with
	publish error
	tended  []string
	revoked []string
	fresh   bool
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, db: pgtest.Pool(t), fresh: true, err: waiting.ErrUnknown}
	for _, b := range brands {
		_, err := s.db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme, is_group) values
			($1, $2, 'GB', 'en-GB', 'GBP', $3, '{"background":"#ffffff","ink":"#111111","accent":"#8c1c2b"}', $4)`, b.ID, b.Name, b.TimeZone, b.Group)
		if err != nil {
			t.Fatal(err)
		}
	}
	now := func() time.Time { return afternoon }
	s.editor = &edgeconfig.Editor{DB: s.db, Now: now, Settings: edgeconfig.Settings{Domain: "localhost", Origins: []site.Pool{{ID: "local", BaseURL: "http://127.0.0.1:8788", Weight: 1}}}}
	s.pages = &rooms.Pages{
		Editor: s.editor, Control: s, Logger: slog.New(slog.DiscardHandler),
		Publish: func(context.Context) error { s.mu.Lock(); defer s.mu.Unlock(); return s.publish },
		Tend: func(_ context.Context, room string) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.tended = append(s.tended, room)
			return s.publish
		},
		Shows: func(context.Context, string) ([]show.Listing, error) {
			return []show.Listing{{Production: show.Production{ID: uuid.New(), Title: "Hamlet"}, Coming: 3}}, nil
		},
	}
	t.Cleanup(s.pages.Stop)
	s.desk = &desk{consoletest.Desk{People: people}, s}
	f, err := frame.New(frame.Deps{
		Desk: s.desk, Brands: func(context.Context) ([]venue.Brand, error) { return brands, nil }, Logger: slog.New(slog.DiscardHandler), Now: now,
	}, s.pages.Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	s.server = consoletest.Serve(t, f)
	return s
}

// desk knows who has which cookie.
type desk struct {
	consoletest.Desk
	*stage
}

func (d *desk) Session(ctx context.Context, token string) (staff.Session, error) {
	session, err := d.Desk.Session(ctx, token)
	d.mu.Lock()
	defer d.mu.Unlock()
	session.AuthenticatedAt = time.Time{}
	if d.fresh {
		session.AuthenticatedAt = afternoon
	}
	return session, err
}

// Status, Put and Revoke are the coordinator.
func (s *stage) Status(_ context.Context, room string) (waiting.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	status.Room = room
	return status, s.err
}
func (s *stage) Put(context.Context, waiting.Config) error { return nil }
func (s *stage) Revoke(_ context.Context, room string, _ [16]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = append(s.revoked, room)
	return s.err
}

// set changes what the coordinator and the edge do.
func (s *stage) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// answer is what a person got.
type answer struct {
	status         int
	body, location string
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
		r.Header.Set("Referer", s.server.URL+path[:max(1, strings.LastIndexByte(path, '/'))])
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
	return answer{res.StatusCode, string(body), res.Header.Get("Location")}
}

func (s *stage) get(who, path string) answer {
	s.t.Helper()
	return s.do(who, http.MethodGet, path, nil)
}

// post sends a form and follows to the page it leads to, which shows the message.
func (s *stage) post(who, path string, form url.Values) answer {
	s.t.Helper()
	a := s.do(who, http.MethodPost, path, form)
	if a.status == http.StatusSeeOther && strings.HasPrefix(a.location, "/") {
		next := s.get(who, a.location)
		next.location = a.location
		return next
	}
	return a
}

// says is the message that the next page shows, whatever page that is.
func (s *stage) says(who string) string {
	message, _ := s.desk.TakeFlash(s.t.Context(), uuid.NewSHA1(uuid.Nil, []byte(who)))
	var f frame.Flash
	_ = json.Unmarshal(message, &f)
	return f.Kind + ": " + f.Text
}

func (s *stage) room(id string) waiting.Room {
	s.t.Helper()
	r, err := s.editor.Room(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// follow opens a live view and returns what gives its next event; "" is its end.
func (s *stage) follow(who, path string) (next func() string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	r.AddCookie(&http.Cookie{Name: "stagedoor_console", Value: who})
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
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

// running is a coordinator's answer with fifteen minutes behind it.
func running() waiting.Status {
	st := waiting.Status{
		Revision: 1, At: afternoon, Phase: waiting.Open, Mode: waiting.FIFO, Active: 480, Limit: 500, PerMinute: 300, Waiting: 1234, Arrived: 9000,
		Admitted: 7000, Completed: 640, RatePerMinute: 290, P50: 240, P90: 400, EstimateErrorP50: new(6.5), Reporters: 5,
		Gates: []waiting.Gate{{Name: "hamlet/0", SeenAt: afternoon.Add(-time.Second), Reporters: 3}, {Name: "hamlet/1", SeenAt: afternoon.Add(-time.Minute), Reporters: 2}},
	}
	for i := range 900 {
		st.History = append(st.History, waiting.Point{T: afternoon.Unix() - 900 + int64(i), Arrived: 10 * i, Waiting: i, Active: 480, Admitted: 5 * i, P50: i / 4, Rate: 300})
	}
	return st
}
