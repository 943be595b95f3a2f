package admission_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/staffpass"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/admission"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

const in, out = http.StatusOK, http.StatusForbidden

func TestWhoMayHoldSeats(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(nil)
	staff := func(key []byte, sites ...string) map[string]string {
		c, err := staffpass.Cookie(key, staffpass.Pass{Name: "Ana", Sites: sites, Expires: start.Add(time.Hour)}, false)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{c.Name: c.Value}
	}
	place, err := ring.SignPlace(token.Place{Room: "hamlet", Arrived: uint32(start.Unix()), ID: token.ID{9}})
	if err != nil {
		t.Fatal(err)
	}
	good := s.pass(ring, "hamlet", 1)[admission.PassCookie+"hamlet"]
	for _, tc := range []struct {
		name string
		request
		want int
	}{
		{"nobody let them in", request{}, out},
		{"a pass", request{cookies: s.pass(ring, "hamlet", 1)}, in},
		{"a pass of another key", request{cookies: s.pass(other, "hamlet", 2)}, out},
		{"a pass of another room", request{cookies: s.pass(ring, "macbeth", 3)}, out},
		{"a place for a pass", request{cookies: map[string]string{admission.PassCookie + "hamlet": place}}, out},
		{"half a pass", request{cookies: map[string]string{admission.PassCookie + "hamlet": good[:len(good)/2]}}, out},
		{"a pass with a letter changed", request{cookies: map[string]string{admission.PassCookie + "hamlet": flip(good)}}, out},
		{"the same pass in another browser", request{cookies: s.pass(ring, "hamlet", 1), browser: strings.Repeat("bb", 16)}, out},
		{"staff of this theatre", request{cookies: staff(edgeKey, "lyceum")}, in},
		{"staff of the group", request{cookies: staff(edgeKey, staffpass.Every)}, in},
		{"staff of another theatre", request{cookies: staff(edgeKey, "shubert")}, out},
		{"staff by their own word", request{cookies: staff([]byte("a key that somebody made up"), "lyceum")}, out},
		{"claims in headers", request{headers: map[string]string{"X-Stagedoor-Admitted": "1", "X-Stagedoor-Staff": "Ana", "Stagedoor-Room-Release": "hamlet"}}, out},
		{"around the edge with a good pass", request{cookies: s.pass(ring, "hamlet", 1), forged: true}, out},
		{"around the edge without", request{forged: true}, out},
	} {
		if answer := s.send(tc.request); answer.StatusCode != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, answer.StatusCode, tc.want)
		}
	}
	s.later(10 * time.Minute)
	s.exec(`update rooms set seen_at = $1`, s.clock())
	expired, err := ring.SignPass(token.Pass{Room: "hamlet", Session: token.ID{4}, Issued: start.Unix(), Expires: s.clock().Unix()})
	if err != nil {
		t.Fatal(err)
	}
	if answer := s.send(request{cookies: map[string]string{admission.PassCookie + "hamlet": expired}}); answer.StatusCode != out {
		t.Errorf("at its expiry: %d", answer.StatusCode)
	}
}

// flip changes a letter in the middle.
func flip(text string) string {
	b := []byte(text)
	if b[len(b)/2]++; b[len(b)/2] > 'z' {
		b[len(b)/2] = 'A'
	}
	return string(b)
}

func TestWhenARoomAsksForPasses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*waiting.Room)
		after  func(*stage)
		want   int
	}{
		{"always", nil, nil, out},
		{"of the whole production", func(r *waiting.Room) {
			r.ProductionID, r.PerformanceID = uuid.Nil, uuid.Nil // filled in below
		}, nil, out},
		{"before the pre-queue opens", func(r *waiting.Room) { r.Event.OpensAt = start.Add(time.Hour) }, nil, in},
		{"before the sale, without a pre-queue", func(r *waiting.Room) { r.Event.SaleAt = start.Add(time.Hour) }, nil, in},
		{"in the pre-queue", func(r *waiting.Room) { r.Event.OpensAt, r.Event.SaleAt = start, start.Add(time.Hour) }, nil, out},
		{"after its end", func(r *waiting.Room) { r.Event.EndsAt = start.Add(time.Minute) }, func(s *stage) { s.later(time.Minute) }, in},
		{"when it only watches", func(r *waiting.Room) { r.Mode = waiting.Passthrough }, nil, in},
		{"when it is drained", func(r *waiting.Room) { r.Drained = true }, nil, in},
		{"when it turns people away", func(r *waiting.Room) { r.Mode = waiting.Reject }, nil, out},
		{"when its coordinator is silent and it fails open", nil, func(s *stage) { s.later(2 * time.Minute) }, in},
		{"when its coordinator was never heard of", nil, func(s *stage) { s.exec(`update rooms set seen_at = null`) }, in},
		{"when it is silent and fails closed", func(r *waiting.Room) { r.FailClosed = true }, func(s *stage) { s.later(2 * time.Minute) }, out},
		{"when it is silent and turns people away", func(r *waiting.Room) { r.Mode = waiting.Reject }, func(s *stage) { s.later(2 * time.Minute) }, out},
		{"without a key, open", nil, func(s *stage) { s.guard.Ring = nil }, in},
		{"without a key, closed", func(r *waiting.Room) { r.FailClosed = true }, func(s *stage) { s.guard.Ring = nil }, out},
		{"when it was deleted", nil, func(s *stage) {
			if _, err := s.editor.DeleteRoom(t.Context(), "ana", "hamlet", 0); err != nil {
				t.Error(err)
			}
		}, in},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.create(func(r *waiting.Room) {
				if tc.change != nil {
					tc.change(r)
				}
				if r.PerformanceID == uuid.Nil {
					r.ProductionID = s.production
				}
			})
			if tc.after != nil {
				tc.after(s)
			}
			if answer := s.send(request{}); answer.StatusCode != tc.want {
				t.Errorf("%d, want %d", answer.StatusCode, tc.want)
			}
		})
	}
}

