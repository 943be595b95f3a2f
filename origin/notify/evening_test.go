package notify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bus"
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
