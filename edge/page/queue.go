package page

import (
	"encoding/hex"
	"strconv"

	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
	"github.com/stagedoor/stagedoor/waitingroom/state"
)

// Queue is what a visitor in a waiting room is told.
type Queue struct {
	Status  int
	Room    string // ID
	Name    string // of what the room is for; "" hides it
	Message string // plain text from the house; "" hides it
	Locale  string // to say it in
	Phase   string // state.Before, state.PreQueue or state.Open
	Lottery bool
	Paused  bool
	// Begins is in how many seconds the doors open (Before) or the sale begins
	// (PreQueue), 0: not known. BeginsAt is that in Unix seconds.
	Begins   int
	BeginsAt int64
	// Ahead is how many people are in front, about; -1: not known.
	Ahead int
	// P50 and P90 are seconds: half of those in this position wait at most the
	// one, nine of ten at most the other. They count if Estimated says so.
	P50, P90  int
	Estimated bool
	SeatsLeft int    // -1: not known
	Again     int    // seconds until the page asks again by itself
	Move      string // path of the page to take the place to another device from; "" for none
	// Draw is the lottery that the visitor takes part in, and Visitor who they
	// are in it; nil for none.
	Draw      *state.Draw
	Visitor   [16]byte
	RequestID string
	// Path and Query are of the address asked for, canonical.
	Path, Query string
	HasQuery    bool
}

// few says whether the seats left can't reach the visitor.
func (q *Queue) few() bool { return q.SeatsLeft >= 0 && q.Ahead > q.SeatsLeft }

// title and text are the headline and what is below it.
func (q *Queue) title(w *words) string {
	switch q.Phase {
	case state.Before:
		return w.before
	case state.PreQueue:
		return w.shut
	}
	return w.queue
}

func (q *Queue) text(w *words) string {
	switch {
	case q.Phase == state.Before:
		return w.beforeText
	case q.Phase == state.PreQueue && q.Lottery:
		return w.drawText
	case q.Phase == state.PreQueue:
		return w.shutText
	case q.Paused:
		return w.pausedText
	}
	return w.queueText
}

// AppendQueueJSON appends q for a program: a problem (RFC 9457) with the
// queue's facts beside it, and under "say" how the page words them. What is
// not known is left out.
func AppendQueueJSON(dst []byte, q *Queue) []byte {
	w := wordsIn(q.Locale)
	dst = append(dst, `{"type":"urn:stagedoor:problem:waiting-room","title":`...)
	dst = plainjson.AppendString(dst, q.title(w))
	dst = append(dst, `,"detail":`...)
	dst = plainjson.AppendString(dst, q.text(w))
	dst = appendField(dst, "status", q.Status)
	dst = append(dst, `,"room":`...)
	dst = plainjson.AppendString(dst, q.Room)
	dst = append(dst, `,"phase":`...)
	dst = plainjson.AppendString(dst, q.Phase)
	if q.Begins > 0 {
		dst = appendField(dst, "begins_in", q.Begins)
	}
	if q.Ahead >= 0 {
		dst = appendField(dst, "people_ahead", band(q.Ahead))
	}
	if q.Estimated {
		dst = appendField(dst, "wait_p50", q.P50)
		dst = appendField(dst, "wait_p90", q.P90)
	}
	if q.SeatsLeft >= 0 {
		dst = appendField(dst, "seats_left", q.SeatsLeft)
	}
	if q.Message != "" {
		dst = append(dst, `,"message":`...)
		dst = plainjson.AppendString(dst, q.Message)
	}
	dst = appendField(dst, "retry_after", q.Again)
	dst = append(dst, `,"say":{"title":`...)
	dst = plainjson.AppendString(dst, q.title(w))
	dst = append(dst, `,"text":`...)
	dst = plainjson.AppendString(dst, q.text(w))
	if q.Begins > 0 {
		dst = w.appendSpan(append(dst, `,"begins":"`...), q.Begins)
		dst = append(dst, '"')
	}
	dst = w.appendAhead(append(dst, `,"ahead":"`...), q.Ahead)
	dst = w.appendWait(append(dst, `","wait":"`...), q)
	dst = w.appendSure(append(dst, `","sure":"`...), q)
	if q.SeatsLeft >= 0 {
		dst = w.appendCount(append(dst, `","seats":"`...), q.SeatsLeft)
	}
	dst = append(dst, `","few":"`...)
	if q.few() {
		dst = append(dst, w.few...)
	}
	dst = append(dst, `"},`...)
	if q.Draw != nil {
		dst = q.appendDraw(append(dst, `"draw":{"event":`...))
	}
	dst = append(dst, `"request_id":`...)
	dst = plainjson.AppendString(dst, q.RequestID)
	return append(dst, "}\n"...)
}

// appendDraw appends what anyone can check the draw by, from the event's name
// on: the commitment, who this is in it and, once the sale has begun, the seed.
func (q *Queue) appendDraw(dst []byte) []byte {
	dst = plainjson.AppendString(dst, q.Draw.Event)
	dst = hex.AppendEncode(append(dst, `,"commitment":"`...), q.Draw.Commit)
	dst = hex.AppendEncode(append(dst, `","visitor":"`...), q.Visitor[:])
	if q.Draw.Seed != nil {
		dst = hex.AppendEncode(append(dst, `","seed":"`...), q.Draw.Seed[:])
	}
	return append(dst, `"},`...)
}

func appendField(dst []byte, name string, n int) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return strconv.AppendInt(dst, int64(n), 10)
}
