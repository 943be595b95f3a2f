package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/typesense/typesense-go/v3/typesense/api"
	"golang.org/x/sync/errgroup"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/search/index"
)

// The theatres of the morning.
const (
	houseSeats   = 400 // of each performance
	showEvenings = 60  // performances of each show
	partySeats   = 3   // of an order, at most
	tills        = 8   // sell at a time
	together     = 16  // sales share a transaction
	probes       = 8   // are under way at a time
	probeEvery   = 60 * time.Millisecond
)

// morning measures what an on-sale morning writes to the index: every show's
// performances go on sale and get their prices, then seats of them are sold, the
// popular evenings first. Each of these changes of a performance is a write
// where performances are documents (writes_without); writes_with is what was
// really written, morning_looks what the window alone would have written.
//
// While the last quarter is sold, single shows are changed as well, and searched
// for until the change is found: freshness.
func (p plan) morning(ctx context.Context, n bench.Numbers) error {
	g, err := openGround(ctx)
	if err != nil {
		return err
	}
	m := &morning{ground: g, plan: p, registry: prometheus.NewRegistry()}
	err = m.run(ctx, n)
	return errors.Join(err, g.close())
}

type morning struct {
	*ground
	plan     plan
	registry *prometheus.Registry
	feed     *catalogue.Feed
	bell     *bus.Doorbell
	venue    uuid.UUID
	shows    []uuid.UUID
	evenings [][]uuid.UUID // of each show
	order    uuid.UUID
	changes  atomic.Int64 // of performances, told
	seat     atomic.Int64
}

func (m *morning) run(ctx context.Context, n bench.Numbers) error {
	if err := m.build(ctx); err != nil {
		return err
	}
	m.feed = catalogue.New(catalogue.Config{
		DB: m.db, Index: index.NewIndexer(m.client), Domain: "localhost", Logger: m.logger, Metrics: catalogue.NewMetrics(m.registry),
	})
	if _, _, err := m.feed.Fill(ctx); err != nil {
		return err
	}
	before, err := m.written()
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	relay := bus.NewRelay(bus.RelayConfig{DB: m.db, NATS: m.conn, Logger: m.logger})
	consumer := bus.NewConsumer(bus.ConsumerConfig{
		Name: "catalogue", Subjects: []string{catalogue.SubjectShowChanged, booking.SubjectSeatsSold}, Handle: m.feed.Handle,
		DB: m.db, NATS: m.conn, Logger: m.logger, Workers: 8,
	})
	m.bell = bus.NewDoorbell(m.db, m.logger)
	for _, run := range []func(context.Context){relay.Run, consumer.Run, m.bell.Run, m.feed.Run} {
		working.Go(func() { run(running) })
	}

	began := time.Now()
	if err := m.open(ctx); err != nil {
		return err
	}
	if err := m.sell(ctx, m.plan.Changes*3/4); err != nil {
		return err
	}
	if err := m.settle(ctx); err != nil {
		return err
	}
	after, err := m.written()
	if err != nil {
		return err
	}
	n["writes_without"], n["writes_with"] = float64(m.changes.Load()), after["written"]-before["written"]
	n["writes_saved_times"] = n["writes_without"] / n["writes_with"]
	n["morning_looks"] = n["writes_with"] + after["same"] - before["same"]
	n["morning_changes_per_s"] = n["writes_without"] / time.Since(began).Seconds()

	probing, halt := context.WithCancel(ctx)
	defer halt()
	var fresh []time.Duration
	var prober errgroup.Group
	prober.Go(func() (err error) { fresh, err = m.probe(probing); return err })
	if err := m.sell(ctx, m.plan.Changes/4); err != nil {
		return err
	}
	halt()
	if err := prober.Wait(); err != nil {
		return err
	}
	if err := m.settle(ctx); err != nil {
		return err
	}
	n["freshness_probes"] = float64(len(fresh))
	percentiles(n, "freshness", fresh)
	return m.check(ctx, n)
}

