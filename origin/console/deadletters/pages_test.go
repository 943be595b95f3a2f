package deadletters_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/cms/intake"
	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/deadletters"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/staff"
)

var people = map[string][]staff.Grant{
	"ops":      {{Role: staff.Ops, Brand: staff.Group}},
	"marketer": {{Role: staff.Marketer, Brand: staff.Group}},
	"manager":  {{Role: staff.Admin, Brand: "lyceum"}}, // of one theatre
}

// stage is the pages in a real frame over a real database, and a consumer that the test plays: it handles what says so.
type stage struct {
	t  *testing.T
	db *pgxpool.Pool
	f  *frame.Frame
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, db: pgtest.Pool(t)}
	logger := slog.New(slog.DiscardHandler)
	pages := &deadletters.Pages{DB: s.db, Desk: &intake.Desk{Now: time.Now}, Retry: s.retry, Now: time.Now, Logger: logger}
	var err error
	s.f, err = frame.New(frame.Deps{Desk: &consoletest.Desk{People: people}, Brands: consoletest.Brands, Logger: logger, Now: time.Now}, pages.Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// retry is a bus.Consumer's Retry whose handler handles events with "good" in them.
func (s *stage) retry(ctx context.Context, consumer string, id uuid.UUID) error {
	return bus.NewConsumer(bus.ConsumerConfig{Name: consumer, DB: s.db, Handle: handle}).Retry(ctx, id)
}

func (s *stage) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) scan(sql string, args ...any) string {
	s.t.Helper()
	var text string
	if err := s.db.QueryRow(s.t.Context(), sql, args...).Scan(&text); err != nil {
		s.t.Fatal(err)
	}
	return text
}

// parkedEvent puts one aside.
func (s *stage) parkedEvent(payload string) uuid.UUID {
	s.t.Helper()
	id := uuid.Must(uuid.NewV7())
	s.exec(`insert into bus_failures (consumer, event_id, subject, key, payload, traceparent, stream_seq, attempts, reason, parked_at)
		values ('notify', $1, 'stagedoor.order.paid.v1', 'k', $2, '', 1, 8, 'no such order', now())`, id, []byte(payload))
	return id
}

// parkedDelivery puts one aside.
func (s *stage) parkedDelivery(entry string) string {
	s.t.Helper()
	return s.scan(`insert into cms_deliveries (source, way, dedup, topic, entry_id, kind, body, received_at, state, next_at, reason, faults, parked_at)
		values ('umbraco', 'webhook', $1, 'Umbraco.ContentPublish', $1, 'production', '{"id": 1}', now(), 'parked', now(), 'it is not valid',
			'[{"field": "runningMinutes", "why": "It must be at least 1."}]', now()) returning id::text`, entry)
}

// ask sends a request as a colleague; the text of a redirect is where it leads, and what the next page says.
func (s *stage) ask(who, method, path string, form url.Values) (int, string) {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "stagedoor_console", Value: who})
	w := httptest.NewRecorder()
	s.f.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), "console", "http://console.localhost:8787")))
	if w.Code == http.StatusSeeOther {
		_, next := s.ask(who, http.MethodGet, w.Header().Get("Location"), nil)
		return w.Code, next
	}
	return w.Code, w.Body.String()
}

func (s *stage) says(who, method, path string, form url.Values, status int, words ...string) {
	s.t.Helper()
	got, text := s.ask(who, method, path, form)
	if got != status {
		s.t.Errorf("%s %s as %s: %d, want %d", method, path, who, got, status)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			s.t.Errorf("%s %s as %s does not say %q:\n%s", method, path, who, word, text)
		}
	}
}

func TestWhoMay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	delivery, event := s.parkedDelivery("e1"), s.parkedEvent(`{}`)
	for _, who := range []string{"marketer", "manager"} {
		for _, path := range []string{"/dead-letters", "/dead-letters/deliveries/" + delivery, "/dead-letters/events/notify/" + event.String()} {
			s.says(who, http.MethodGet, path, nil, http.StatusForbidden)
			s.says(who, http.MethodPost, path, url.Values{"do": {"drop"}, "reason": {"x"}, "letter": {"delivery:" + delivery}}, http.StatusForbidden)
		}
	}
	if n := s.scan(`select count(*)::text from staff_audit`); n != "0" {
		t.Errorf("%s changes are on record", n)
	}
	for _, path := range []string{"/dead-letters/deliveries/99", "/dead-letters/deliveries/x", "/dead-letters/events/notify/x", "/dead-letters/events/other/" + event.String()} {
		s.says("ops", http.MethodGet, path, nil, http.StatusNotFound)
	}
}