func TestRefusalSaysWhereToGo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := s.guard.Admit(r.Context(), s.performance)
	want := "https://lyceum.example/performances/" + s.performance.String()
	if room := roomError(got); room == nil || room.URL != want || room.Name != "Hamlet" {
		t.Errorf("%v", got)
	}
}

func TestOneWhoHasDoneMakesRoom(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(nil)
	mine := request{cookies: s.pass(ring, "hamlet", 1)}
	seen := func(q request, ordered time.Time) string {
		q.method, q.path = http.MethodGet, "/order?at="+ordered.Format(time.RFC3339)
		return s.send(q).Header.Get(admission.ReleaseHeader)
	}
	// An order of last week is looked at while a turn has just begun: the turn goes on.
	if got := seen(mine, start.Add(-7*24*time.Hour)); got != "" {
		t.Errorf("before any hold: released %q", got)
	}
	if answer := s.send(mine); answer.StatusCode != in {
		t.Fatal(answer.StatusCode)
	}
	if got := seen(mine, start.Add(-7*24*time.Hour)); got != "" {
		t.Errorf("an old order released %q", got)
	}
	elsewhere := request{cookies: mine.cookies, browser: strings.Repeat("cc", 16)}
	if got := seen(elsewhere, start.Add(time.Minute)); got != "" {
		t.Errorf("another browser released %q", got)
	}
	if got := seen(mine, start.Add(time.Minute)); got != "hamlet" {
		t.Errorf("released %q", got)
	}
	// The answer may have been lost: seen again, it is said again.
	if got := seen(mine, start.Add(time.Minute)); got != "hamlet" {
		t.Errorf("again: released %q", got)
	}
	// The pass has done its work, and a copy of it too.
	if answer := s.send(mine); answer.StatusCode != out {
		t.Errorf("a pass that was given back holds seats: %d", answer.StatusCode)
	}
}

func TestRevokedSessionHoldsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(nil)
	mine := request{cookies: s.pass(ring, "hamlet", 1)}
	if answer := s.send(mine); answer.StatusCode != in {
		t.Fatal(answer.StatusCode)
	}
	revoke := admission.Revocation{Room: "hamlet", Session: [16]byte{1}, Expires: start.Add(time.Hour)}
	if err := admission.Revoke(t.Context(), s.db, revoke, start); err != nil {
		t.Fatal(err)
	}
	if answer := s.send(mine); answer.StatusCode != out {
		t.Errorf("%d", answer.StatusCode)
	}
}

// One pass in the hands of many: one browser has it.
func TestManyBrowsersShareAPass(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(nil)
	pass := s.pass(ring, "hamlet", 1)
	var group sync.WaitGroup
	var mu sync.Mutex
	admitted := 0
	for i := range 20 {
		group.Go(func() {
			answer := s.send(request{cookies: pass, browser: strings.Repeat("0123456789abcdef"[i%16:][:1]+"abcdef0123456789"[i/16:][:1], 16)})
			mu.Lock()
			defer mu.Unlock()
			if answer.StatusCode == in {
				admitted++
			}
		})
	}
	group.Wait()
	if admitted != 1 {
		t.Errorf("%d browsers hold seats by one pass", admitted)
	}
}

func TestDatabaseIsAway(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.create(nil)
	if answer := s.send(request{}); answer.StatusCode != out {
		t.Fatal(answer.StatusCode)
	}
	s.later(10 * time.Second)
	s.db.Close() // as if it were gone
	// Who has no pass is refused as before; whose pass can't be looked up is asked to come again, not let in.
	if answer := s.send(request{}); answer.StatusCode != out {
		t.Errorf("without a pass: %d", answer.StatusCode)
	}
	if answer := s.send(request{cookies: s.pass(ring, "hamlet", 1)}); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("with one: %d", answer.StatusCode)
	}
}
