package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/bus/natstest"
	"github.com/stagedoor/stagedoor/origin/notify"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

var update = flag.Bool("update", false, "write the golden files anew")

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// theatre is what the writer asks, with one order for one performance.
type theatre struct {
	order  booking.Order
	detail show.Detail
	err    error
}

func (t *theatre) OrderByID(_ context.Context, id uuid.UUID) (booking.Order, error) {
	if t.err != nil || id != t.order.ID {
		return booking.Order{}, errors.Join(t.err, booking.ErrNotFound)
	}
	return t.order, nil
}

func (t *theatre) AccessKey(uuid.UUID) string { return "k3y" }

func (t *theatre) Performance(context.Context, uuid.UUID) (show.Detail, error) { return t.detail, nil }

// plain is a locale for tests.
type plain struct{}

func (plain) Tag() string                  { return "en-GB" }
func (plain) Date(t time.Time) string      { return t.Format("Monday 2 January 2006") }
func (plain) ShortDate(t time.Time) string { return t.Format("Mon 2 Jan") }
func (plain) Clock(t time.Time) string     { return t.Format("3.04pm") }

func newTheatre() *theatre {
	performance := uuid.MustParse("019a9c1e-5f3b-7a52-9b0f-6d1f3c2a4e10")
	return &theatre{
		order: booking.Order{
			ID: uuid.MustParse("019a9c1e-5f3b-7a52-9b0f-6d1f3c2a4e11"), Number: "LYC-7K4QPWR", BrandID: "lyceum", PerformanceID: performance,
			State: booking.Paid, Name: "Cecily Cardew", Email: "cecily@example.org", Currency: "GBP", Total: 14550,
			Seats: []booking.Seat{
				{SeatID: "dress-circle-C-14", Section: "Dress Circle", Row: "C", Label: "14", PriceType: show.Adult, Amount: 8550},
				{SeatID: "dress-circle-C-15", Section: "Dress Circle", Row: "C", Label: "15", PriceType: show.Concession, Amount: 6000},
				{SeatID: "dress-circle-C-16", Section: "Dress Circle", Row: "C", Label: "16", PriceType: show.Companion},
			},
		},
		detail: show.Detail{
			Performance: show.Performance{ID: performance, StartsAt: time.Date(2027, 6, 12, 18, 30, 0, 0, time.UTC)},
			Production:  show.Production{Title: "The Importance of Being Earnest", Author: "Oscar Wilde", AgeGuidance: "Ages 8+"},
			Venue:       venue.Venue{Name: "Lyceum Theatre", Address: "21 Wellington Street", City: "London", Postcode: "WC2E 7RQ", TimeZone: "Europe/London"},
			Brand: venue.Brand{ID: "lyceum", Name: "Lyceum Theatre", Locale: "en-GB", Theme: venue.Theme{
				Background: "#fbf7ef", Ink: "#221a12", Accent: "#8a1c33", DarkBackground: "#17120d", DarkInk: "#f3ece0", DarkAccent: "#f08fa2"}},
			Prices: show.PriceTable{Types: []show.PriceType{{ID: show.Adult, Name: "Adult"}, {ID: show.Concession, Name: "Concession"}, {ID: show.Companion, Name: "Companion"}}},
		},
	}
}

func (t *theatre) writer(tb testing.TB) *notify.Writer { return t.writerOf(tb, t) }