func TestOneOfEach(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.says("ops", http.MethodGet, "/dead-letters", nil, http.StatusOK, "Nothing stands aside")
	delivery, event := s.parkedDelivery("e1"), s.parkedEvent(`{"order": "bad"}`)
	s.says("ops", http.MethodGet, "/dead-letters", nil, http.StatusOK, "Running time in minutes", "stagedoor.order.paid.v1", "no such order")
	s.says("ops", http.MethodGet, "/dead-letters/deliveries/"+delivery, nil, http.StatusOK, "It must be at least 1.", "Umbraco.ContentPublish")

	here := "/dead-letters/events/notify/" + event.String()
	s.says("ops", http.MethodPost, here, url.Values{"do": {"replay"}}, http.StatusSeeOther, "It failed again: bad stays bad")
	s.says("ops", http.MethodPost, here, url.Values{"do": {"edit"}, "body": {"{\n\"order\": }"}}, http.StatusUnprocessableEntity, "Line 2", "&#34;order&#34;: }")
	s.says("ops", http.MethodPost, here, url.Values{"do": {"drop"}}, http.StatusSeeOther, "say why first")
	s.says("ops", http.MethodPost, here, url.Values{"do": {"edit"}, "body": {`{"order": "worse"}`}}, http.StatusSeeOther, "It failed again", "ops@example.com corrected it", "bad")
	s.says("ops", http.MethodPost, here, url.Values{"do": {"edit"}, "body": {`{"order": "good"}`}}, http.StatusSeeOther, "Handled.")
	if kept := s.scan(`select string_agg(convert_from(payload, 'UTF8'), ' ' order by id) from dead_letters where decision = 'edit'`); kept != `{"order": "bad"} {"order": "worse"}` {
		t.Errorf("the originals are %s", kept)
	}
	s.says("ops", http.MethodPost, here, url.Values{"do": {"replay"}}, http.StatusSeeOther, "does not stand aside any more")

	there := "/dead-letters/deliveries/" + delivery
	s.says("ops", http.MethodPost, there, url.Values{"do": {"drop"}, "reason": {" "}}, http.StatusSeeOther, "say why first")
	s.says("ops", http.MethodPost, there, url.Values{"do": {"drop"}, "reason": {"a rehearsal"}}, http.StatusSeeOther, "Dropped.", "a rehearsal")
	s.says("ops", http.MethodPost, there, url.Values{"do": {"replay"}}, http.StatusSeeOther, "does not stand aside any more")
	if state := s.scan(`select state from cms_deliveries where id = $1::bigint`, delivery); state != intake.Dropped {
		t.Errorf("the delivery is %s", state)
	}
	if n := s.scan(`select count(*)::text from staff_audit where action like 'deadletters.%'`); n != "6" { // replayed, 2 corrected and replayed each, 1 dropped
		t.Errorf("%s decisions are on record", n)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var letters []string
	for i := range 3 {
		letters = append(letters, "delivery:"+s.parkedDelivery(fmt.Sprint("e", i)), "event:notify:"+s.parkedEvent(`{"n": "good"}`).String())
	}
	bad := s.parkedEvent(`{"n": "bad"}`)
	s.says("ops", http.MethodPost, "/dead-letters", url.Values{"do": {"replay"}}, http.StatusSeeOther, "Tick what it is about first.")
	s.says("ops", http.MethodPost, "/dead-letters", url.Values{"do": {"replay"}, "letter": append(letters, "event:notify:"+bad.String(), "delivery:999")}, http.StatusSeeOther,
		"6 letters replayed.", "1 letter did not stand aside any more.", "1 letter failed again and still stand here: bad stays bad")
	if due := s.scan(`select count(*)::text from cms_deliveries where state = 'due'`); due != "3" {
		t.Errorf("%s deliveries are due", due)
	}
	s.says("ops", http.MethodPost, "/dead-letters", url.Values{"do": {"drop"}, "letter": {"event:notify:" + bad.String()}}, http.StatusSeeOther, "Nothing was dropped")
	s.says("ops", http.MethodPost, "/dead-letters", url.Values{"do": {"drop"}, "reason": {"of a rehearsal"}, "letter": {"event:notify:" + bad.String()}}, http.StatusSeeOther, "1 letter dropped.", "Nothing stands aside")
	if n := s.scan(`select count(*)::text from inbox where event_id = $1`, bad); n != "1" {
		t.Error("a dropped event would be handled by a replay of history")
	}
	n, err := deadletters.Count(t.Context(), s.db)
	if err != nil || n != 0 {
		t.Errorf("%d dead letters (%v)", n, err)
	}
}

func TestPagesOfLetters(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for i := range 52 {
		s.parkedDelivery(fmt.Sprint("e", i))
		s.parkedEvent(fmt.Sprintf(`{"n": %d}`, i))
	}
	_, text := s.ask("ops", http.MethodGet, "/dead-letters", nil)
	if n := strings.Count(text, `name="letter"`); n != 100 {
		t.Errorf("the first page has %d letters", n)
	}
	for _, mark := range []string{"?before=", "?after="} {
		_, rest, found := strings.Cut(text, `href="/dead-letters`+mark)
		if !found {
			t.Fatalf("there is no %s", mark)
		}
		next, _, _ := strings.Cut(rest, `"`)
		_, page := s.ask("ops", http.MethodGet, "/dead-letters"+mark+next, nil)
		if n := strings.Count(page, `name="letter"`); n != 52 { // two of the one, fifty of the other
			t.Errorf("%s: the next page has %d letters", mark, n)
		}
	}
	s.says("ops", http.MethodGet, "/dead-letters?after=nonsense&before=-1", nil, http.StatusOK)
}

var errBad = errors.New("bad stays bad")

func handle(_ context.Context, _ pgx.Tx, event bus.Delivery) error {
	if strings.Contains(string(event.Payload), "good") {
		return nil
	}
	return errBad
}
