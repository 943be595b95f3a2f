package scanner_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/scanner"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/ticket/scan/scantest"
)

// people are who may sign in, by what their cookie says.
var people = map[string][]staff.Grant{
	"left":     {{Role: staff.VenueStaff, Brand: "lyceum"}},
	"right":    {{Role: staff.BoxOffice, Brand: "lyceum"}},
	"manager":  {{Role: staff.Admin, Brand: staff.Group}},
	"apollo":   {{Role: staff.VenueStaff, Brand: "apollo"}},
	"marketer": {{Role: staff.Marketer, Brand: staff.Group}},
}

// stage is the door's pages in a real frame over a real database. The network of each colleague can be cut.
type stage struct {
	*scantest.Theatre
	t      *testing.T
	server *httptest.Server

	mu  sync.Mutex
	cut map[string]bool
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{Theatre: scantest.Open(t, time.Now), t: t, cut: map[string]bool{}}
	pages := &scanner.Pages{Desk: s.Desk, Logger: slog.New(slog.DiscardHandler), Every: 50 * time.Millisecond}
	f, err := frame.New(frame.Deps{
		Desk: &consoletest.Desk{People: people}, Brands: consoletest.Brands, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	}, pages.Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("stagedoor_console"); err == nil && s.isCut(cookie.Value) {
			if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
				hangUp(connection)
			}
			return
		}
		f.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), "console", s.server.URL)))
	}))
	s.server.Start()
	t.Cleanup(s.server.Close)
	t.Cleanup(s.server.CloseClientConnections)
	return s
}

// hangUp ends a connection without an answer.
func hangUp(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

func (s *stage) isCut(who string) bool { s.mu.Lock(); defer s.mu.Unlock(); return s.cut[who] }

// network cuts a colleague's network, or mends it.
func (s *stage) network(who string, up bool) { s.mu.Lock(); defer s.mu.Unlock(); s.cut[who] = !up }

// ask sends a request as a colleague: a form, or JSON when body is not url.Values.
func (s *stage) ask(who, method, path string, body any, header ...string) (status int, text string, h http.Header) {
	s.t.Helper()
	var sent io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		sent, kind = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case string:
		sent, kind = strings.NewReader(b), "application/json"
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		sent, kind = strings.NewReader(string(encoded)), "application/json"
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, sent)
	if err != nil {
		s.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "stagedoor_console", Value: who})
	r.Header.Set("Content-Type", kind)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(answer), res.Header
}

// door is the address of the evening.
func (s *stage) door(site, rest string) string {
	return "/sites/" + site + "/door/" + s.Evening.String() + rest
}