func (t *theatre) writerOf(tb testing.TB, orders notify.Orders) *notify.Writer {
	tb.Helper()
	w, err := notify.NewWriter(notify.Config{
		Orders: orders, Shows: t, Logger: quiet,
		Locale: func(string) notify.Locale { return plain{} },
		Money: func(amount int64, currency string) string {
			return fmt.Sprintf("%s %d.%02d", currency, amount/100, amount%100)
		},
		SiteURL: func(brandID string) string { return "http://" + brandID + ".localhost:8787" },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

func (t *theatre) paid(id uuid.UUID) bus.Delivery {
	payload, _ := json.Marshal(booking.OrderFact{OrderID: t.order.ID, Number: t.order.Number})
	return bus.Delivery{ID: id, Subject: booking.SubjectOrderPaid, Payload: payload}
}

type kept struct{ recipient, subject, html, text string }

func mails(t *testing.T, db *pgxpool.Pool) []kept {
	t.Helper()
	rows, err := db.Query(t.Context(), "select recipient, subject, body_html, body_text from mails order by id")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (kept, error) {
		var k kept
		return k, row.Scan(&k.recipient, &k.subject, &k.html, &k.text)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func handle(ctx context.Context, db *pgxpool.Pool, w *notify.Writer, event bus.Delivery) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error { return w.Handle(ctx, tx, event) })
}

func TestConfirmation(t *testing.T) {
	t.Parallel()
	db, house := pgtest.Pool(t), newTheatre()
	writer, event := house.writer(t), house.paid(uuid.New())
	for range 2 { // told twice, written once
		if err := handle(t.Context(), db, writer, event); err != nil {
			t.Fatal(err)
		}
	}
	all := mails(t, db)
	if len(all) != 1 || all[0].recipient != "cecily@example.org" {
		t.Fatalf("%d e-mails: %+v", len(all), all)
	}
	if want := "Your 3 tickets: The Importance of Being Earnest, Sat 12 Jun, 7.30pm (LYC-7K4QPWR)"; all[0].subject != want {
		t.Errorf("subject %q, want %q", all[0].subject, want)
	}
	golden(t, "paid.html", all[0].html)
	golden(t, "paid.txt", all[0].text)
	for _, body := range []string{all[0].html, all[0].text} {
		for _, want := range []string{"LYC-7K4QPWR", "Dress Circle, row C, seat 14", "GBP 145.50", "Saturday 12 June 2027", "7.30pm", "BST", "21 Wellington Street", "http://lyceum.localhost:8787/orders/LYC-7K4QPWR?key=k3y"} {
			if !strings.Contains(body, want) {
				t.Errorf("%q is missing", want)
			}
		}
	}
}

// golden compares text with a file in testdata; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it and run with -update:\n%s", path, got)
	}
}

func TestWhatBuyersWriteStaysText(t *testing.T) {
	t.Parallel()
	db, house := pgtest.Pool(t), newTheatre()
	house.order.Name = `<script>alert(1)</script>"'`
	house.detail.Production.Title = "Line\r\nBcc: everybody@example.org"
	house.detail.Brand.Theme.Accent = "red;background:url(https://evil.example)"
	if err := handle(t.Context(), db, house.writer(t), house.paid(uuid.New())); err != nil {
		t.Fatal(err)
	}
	mail := mails(t, db)[0]
	if strings.Contains(mail.html, "<script") || strings.Contains(mail.html, "evil.example") {
		t.Error("markup got through")
	}
	if strings.ContainsAny(mail.subject, "\r\n") {
		t.Errorf("subject %q has more than one line", mail.subject)
	}
}

func TestNoMail(t *testing.T) {
	t.Parallel()
	db := pgtest.Pool(t)
	for _, test := range []struct {
		name   string
		change func(*theatre, *bus.Delivery)
		fails  bool
	}{
		{"refunded since", func(h *theatre, _ *bus.Delivery) { h.order.State = booking.Refunded }, false},
		{"no such order", func(h *theatre, _ *bus.Delivery) { h.order.ID = uuid.New() }, true},
		{"another payload", func(_ *theatre, e *bus.Delivery) { e.Payload = []byte(`{"order_id": 7}`) }, true},
		{"database away", func(h *theatre, _ *bus.Delivery) { h.err = errors.New("away") }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			house := newTheatre()
			event := house.paid(uuid.New())
			test.change(house, &event)
			if err := handle(t.Context(), db, house.writer(t), event); (err != nil) != test.fails {
				t.Errorf("got %v", err)
			}
			if n := len(mails(t, db)); n != 0 {
				t.Errorf("%d e-mails", n)
			}
		})
	}
}

// The whole way: a fact committed with an order becomes one e-mail.
func TestFromTheOutboxToTheMailbox(t *testing.T) {
	t.Parallel()
	db, house := pgtest.Pool(t), newTheatre()
	conn, err := bus.Connect(natstest.Start(t).URL(), "test", quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	relay := bus.NewRelay(bus.RelayConfig{DB: db, NATS: conn, Logger: quiet, Poll: 20 * time.Millisecond})
	consumer := bus.NewConsumer(bus.ConsumerConfig{
		Name: notify.Consumer, Subjects: notify.Subjects(), Handle: house.writer(t).Handle, DB: db, NATS: conn, Logger: quiet})
	for _, run := range []func(context.Context){relay.Run, consumer.Run} {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); run(ctx) }()
		t.Cleanup(func() { cancel(); <-done })
	}
	err = pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		return bus.Add(t.Context(), tx, bus.Event{Subject: booking.SubjectOrderPaid, Key: house.order.ID.String(), Payload: booking.OrderFact{OrderID: house.order.ID}})
	})
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); len(mails(t, db)) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no e-mail arrived")
		}
	}
}