// build makes the shows, announced and not on sale.
func (m *morning) build(ctx context.Context) error {
	plan := uuid.New()
	m.venue, m.order = uuid.New(), uuid.New()
	return pgx.BeginFunc(ctx, m.db, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue("insert into brands (id, name, country, locale, currency, time_zone) values ('lyceum', 'Lyceum', 'GB', 'en-GB', 'GBP', 'Europe/London')")
		batch.Queue(`insert into venues (id, brand_id, slug, name, city, country, latitude, longitude, time_zone, capacity, opened_year)
			values ($1, 'lyceum', 'lyceum', 'Lyceum', 'London', 'GB', 51.5, -0.1, 'Europe/London', $2, 1834)`, m.venue, houseSeats)
		batch.Queue("insert into seating_plans (id, venue_id, version, name, seats, layout) values ($1, $2, 1, 'House', $3, '{}')", plan, m.venue, houseSeats)
		batch.Queue("insert into price_types (id, name, sort_order) values ('adult', 'Adult', 1)")
		first := time.Now().Add(30 * 24 * time.Hour).Truncate(time.Hour)
		for i := range m.plan.Shows {
			show := uuid.New()
			m.shows, m.evenings = append(m.shows, show), append(m.evenings, nil)
			batch.Queue(`insert into productions (id, brand_id, venue_id, slug, title, author, genre, summary, description, running_minutes, poster_seed, opens_on, closes_on)
				values ($1, 'lyceum', $2, $3, $4, 'A. Author', 'Tragedy', 'In short.', 'At length.', 120, 1, now(), now() + interval '1 year')`, show, m.venue, show.String(), fmt.Sprintf("Show %d", i))
			for j := range showEvenings { // of one venue, so that each starts at a minute of its own
				evening := uuid.New()
				m.evenings[i] = append(m.evenings[i], evening)
				batch.Queue("insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at, status) values ($1, $2, $3, $4, $5, now(), 'scheduled')",
					evening, show, m.venue, plan, first.Add(time.Duration(j)*24*time.Hour+time.Duration(i)*time.Minute))
			}
		}
		batch.Queue(`insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total, session_hash, hold_id, hold_token, created_at, updated_at, expires_at)
			values ($1, 'one', 'lyceum', $2, 'paid', 'A. Buyer', 'buyer@example.com', 'GBP', 1000, '', 'one', 1, now(), now(), now())`, m.order, m.evenings[0][0])
		return tx.SendBatch(ctx, batch).Close()
	})
}

// open puts every show on sale, as a schedule and a price list do it: two facts a show.
func (m *morning) open(ctx context.Context) error {
	for i, show := range m.shows {
		for _, sql := range []string{
			"update performances set status = 'on_sale' where production_id = $1",
			"insert into prices (production_id, tier, band, price_type, amount) values ($1, 'standard', 'A', 'adult', 5000), ($1, 'standard', 'B', 'adult', 2500)",
		} {
			err := m.change(ctx, catalogue.ShowFact{ProductionID: show, PerformanceIDs: m.evenings[i]}, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, sql, show)
				return err
			})
			if err != nil {
				return err
			}
			m.changes.Add(showEvenings)
		}
		m.plan.say("morning: %d of %d shows are on sale", i+1, len(m.shows))
	}
	return nil
}

// change tells of a show in the transaction that changes it.
func (m *morning) change(ctx context.Context, fact catalogue.ShowFact, work func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, m.db, func(tx pgx.Tx) error {
		if err := work(tx); err != nil {
			return err
		}
		return bus.Add(ctx, tx, bus.Event{Subject: catalogue.SubjectShowChanged, Key: "show:" + fact.ProductionID.String(), Payload: fact})
	})
	m.bell.Ring()
	return err
}

