package promos_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/promos"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/promo"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
)

const at = "/sites/lyceum/promos"

// stage is the pages in a real frame, over codes in a real database.
type stage struct {
	t      *testing.T
	db     *pgxpool.Pool
	book   promo.Book
	server *httptest.Server
}

func newStage(t *testing.T) *stage {
	t.Helper()
	db := pgtest.Pool(t)
	bookingtest.Build(t, db).Performance(time.Now())
	s := &stage{t: t, db: db, book: promo.Book{DB: db, Now: time.Now}}
	pages := &promos.Pages{Book: s.book, Shows: show.NewRepository(db)}
	f, err := frame.New(frame.Deps{
		Desk:   &consoletest.Desk{People: map[string][]staff.Grant{"ada": {{Role: staff.Marketer, Brand: "lyceum"}}, "bob": {{Role: staff.Marketer, Brand: "lyceum"}}}},
		Brands: consoletest.Brands, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	}, pages.Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	s.server = consoletest.Serve(t, f)
	return s
}

// send is what a colleague gets, redirections followed by nobody.
func (s *stage) send(who, method, path string, form url.Values) (status int, text string) {
	r, err := http.NewRequestWithContext(context.Background(), method, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Error(err)
		return 0, ""
	}
	r.AddCookie(&http.Cookie{Name: "stagedoor_console", Value: who})
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Error(err)
		return 0, ""
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Error(err)
	}
	return got.StatusCode, string(body)
}

// opened is the form of a code as somebody's browser has it.
func (s *stage) opened(who, code string) url.Values {
	s.t.Helper()
	status, text := s.send(who, http.MethodGet, at+"/codes/"+code, nil)
	was := regexp.MustCompile(`name="was" value="([0-9a-f]+)"`).FindStringSubmatch(text)
	if status != http.StatusOK || was == nil {
		s.t.Fatalf("%d: no form", status)
	}
	form := typed("20")
	form.Set("was", was[1])
	return form
}

// typed is what a form says of a code that takes some per cent off.
func typed(off string) url.Values {
	return url.Values{"about": {"Spring"}, "kind": {"percent"}, "off": {off}, "currency": {"GBP"}, "starts": {"2026-03-01T10:00"}}
}

func (s *stage) made(code string) promo.Code {
	s.t.Helper()
	form := typed("20")
	form.Set("code", code)
	if status, text := s.send("ada", http.MethodPost, at+"/new", form); status != http.StatusSeeOther {
		s.t.Fatalf("%d %s", status, text)
	}
	return s.now(code)
}

func (s *stage) now(code string) promo.Code {
	s.t.Helper()
	c, err := s.book.Get(s.t.Context(), code)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *stage) records(action string) (n int) {
	s.t.Helper()
	if err := s.db.QueryRow(s.t.Context(), "select count(*) from staff_audit where action = $1", action).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestDatesOfACodeThatCantBe(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	before := s.made("SPRING")
	for _, c := range []struct{ name, starts, ends, field, want string }{
		{"over before it begins", "2026-05-01T10:00", "2026-04-01T10:00", "ends_at", ""},
		{"over as it begins", "2026-05-01T10:00", "2026-05-01T10:00", "ends_at", ""},
		{"the 31st of April", "2026-04-31T10:00", "", "starts_at", "must be a date and a time"},
		{"words", "tomorrow", "", "starts_at", "must be a date and a time"},
		{"a day without a time", "2026-05-01T10:00", "2026-05-02", "ends_at", "must be a date and a time"},
		{"no beginning", "", "2026-05-02T10:00", "starts_at", ""},
	} {
		for path, code := range map[string]string{at + "/new": "AUTUMN", at + "/codes/SPRING": ""} {
			form := typed("20")
			form.Set("starts", c.starts)
			form.Set("ends", c.ends)
			if code != "" {
				form.Set("code", code)
			}
			status, text := s.send("ada", http.MethodPost, path, form)
			if status != http.StatusUnprocessableEntity || !strings.Contains(text, `id="promo-`+c.field+`-fault"`) || !strings.Contains(text, c.want) {
				t.Errorf("%s, sent to %s: %d, want a fault of %s", c.name, path, status, c.field)
			}
			if c.starts != "" && !strings.Contains(text, `value="`+c.starts+`"`) {
				t.Errorf("%s: what was typed is gone", c.name)
			}
		}
	}
	if now := s.now("SPRING"); now != before {
		t.Errorf("the code is %+v now", now)
	}
	if _, err := s.book.Get(t.Context(), "AUTUMN"); err == nil {
		t.Error("a code with such dates was made")
	}
}

// Two colleagues have the form of a code open. Who saves last is told, and has what they typed; saved once more it counts.
func TestTwoColleaguesChangeOneCode(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.made("SPRING")
	ada, bob := s.opened("ada", "SPRING"), s.opened("bob", "SPRING")
	ada.Set("off", "25")
	if status, text := s.send("ada", http.MethodPost, at+"/codes/SPRING", ada); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, text)
	}
	bob.Set("about", "Easter")
	status, text := s.send("bob", http.MethodPost, at+"/codes/SPRING", bob)
	if status != http.StatusConflict || !strings.Contains(text, "Somebody else has changed this code") || !strings.Contains(text, `value="Easter"`) {
		t.Errorf("%d, want that somebody was quicker", status)
	}
	if now := s.now("SPRING"); now.Rate != 250_000 || now.About != "Spring" {
		t.Errorf("the code is %+v now", now)
	}
	again := s.opened("bob", "SPRING")
	bob.Set("was", again.Get("was"))
	if status, text := s.send("bob", http.MethodPost, at+"/codes/SPRING", bob); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, text)
	}
	if now := s.now("SPRING"); now.Rate != 200_000 || now.About != "Easter" {
		t.Errorf("the code is %+v now", now)
	}
}

