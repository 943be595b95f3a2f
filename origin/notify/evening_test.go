package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/bus/event"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/notify"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func TestWhoHasTicketsHearsOfAnotherTimeAndOfNone(t *testing.T) {
	t.Parallel()
	db, house := pgtest.Pool(t), newTheatre()
	// The orders are all this needs of the house: what they refer to is left out.
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "set local session_replication_role = replica"); err != nil {
			return err
		}
		for i, o := range []struct{ state, email string }{{"paid", "cecily@example.org"}, {"refunded", "gone@example.org"}, {"paid", ""}} {
			id := house.order.ID
			if i > 0 {
				id = uuid.New()
			}
			_, err := tx.Exec(t.Context(), `insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total, session_hash, hold_id, hold_token, created_at, updated_at, expires_at)
				values ($1, $2, 'lyceum', $3, $4, 'Cecily', $5, 'GBP', 0, '', $2, 1, now(), now(), now())`, id, "LYC-"+id.String()[:8], house.detail.ID, o.state, o.email)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2027, 6, 12, 18, 30, 0, 0, time.UTC)
	moved, _ := json.Marshal(content.PerformanceMoved{PerformanceID: house.detail.ID, BrandID: "lyceum", From: from, To: from.Add(-5 * time.Hour), Orders: 1})
	off, _ := json.Marshal(content.PerformanceCancelled{PerformanceID: house.detail.ID, BrandID: "lyceum", StartsAt: from, Orders: 1})
	for _, event := range []bus.Delivery{
		{ID: uuid.New(), Subject: content.SubjectPerformanceMoved, Payload: moved}, {ID: uuid.New(), Subject: content.SubjectPerformanceCancelled, Payload: off},
	} {
		for range 2 { // told twice, written once
			if err := handle(t.Context(), db, house.writer(t), event); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := mails(t, db)
	if len(all) != 2 || all[0].recipient != "cecily@example.org" || all[1].recipient != "cecily@example.org" {
		t.Fatalf("%d e-mails: %+v", len(all), all)
	}
	for i, want := range [][]string{
		{"New time: The Importance", "7.30pm", "2.30pm", "Saturday 12 June 2027", "/orders/LYC-7K4QPWR?key=k3y"},
		{"Cancelled: The Importance", "Saturday 12 June 2027", "without a fee", "/orders/LYC-7K4QPWR?key=k3y"},
	} {
		for _, text := range want {
			if !strings.Contains(all[i].subject+all[i].text, text) {
				t.Errorf("e-mail %d lacks %q:\n%s\n%s", i, text, all[i].subject, all[i].text)
			}
		}
	}
}

func TestEveningSubjectsAreListenedTo(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{content.SubjectPerformanceMoved, content.SubjectPerformanceCancelled} {
		if !strings.Contains(strings.Join(notify.Subjects(), " "), subject) {
			t.Errorf("nobody listens to %s", subject)
		}
	}
}

// crowd is a theatre where every order is somebody's.
type crowd struct{ *theatre }

func (c crowd) OrderByID(_ context.Context, id uuid.UUID) (booking.Order, error) {
	order := c.order
	order.ID, order.Email = id, id.String()+"@example.org"
	return order, nil
}

// A whole evening is called off, whoever writes about it is killed in the middle, and every fact comes twice: everybody hears
// of it once.
func TestAFullHouseIsWrittenToInParts(t *testing.T) {
	t.Parallel()
	const orders = 250
	db, house := pgtest.Pool(t), newTheatre()
	err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "set local session_replication_role = replica"); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total, session_hash, hold_id, hold_token, created_at, updated_at, expires_at)
			select gen_random_uuid(), 'LYC-' || n, 'lyceum', $1, 'paid', 'Cecily', 'c@example.org', 'GBP', 0, '', n::text, 1, now(), now(), now() from generate_series(1, $2::integer) n`, house.detail.ID, orders)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	writer := house.writerOf(t, crowd{house})
	off, _ := json.Marshal(content.PerformanceCancelled{PerformanceID: house.detail.ID, BrandID: "lyceum", Orders: orders})
	next := []bus.Delivery{{ID: uuid.New(), Subject: content.SubjectPerformanceCancelled, Payload: off}}
	written, parts := 0, 0
	for len(next) > 0 {
		told := next[0]
		next = next[1:]
		killed := errors.New("killed")
		err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
			if err := writer.Handle(t.Context(), tx, told); err != nil {
				return err
			}
			return killed
		})
		if !errors.Is(err, killed) || len(mails(t, db)) != written {
			t.Fatalf("%v; %d letters are there although nothing was committed, before %d", err, len(mails(t, db)), written)
		}
		for range 2 {
			if err := handle(t.Context(), db, writer, told); err != nil {
				t.Fatal(err)
			}
		}
		now := len(mails(t, db))
		if now-written > 100 {
			t.Fatalf("%d letters in one transaction", now-written)
		}
		written, parts = now, parts+1
		rows, err := db.Query(t.Context(), "delete from outbox where subject = $1 returning event_id, subject, payload", notify.SubjectLettersWanted)
		if err != nil {
			t.Fatal(err)
		}
		var d bus.Delivery
		var told2 []bus.Delivery
		if _, err := pgx.ForEachRow(rows, []any{&d.ID, &d.Subject, &d.Payload}, func() error {
			told2 = append(told2, bus.Delivery{ID: d.ID, Subject: d.Subject, Payload: slices.Clone(d.Payload)})
			return event.Check(d.Subject, d.Payload)
		}); err != nil {
			t.Fatal(err)
		}
		if len(told2) > 0 { // the same twice, as it was handled twice
			next = told2[:1]
		}
	}
	heard := map[string]bool{}
	for _, m := range mails(t, db) {
		heard[m.recipient] = true
	}
	if written != orders || len(heard) != orders || parts != 3 {
		t.Errorf("%d letters to %d people in %d parts", written, len(heard), parts)
	}
}
