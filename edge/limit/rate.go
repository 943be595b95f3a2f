// Package limit counts how often clients ask, in a table of fixed size.
//
// It holds each client to its Rate with the generic cell rate algorithm (ITU-T
// I.371): one instant a client, the one at which all it has asked for would
// have come due at an even pace. From there it follows at any moment how many
// more requests fit. Nothing has to be swept, and there is no window's edge at
// which twice as much gets through unnoticed: a client may ask for Requests at
// once and for Requests in every Period after that, so that no Period ever
// sees as many as twice that number.
package limit

// Rate is how often a client may ask.
type Rate struct {
	Requests int
	Period   int // seconds

	every int64 // microseconds between requests at an even pace, rounded up
	whole int64 // microseconds of the period, at that pace
}

// NewRate makes one. Both numbers are at least 1.
func NewRate(requests, period int) Rate {
	every := (int64(period)*1_000_000 + int64(requests) - 1) / int64(requests)
	return Rate{requests, period, every, every * int64(requests)}
}

// Left is what a client has left of its rate.
type Left struct {
	OK       bool // the request fits
	Requests int  // that could follow at once
	// Wait is in seconds, rounded up: until a request fits again when this
	// one did not, and else until all of the rate is there again.
	Wait int
}

// take is the algorithm: due is the client's instant, in microseconds, before
// and after the request.
func (r *Rate) take(due, now int64) (after int64, left Left) {
	// A clock that was set back, or a rate that was made shorter, must not lock
	// anyone out for longer than a period.
	due = min(max(due, now), now+r.whole)
	if wait := due + r.every - r.whole - now; wait > 0 {
		return due, Left{Wait: seconds(wait)}
	}
	due += r.every
	return due, Left{OK: true, Requests: int((now + r.whole - due) / r.every), Wait: seconds(due - now)}
}

func seconds(microseconds int64) int { return int((microseconds + 999_999) / 1_000_000) }
