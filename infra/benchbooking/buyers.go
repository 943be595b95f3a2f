package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
	"github.com/stagedoor/stagedoor/origin/session"
)

const (
	prizes   = 16     // seats that everybody wants
	requests = 20_000 // for them
)

// shopper asks the API as browsers do, with a cookie for each buyer.
type shopper struct{ *http.Client }

func client(connections int) shopper {
	return shopper{&http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}}
}

// answer is what is looked at of an answer.
type answer struct {
	Code  string
	Seats []string
}

// post asks for a hold.
func (s shopper) post(ctx context.Context, h *house, path, visitor string, question any) (status int, a answer, err error) {
	text, err := json.Marshal(question)
	if err != nil {
		return 0, a, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.address+path, bytes.NewReader(text))
	if err != nil {
		return 0, a, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.AddCookie(&http.Cookie{Name: session.CookieName, Value: visitor})
	got, err := s.Do(request)
	if err != nil {
		return 0, a, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return 0, a, err
	}
	return got.StatusCode, a, json.Unmarshal(body, &a)
}

func (s shopper) hold(ctx context.Context, h *house, visitor string, seats []string) (int, answer, error) {
	return s.post(ctx, h, "/api/v1/holds", visitor, map[string]any{"performance_id": h.detail.ID, "seats": seats})
}

// race sends 2,000 buyers after the same 16 seats over HTTP, one request at a
// time each, ten or so in all: whoever has a seat keeps it and asks no more.
func (p plan) race(ctx context.Context, n bench.Numbers) error {
	h, err := openHouse(ctx, p.Seats)
	if err != nil {
		return err
	}
	defer h.close()
	wanted := h.scarce()
	var asked, broken atomic.Int64
	watch, ask := newStopwatch(requests), client(512)
	var mu sync.Mutex
	owners, twice := map[string]int{}, 0
	var all sync.WaitGroup
	began := time.Now()
	for b := range p.Buyers {
		all.Go(func() {
			for i := 0; ; i++ {
				if asked.Add(1) > requests {
					return
				}
				seat := wanted[(b+i*7)%len(wanted)]
				start := time.Now()
				status, got, err := ask.hold(ctx, h, fmt.Sprintf("%032x", b), []string{seat})
				watch.note(time.Since(start))
				if err != nil || status >= 500 {
					broken.Add(1)
				}
				if status == http.StatusCreated {
					mu.Lock()
					for _, seat := range got.Seats {
						if _, taken := owners[seat]; taken {
							twice++
						}
						owners[seat] = b
					}
					mu.Unlock()
					// Bought for good: the next request of this buyer must not give it back.
					if err := h.holds.MarkSold(ctx, h.detail.ID, "", got.Seats); err != nil {
						broken.Add(1)
					}
				}
			}
		})
	}
	all.Wait()
	n["race_buyers"], n["race_requests"] = float64(p.Buyers), float64(len(watch.all()))
	n["race_rps"] = float64(len(watch.all())) / time.Since(began).Seconds()
	n["race_sold"], n["race_sold_twice"], n["race_server_errors"] = float64(len(owners)), float64(twice), float64(broken.Load())
	percentiles(n, "race", watch.all())
	return ctx.Err()
}

// scarce are seats none of which is left alone by taking another: one at each
// end of blocks.
func (h *house) scarce() []string {
	var seats []string
	for _, pair := range h.pairs(prizes) {
		seats = append(seats, pair[0])
	}
	return seats
}

// storm lets 2,000 buyers ask for the best seats, two at a time, until the
// house is sold out. Whoever is refused is asked about afterwards: as nothing
// is given back, seats that are free then were free when they were refused.
func (p plan) storm(ctx context.Context, n bench.Numbers) error {
	h, err := openHouse(ctx, p.Seats)
	if err != nil {
		return err
	}
	defer h.close()
	var all sync.WaitGroup
	var got, broken atomic.Int64
	watch := newStopwatch(100 * p.Buyers)
	refused := make([]bool, 5) // by party size
	var mu sync.Mutex
	began := time.Now()
	ask := client(512)
	var soldOut atomic.Int64 // buyers who were told so
	for b := range p.Buyers {
		all.Go(func() {
			for i := 0; ; i++ {
				size := 1 + (b+i)%4
				start := time.Now()
				status, a, err := ask.post(ctx, h, "/api/v1/holds/best", fmt.Sprintf("%016x%016x", b, i), map[string]any{"performance_id": h.detail.ID, "count": size})
				watch.note(time.Since(start))
				switch {
				case err == nil && status == http.StatusCreated:
					got.Add(int64(len(a.Seats)))
					continue
				case err == nil && a.Code == "none_left":
					mu.Lock()
					refused[size] = true
					mu.Unlock()
					if size == 1 {
						soldOut.Add(1)
						return
					}
					continue
				}
				broken.Add(1)
				return
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	wrong, err := h.stillFree(ctx, refused)
	if err != nil {
		return err
	}
	n["best_seats"], n["best_seats_sold"] = float64(len(h.seats)), float64(got.Load())
	n["best_buyers"], n["best_refused_while_free"] = float64(p.Buyers), float64(wrong)
	n["best_server_errors"], n["best_sold_out_seconds"] = float64(broken.Load()), took.Seconds()
	n["best_rps"] = float64(len(watch.all())) / took.Seconds()
	percentiles(n, "best", watch.all())
	if int(got.Load()) != len(h.seats) {
		return fmt.Errorf("%d of %d seats were held", got.Load(), len(h.seats))
	}
	return ctx.Err()
}

// stillFree counts the party sizes that were refused and yet fit now.
func (h *house) stillFree(ctx context.Context, refused []bool) (wrong int, err error) {
	for size, was := range refused {
		if !was {
			continue
		}
		_, err := h.buyers.Best(ctx, hold.BestRequest{PerformanceID: h.detail.ID, Session: fmt.Sprint("judge-", size), Wish: seating.Wish{Count: size}})
		switch {
		case err == nil:
			wrong++
		case !errors.Is(err, hold.ErrNoneFree):
			return wrong, err
		}
	}
	return wrong, nil
}

// reads asks for the snapshot of a half sold house over HTTP, straight at the
// origin, with as many readers as there are buyers.
func (p plan) reads(ctx context.Context, n bench.Numbers) error {
	h, err := openHouse(ctx, p.Seats)
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.holds.MarkSold(ctx, h.detail.ID, "", h.seats[:len(h.seats)/2]); err != nil {
		return err
	}
	if _, err := h.holds.Reconcile(ctx, h.detail.ID); err != nil {
		return err
	}
	if err := h.holds.MarkSold(ctx, h.detail.ID, "", h.seats[:len(h.seats)/2]); err != nil {
		return err
	}
	return p.crowd(ctx, n, "reads_seats", func(int) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.address+"/api/v1/performances/"+h.detail.ID.String()+"/seats", nil)
	})
}

// crowd has as many readers as there are buyers ask the same again and again. They come within a second, and stay.
func (p plan) crowd(ctx context.Context, n bench.Numbers, name string, question func(reader int) (*http.Request, error)) error {
	ask, watch := client(p.Buyers), newStopwatch(1_000_000)
	defer ask.CloseIdleConnections()
	var failures, done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for reader := range p.Buyers {
		all.Go(func() {
			time.Sleep(time.Second * time.Duration(reader) / time.Duration(p.Buyers))
			for time.Since(began) < time.Second+p.Turn*time.Duration(p.Rounds) && ctx.Err() == nil {
				start := time.Now()
				if err := read(ask, reader, question); err != nil {
					if failures.Add(1) == 1 {
						p.say("%s: %v", name, err)
					}
					continue
				}
				watch.note(time.Since(start))
				done.Add(1)
			}
		})
	}
	all.Wait()
	n[name+"_rps"], n[name+"_failures"] = float64(done.Load())/time.Since(began).Seconds(), float64(failures.Load())
	if took := watch.all(); len(took) > 0 {
		percentiles(n, name, took)
	}
	return ctx.Err()
}

// read reads one answer to its end.
func read(ask shopper, reader int, question func(int) (*http.Request, error)) error {
	r, err := question(reader)
	if err != nil {
		return err
	}
	got, err := ask.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	if _, err := io.Copy(io.Discard, got.Body); err != nil {
		return err
	}
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", r.URL.Path, got.Status)
	}
	return nil
}
