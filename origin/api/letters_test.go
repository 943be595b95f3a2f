package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/notify"
	"github.com/stagedoor/stagedoor/origin/show"
)

// letter is an e-mail as the mailbox has it.
type letter struct{ id, to, subject, text string }

// letters has the facts about money that were told since turned into letters, each of them twice, as the stream may tell
// them; and returns those that are new.
func (v *theatre) letters(known map[string]bool) (fresh []letter) {
	v.t.Helper()
	writer, err := notify.NewWriter(notify.Config{
		Orders: v.orders, Shows: show.NewRepository(v.db), Locale: func(string) notify.Locale { return plainDates{} },
		Money:   func(amount int64, currency string) string { return fmt.Sprintf("%s %d", currency, amount) },
		SiteURL: func(brand string) string { return "http://" + brand + ".localhost" }, ConsoleURL: "http://console.localhost",
	})
	if err != nil {
		v.t.Fatal(err)
	}
	rows, err := v.db.Query(v.t.Context(), "select event_id, subject, payload from outbox where subject in ($1, $2) order by id", booking.SubjectRefundFailed, booking.SubjectDisputeChanged)
	if err != nil {
		v.t.Fatal(err)
	}
	facts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d bus.Delivery, err error) {
		var payload json.RawMessage
		err = row.Scan(&d.ID, &d.Subject, &payload)
		d.Payload = payload
		return d, err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	facts = slices.DeleteFunc(facts, func(d bus.Delivery) bool { return known[d.ID.String()] })
	for _, fact := range append(facts, facts...) {
		known[fact.ID.String()] = true
		if err := pgx.BeginFunc(v.t.Context(), v.db, func(tx pgx.Tx) error { return writer.Handle(v.t.Context(), tx, fact) }); err != nil {
			v.t.Fatal(err)
		}
	}
	rows, err = v.db.Query(v.t.Context(), "select id::text, recipient, subject, body_text from mails order by recipient, id")
	if err != nil {
		v.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l letter, err error) {
		return l, row.Scan(&l.id, &l.to, &l.subject, &l.text)
	})
	if err != nil {
		v.t.Fatal(err)
	}
	for _, l := range all {
		if !known[l.id] {
			known[l.id] = true
			fresh = append(fresh, l)
		}
	}
	return fresh
}

type plainDates struct{}

func (plainDates) Tag() string                  { return "en-GB" }
func (plainDates) Date(t time.Time) string      { return t.Format("2 January 2006") }
func (plainDates) ShortDate(t time.Time) string { return t.Format("2 Jan") }
func (plainDates) Clock(t time.Time) string     { return t.Format("15:04") }

// colleague is somebody with a role at a theatre, or ("") at all of them.
func (v *theatre) colleague(email, role, brand string, change string) {
	v.t.Helper()
	id := uuid.New()
	for _, sql := range []struct {
		text string
		args []any
	}{
		{`insert into staff_people (id, issuer, subject, email, name, created_at, signed_in_at) values ($1, 'test', $2, $2, 'Joan', now(), now())`, []any{id, email}},
		{`insert into staff_grants (id, person_id, role, brand_id, granted_by, granted_at) values ($1, $2, $3, nullif($4, ''), 'test', now())`, []any{uuid.New(), id, role, brand}},
		{`update staff_people set signed_in_at = case $2 when 'invited' then null else signed_in_at end, disabled_at = case $2 when 'disabled' then now() end where id = $1`, []any{id, change}},
	} {
		if _, err := v.db.Exec(v.t.Context(), sql.text, sql.args...); err != nil {
			v.t.Fatal(err)
		}
	}
}

