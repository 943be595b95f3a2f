package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/infra/tinygo"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/ticket"
)

const (
	// orderers are the connections to Postgres, for our own sales and for pgbench, each of which is a caller there.
	orderers = 32
	// shoppers buy at a time, as on a busy morning: many more people than connections.
	shoppers = 256
	// evenings is how many performances are sold from: a sale takes a seat for good.
	evenings = 60
)

// orders measures whole sales: seats held in Redis, an order placed, its payment told by an event, tickets signed and
// written, every commit flushed to disk; against pgbench -N on the same server, in turns. The payment provider answers from
// this process at once: what is measured is booking.
func (p plan) orders(ctx context.Context, n bench.Numbers) (err error) {
	h, err := openHouse(ctx, p.Seats)
	if err != nil {
		return err
	}
	defer h.close()
	var settings map[string]string
	if p.Statements {
		settings = watched
	}
	till, err := openTill(ctx, h, settings)
	if err != nil {
		return err
	}
	defer till.close()
	rival, err := openRival(ctx, till.server)
	if err != nil {
		return err
	}
	watch := newStopwatch(1_000_000)
	var sold, transactions float64
	var selling, benching time.Duration
	var used spent
	turn := max(p.Turn, 5*time.Second) // a disk that others use too takes its time
	// Connections are made and statements planned before the first turn, as pgbench does not count making its own either.
	if _, _, err := till.sell(ctx, time.Second, newStopwatch(0)); err != nil {
		return err
	}
	if p.Statements {
		if _, err := till.db.Exec(ctx, "create extension pg_stat_statements"); err != nil {
			return fmt.Errorf("have Postgres say what it does: %w", err)
		}
	}
	for round := range p.Rounds {
		p.say("orders: selling, round %d of %d", round+1, p.Rounds)
		before := till.spending()
		count, took, err := till.sell(ctx, turn, watch)
		if err != nil {
			return err
		}
		turned := till.spending().since(before)
		used = used.plus(turned)
		p.say("orders: %d sales; of each %.2f ms here, %.2f ms Postgres, %.2f ms Redis", count,
			each(turned.origin, float64(count)), each(turned.postgres, float64(count)), each(turned.redis, float64(count)))
		sold, selling = sold+float64(count), selling+took
		tps, took, err := rival.run(ctx, turn)
		if err != nil {
			return err
		}
		transactions, benching = transactions+tps*took.Seconds(), benching+took
	}
	n["orders_rps"], n["pgbench_tps"] = sold/selling.Seconds(), transactions/benching.Seconds()
	n["orders_shoppers"], n["orders_connections"] = shoppers, orderers
	n["orders_per_pgbench"] = n["orders_rps"] / n["pgbench_tps"]
	n["pgbench_is_pgbench"] = rival.genuine()
	percentiles(n, "orders", watch.all())
	n["orders_cpu_origin_ms"], n["orders_cpu_postgres_ms"], n["orders_cpu_redis_ms"] = each(used.origin, sold), each(used.postgres, sold), each(used.redis, sold)
	if p.Statements {
		if err := statements(ctx, till.db, sold, os.Stderr); err != nil {
			return err
		}
	}
	var wrong int
	err = till.db.QueryRow(ctx, `select (select count(*) from orders where state <> 'paid') + abs((select count(*) from tickets) - (select count(*) from orders))`).Scan(&wrong)
	n["orders_wrong"] = float64(wrong)
	return err
}

// till is a Postgres of its own, on disk, and booking over it.
type till struct {
	house    *house
	dir      string
	server   *pgserver.Server
	db       *pgxpool.Pool
	service  *booking.Service
	evenings []uuid.UUID
	next     atomic.Int64
}

func openTill(ctx context.Context, h *house, settings map[string]string) (_ *till, err error) {
	t := &till{house: h}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return nil, err
	}
	binaries, err := pgserver.Find(root)
	if err != nil {
		return nil, err
	}
	port, err := freeport.One()
	if err != nil {
		return nil, err
	}
	if t.dir, err = os.MkdirTemp("", "bench-orders-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(t.dir, 0o711); err != nil { // Postgres runs as somebody else when this is root
		return nil, err
	}
	t.server, err = pgserver.Start(ctx, pgserver.Config{
		Binaries: binaries, Dir: filepath.Join(t.dir, "data"), Port: port, Password: rand.Text(), LogFile: filepath.Join(t.dir, "postgres.log"),
		Settings: settings,
	})
	if err != nil {
		return nil, err
	}
	logger := slog.New(slog.DiscardHandler)
	if err := postgres.Migrate(ctx, t.server.URL("postgres"), logger); err != nil {
		return nil, err
	}
	if t.db, err = postgres.Open(ctx, t.server.URL("postgres"), postgres.Config{MaxConns: orderers}); err != nil {
		return nil, err
	}
	if err := t.build(ctx); err != nil {
		return nil, err
	}
	keys, err := ticket.OpenKeyring(filepath.Join(t.dir, "keys"), rand.Reader)
	if err != nil {
		return nil, err
	}
	t.service, err = booking.New(booking.Config{
		DB: t.db, Holds: h.holds, Payments: bank{}, Shows: show.NewRepository(t.db), Signer: keys, LinkKey: []byte(rand.Text() + rand.Text()), Logger: logger,
	})
	return t, err
}

