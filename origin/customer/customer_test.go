package customer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/audit"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/show"
)

const ada = "ada@example.org"

// house is a theatre that sold something, and the desk that answers its buyers.
type house struct {
	t        *testing.T
	db       *pgxpool.Pool
	clock    *bookingtest.Clock
	holds    *bookingtest.Holds
	provider *bookingtest.Provider
	service  *booking.Service
	desk     *customer.Desk
	evening  uuid.UUID
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: pgtest.Pool(t), clock: bookingtest.NewClock()}
	h.holds, h.provider = bookingtest.NewHolds(h.clock.Now), bookingtest.NewProvider(h.clock.Now)
	h.evening = bookingtest.Build(t, h.db).Performance(h.clock.Now())
	key := bytes.Repeat([]byte("k"), 32)
	var err error
	h.service, err = booking.New(booking.Config{
		DB: h.db, Holds: h.holds, Payments: h.provider, Shows: show.NewRepository(h.db), Signer: bookingtest.Signer{}, LinkKey: key,
		Logger: slog.New(slog.DiscardHandler), Now: h.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.desk = &customer.Desk{
		DB: h.db, Orders: h.service, Shows: show.NewRepository(h.db), LinkKey: key, Now: h.clock.Now, Logger: slog.New(slog.DiscardHandler),
		Farewell: func(context.Context, string) (customer.Letter, error) {
			return customer.Letter{Subject: "Your data is erased", HTML: "<p>Goodbye</p>", Text: "Goodbye"}, nil
		},
	}
	return h
}

// buy is an order of an address, paid.
func (h *house) buy(email string, seats ...string) booking.Order {
	h.t.Helper()
	order := h.place(email, seats...)
	h.provider.Pay(order.Intent)
	h.settle()
	order, err := h.service.OrderByID(h.t.Context(), order.ID)
	if err != nil || order.State != booking.Paid {
		h.t.Fatalf("the order is %s, %v", order.State, err)
	}
	return order
}

func (h *house) place(email string, seats ...string) booking.Order {
	h.t.Helper()
	session := uuid.NewString()
	kept, err := h.holds.Acquire(h.t.Context(), hold.Request{PerformanceID: h.evening, Session: session, Seats: seats})
	if err != nil {
		h.t.Fatal(err)
	}
	p := booking.PlaceOrder{HoldID: kept.ID, Session: session, SiteBrandID: bookingtest.Brand, Name: "Ada Bracknell", Email: email, IdempotencyKey: "order-" + session}
	for _, seat := range seats {
		p.Seats = append(p.Seats, booking.SeatChoice{SeatID: seat, PriceType: show.Adult})
	}
	placed, err := h.service.Place(h.t.Context(), p)
	if err != nil {
		h.t.Fatal(err)
	}
	return placed.Order
}

func (h *house) settle() {
	h.t.Helper()
	for _, event := range h.provider.Events() {
		if _, err := h.service.ApplyPayment(h.t.Context(), event); err != nil {
			h.t.Fatal(err)
		}
	}
	if _, err := h.service.Sweep(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) count(sql string, args ...any) int {
	h.t.Helper()
	var n int
	if err := h.db.QueryRow(h.t.Context(), sql, args...).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// asked lists the links that were asked for and that a mail may be written for, the last one last.
func (h *house) asked() []customer.LinkFact {
	h.t.Helper()
	rows, err := h.db.Query(h.t.Context(), "select payload from outbox where subject = $1 order by id", customer.SubjectLinkWanted)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	var links []customer.LinkFact
	for rows.Next() {
		var text []byte
		var link customer.LinkFact
		if err := errors.Join(rows.Scan(&text), json.Unmarshal(text, &link)); err != nil {
			h.t.Fatal(err)
		}
		links = append(links, link)
	}
	return links
}

func (h *house) ask(email, client string) error {
	return h.desk.AskForLink(h.t.Context(), bookingtest.Brand, email, client)
}

// word asks for a link as somebody would and takes it out of the mail.
func (h *house) word(email string) string {
	h.t.Helper()
	if err := h.ask(email, "203.0.113.7"); err != nil {
		h.t.Fatal(err)
	}
	links := h.asked()
	to, word := h.wanted(links[len(links)-1])
	if to == "" {
		h.t.Fatal("no mail is written")
	}
	return word
}

func (h *house) wanted(link customer.LinkFact) (to, word string) {
	h.t.Helper()
	err := pgx.BeginFunc(h.t.Context(), h.db, func(tx pgx.Tx) (err error) {
		to, word, err = h.desk.Wanted(h.t.Context(), tx, link)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return to, word
}

func TestALinkOpensOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := t.Context()
	h.buy(ada, "stalls-A-1")
	h.buy("bob@example.org", "stalls-A-2")
	word := h.word(" Ada@Example.ORG ")
	if err := h.desk.Good(ctx, bookingtest.Brand, word); err != nil {
		t.Fatalf("looked at: %v", err)
	}
	for name, wrong := range map[string]struct{ site, word string }{
		"another site": {bookingtest.OtherBrand, word}, "nonsense": {bookingtest.Brand, "nonsense"}, "cut off": {bookingtest.Brand, word[:20]},
		"forged": {bookingtest.Brand, word[:len(word)-4] + "AAAA"}, "nothing": {bookingtest.Brand, ""},
	} {
		if _, err := h.desk.Open(ctx, wrong.site, wrong.word); !errors.Is(err, customer.ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	visit, err := h.desk.Open(ctx, bookingtest.Brand, word)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.desk.Open(ctx, bookingtest.Brand, word); !errors.Is(err, customer.ErrLink) {
		t.Errorf("opened twice: %v", err)
	}
	email, err := h.desk.Who(ctx, bookingtest.Brand, visit)
	if err != nil || email != ada {
		t.Fatalf("signed in is %q, %v", email, err)
	}
	if _, err := h.desk.Who(ctx, bookingtest.OtherBrand, visit); !errors.Is(err, customer.ErrSignedOut) {
		t.Errorf("signed in elsewhere: %v", err)
	}
	if _, err := h.desk.Who(ctx, bookingtest.Brand, word); !errors.Is(err, customer.ErrSignedOut) {
		t.Errorf("a link is no visit: %v", err)
	}
	entries, err := h.desk.OrdersOf(ctx, bookingtest.Brand, email)
	if err != nil || len(entries) != 1 || entries[0].Order.Email != ada || entries[0].Detail.Production.Title == "" {
		t.Errorf("orders %+v, %v", entries, err)
	}
	if other, err := h.desk.OrdersOf(ctx, bookingtest.OtherBrand, email); err != nil || len(other) != 0 {
		t.Errorf("orders on another site: %d, %v", len(other), err)
	}
	if everywhere, err := h.desk.OrdersOf(ctx, bookingtest.Group, email); err != nil || len(everywhere) != 1 {
		t.Errorf("orders on the group's site: %d, %v", len(everywhere), err)
	}
	if err := h.desk.SignOut(ctx, bookingtest.Brand, visit); err != nil {
		t.Fatal(err)
	}
	if _, err := h.desk.Who(ctx, bookingtest.Brand, visit); !errors.Is(err, customer.ErrSignedOut) {
		t.Errorf("after signing out: %v", err)
	}
	h.audit()
}

func TestLinksAndVisitsEnd(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := t.Context()
	h.buy(ada, "stalls-A-1")
	late := h.word(ada)
	h.clock.Advance(customer.LinkLasts + time.Second)
	if err := h.desk.Good(ctx, bookingtest.Brand, late); !errors.Is(err, customer.ErrLink) {
		t.Errorf("a link that is too old: %v", err)
	}
	visit, err := h.desk.Open(ctx, bookingtest.Brand, h.word(ada))
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(customer.VisitLasts - time.Second)
	if _, err := h.desk.Who(ctx, bookingtest.Brand, visit); err != nil {
		t.Errorf("just before the end: %v", err)
	}
	h.clock.Advance(2 * time.Second)
	if _, err := h.desk.Who(ctx, bookingtest.Brand, visit); !errors.Is(err, customer.ErrSignedOut) {
		t.Errorf("after the end: %v", err)
	}
	h.clock.Advance(2 * time.Hour)
	if err := h.ask(ada, "203.0.113.7"); err != nil {
		t.Fatal(err)
	}
	if n := h.count("select count(*) from buyer_links"); n != 1 {
		t.Errorf("%d links are kept, of which one is fresh", n)
	}
}

// Whoever asks learns nothing: the request does the same for an address that nobody ever ordered with.
func TestNobodyLearnsWhoOrdered(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.buy(ada, "stalls-A-1")
	for _, email := range []string{ada, "nobody@example.org"} {
		if err := h.ask(email, "203.0.113.7"); err != nil {
			t.Errorf("%s: %v", email, err)
		}
	}
	links := h.asked()
	if len(links) != 2 {
		t.Fatalf("%d facts", len(links))
	}
	for i, want := range []string{ada, ""} {
		if to, _ := h.wanted(links[i]); to != want {
			t.Errorf("a mail to %q, want one to %q", to, want)
		}
	}
	for _, email := range []string{"", "ada", "ada@", "Ada <ada@example.org>", "ada@example.org\nbcc: x@example.org", strings.Repeat("a", 250) + "@example.org"} {
		if err := h.ask(email, "203.0.113.7"); !errors.Is(err, customer.ErrAddress) {
			t.Errorf("%q: %v", email, err)
		}
	}
}

func TestLinksAreLimited(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i := range 6 {
		if err := h.ask(ada, string(rune('a'+i))); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	if n := len(h.asked()); n != 3 {
		t.Errorf("%d mails to one address within an hour", n)
	}
	refused := 0
	for i := range 20 {
		err := h.ask(string(rune('a'+i))+"@example.org", "one client")
		switch {
		case errors.Is(err, customer.ErrTooOften):
			refused++
		case err != nil:
			t.Fatal(err)
		}
	}
	if refused != 8 {
		t.Errorf("%d of 20 requests of one client were refused", refused)
	}
	h.clock.Advance(time.Hour + time.Minute)
	if err := h.ask(ada, "one client"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func TestACopyHoldsEverything(t *testing.T) {
	t.Parallel()
	h := open(t)
	order := h.buy(ada, "stalls-A-1", "stalls-A-2")
	if _, err := h.service.RefundSeats(t.Context(), booking.SeatsBack{OrderID: order.ID, Seats: []string{"stalls-A-1"}, Actor: booking.StaffActor("colleague-17"), Reason: "ill", IdempotencyKey: "give-one-back"}); err != nil {
		t.Fatal(err)
	}
	h.exec("update payments set card_brand = 'visa', card_last4 = '4242'")
	h.exec("insert into mails (id, brand_id, recipient, subject, body_html, body_text) values (gen_random_uuid(), 'lyceum', 'Ada@example.org', 'Your tickets', '', '')")
	h.buy("bob@example.org", "stalls-A-3")
	h.reserve("A. Bracknell", "Ada@Example.org", "stalls-A-7")
	h.reserve("Bob", "bob@example.org", "stalls-A-8")
	made, err := h.desk.CopyOf(t.Context(), ada)
	if err != nil || len(made.Orders) != 1 {
		t.Fatalf("%d orders, %v", len(made.Orders), err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{order.Number, "Ada Bracknell", ada, `"last4":"4242"`, "The Importance of Being Earnest", "Stalls, row A, seat 1", `"given_up":"refunded"`, `"refunded":5000`, "Your tickets", `"who":"you"`, "A. Bracknell", "stalls-A-7"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the copy lacks %q", want)
		}
	}
	for _, secret := range []string{"bob@example.org", "colleague-17", order.Tickets[0].Code, "stalls-A-8"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the copy holds %q", secret)
		}
	}
}

// reserve has the box office keep a seat for somebody by name.
func (h *house) reserve(name, contact, seat string) {
	h.t.Helper()
	h.exec(`insert into desk_reservations (id, performance_id, hold_id, seats, name, contact, made_by, made_at, expires_at)
		values (gen_random_uuid(), $1, 'h', array[$4], $2, $3, 'colleague-17', now(), now())`, h.evening, name, contact, seat)
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.db.Exec(h.t.Context(), sql, args...); err != nil {
		h.t.Fatal(err)
	}
}

// audit: the ledger is whole.
func (h *house) audit() {
	h.t.Helper()
	h.exec("insert into outbox_relayed (id, stream_seq) select id, id from outbox_waiting")
	report, err := audit.Run(h.t.Context(), audit.Deps{DB: h.db, Payments: h.provider, SeatMap: h.holds, Now: h.clock.Now})
	if err != nil {
		h.t.Fatal(err)
	}
	if !report.OK() {
		var table strings.Builder
		_ = report.WriteTable(&table)
		h.t.Fatalf("the audit says:\n%s", table.String())
	}
}

func TestABuyerIsForgotten(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx := t.Context()
	h.buy(ada, "stalls-A-1")
	waiting := h.place("ADA@example.org", "stalls-A-2")
	h.buy("bob@example.org", "stalls-A-3")
	h.exec("insert into mails (id, brand_id, recipient, subject, body_html, body_text) values (gen_random_uuid(), 'lyceum', 'Ada@example.org', 'Your tickets', '', '')")
	visit, err := h.desk.Open(ctx, bookingtest.Brand, h.word(ada))
	if err != nil {
		t.Fatal(err)
	}
	var unfinished *customer.UnfinishedError
	if _, err := h.desk.Erase(ctx, bookingtest.Brand, ada, true); !errors.As(err, &unfinished) || unfinished.Orders[0] != waiting.Number {
		t.Fatalf("while money is to be paid: %v", err)
	}
	h.clock.Advance(time.Hour) // and that order expires
	h.settle()
	var coming *customer.ComingError
	if _, err := h.desk.Erase(ctx, bookingtest.Brand, ada, false); !errors.As(err, &coming) || len(coming.Orders) != 1 {
		t.Fatalf("without a word about what is to come: %v", err)
	}
	if n := h.count("select count(*) from orders where lower(buyer_email) = $1", ada); n != 2 {
		t.Fatalf("%d orders are left: something was erased", n)
	}
	n, err := h.desk.Erase(ctx, bookingtest.Brand, ada, true)
	if err != nil || n != 2 {
		t.Fatalf("erased %d, %v", n, err)
	}
	for what, sql := range map[string]string{
		"orders": "select count(*) from orders where lower(buyer_email) = $1 or buyer_name ilike '%bracknell%' and erased_at is null and lower(buyer_email) <> 'bob@example.org'",
		"facts":  "select count(*) from outbox where lower(payload::text) like '%' || $1 || '%'",
		"links":  "select count(*) from buyer_links where email = $1",
		"mails":  "select count(*) from mails where lower(recipient) = $1 and subject <> 'Your data is erased'",
	} {
		if left := h.count(sql, ada); left != 0 {
			t.Errorf("%d %s are left", left, what)
		}
	}
	if told := h.count("select count(*) from mails where recipient = $1 and subject = 'Your data is erased'", ada); told != 1 {
		t.Errorf("confirmed by %d mails", told)
	}
	if kept := h.count("select count(*) from orders where buyer_email = 'bob@example.org' and buyer_name = 'Ada Bracknell'"); kept != 1 {
		t.Error("somebody else was forgotten")
	}
	if valid := h.count("select count(*) from tickets where state = 'valid'"); valid != 2 {
		t.Errorf("%d tickets admit", valid)
	}
	if _, err := h.desk.Who(ctx, bookingtest.Brand, visit); !errors.Is(err, customer.ErrSignedOut) {
		t.Errorf("still signed in: %v", err)
	}
	h.audit()
}
