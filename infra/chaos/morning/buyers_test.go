package morning

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/show"
)

// sale is buyers at work. Every seat is wanted by two of them.
type sale struct {
	t        *testing.T
	h        *house
	evenings []uuid.UUID
	pace     atomic.Int64 // how long a buyer rests between two purchases, in nanoseconds
	stop     chan struct{}
	buyers   sync.WaitGroup
	leave    context.CancelFunc // sends buyers away in the middle of what they do
	life     context.Context

	mu       sync.Mutex
	next     int            // wish
	ends     map[string]int // how purchases ended, by what the buyer was told last
	told     map[string]int // what had to be asked again, by what was answered
	changed  chan struct{}  // closed and made anew whenever a purchase ends
	problems []string
}

// evenings is how many a sale has to sell, 16 seats each: more than six buyers want in the longest test, at their usual pace.
const (
	evenings = 120
	usual    = 30 * time.Millisecond
)

// openSale lets buyers begin, and returns when some have bought.
func (h *house) openSale(t *testing.T) *sale {
	t.Helper()
	s := &sale{t: t, h: h, stop: make(chan struct{}), ends: map[string]int{}, told: map[string]int{}, changed: make(chan struct{})}
	s.life, s.leave = context.WithCancel(context.WithoutCancel(t.Context()))
	s.pace.Store(int64(usual))
	s.evenings = h.evenings(t)
	const buyers = 6
	for range buyers {
		s.buyers.Go(func() {
			for s.goOn() {
				s.buy()
			}
		})
	}
	t.Cleanup(func() { s.leave(); s.close() })
	s.until(t, paid, 8)
	return s
}

// evenings puts on as many more as a sale needs.
func (h *house) evenings(t *testing.T) []uuid.UUID {
	t.Helper()
	ids, minutes := make([]uuid.UUID, evenings), make([]int32, evenings)
	for i := range ids {
		id, err := uuid.NewV7()
		if err != nil {
			t.Fatal(err)
		}
		h.made++
		ids[i], minutes[i] = id, int32(h.made)
	}
	_, err := h.db.Exec(t.Context(), `insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at, status)
		select more.id, p.production_id, p.venue_id, p.plan_id, p.starts_at + make_interval(mins => more.after), p.on_sale_at, p.status
		from performances p, unnest($1::uuid[], $2::int[]) as more (id, after) where p.id = $3`, ids, minutes, h.evening)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// goOn lets a buyer rest, and reports whether there is more to buy.
func (s *sale) goOn() bool {
	select {
	case <-s.stop:
		return false
	case <-time.After(time.Duration(s.pace.Load())):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next < 2*16*len(s.evenings)
}

// close lets nobody begin anew and waits for those who have begun.
func (s *sale) close() {
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.buyers.Wait()
	if s.life.Err() == nil {
		for _, p := range s.problems {
			s.t.Error(p)
		}
	}
	s.problems = nil
}

// until waits until n more purchases ended so.
func (s *sale) until(t *testing.T, end string, n int) {
	t.Helper()
	deadline := time.After(patience)
	s.mu.Lock()
	defer s.mu.Unlock()
	for aim := s.ends[end] + n; s.ends[end] < aim; {
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
			s.mu.Lock()
		case <-deadline:
			s.mu.Lock()
			t.Fatalf("%d more %s: not within %s; so far %v, asked again %v", n, end, patience, s.ends, s.told)
		}
	}
}

// untilAskedAgain waits until buyers had to ask n times more.
func (s *sale) untilAskedAgain(t *testing.T, n int) {
	t.Helper()
	aim := s.askedAgain() + n
	until(t, fmt.Sprintf("buyers had to ask again %d times", n), func() bool { return s.askedAgain() >= aim })
}

// askedAgain is how often buyers had to ask again by now.
func (s *sale) askedAgain() (sum int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, times := range s.told {
		sum += times
	}
	return sum
}

// paid and the others are how purchases end.
const (
	paid     = "bought"
	taken    = "found the seat taken"
	givenUp  = "lost the hold and were told before they paid"
	moneyWas = "had their money back"
	offered  = "paid too late for their seat and were offered one as good or their money"
)

func (s *sale) ended(end string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends[end]++
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *sale) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// count is how many purchases ended so by now.
func (s *sale) count(end string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ends[end]
}

// saw says what buyers saw.
func (s *sale) saw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []string
	for _, end := range []string{paid, taken, givenUp, moneyWas, offered} {
		if s.ends[end] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", s.ends[end], end))
		}
	}
	again := "nobody had to ask again"
	if len(s.told) > 0 {
		var answers []string
		for _, answer := range slices.Sorted(maps.Keys(s.told)) {
			answers = append(answers, fmt.Sprintf("%s ×%d", answer, s.told[answer]))
		}
		again = "asked again after: " + strings.Join(answers, ", ")
	}
	return strings.Join(parts, ", ") + "; " + again
}

// shopper is one buyer with one wish.
type shopper struct {
	*sale
	client *http.Client
	n      int // which origin they ask first
}

// buy tries to buy one seat, asking again where they are told to, until they know how it ended.
func (s *sale) buy() {
	s.mu.Lock()
	wish := s.next
	s.next++
	s.mu.Unlock()
	evening, seat := s.evenings[wish/32%len(s.evenings)], fmt.Sprintf("stalls-A-%d", 1+wish/2%16)
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.problem("%v", err)
		return
	}
	b := &shopper{sale: s, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}, n: wish}
	ctx, cancel := context.WithTimeout(s.life, 2*patience+away())
	defer cancel()
	end, err := b.purchase(ctx, evening, seat)
	if err != nil {
		s.problem("who wanted %s: %v", seat, err)
		return
	}
	s.ended(end)
}