// build writes the house's plan, and evenings of a show in it, into the database.
func (t *till) build(ctx context.Context) error {
	layout, err := json.Marshal(t.house.plan)
	if err != nil {
		return err
	}
	venue, plan, production := uuid.New(), uuid.New(), uuid.New()
	var failed error
	exec := func(sql string, args ...any) {
		if failed == nil {
			_, failed = t.db.Exec(ctx, sql, args...)
		}
	}
	exec(`insert into brands (id, name, country, locale, currency, time_zone) values ('lyceum', 'Lyceum', 'GB', 'en-GB', 'GBP', 'Europe/London')`)
	exec(`insert into venues (id, brand_id, slug, name, city, country, latitude, longitude, time_zone, capacity, opened_year)
		values ($1, 'lyceum', 'lyceum', 'Lyceum', 'London', 'GB', 51.5, -0.1, 'Europe/London', 2000, 1834)`, venue)
	exec(`insert into seating_plans (id, venue_id, version, name, seats, layout) values ($1, $2, 1, 'Main', $3, $4)`, plan, venue, t.house.plan.Count(), layout)
	exec(`insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
		values ($1, 'lyceum', $2, 'earnest', 'Earnest', 'Wilde', 'Comedy', '', '', 150, 7, current_date, current_date + 400)`, production, venue)
	exec(`insert into price_types (id, name, sort_order) values ('adult', 'Adult', 1)`)
	exec(`insert into prices (production_id, tier, band, price_type, amount) select $1, 'standard', b, 'adult', 5000 from unnest(array['A','B','C','D','E','F','G','H']) b`, production)
	for i := range evenings {
		id := uuid.New()
		exec(`insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at, status) values ($1, $2, $3, $4, $5, $6, 'on_sale')`,
			id, production, venue, plan, time.Now().Add(time.Duration(30+i)*24*time.Hour), time.Now().Add(-time.Hour))
		t.evenings = append(t.evenings, id)
	}
	return failed
}

// sell lets many buyers buy for so long, and says how many sales were made in what time.
func (t *till) sell(ctx context.Context, turn time.Duration, watch *stopwatch) (int64, time.Duration, error) {
	began := time.Now()
	var done atomic.Int64
	var failed [shoppers]error
	var group sync.WaitGroup
	for caller := range shoppers {
		group.Go(func() {
			for time.Since(began) < turn {
				at := time.Now()
				if failed[caller] = t.sale(ctx, t.next.Add(1)-1); failed[caller] != nil {
					return
				}
				watch.note(time.Since(at))
				done.Add(1)
			}
		})
	}
	group.Wait()
	return done.Load(), time.Since(began), errors.Join(failed[:]...)
}

// sale is one: a seat held, ordered, paid and ticketed.
func (t *till) sale(ctx context.Context, n int64) error {
	seats := t.house.seats
	evening := int(n) % len(t.evenings) // side by side, as on a busy morning
	if int(n)/len(t.evenings) >= len(seats) {
		return errors.New("the house is sold out: more evenings are needed")
	}
	seat, buyer := seats[int(n)/len(t.evenings)], fmt.Sprintf("%032x", n)
	kept, err := t.house.holds.Acquire(ctx, hold.Request{PerformanceID: t.evenings[evening], Session: buyer, Seats: []string{seat}})
	if err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	placed, err := t.service.Place(ctx, booking.PlaceOrder{
		HoldID: kept.ID, Session: buyer, SiteBrandID: "lyceum", Name: "Ada Bracknell", Email: buyer + "@example.org",
		Seats: []booking.SeatChoice{{SeatID: seat, PriceType: show.Adult}}, IdempotencyKey: "bench-" + buyer,
	})
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	o := placed.Order
	outcome, err := t.service.ApplyPayment(ctx, payment.Event{ID: "evt_" + buyer, Kind: payment.PaymentSucceeded, Type: "payment_intent.succeeded", Intent: payment.Intent{
		ID: o.Intent, Status: payment.Succeeded, Amount: o.Total, Received: o.Total, Currency: o.Currency, OrderID: o.ID.String(), BrandID: o.BrandID,
	}})
	if err == nil && outcome != booking.OutcomeConfirmed {
		err = fmt.Errorf("outcome %q", outcome)
	}
	if err != nil {
		return fmt.Errorf("payment: %w", err)
	}
	return nil
}

func (t *till) close() {
	if t.db != nil {
		t.db.Close()
	}
	if t.server != nil {
		_ = t.server.Stop(context.Background())
	}
	if t.dir != "" {
		_ = pgserver.Remove(filepath.Join(t.dir, "data"))
		_ = os.RemoveAll(t.dir)
	}
}
