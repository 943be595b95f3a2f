package rehearse

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// visitor is one, and what became of them.
type visitor struct {
	number   int
	came     time.Time
	asked    time.Time // last
	told     bool      // has seen the queue page
	ahead    int       // as it said last
	bucket   uint32    // second of arrival, by the place; 0: had none
	place    string
	passes   []string // each that was given
	admitted time.Time
	refused  string // why they were not let in
	failed   string // what went wrong
	requests int
}

// Names of the cookies; the room's ID follows.
const placeCookie, passCookie = "stagedoor_place_", "stagedoor_pass_"

// play is a visitor's evening.
func (r *rehearsal) play(ctx context.Context, v *visitor) {
	wait := time.Duration(0)
	if r.Within > 0 {
		wait = time.Duration(float64(r.Within) * float64(v.number) / float64(r.Visitors))
	}
	const patience = 5 // failures in a row
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		again, err := r.ask(ctx, v)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if failures++; failures >= patience {
				v.failed = err.Error()
				r.count.failed.Add(1)
				return
			}
			wait = time.Duration(failures) * time.Second
			continue
		case v.refused != "":
			r.count.refused.Add(1)
			return
		case again == 0:
			return
		}
		failures = 0
		wait = again
	}
}

// queueType is what the room's answers to programs begin with.
const queueType = "urn:stagedoor:problem:waiting-room"

// ask asks once. again is after how long to ask the next time; 0: the visitor
// is in.
func (r *rehearsal) ask(ctx context.Context, v *visitor) (again time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Address.String(), nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "Mozilla/5.0 (compatible; Stagedoor rehearsal)")
	// On this machine the edge believes who says where they come from, as it
	// does on Cloudflare, which says so itself: each visitor has a network.
	request.Header.Set("CF-Connecting-IP", fmt.Sprintf("10.%d.%d.7", v.number>>8&255, v.number&255))
	if v.place != "" {
		request.Header.Set("Cookie", placeCookie+r.Room+"="+v.place)
	}
	v.requests++
	r.requests.Add(1)
	v.asked = time.Now()
	if v.came.IsZero() {
		v.came = v.asked
		r.count.arrived.Add(1)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return 0, err
	}
	for _, c := range answer.Cookies() {
		switch c.Name {
		case placeCookie + r.Room:
			if c.Value != "" && c.MaxAge >= 0 {
				v.place = c.Value
				if second, ok := arrivedOf(c.Value); ok {
					v.bucket = second
				}
			}
		case passCookie + r.Room:
			if c.Value != "" && c.MaxAge >= 0 {
				v.passes = append(v.passes, c.Value)
			}
		}
	}
	if len(v.passes) > 0 {
		v.admitted = time.Now()
		r.count.admitted.Add(1)
		r.mu.Lock()
		r.passes = append(r.passes, v.admitted)
		r.mu.Unlock()
		return 0, nil
	}
	return r.told(v, answer, body)
}

// told reads what somebody who is not in was told.
func (r *rehearsal) told(v *visitor, answer *http.Response, body []byte) (time.Duration, error) {
	var said struct {
		Type       string `json:"type"`
		Title      string `json:"title"`
		Ahead      *int   `json:"people_ahead"`
		RetryAfter int    `json:"retry_after"`
	}
	_ = json.Unmarshal(body, &said)
	switch {
	case said.Type == queueType:
		v.told = true
		if said.Ahead != nil {
			v.ahead = *said.Ahead
		}
		again := time.Duration(max(said.RetryAfter, 1)) * time.Second
		// Nobody's clock strikes with another's.
		return again - time.Duration(rand.Int64N(int64(time.Second))), nil
	case answer.StatusCode == http.StatusTooManyRequests || strings.HasPrefix(said.Type, queueType):
		v.refused = fmt.Sprintf("%d %s", answer.StatusCode, said.Title)
		return 0, nil
	case answer.StatusCode >= 500:
		return 0, fmt.Errorf("%d %s", answer.StatusCode, said.Title)
	}
	return 0, fmt.Errorf("the answer was %d %s: it is neither the queue nor a pass", answer.StatusCode, said.Title)
}

// A token is version, kind, key ID (2 bytes), the room's name with its length
// before it, the body and a MAC: see waitingroom/token. Visitors cannot check
// it, but what it says of them is plain to see.
func bodyOf(text string) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < 5 || len(raw) < 5+int(raw[4])+32 {
		return nil
	}
	return raw[5+int(raw[4]) : len(raw)-32]
}

// arrivedOf is the second in a place.
func arrivedOf(text string) (uint32, bool) {
	body := bodyOf(text)
	if len(body) < 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(body), true
}

// sessionOf is whose pass it is.
func sessionOf(text string) (id [16]byte, ok bool) {
	body := bodyOf(text)
	if len(body) < 16 {
		return id, false
	}
	return [16]byte(body), true
}