func (b *shopper) purchase(ctx context.Context, evening uuid.UUID, seat string) (end string, err error) {
	key := uuid.NewString()
	var kept apigen.Hold
	if code, err := b.ask(ctx, http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": evening, "seats": []string{seat}}, key, &kept); err != nil {
		return "", fmt.Errorf("hold: %w", err)
	} else if code != "" {
		return b.refused(code, "hold")
	}
	body := apigen.OrderRequest{HoldId: kept.Id, Name: "Ada Bracknell", Email: "ada@example.org", Seats: []apigen.SeatChoice{{SeatId: seat, PriceType: show.Adult}}}
	var placed apigen.PlacedOrder
	if code, err := b.ask(ctx, http.MethodPost, "/api/v1/orders", body, "order-"+key, &placed); err != nil {
		return "", fmt.Errorf("order: %w", err)
	} else if code != "" {
		return b.refused(code, "order")
	}
	if err := b.card(ctx, placed.ClientSecret); err != nil {
		return "", fmt.Errorf("pay: %w", err)
	}
	for {
		var order apigen.Order
		code, err := b.ask(ctx, http.MethodGet, "/api/v1/orders/"+placed.Order.Number+"?key="+url.QueryEscape(placed.AccessKey), nil, "", &order)
		switch {
		case err != nil:
			return "", fmt.Errorf("order %s: %w", placed.Order.Number, err)
		case code != "":
			return "", fmt.Errorf("order %s: refused as %s", placed.Order.Number, code)
		case order.State == apigen.OrderStatePaid && len(order.Tickets) == 1:
			return paid, nil
		case order.State == apigen.OrderStateRefunded:
			return moneyWas, nil
		case order.State == apigen.OrderStateOffered:
			return offered, nil
		}
		if err := pause(ctx, 30*time.Millisecond); err != nil {
			return "", fmt.Errorf("order %s, for which the card was charged, is still %s: %w", placed.Order.Number, order.State, err)
		}
	}
}

func (b *shopper) refused(code, step string) (string, error) {
	switch code {
	case "seats_taken":
		return taken, nil
	case "hold_gone", "seats_lost":
		return givenUp, nil
	}
	return "", fmt.Errorf("%s: refused as %s", step, code)
}

// ask sends a request until it is answered for good: what was asked for, or a refusal, whose code it returns. Whatever says
// that it may be tried again is tried again, with the same key, as a browser does; the other origin where one is not there.
func (b *shopper) ask(ctx context.Context, method, path string, body any, key string, into any) (code string, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	for {
		b.n++
		status, got, err := b.once(ctx, b.h.origins[b.n%len(b.h.origins)], method, path, text, key)
		var p apigen.Problem
		answer := "no answer"
		if err == nil {
			if status < 300 {
				return "", json.Unmarshal(got, into)
			}
			_ = json.Unmarshal(got, &p)
			if answer = fmt.Sprintf("%d %s", status, p.Code); p.Code == "" {
				return "", fmt.Errorf("%d without a code: %.200s", status, got)
			}
			// A repeat may come while the first is still under way.
			if status < 500 && status != http.StatusTooManyRequests && p.Code != "request_in_progress" {
				return p.Code, nil
			}
			if status == http.StatusInternalServerError {
				return "", fmt.Errorf("%s %s: %s: this is nobody's fault but ours", method, path, answer)
			}
		}
		b.mu.Lock()
		b.told[answer]++
		b.mu.Unlock()
		if pause(ctx, 100*time.Millisecond) != nil {
			return "", fmt.Errorf("in the end: %s, %w", answer, errors.Join(err, ctx.Err()))
		}
	}
}

// once sends a request as the edge does.
func (b *shopper) once(ctx context.Context, to *part, method, path string, body []byte, key string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+to.address()+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
	}
	r.Header.Set(hop.HeaderForwardedHost, bookingtest.Brand+".localhost")
	r.Header.Set(hop.HeaderForwardedProto, "http")
	r.Header.Set(hop.HeaderForwardedFor, fmt.Sprintf("192.0.2.%d", 1+b.n%250))
	if err := hop.Sign([]byte(b.h.hopKey), r, bookingtest.Brand, time.Now()); err != nil {
		return 0, nil, err
	}
	return b.send(r)
}

func (b *shopper) send(r *http.Request) (int, []byte, error) {
	got, err := b.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return got.StatusCode, text, err
}

// card confirms the payment as the form in the browser does, which asks again when it has no answer.
func (b *shopper) card(ctx context.Context, clientSecret string) error {
	intent, _, _ := strings.Cut(clientSecret, "_secret")
	form := url.Values{"payment_method": {"pm_card_visa"}, "client_secret": {clientSecret}, "return_url": {"http://lyceum.localhost/"}}
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.h.bankAt+"/v1/payment_intents/"+intent+"/confirm", strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+b.h.bank.Keys().Publishable)
		status, text, err := b.send(r)
		// What a confirmation that took effect is told when it is repeated is that nothing is to be confirmed.
		if err == nil && (status == http.StatusOK || strings.Contains(string(text), "payment_intent_unexpected_state")) {
			return nil
		}
		if err == nil && status < 500 && status != http.StatusTooManyRequests {
			return fmt.Errorf("%d %s", status, text)
		}
		if pause(ctx, 100*time.Millisecond) != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
