package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/audit"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/show"
)

// Three tabs order one hold at once, each something else, and each pays as soon as it is told to: through HTTP, with a
// real Redis and the sandbox. Whatever wins, one order is paid for, nobody is told anything but the truth, and the
// provider keeps no other money.
func TestThreeTabsOrderOneHoldAtOnce(t *testing.T) {
	t.Parallel()
	const rounds = 8
	v := newTheatre(t)
	for round := range rounds {
		ada := v.buyer()
		kept := ada.hold(fmt.Sprintf("stalls-A-%d", 2*round+1), fmt.Sprintf("stalls-A-%d", 2*round+2))
		start := make(chan struct{})
		var tabs sync.WaitGroup
		for tab := range 3 {
			body := orderBody(kept)
			body.Name = fmt.Sprintf("Ada of tab %d", tab)
			tabs.Go(func() {
				<-start
				got, err := ada.try(http.MethodPost, "/api/v1/orders", body, "Idempotency-Key", fmt.Sprintf("round-%d-tab-%d", round, tab))
				if err != nil {
					t.Error(err)
					return
				}
				switch got.code() {
				case "":
					var placed apigen.PlacedOrder
					if err := json.Unmarshal(got.Body, &placed); err != nil || placed.ClientSecret == "" {
						t.Errorf("round %d: %s, %v", round, got.Body, err)
					} else if err := ada.card(placed.ClientSecret, "pm_card_visa"); err != nil {
						t.Error(err)
					}
				case "order_replaced", "order_paid":
				default:
					t.Errorf("round %d: %d %s", round, got.Status, got.Body)
				}
			})
		}
		close(start)
		tabs.Wait()
	}
	v.untilSettled()
	if sold := v.count("select count(distinct hold_id) from orders where state = 'paid'"); sold != rounds {
		t.Errorf("%d of %d holds were sold", sold, rounds)
	}
	if twice := v.count("select count(*) from orders where state = 'paid'"); twice != rounds {
		t.Errorf("%d orders are paid for %d holds", twice, rounds)
	}
	v.wantBooksAgree()
}

// The answer to an order's payment is held up on its way, another tab orders the same hold and so ends that order, and
// only then its money comes: it goes back, and the order's history says so.
func TestMoneyForAReplacedOrderGoesBack(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada := v.buyer()
	kept := ada.hold("stalls-A-1")
	v.sandbox.Inject(sandbox.Fault{Method: http.MethodPost, Path: "/v1/payment_intents", Delay: time.Hour, Effect: true}) // or until we leave
	first, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		body, _ := json.Marshal(orderBody(kept))
		r, _ := http.NewRequestWithContext(first, http.MethodPost, ada.url+"/api/v1/orders", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "the-first-tab")
		if answer, err := ada.client.Do(r); err == nil { // that we lost patience, at most
			_ = answer.Body.Close()
		}
	}()
	held := v.theIntent()

	other := orderBody(kept)
	other.Seats[0].PriceType = show.Concession
	var placed apigen.PlacedOrder
	ada.want(http.StatusCreated, http.MethodPost, "/api/v1/orders", other, "Idempotency-Key", "the-second-tab").into(t, &placed)
	if n := v.count("select count(*) from orders where id = $1 and state = 'cancelled'", held.OrderID); n != 1 {
		t.Fatal("the first order was not ended")
	}
	if err := ada.card(held.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	for v.count("select count(*) from orders where id = $1 and state = 'refunded'", held.OrderID) == 0 {
		time.Sleep(20 * time.Millisecond)
	}
	leave()
	<-left
	if n := v.count(`select count(*) from order_events where order_id = $1 and from_state = 'cancelled' and to_state = 'refund_due'
		and reason like '%given up%'`, held.OrderID); n != 1 {
		t.Error("the history does not say why the money went back")
	}
	back, err := v.gateway.GetIntent(t.Context(), held.ID)
	if err != nil || back.Received != back.Amount || back.Refunded != back.Amount {
		t.Errorf("the provider has %+v, %v", back, err)
	}
	if err := ada.card(placed.ClientSecret, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	if order, err := ada.await(placed.Order.Number, isPaid); err != nil || order.State != apigen.OrderStatePaid {
		t.Fatalf("the order that counts: %+v, %v", order, err)
	}
	ada.refused("order_paid", http.MethodPost, "/api/v1/orders", orderBody(kept), "Idempotency-Key", "the-first-tab")
	v.untilSettled()
	v.wantBooksAgree()
}

// theIntent waits until there is one, and returns it with its client secret.
func (v *theatre) theIntent() payment.Intent {
	v.t.Helper()
	for {
		page, err := v.gateway.ListIntents(v.t.Context(), time.Now().Add(-time.Hour), "")
		if err != nil {
			v.t.Fatal(err)
		}
		if len(page.Intents) == 1 {
			intent, err := v.gateway.GetIntent(v.t.Context(), page.Intents[0].ID)
			if err != nil {
				v.t.Fatal(err)
			}
			return intent
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// untilSettled waits until no order, event, refund or intent waits for anything.
func (v *theatre) untilSettled() {
	v.t.Helper()
	if err := v.sandbox.WebhooksQuiet(v.t.Context()); err != nil {
		v.t.Fatal(err)
	}
	for v.count(`select (select count(*) from orders where state in ('awaiting_payment', 'refund_due') or id in (select order_id from orders_untold))
		+ (select count(*) from payment_events where processed_at is null) + (select count(*) from refunds where state in ('due', 'sent'))
		+ (select count(*) from payments where status not in ('succeeded', 'canceled'))`) > 0 {
		select {
		case <-v.t.Context().Done():
			v.t.Fatal("something never comes to an end")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// wantBooksAgree holds Postgres, the provider and the seat map against each other.
func (v *theatre) wantBooksAgree() {
	v.t.Helper()
	if _, err := v.db.Exec(v.t.Context(), "insert into outbox_relayed (id, stream_seq) select id, id from outbox_waiting"); err != nil { // there is no relay here
		v.t.Fatal(err)
	}
	report, err := audit.Run(v.t.Context(), audit.Deps{DB: v.db, Payments: v.gateway, SeatMap: v.holds, Grace: time.Nanosecond})
	if err != nil {
		v.t.Fatal(err)
	}
	if !report.OK() {
		var table strings.Builder
		_ = report.WriteTable(&table)
		v.t.Errorf("the audit says:\n%s", table.String())
		return
	}
	v.t.Logf("audit: clean: %d checks, 0 broken", len(report.Checks))
}

func (v *theatre) count(sql string, args ...any) int {
	v.t.Helper()
	var n int
	if err := v.db.QueryRow(v.t.Context(), sql, args...).Scan(&n); err != nil {
		v.t.Fatalf("%s: %v", sql, err)
	}
	return n
}
