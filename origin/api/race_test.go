package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/audit"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/bus/natstest"
)

// Two hundred buyers want the sixteen stalls: through HTTP, with real holds, orders, payments and webhooks. Exactly
// sixteen seats are sold, nobody is told anything but the truth, and the audit is clean.
func TestTwoHundredBuyersSixteenSeats(t *testing.T) {
	t.Parallel()
	const buyers, seats = 200, 16
	v := newTheatre(t)
	conn, err := bus.Connect(natstest.Start(t).URL(), "race", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	ctx, stop := context.WithCancel(context.Background())
	relayed := make(chan struct{})
	go func() {
		defer close(relayed)
		bus.NewRelay(bus.RelayConfig{DB: v.db, NATS: conn, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-relayed })

	tally := &tally{codes: map[string]int{}}
	start := make(chan struct{})
	var group sync.WaitGroup
	for n := range buyers {
		group.Go(func() {
			<-start
			b := v.buyer()
			if err := b.rush(rand.New(rand.NewPCG(1, uint64(n))), tally); err != nil {
				t.Errorf("buyer %d: %v", n, err)
			}
		})
	}
	close(start)
	group.Wait()
	t.Logf("%d tickets in %d orders; refusals: %v", tally.tickets, tally.orders, tally.codes)
	if tally.tickets != seats {
		t.Errorf("%d tickets were sold, want exactly %d", tally.tickets, seats)
	}
	for code := range tally.codes {
		if code != "seats_taken" {
			t.Errorf("buyers were told %s %d times", code, tally.codes[code])
		}
	}
	var shown apigen.Seats
	v.buyer().want(http.StatusOK, http.MethodGet, "/api/v1/performances/"+v.evening.String()+"/seats", nil).into(t, &shown)
	if len(shown.Seats) != seats {
		t.Errorf("%d seats are shown as taken: %v", len(shown.Seats), shown.Seats)
	}
	v.wantClean(ctx, conn)
}

// tally is what happened to all buyers together.
type tally struct {
	mu      sync.Mutex
	tickets int
	orders  int
	codes   map[string]int
}

// rush is one buyer: they take any seats that look free until they have some or none is left, then pay, some with a
// card that is declined first.
func (b *buyer) rush(random *rand.Rand, all *tally) error {
	wanted := 1 + random.IntN(2)
	for {
		free, err := b.free()
		if err != nil || len(free) == 0 {
			return err
		}
		random.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
		got, err := b.try(http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": b.evening, "seats": free[:min(wanted, len(free))]})
		if err != nil {
			return err
		}
		if got.Status != http.StatusCreated {
			all.mu.Lock()
			all.codes[got.code()]++
			all.mu.Unlock()
			continue
		}
		var kept apigen.Hold
		if err := json.Unmarshal(got.Body, &kept); err != nil {
			return err
		}
		return b.buy(kept, random.IntN(3) == 0, all)
	}
}

func (b *buyer) buy(kept apigen.Hold, poor bool, all *tally) error {
	got, err := b.try(http.MethodPost, "/api/v1/orders", orderBody(kept), "Idempotency-Key", "key-of-"+kept.Id)
	if err != nil || got.Status != http.StatusCreated {
		return fmt.Errorf("order: %d %s, %w", got.Status, got.Body, err)
	}
	var placed apigen.PlacedOrder
	if err := json.Unmarshal(got.Body, &placed); err != nil {
		return err
	}
	if poor {
		if err := b.card(placed.ClientSecret, "pm_card_visa_chargeDeclined"); err != nil {
			return err
		}
	}
	if err := b.card(placed.ClientSecret, "pm_card_visa"); err != nil {
		return err
	}
	order, err := b.await(placed.Order.Number, isPaid)
	if err != nil || order.State != apigen.OrderStatePaid {
		return fmt.Errorf("the order ended %s, %w", order.State, err)
	}
	if order.Total != int64(len(kept.Seats))*bookingtest.AdultA {
		return fmt.Errorf("%d seats cost %d", len(kept.Seats), order.Total)
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	all.tickets += len(order.Tickets)
	all.orders++
	return nil
}

// free lists the stalls of row A that nobody has.
func (b *buyer) free() ([]string, error) {
	got, err := b.try(http.MethodGet, "/api/v1/performances/"+b.evening.String()+"/seats", nil)
	if err != nil {
		return nil, err
	}
	var shown apigen.Seats
	if err := json.Unmarshal(got.Body, &shown); err != nil {
		return nil, fmt.Errorf("%d %s: %w", got.Status, got.Body, err)
	}
	var free []string
	for n := 1; n <= 16; n++ {
		if seat := fmt.Sprintf("stalls-A-%d", n); shown.Seats[seat] == "" {
			free = append(free, seat)
		}
	}
	return free, nil
}

// wantClean waits until the relay has caught up, then audits everything.
func (v *theatre) wantClean(ctx context.Context, conn *nats.Conn) {
	v.t.Helper()
	for waiting := 1; waiting > 0; time.Sleep(20 * time.Millisecond) {
		if err := v.db.QueryRow(v.t.Context(), "select count(*) from outbox_waiting").Scan(&waiting); err != nil {
			v.t.Fatal(err)
		}
	}
	js, err := jetstream.New(conn)
	if err != nil {
		v.t.Fatal(err)
	}
	stream, err := bus.Stream{}.Ensure(ctx, js)
	if err != nil {
		v.t.Fatal(err)
	}
	report, err := audit.Run(ctx, audit.Deps{DB: v.db, Payments: v.gateway, SeatMap: v.holds, Stream: audit.JetStream{Stream: stream}, Grace: time.Nanosecond})
	if err != nil {
		v.t.Fatal(err)
	}
	var table strings.Builder
	_ = report.WriteTable(&table)
	if !report.OK() || report.Warnings > 0 {
		v.t.Errorf("the audit says:\n%s", table.String())
	} else {
		v.t.Logf("audit:\n%s", table.String())
	}
}
