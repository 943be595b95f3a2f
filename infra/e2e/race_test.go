package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	buyers = 200
	prizes = 16
)

// shopper is one buyer with a browser's cookies, who reaches the house through the edge.
type shopper struct {
	site        string
	client      *http.Client
	traceparent string // sent along unless it is ""
}

func newShopper(h *openHouse, theatre string) *shopper {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &shopper{site: h.at(theatre, ""), client: &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", h.port))
		},
	}}}
}

// call returns the status, the problem code of a refusal, and the answer in into.
func (s *shopper) call(method, path string, question, into any) (int, string, error) {
	var body io.Reader
	if question != nil {
		text, err := json.Marshal(question)
		if err != nil {
			return 0, "", err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, s.site+path, body)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Idempotency-Key", fmt.Sprintf("race-%016x", rand.Uint64()))
	if s.traceparent != "" {
		request.Header.Set("Traceparent", s.traceparent)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", err
	}
	var problem struct {
		Code string `json:"code"`
	}
	if answer.StatusCode/100 == 2 {
		return answer.StatusCode, "", json.Unmarshal(text, into)
	}
	_ = json.Unmarshal(text, &problem) // a refusal without a code is judged by its status
	return answer.StatusCode, problem.Code, nil
}

// raceForSeats sends 200 buyers after the same 16 seats of one performance, each for one seat after the other until
// none is left, through the edge and up to the payment.
func raceForSeats(t *testing.T, h *openHouse) {
	performance, seats := scarce(t, h, "savoy", 0)
	type outcome struct {
		seat, number string
		err          error
	}
	outcomes := make(chan outcome, buyers)
	var group sync.WaitGroup
	for range buyers {
		group.Go(func() {
			seat, number, err := newShopper(h, "savoy").buyOne(performance, seats)
			outcomes <- outcome{seat, number, err}
		})
	}
	group.Wait()
	close(outcomes)
	owners := map[string]string{}
	for o := range outcomes {
		switch {
		case o.err != nil:
			t.Error(o.err)
		case o.seat != "" && owners[o.seat] != "":
			t.Errorf("%s was sold twice: %s and %s", o.seat, owners[o.seat], o.number)
		case o.seat != "":
			owners[o.seat] = o.number
		}
	}
	if len(owners) != prizes {
		t.Errorf("%d seats sold, want %d", len(owners), prizes)
	}
}

// scarce picks a performance of a theatre's first show, 0 being the last one, and its first standard seats.
func scarce(t *testing.T, h *openHouse, theatre string, fromLast int) (performance string, seats []string) {
	t.Helper()
	s := newShopper(h, theatre)
	get := func(path string, into any) {
		t.Helper()
		if status, code, err := s.call(http.MethodGet, path, nil, into); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s %v", path, status, code, err)
		}
	}
	var list struct{ Shows []struct{ Slug string } }
	get("/api/v1/shows", &list)
	var one struct{ Performances []struct{ ID string } }
	get("/api/v1/shows/"+list.Shows[0].Slug, &one)
	performance = one.Performances[len(one.Performances)-1-fromLast].ID
	var plan struct {
		Sections []struct {
			Rows []struct {
				Seats []struct{ ID, Kind string }
			}
		}
	}
	get("/api/v1/performances/"+performance+"/plan", &plan)
	for _, section := range plan.Sections {
		for _, row := range section.Rows {
			for _, seat := range row.Seats {
				if seat.Kind == "standard" && len(seats) < prizes {
					seats = append(seats, seat.ID)
				}
			}
		}
	}
	return performance, seats
}

// buyOne tries the seats in an order of its own and pays for the first it gets. It returns no seat when all were
// refused with the honest answer that they are taken; anything else is an error.
func (s *shopper) buyOne(performance string, seats []string) (seat, number string, err error) {
	for _, i := range rand.Perm(len(seats)) {
		var held struct{ ID string }
		status, code, err := s.call(http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": performance, "seats": seats[i : i+1]}, &held)
		switch {
		case err != nil:
			return "", "", err
		case status == http.StatusConflict && code == "seats_taken":
			continue
		case status != http.StatusCreated:
			return "", "", fmt.Errorf("hold: %d %s", status, code)
		}
		number, err = s.pay(held.ID, seats[i])
		return seats[i], number, err
	}
	return "", "", nil
}

// pay orders the held seat, pays with a good card and waits for the ticket.
func (s *shopper) pay(hold, seat string) (string, error) {
	var placed struct {
		Order          struct{ Number string }
		ClientSecret   string `json:"client_secret"`
		PublishableKey string `json:"publishable_key"`
		PaymentScript  string `json:"payment_script"`
	}
	status, code, err := s.call(http.MethodPost, "/api/v1/orders", map[string]any{
		"hold_id": hold, "name": "A Buyer", "email": "b-" + hold[len(hold)-8:] + "@example.org",
		"seats": []map[string]string{{"seat_id": seat, "price_type": "adult"}},
	}, &placed)
	if err != nil || status != http.StatusCreated {
		return "", fmt.Errorf("order: %d %s (%v)", status, code, err)
	}
	intent, _, _ := strings.Cut(placed.ClientSecret, "_secret_")
	provider := strings.TrimSuffix(placed.PaymentScript, "/v3/")
	form := url.Values{"client_secret": {placed.ClientSecret}, "payment_method": {"pm_card_visa"}}
	request, err := http.NewRequest(http.MethodPost, provider+"/v1/payment_intents/"+intent+"/confirm", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+placed.PublishableKey)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("pay: %d", answer.StatusCode)
	}
	var order struct {
		State   string
		Tickets []struct {
			SeatID string `json:"seat_id"`
		}
	}
	for range 300 {
		if status, code, err = s.call(http.MethodGet, "/api/v1/orders/"+placed.Order.Number, nil, &order); err != nil || status != http.StatusOK {
			return "", fmt.Errorf("read the order: %d %s (%v)", status, code, err)
		}
		if order.State != "awaiting_payment" {
			break
		}
		time.Sleep(100 * time.Millisecond) // as the page polls
	}
	if order.State != "paid" || len(order.Tickets) != 1 || order.Tickets[0].SeatID != seat {
		return "", fmt.Errorf("order %s is %s with tickets %v", placed.Order.Number, order.State, order.Tickets)
	}
	return placed.Order.Number, nil
}