// sell sells seats of the performances: the nth evening of a show is in demand
// as 1/n^1.3. Sales that come at the same time share a transaction, as booking
// has them; no more come in a second than the plan's rate.
func (m *morning) sell(ctx context.Context, sales int) error {
	demand := make([]float64, showEvenings)
	sum := 0.0
	for i := range demand {
		sum += math.Pow(float64(i+1), -1.3)
		demand[i] = sum
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(tills)
	pace := time.NewTicker(together * time.Second / time.Duration(m.plan.Rate))
	defer pace.Stop()
	for left := sales; left > 0 && ctx.Err() == nil; left -= together {
		<-pace.C
		m.plan.say("morning: %d sales to go", left)
		var evenings []uuid.UUID
		for range together {
			at, _ := slices.BinarySearch(demand, rand.Float64()*sum)
			evenings = append(evenings, m.evenings[rand.IntN(len(m.evenings))][min(at, showEvenings-1)])
		}
		slices.SortFunc(evenings, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
		group.Go(func() error { return m.sales(ctx, evenings) })
	}
	return group.Wait()
}

// sales sells a few seats of each performance, unless it is sold out.
func (m *morning) sales(ctx context.Context, evenings []uuid.UUID) error {
	told := int64(0)
	err := pgx.BeginFunc(ctx, m.db, func(tx pgx.Tx) error {
		for _, evening := range evenings {
			var seats []string
			for range 1 + rand.IntN(partySeats) {
				seats = append(seats, fmt.Sprintf("stalls-%d", m.seat.Add(1)))
			}
			result, err := tx.Exec(ctx, `insert into seat_assignments (performance_id, seat_id, order_id, assigned_at)
				select $1, unnest($2::text[]), $3, now() where (select count(*) from seat_assignments where performance_id = $1) + cardinality($2::text[]) <= $4`,
				evening, seats, m.order, houseSeats)
			if err != nil {
				return err
			}
			if result.RowsAffected() == 0 {
				continue
			}
			told++
			if err := bus.Add(ctx, tx, bus.Event{Subject: booking.SubjectSeatsSold, Payload: booking.SeatsFact{PerformanceID: evening, OrderID: m.order, Seats: seats}}); err != nil {
				return err
			}
		}
		return nil
	})
	m.changes.Add(told)
	m.bell.Ring()
	return err
}

// probe changes a show's author again and again, and waits until a search finds
// it with that author or a later one.
func (m *morning) probe(ctx context.Context) (fresh []time.Duration, err error) {
	var mu sync.Mutex
	var waiting errgroup.Group
	waiting.SetLimit(probes)
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return fresh, waiting.Wait()
		case <-time.After(probeEvery):
		}
		show := m.shows[i%len(m.shows)]
		waiting.Go(func() error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			err := m.change(ctx, catalogue.ShowFact{ProductionID: show}, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "update productions set author = $2 where id = $1", show, strconv.Itoa(i))
				return err
			})
			if err != nil {
				return err
			}
			began := time.Now()
			m.changes.Add(1)
			for {
				found, err := m.author(ctx, show)
				if err != nil {
					return err
				}
				if found >= i {
					mu.Lock()
					defer mu.Unlock()
					fresh = append(fresh, time.Since(began))
					return nil
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
}

// author is the number that a search finds as a show's author; -1 for none.
func (m *morning) author(ctx context.Context, show uuid.UUID) (int, error) {
	all, by, fields := "*", "id:="+show.String(), "author"
	answer, err := m.client.Collection(index.Alias).Documents().Search(ctx, &api.SearchCollectionParams{Q: &all, FilterBy: &by, IncludeFields: &fields})
	if err != nil {
		return 0, err
	}
	if answer.Hits == nil || len(*answer.Hits) == 0 {
		return -1, nil
	}
	text, _ := (*(*answer.Hits)[0].Document)["author"].(string)
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil
	}
	return -1, nil
}

// settle waits until nothing is on its way.
func (m *morning) settle(ctx context.Context) error {
	for {
		var waiting int
		err := m.db.QueryRow(ctx, `select (select count(*) from outbox_waiting) + (select count(*) from outbox) - (select count(*) from inbox)
			+ (select count(*) from catalogue_marks) + (select count(*) from catalogue_shows where changes > covered)`).Scan(&waiting)
		if err != nil || waiting == 0 {
			return err
		}
		m.plan.say("morning: %d changes are on their way", waiting)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// written reads the feed's own figures, documents by outcome.
func (m *morning) written() (map[string]float64, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "stagedoor_catalogue_documents_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			out[metric.GetLabel()[0].GetValue()] = metric.GetCounter().GetValue()
		}
	}
	return out, nil
}

// check compares the index with what is made from nothing.
func (m *morning) check(ctx context.Context, n bench.Numbers) error {
	differences, err := m.feed.Compare(ctx)
	n["morning_wrong_documents"] = float64(len(differences.Found))
	return err
}

// percentiles adds the median and the p99 of what was measured, in milliseconds.
func percentiles(n bench.Numbers, prefix string, took []time.Duration) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		n[fmt.Sprintf("%s_p%d_ms", prefix, p)] = 1000 * took[min(len(took)-1, len(took)*p/100)].Seconds()
	}
}