// A bank questions a payment, then a refund comes back: Stripe tells it by webhooks, each of them again and again. The box
// office hears of each step that matters once, the buyer that they are owed money, and nobody else of anything.
func TestBuyersAndTheBoxOfficeHearOfMoneyToSeeTo(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	v.colleague("admin@house.example", "admin", "", "")
	known := map[string]bool{}
	wants := func(what string, want ...string) []letter {
		t.Helper()
		for _, event := range v.paymentPage(v.theIntent().ID).Events {
			v.sandbox.RepeatWebhook(event.ID)
		}
		v.untilSettled()
		fresh := v.letters(known)
		var got []string
		for _, l := range fresh {
			got = append(got, l.to+": "+l.subject)
			for _, secret := range []string{"Bracknell", "ada@example.org"} {
				if l.to != "ada@example.org" && strings.Contains(l.subject+l.text, secret) {
					t.Errorf("%s: the box office is told %q, which is the buyer's", what, secret)
				}
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		return fresh
	}
	ada := v.buyer()
	placed := ada.place(ada.hold("stalls-A-1", "stalls-A-2"))
	if err := ada.card(placed.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	v.untilSettled()
	id, intent, number := v.orderID(placed.Order.Number), v.theIntent().ID, placed.Order.Number
	const money, part = "GBP 10000", "GBP 5000"

	// Nobody works at the box office: whoever looks after everything is told.
	dispute, ok := v.sandbox.Dispute(intent, "product_not_received")
	if !ok {
		t.Fatal("the bank questions nothing")
	}
	first := wants("a dispute", "admin@house.example: A payment is disputed: "+money+", order "+number)
	for _, want := range []string{"product not received", "without an answer the bank keeps the money", "http://console.localhost/sites/lyceum/box-office/money"} {
		if !strings.Contains(first[0].text, want) {
			t.Errorf("%q is missing in\n%s", want, first[0].text)
		}
	}
	v.colleague("desk@lyceum.example", "box-office", "lyceum", "")
	v.colleague("all@house.example", "box-office", "", "")
	v.colleague("desk@apollo.example", "box-office", "apollo", "")
	v.colleague("door@lyceum.example", "venue-staff", "lyceum", "")
	v.colleague("left@lyceum.example", "box-office", "lyceum", "disabled")
	v.colleague("invited@lyceum.example", "box-office", "lyceum", "invited")
	v.press("/control/disputes/"+dispute+"/evidence", url.Values{"text": {"They sat in the first row."}, "submit": {"on"}})
	wants("it is answered")
	v.press("/control/disputes/"+dispute+"/decide", url.Values{"outcome": {"won"}})
	wants("it is won", "all@house.example: A dispute is settled: "+money+", order "+number, "desk@lyceum.example: A dispute is settled: "+money+", order "+number)

	if _, err := v.orders.RefundSeats(t.Context(), booking.SeatsBack{OrderID: id, Seats: []string{"stalls-A-1"}, Actor: "buyer", IdempotencyKey: "give-it-back"}); err != nil {
		t.Fatal(err)
	}
	v.untilSettled()
	back := v.paymentPage(intent).Refunds[0].ID
	v.press("/control/refunds/"+back+"/settle", url.Values{"outcome": {"failed"}, "failure_reason": {"expired_or_canceled_card"}})
	failed := v.until(id, func(r booking.RefundLine) bool { return r.State == "failed" })
	owed := wants("a refund came back", "ada@example.org: We still owe you "+part+" ("+number+")",
		"all@house.example: A refund came back: "+part+", order "+number, "desk@lyceum.example: A refund came back: "+part+", order "+number)
	for _, want := range []string{"Dear Ada Bracknell", "there is nothing that you have to do now", "http://lyceum.localhost/orders/" + number + "?key="} {
		if !strings.Contains(owed[0].text, want) {
			t.Errorf("%q is missing in\n%s", want, owed[0].text)
		}
	}
	// The mailbox shows it, over HTTP.
	mailbox := httptest.NewServer(notify.NewMailbox(v.db, "/dev/mail", time.Now, nil))
	t.Cleanup(mailbox.Close)
	got, err := ada.client.Get(mailbox.URL + "/dev/mail/" + owed[0].id + "?as=text")
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
	if got.StatusCode != 200 {
		t.Errorf("the mailbox answers %d", got.StatusCode)
	}
	// It is sent once more, and comes back again: that is told again.
	if err := v.orders.RemedyRefund(t.Context(), booking.Remedy{OrderID: id, RefundID: failed.ID, Actor: booking.StaffActor("colleague-7")}); err != nil {
		t.Fatal(err)
	}
	v.until(id, func(r booking.RefundLine) bool { return r.ID == failed.ID && r.State == "succeeded" })
	wants("it was sent once more")
	second := v.paymentPage(intent).Refunds[0].ID // the newest comes first
	if second == back {
		t.Fatal("it was not sent anew")
	}
	v.press("/control/refunds/"+second+"/settle", url.Values{"outcome": {"failed"}, "failure_reason": {"expired_or_canceled_card"}})
	v.until(id, func(r booking.RefundLine) bool { return r.ID == failed.ID && r.State == "failed" })
	wants("it came back again", "ada@example.org: We still owe you "+part+" ("+number+")",
		"all@house.example: A refund came back: "+part+", order "+number, "desk@lyceum.example: A refund came back: "+part+", order "+number)
}
