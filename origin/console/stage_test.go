package console_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/staffpass"
	"github.com/stagedoor/stagedoor/origin/console"
	"github.com/stagedoor/stagedoor/origin/console/maintenance"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/staff/localprovider"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// brands are three theatres and the group. Of these the practice venue staff have the first two, the box office one.
var brands = []venue.Brand{
	{ID: "stagedoor", Name: "Stagedoor", TimeZone: "Europe/London", Group: true},
	{ID: "lyceum", Name: "Lyceum Theatre", TimeZone: "Europe/London"},
	{ID: "palace", Name: "Palace Theatre", TimeZone: "Europe/London"},
	{ID: "shubert", Name: "Shubert Theatre", TimeZone: "America/New_York"},
}

var practice = map[string][]staff.Grant{
	"venue-staff": {{Role: staff.VenueStaff, Brand: "lyceum"}, {Role: staff.VenueStaff, Brand: "shubert"}},
	"marketer":    {{Role: staff.Marketer, Brand: staff.Group}},
	"ops":         {{Role: staff.Ops, Brand: staff.Group}},
	"box-office":  {{Role: staff.BoxOffice, Brand: "lyceum"}},
	"admin":       {{Role: staff.Admin, Brand: staff.Group}},
	"house-admin": {{Role: staff.Admin, Brand: "lyceum"}},
	"newcomer":    nil,
}

// stage is a console with a real desk, editor, database and sign-in, and an edge that the test plays.
type stage struct {
	*console.Console
	t        *testing.T
	db       *pgxpool.Pool
	desk     *staff.Desk
	editor   *edgeconfig.Editor
	provider *httptest.Server
	scheme   string

	mu      sync.Mutex
	at      time.Time
	publish error // what publishing ends with
	buyers  error // what counting them ends with
	edge    func(brand, path string) maintenance.Seen
}

// afternoon is a Saturday in November, when London keeps GMT and New York EST.
var afternoon = time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)

func newStage(t *testing.T, scheme string) *stage {
	t.Helper()
	s := &stage{t: t, db: pgtest.Pool(t), at: afternoon, scheme: scheme}
	s.edge = func(string, string) maintenance.Seen { return maintenance.SeenUnknown }
	for _, b := range brands {
		_, err := s.db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme, is_group) values ($1, $2, 'GB', 'en-GB', 'GBP', $3, '{}', $4)`, b.ID, b.Name, b.TimeZone, b.Group)
		if err != nil {
			t.Fatal(err)
		}
	}
	logger := slog.New(slog.DiscardHandler)
	var handler http.Handler
	s.provider = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(s.provider.Close)
	const secret, back = "a secret of some length", "http://console.localhost:8787/sign-in/done"
	var accounts []localprovider.Account
	for subject := range practice {
		accounts = append(accounts, localprovider.Account{Subject: subject, Email: subject + "@stagedoor.example", Name: subject})
	}
	var err error
	handler, err = localprovider.New(localprovider.Config{
		Issuer: s.provider.URL + "/dev", ClientID: "console", ClientSecret: secret, RedirectURL: back, Accounts: accounts, Now: s.now, Logger: logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.desk, err = staff.New(staff.Config{
		DB: s.db, Logger: logger, Now: s.now, Issuer: s.provider.URL + "/dev", ClientID: "console", ClientSecret: secret, RedirectURL: back, Practice: practice,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.editor = &edgeconfig.Editor{DB: s.db, Now: s.now, Settings: edgeconfig.Settings{Domain: "localhost", Origins: []site.Pool{{ID: "local", BaseURL: "http://127.0.0.1:8788", Weight: 1}}}}
	s.Console, err = console.New(console.Deps{
		More: others(),
		Desk: s.desk, Editor: s.editor, Logger: logger, Now: s.now,
		Brands:  func(context.Context) ([]venue.Brand, error) { return brands, nil },
		Publish: func(context.Context) error { s.mu.Lock(); defer s.mu.Unlock(); return s.publish },
		Buyers: func(context.Context, []string) (maintenance.Buyers, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return maintenance.Buyers{Holds: 3, Orders: 1}, s.buyers
		},
		Probe: func(_ context.Context, brand, path string) (maintenance.Seen, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.edge(brand, path), nil
		},
		Pass: func(name string, sites []string, expires time.Time, secure bool) (*http.Cookie, error) {
			return staffpass.Cookie([]byte("a key of at least sixteen bytes"), staffpass.Pass{Name: name, Sites: sites, Expires: expires}, secure)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func (s *stage) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *stage) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func (s *stage) count(query string, args ...any) (n int) {
	s.t.Helper()
	if err := s.db.QueryRow(s.t.Context(), query, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// changes counts what nobody may have changed by a request that was refused.
func (s *stage) changes() int {
	s.t.Helper()
	return s.count(`select (select count(*) from staff_audit) + (select count(*) from maintenance_windows) + (select count(*) from staff_grants) + (select count(*) from staff_people)`)
}

// person is a browser.
type person struct {
	s       *stage
	cookies map[string]*http.Cookie
}

func (s *stage) nobody() *person { return &person{s, map[string]*http.Cookie{}} }

// answer is what the browser gets.
type answer struct {
	*http.Response
	text string
}

func (a answer) to() string { return a.Header.Get("Location") }

func (p *person) get(path string, headers ...string) answer {
	return p.send(http.MethodGet, path, nil, headers...)
}

func (p *person) post(path string, form url.Values, headers ...string) answer {
	return p.send(http.MethodPost, path, form, headers...)
}

func (p *person) send(method, path string, form url.Values, headers ...string) answer {
	p.s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("X-Forwarded-For", "192.0.2.7")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range p.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	p.s.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), edgeconfig.ConsoleSite, p.s.scheme+"://console.localhost:8787")))
	res := w.Result()
	for _, c := range res.Cookies() {
		if p.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(p.cookies, c.Name)
		}
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.s.t.Fatal(err)
	}
	return answer{res, string(text)}
}

// prove goes from a page of the console to the provider, is somebody there, and comes back.
func (p *person) prove(from, subject string) answer {
	t := p.s.t
	t.Helper()
	begun := p.get(from)
	if begun.StatusCode != http.StatusSeeOther || !strings.HasPrefix(begun.to(), p.s.provider.URL+"/dev/authorize?") {
		t.Fatalf("%s: %s to %q\n%s", from, begun.Status, begun.to(), begun.text)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.PostForm(begun.to(), url.Values{"account": {subject}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	back, err := res.Location()
	if err != nil {
		t.Fatal(errors.Join(errors.New(res.Status), err))
	}
	return p.get(back.RequestURI())
}

// signIn is a browser in which somebody has signed in.
func (s *stage) signIn(subject string) *person {
	s.t.Helper()
	p := s.nobody()
	if done := p.prove("/sign-in/start", subject); done.StatusCode != http.StatusSeeOther || done.to() != "/" {
		s.t.Fatalf("%s can't sign in: %s to %q\n%s", subject, done.Status, done.to(), done.text)
	}
	return p
}
