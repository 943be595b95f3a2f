package boxoffice_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	book "github.com/stagedoor/stagedoor/origin/boxoffice"
	"github.com/stagedoor/stagedoor/origin/console/boxoffice"
	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/scanner"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/ticket/scan/scantest"
)

var people = map[string][]staff.Grant{
	"box":    {{Role: staff.BoxOffice, Brand: "lyceum"}},
	"admin":  {{Role: staff.Admin, Brand: staff.Group}},
	"usher":  {{Role: staff.VenueStaff, Brand: "lyceum"}},
	"apollo": {{Role: staff.BoxOffice, Brand: "apollo"}},
}

// stage is the box office and the door in a real frame, over real bookings in a real database; seats are held in memory.
type stage struct {
	*scantest.Theatre
	t       *testing.T
	service *booking.Service
	server  *httptest.Server
	dying   *dying
	next    uuid.UUID // a performance in a month
	holds   *hold.Service
}

// plans says that everything is on sale.
type plans struct{ shows *show.Repository }

func (p plans) Sale(ctx context.Context, id uuid.UUID) (hold.Sale, error) {
	d, err := p.shows.Performance(ctx, id)
	if err != nil {
		return hold.Sale{}, err
	}
	plan, err := p.shows.Plan(ctx, d.PlanID)
	return hold.Sale{OpensAt: d.OnSaleAt, ClosesAt: d.StartsAt, Seating: seating.New(plan), LoneSeatsFrom: d.OnSaleAt, AccessibleFrom: d.OnSaleAt}, err
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{Theatre: scantest.Open(t, time.Now), t: t}
	s.next = s.House.Performance(time.Now())
	shows := show.NewRepository(s.DB)
	memory := holdtest.NewMemory(holdtest.Config{})
	var err error
	s.service, err = booking.New(booking.Config{
		DB: s.DB, Holds: memory, Payments: bookingtest.NewProvider(time.Now), Shows: shows, Signer: s.Ring, LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	kept := &hold.Service{Store: memory, Feed: memory, Finder: memory, Plans: plans{shows}}
	s.holds = kept
	s.dying = &dying{Holds: kept}
	pages := &boxoffice.Pages{
		Orders: s.service, Holds: func() boxoffice.Holds { return s.dying }, Shows: shows, Door: s.Desk, SecretOf: s.Ring.SecretOf,
		Book: &book.Desk{DB: s.DB, Now: time.Now, Seats: memory}, Logger: slog.New(slog.DiscardHandler),
	}
	f, err := frame.New(frame.Deps{
		Desk: &consoletest.Desk{People: people}, Brands: consoletest.Brands, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	}, append(pages.Pages(), (&scanner.Pages{Desk: s.Desk, Logger: slog.New(slog.DiscardHandler)}).Pages()...)...)
	if err != nil {
		t.Fatal(err)
	}
	s.server = consoletest.Serve(t, f)
	t.Cleanup(s.server.CloseClientConnections)
	return s
}

// page is what a colleague got, and where.
type page struct {
	status int
	text   string
	at     string
}

func (s *stage) send(who, method, path string, form url.Values) page {
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
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if to := res.Header.Get("Location"); res.StatusCode == http.StatusSeeOther && strings.HasPrefix(to, "/") {
		return s.send(who, http.MethodGet, to, nil)
	}
	return page{res.StatusCode, string(text), path}
}

func (s *stage) get(path string) page { s.t.Helper(); return s.send("box", http.MethodGet, path, nil) }
func (s *stage) post(path string, form url.Values) page {
	s.t.Helper()
	return s.send("box", http.MethodPost, path, form)
}

// says fails unless a page says all of it.
func (s *stage) says(p page, what ...string) {
	s.t.Helper()
	for _, one := range what {
		if !strings.Contains(p.text, one) {
			s.t.Fatalf("%d at %s does not say %q:\n%s", p.status, p.at, one, main(p.text))
		}
	}
}

func main(text string) string {
	if _, rest, ok := strings.Cut(text, "<main"); ok {
		return rest
	}
	return text
}

func (s *stage) count(sql string, args ...any) (n int) {
	s.t.Helper()
	if err := s.DB.QueryRow(s.t.Context(), sql, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *stage) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.DB.Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}
