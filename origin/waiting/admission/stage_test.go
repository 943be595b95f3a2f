package admission_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/admission"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var (
	edgeKey = []byte("the hop key of tests, no secret")
	ring    = mustRing("1:" + strings.Repeat("room-key", 4))
	other   = mustRing("1:" + strings.Repeat("yek-moor", 4))
)

func mustRing(text string) *token.Ring {
	r, err := token.ParseRing(text)
	if err != nil {
		panic(err)
	}
	return r
}

// stage is a room before a performance, and the origin's way in, with the edge's signature asked for.
type stage struct {
	*testing.T
	db          *pgxpool.Pool
	guard       *admission.Guard
	editor      *edgeconfig.Editor
	performance uuid.UUID
	production  uuid.UUID
	server      *httptest.Server

	mu  sync.Mutex
	now time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t, db: pgtest.Pool(t), now: start, performance: uuid.New(), production: uuid.New()}
	s.editor = &edgeconfig.Editor{DB: s.db, Now: s.clock, Settings: edgeconfig.Settings{Domain: "example", Origins: []site.Pool{{ID: "local", BaseURL: "http://127.0.0.1:8788", Weight: 1}}}}
	s.guard = &admission.Guard{
		DB: s.db, Ring: ring, StaffKey: edgeKey, Now: s.clock, Logger: slog.New(slog.DiscardHandler),
		SiteURL: func(brand string) string { return "https://" + brand + ".example" },
	}
	s.exec(`insert into brands (id, name, country, locale, currency, time_zone, theme) values
		('lyceum', 'Lyceum Theatre', 'GB', 'en-GB', 'GBP', 'Europe/London', '{"background":"#ffffff","ink":"#111111","accent":"#8c1c2b"}')`)
	place, plan := uuid.New(), uuid.New()
	s.exec(`insert into venues (id, brand_id, slug, name, city, country, time_zone, latitude, longitude, capacity, opened_year)
		values ($1, 'lyceum', 'house', 'House', 'London', 'GB', 'Europe/London', 0, 0, 100, 1834)`, place)
	s.exec(`insert into seating_plans (id, venue_id, name, version, seats, layout) values ($1, $2, 'Plan', 1, 100, '{}')`, plan, place)
	s.exec(`insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
		values ($1, 'lyceum', $2, 'hamlet', 'Hamlet', 'Shakespeare', 'Tragedy', '', '', 180, 1, '2026-11-01', '2027-02-01')`, s.production, place)
	s.exec(`insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at) values ($1, $2, $3, $4, $5, $6)`,
		s.performance, s.production, place, plan, start.Add(48*time.Hour), start)
	s.serve()
	return s
}

// serve is the origin as house puts it together, with a hold and an order page behind it.
func (s *stage) serve() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hold", func(w http.ResponseWriter, r *http.Request) {
		err := s.guard.Admit(r.Context(), s.performance)
		var room *hold.RoomError
		switch {
		case errors.As(err, &room):
			http.Error(w, room.URL, http.StatusForbidden)
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /order", func(_ http.ResponseWriter, r *http.Request) {
		ordered, err := time.Parse(time.RFC3339, r.FormValue("at"))
		if err != nil {
			s.Error(err)
		}
		s.guard.Completed(r.Context(), s.performance, ordered)
	})
	s.server = httptest.NewServer(session.OnlyFromEdge(edgeKey, s.clock, slog.New(slog.DiscardHandler), session.Visitor(nil, admission.Visitor(mux))))
	s.Cleanup(s.server.Close)
}

func (s *stage) exec(sql string, args ...any) {
	s.Helper()
	if _, err := s.db.Exec(s.Context(), sql, args...); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// create makes a room before the performance whose coordinator answers, unless change says otherwise.
func (s *stage) create(change func(*waiting.Room)) {
	s.Helper()
	room := waiting.Room{ID: "hamlet", PerformanceID: s.performance, Active: 10}
	if change != nil {
		change(&room)
	}
	if _, err := s.editor.CreateRoom(s.Context(), "ana", room); err != nil {
		s.Fatal(err)
	}
	s.exec(`update rooms set seen_at = $1`, s.clock())
}

// request is one of a browser's, as the edge passes it on.
type request struct {
	method, path string
	browser      string
	cookies      map[string]string
	headers      map[string]string
	forged       bool // the signature is another key's
}

func (s *stage) send(q request) *http.Response {
	s.Helper()
	if q.method == "" {
		q.method, q.path = http.MethodPost, "/hold"
	}
	r, err := http.NewRequestWithContext(s.Context(), q.method, s.server.URL+q.path, nil)
	if err != nil {
		s.Fatal(err)
	}
	key := edgeKey
	if q.forged {
		key = []byte("a key that somebody made up")
	}
	signer, err := hop.New(key) // one each: it is not for concurrent use
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set(hop.HeaderSite, "lyceum")
	r.Header.Set(hop.HeaderForwardedHost, "lyceum.example")
	r.Header.Set(hop.HeaderForwardedProto, "https")
	r.Header.Set(hop.HeaderHop, string(signer.Append(nil, s.clock().Unix(), q.method, q.path, "lyceum", "lyceum.example")))
	for name, value := range q.headers {
		r.Header.Set(name, value)
	}
	if q.browser == "" {
		q.browser = strings.Repeat("0a", 16)
	}
	r.AddCookie(&http.Cookie{Name: session.CookieName, Value: q.browser})
	for name, value := range q.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	return answer
}

// pass is the cookie of somebody who was let in.
func (s *stage) pass(by *token.Ring, room string, visitor byte) map[string]string {
	s.Helper()
	text, err := by.SignPass(token.Pass{Room: room, Session: token.ID{visitor}, Issued: s.clock().Unix(), Expires: s.clock().Add(10 * time.Minute).Unix()})
	if err != nil {
		s.Fatal(err)
	}
	return map[string]string{admission.PassCookie + "hamlet": text}
}

func roomError(err error) *hold.RoomError {
	var room *hold.RoomError
	errors.As(err, &room)
	return room
}
