package page

import (
	"strconv"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Queue is what a visitor in a waiting room is told.
type Queue struct {
	Status  int
	Room    string // ID
	Name    string // of what the room is for; "" hides it
	Message string // plain text from the house; "" hides it
	// Ahead is how many people are in front, about; -1: not known.
	Ahead int
	// P50 and P90 are seconds: half of those in this position wait at most the
	// one, nine of ten at most the other. They count if Estimated says so.
	P50, P90  int
	Estimated bool
	SeatsLeft int // -1: not known
	Again     int // seconds until the page asks again by itself
	RequestID string
	// Path and Query are of the address asked for, canonical.
	Path, Query string
	HasQuery    bool
}

const (
	queueTitle  = "You are in the queue"
	queueDetail = "Many people would like to come in. We let them in one after another, in the order in which they came."
	queueKeep   = "This page asks again by itself. If you reload it, or close it and come back on this device, you keep your place."
	queueFew    = "More people are ahead of you than there are seats left. You are welcome to wait: people leave, and seats come back. But we would rather you knew now."
)

// AppendQueueJSON appends q for a program: a problem (RFC 9457) with the
// queue's facts beside it. What is not known is left out.
func AppendQueueJSON(dst []byte, q *Queue) []byte {
	number := func(name string, n int) {
		dst = append(dst, `,"`...)
		dst = append(dst, name...)
		dst = append(dst, `":`...)
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	dst = append(dst, `{"type":"urn:stagedoor:problem:waiting-room","title":"`+queueTitle+`","detail":"`+queueDetail+`"`...)
	number("status", q.Status)
	dst = append(dst, `,"room":`...)
	dst = appendJSON(dst, q.Room)
	if q.Ahead >= 0 {
		number("people_ahead", band(q.Ahead))
	}
	if q.Estimated {
		number("wait_p50", q.P50)
		number("wait_p90", q.P90)
	}
	if q.SeatsLeft >= 0 {
		number("seats_left", q.SeatsLeft)
	}
	if q.Message != "" {
		dst = append(dst, `,"message":`...)
		dst = appendJSON(dst, q.Message)
	}
	number("retry_after", q.Again)
	dst = append(dst, `,"request_id":`...)
	dst = appendJSON(dst, q.RequestID)
	return append(dst, "}\n"...)
}

// AppendQueueHTML appends q as a page of the brand. It needs no script: the
// Refresh header brings it up to date.
func AppendQueueHTML(dst []byte, s *site.Site, q *Queue, nonce string) []byte {
	dst = appendHead(dst, s, queueTitle, nonce, queueSheet)
	dst = append(dst, `</p><h1>`+queueTitle+`</h1>`...)
	if q.Name != "" {
		dst = append(dst, `<p class="for">for <strong>`...)
		dst = appendText(dst, q.Name)
		dst = append(dst, `</strong></p>`...)
	}
	if q.Message != "" {
		dst = append(dst, `<p class="when lead">`...)
		dst = appendText(dst, q.Message)
		dst = append(dst, `</p>`...)
	}
	dst = append(dst, `<dl class="facts"><div><dt>People ahead of you</dt><dd>`...)
	dst = appendAhead(dst, q.Ahead)
	dst = append(dst, `</dd></div><div><dt>Your wait from here</dt><dd>`...)
	dst = appendWait(dst, q)
	dst = append(dst, `</dd></div>`...)
	if q.SeatsLeft >= 0 {
		dst = append(dst, `<div><dt>Seats left</dt><dd>`...)
		dst = appendCount(dst, q.SeatsLeft)
		dst = append(dst, `</dd></div>`...)
	}
	dst = append(dst, `</dl>`...)
	if q.SeatsLeft >= 0 && q.Ahead > q.SeatsLeft {
		dst = append(dst, `<p>`+queueFew+`</p>`...)
	}
	dst = append(dst, `<p>`+queueDetail+` `+queueKeep+`</p><p><a class="again" href="`...)
	dst = appendText(dst, q.Path)
	if q.HasQuery {
		dst = append(dst, '?')
		dst = appendText(dst, q.Query)
	}
	return appendFoot(append(dst, `">Ask again now</a></p>`...), q.RequestID)
}

// band rounds a number of people up to two digits: more would pretend to know.
func band(n int) int {
	if n < 10 {
		return n
	}
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit - 1) / unit * unit
}

func appendAhead(dst []byte, n int) []byte {
	switch {
	case n < 0:
		return append(dst, "We are counting"...)
	case n == 0:
		return append(dst, "None: you are next"...)
	case n < 10:
		return append(dst, "Fewer than 10"...)
	}
	return appendCount(append(dst, "About "...), band(n))
}

// appendCount writes a number with its thousands apart.
func appendCount(dst []byte, n int) []byte {
	if n >= 1000 {
		dst = append(appendCount(dst, n/1000), ',')
		n %= 1000
		return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// appendWait writes the estimate as a range, and how sure it is.
func appendWait(dst []byte, q *Queue) []byte {
	if !q.Estimated {
		return append(dst, "We cannot say yet"...)
	}
	low, high := halfHours(q.P50), halfHours(q.P90)
	switch {
	case q.P90 <= 60:
		return append(dst, "Less than a minute"...)
	case q.P90 <= 90*60:
		low, high = (q.P50+59)/60, (q.P90+59)/60
		dst = appendRange(dst, max(low, 1), high)
		dst = append(dst, " minutes"...)
	case q.P50 <= 45*60:
		dst = strconv.AppendInt(dst, int64(max(q.P50+59, 60)/60), 10)
		dst = append(dst, " minutes to "...)
		dst = append(appendHalves(dst, high), " hours"...)
	case low == high:
		dst = append(appendHalves(append(dst, "About "...), high), " hours"...)
	default:
		dst = append(appendHalves(dst, low), " to "...)
		dst = append(appendHalves(dst, high), " hours"...)
	}
	return append(dst, `<small>nine in ten people wait no longer</small>`...)
}

func appendRange(dst []byte, low, high int) []byte {
	if low >= high {
		dst = append(dst, "About "...)
	} else {
		dst = append(strconv.AppendInt(dst, int64(low), 10), " to "...)
	}
	return strconv.AppendInt(dst, int64(high), 10)
}

// halfHours rounds seconds up.
func halfHours(seconds int) int { return (seconds + 1799) / 1800 }

func appendHalves(dst []byte, halves int) []byte {
	dst = strconv.AppendInt(dst, int64(halves/2), 10)
	if halves%2 == 1 {
		dst = append(dst, "½"...)
	}
	return dst
}
