package customer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/notify"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// An order placed in the moment of an erasure is none of those that are erased: its buyer is to have their tickets.
func TestAnOrderPlacedDuringAnErasureKeepsItsBuyer(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.buy(ada, "stalls-A-1")
	var late booking.Order
	h.desk.Probe(func(string) { late = h.place(ada, "stalls-A-2") })
	if n, err := h.desk.Erase(t.Context(), bookingtest.Brand, ada, true); err != nil || n != 1 {
		t.Fatalf("erased %d, %v", n, err)
	}
	h.provider.Pay(late.Intent)
	h.settle()
	if o, err := h.service.OrderByID(t.Context(), late.ID); err != nil || o.State != booking.Paid || o.Email != ada {
		t.Errorf("the order placed meanwhile is %s, of %q, %v", o.State, o.Email, err)
	}
	h.audit()
}

func TestFactsAreToldWithoutAddresses(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.buy(ada, "stalls-A-1")
	h.word(ada)
	if n := h.count("select count(*) from outbox"); n < 3 {
		t.Fatalf("%d facts", n)
	}
	if n := h.count("select count(*) from outbox where payload::text ilike '%' || $1 || '%'", ada); n != 0 {
		t.Errorf("%d facts hold the address", n)
	}
}

// Facts that were told with an address, before, and could not be handled are kept as they came.
func TestAnErasureReachesFactsThatCouldNotBeHandled(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.buy(ada, "stalls-A-1")
	park := func(subject, payload, reason string) {
		h.exec(`insert into bus_failures (consumer, event_id, subject, key, payload, traceparent, stream_seq, attempts, reason, parked_at)
			values ('notify', gen_random_uuid(), $1, 'k', $2, '', 1, 8, $3, now())`, subject, []byte(payload), reason)
	}
	park(booking.SubjectOrderPaid, `{"order_id":"o","email":"Ada@Example.org","total":5000}`, "no mail to ADA@example.org")
	park(booking.SubjectOrderPaid, `{"order_id":"o","email":"ada@example.org`, "cut off")
	park(customer.SubjectLinkWanted, "\xff ada@example.org", "no JSON")
	park(booking.SubjectOrderPaid, `{"order_id":"p","email":"bob@example.org"}`, "of somebody else")
	if _, err := h.desk.Erase(t.Context(), bookingtest.Brand, ada, true); err != nil {
		t.Fatal(err)
	}
	rows, err := h.db.Query(t.Context(), "select payload, reason from bus_failures order by stream_seq, first_failed_at, reason")
	if err != nil {
		t.Fatal(err)
	}
	type failure struct {
		Payload []byte
		Reason  string
	}
	left, err := pgx.CollectRows(rows, pgx.RowToStructByPos[failure])
	if err != nil || len(left) != 4 {
		t.Fatalf("%d are left, %v", len(left), err)
	}
	all := ""
	for _, f := range left {
		all += string(f.Payload) + " " + f.Reason + "\n"
	}
	if strings.Contains(strings.ToLower(all), ada) {
		t.Errorf("the address is there still:\n%s", all)
	}
	for _, want := range []string{`{"order_id":"o","email":"","total":5000}`, "no mail to (erased)", `"email":"bob@example.org"`} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing:\n%s", want, all)
		}
	}
}

func TestTheFarewellLosesItsAddressWithinTheHour(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.buy(ada, "stalls-A-1")
	if _, err := h.desk.Erase(t.Context(), bookingtest.Brand, ada, true); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		wait   time.Duration
		still  int
		letter int
	}{{59 * time.Minute, 1, 1}, {2 * time.Minute, 0, 1}} {
		h.clock.Advance(step.wait)
		if err := h.desk.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := h.count("select count(*) from mails where lower(recipient) = $1", ada); n != step.still {
			t.Errorf("%d letters have the address, want %d", n, step.still)
		}
		if n := h.count("select count(*) from mails where subject = 'Your data is erased'"); n != step.letter {
			t.Errorf("%d letters are kept, want %d", n, step.letter)
		}
	}
}

// writer writes the letters of the house.
func (h *house) writer() *notify.Writer {
	h.t.Helper()
	shows := show.NewRepository(h.db)
	w, err := notify.NewWriter(notify.Config{
		Orders: h.service, Shows: shows, SiteURL: func(string) string { return "http://lyceum.localhost" }, Logger: slog.New(slog.DiscardHandler), Links: h.desk,
		Money:  func(amount int64, currency string) string { return fmt.Sprint(amount, " ", currency) },
		Locale: func(string) notify.Locale { return plain{} },
		Brands: func(context.Context) ([]venue.Brand, error) {
			return []venue.Brand{{ID: bookingtest.Brand, Locale: "en-GB"}}, nil
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return w
}

// plain says moments as they are.
type plain struct{}

func (plain) Tag() string                  { return "en-GB" }
func (plain) Date(t time.Time) string      { return t.Format(time.DateOnly) }
func (plain) ShortDate(t time.Time) string { return t.Format(time.DateOnly) }
func (plain) Clock(t time.Time) string     { return t.Format(time.TimeOnly) }

// waitsForLock returns once somebody waits for a lock of somebody else.
func (h *house) waitsForLock() {
	h.t.Helper()
	for until := time.Now().Add(2 * time.Minute); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if h.count("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0 {
			return
		}
	}
	h.t.Fatal("nobody waits for a lock")
}

// A letter is being written while its buyer is erased: it is erased with them. One that is written afterwards is not.
func TestNoLetterBringsAnAddressBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fact func(h *house, order booking.Order) bus.Delivery
	}{
		{"tickets", func(_ *house, o booking.Order) bus.Delivery {
			payload, _ := json.Marshal(booking.OrderFact{OrderID: o.ID})
			return bus.Delivery{ID: uuid.New(), Subject: booking.SubjectOrderPaid, Payload: payload}
		}},
		{"a link", func(h *house, _ booking.Order) bus.Delivery {
			h.word(ada)
			links := h.asked()
			payload, _ := json.Marshal(links[len(links)-1])
			return bus.Delivery{ID: uuid.New(), Subject: customer.SubjectLinkWanted, Payload: payload}
		}},
		{"another evening", func(h *house, _ booking.Order) bus.Delivery {
			payload, _ := json.Marshal(notify.LettersFact{Cause: uuid.New(), PerformanceID: h.evening})
			return bus.Delivery{ID: uuid.New(), Subject: notify.SubjectLettersWanted, Payload: payload}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			event := c.fact(h, h.buy(ada, "stalls-A-1"))
			writer := h.writer()
			tx, err := h.db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
			if err := writer.Handle(t.Context(), tx, event); err != nil {
				t.Fatal(err)
			}
			var written int
			if err := tx.QueryRow(t.Context(), "select count(*) from mails where recipient = $1", ada).Scan(&written); err != nil || written != 1 {
				t.Fatalf("%d letters, %v", written, err)
			}
			erased := make(chan error, 1)
			go func() {
				_, err := h.desk.Erase(t.Context(), bookingtest.Brand, ada, true)
				erased <- err
			}()
			h.waitsForLock()
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-erased; err != nil {
				t.Fatal(err)
			}
			// And once more, as if the first time had been lost.
			event.ID = uuid.New()
			if err := pgx.BeginFunc(t.Context(), h.db, func(tx pgx.Tx) error { return writer.Handle(t.Context(), tx, event) }); err != nil {
				t.Fatal(err)
			}
			if n := h.count("select count(*) from mails where subject <> 'Your data is erased'"); n != 0 {
				t.Errorf("%d letters are left", n)
			}
		})
	}
}