// Of many who save at the same moment one is first, and the others are told; the code is used meanwhile, which hinders nobody.
func TestOneOfManyChangesACode(t *testing.T) {
	t.Parallel()
	const many = 8
	s := newStage(t)
	s.made("SPRING")
	form := s.opened("ada", "SPRING")
	if _, err := s.db.Exec(t.Context(), "update promo_codes set uses = uses + 1"); err != nil {
		t.Fatal(err)
	}
	var statuses [many]int
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range many {
		mine := url.Values{}
		for name, value := range form {
			mine[name] = value
		}
		mine.Set("off", []string{"21", "22", "23", "24", "25", "26", "27", "28"}[i])
		group.Go(func() { <-start; statuses[i], _ = s.send("ada", http.MethodPost, at+"/codes/SPRING", mine) })
	}
	close(start)
	group.Wait()
	saved := 0
	for i, status := range statuses {
		switch status {
		case http.StatusSeeOther:
			saved++
			if now := s.now("SPRING"); now.Rate != int64(210_000+10_000*i) {
				t.Errorf("the code takes %d off, and number %d was told that theirs counts", now.Rate, i)
			}
		case http.StatusConflict:
		default:
			t.Errorf("number %d: %d", i, status)
		}
	}
	if changes := s.records("promo.change"); saved != 1 || changes != 1 {
		t.Errorf("%d were saved, %d are in the log", saved, changes)
	}
}

func TestACodeInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.made("SPRING")
	s.made("UNUSED")
	if _, err := s.db.Exec(t.Context(), `with placed as (
			insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total, session_hash, hold_id, hold_token, created_at, updated_at, expires_at)
			select gen_random_uuid(), 'LYC-TEST', 'lyceum', p.id, 'paid', 'Ada', 'ada@example.org', 'GBP', 0, '', 'h', 1, now(), now(), now() from performances p limit 1 returning id)
		insert into promo_uses (promo_id, order_id, email_hash, discount, used_at) select c.id, placed.id, '', 100, now() from promo_codes c, placed where c.code = 'SPRING'`); err != nil {
		t.Fatal(err)
	}
	status, text := s.send("ada", http.MethodPost, at+"/codes/SPRING/delete", nil)
	if status == http.StatusSeeOther || !strings.Contains(text, "Pause it instead") {
		t.Errorf("%d, want that it is in use", status)
	}
	s.now("SPRING")
	for range 2 { // pressed twice
		status, _ = s.send("ada", http.MethodPost, at+"/codes/UNUSED/delete", nil)
	}
	if _, err := s.book.Get(t.Context(), "UNUSED"); err == nil || status != http.StatusNotFound {
		t.Errorf("deleted twice: %d, %v", status, err)
	}
	if deleted := s.records("promo.delete"); deleted != 1 {
		t.Errorf("%d deletions are in the log", deleted)
	}
}
