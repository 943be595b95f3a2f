package seatstream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// The first thing on a stream: how long a browser waits before it comes back, in milliseconds.
var greeting = chunk([]byte("retry: 2000\n\n"))

// heartbeat is a comment.
var heartbeat = chunk([]byte(": here\n\n"))

// event is the data of an event. Since is the number after which its seats changed; a snapshot has none.
type event struct {
	Seq   int64                     `json:"seq"`
	Since *int64                    `json:"since,omitempty"`
	Seats map[string]hold.SeatState `json:"seats"`
}

// chunk frames a piece of a chunked answer (RFC 9112, section 7.1).
func chunk(text []byte) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n", len(text), text) }

func snapshotFrame(seq int64, seats map[string]hold.SeatState) []byte {
	return frame("snapshot", event{Seq: seq, Seats: seats})
}

func deltaFrame(since, seq int64, seats map[string]hold.SeatState) []byte {
	return frame("delta", event{Seq: seq, Since: &since, Seats: seats})
}

func frame(name string, e event) []byte {
	body, _ := json.Marshal(e) // of strings and numbers
	var text bytes.Buffer
	fmt.Fprintf(&text, "event: %s\nid: %d\ndata: %s\n\n", name, e.Seq, body)
	return chunk(text.Bytes())
}

// remembered is how many deltas of a performance are kept for those who come back.
const remembered = 2048

// history is the state of a performance and the last deltas that led to it.
type history struct {
	seq    int64
	seats  map[string]hold.SeatState // that are not free
	deltas []hold.Delta              // without gaps, the last one leads to seq
}

// begin starts from a snapshot. What was remembered is of no use: something may have been missed.
func (h *history) begin(s hold.Snapshot) {
	h.seq, h.seats, h.deltas = s.Seq, maps.Clone(s.Seats), nil
	if h.seats == nil {
		h.seats = make(map[string]hold.SeatState)
	}
}

// add takes a delta in. It reports false for one that does not follow.
func (h *history) add(d hold.Delta) bool {
	if d.Seq <= h.seq {
		return true
	}
	if d.Seq != h.seq+1 {
		return false
	}
	h.seq = d.Seq
	for seat, state := range d.Seats {
		if state == hold.Free {
			delete(h.seats, seat)
		} else {
			h.seats[seat] = state
		}
	}
	if len(h.deltas) >= 2*remembered {
		h.deltas = append(h.deltas[:0:0], h.deltas[remembered:]...)
	}
	h.deltas = append(h.deltas, d)
	return true
}

// since merges what changed after a number; false when that is not remembered.
func (h *history) since(seq int64) (map[string]hold.SeatState, bool) {
	behind := h.seq - seq
	if behind < 0 || behind > int64(len(h.deltas)) {
		return nil, false
	}
	merged := make(map[string]hold.SeatState)
	for _, d := range h.deltas[int64(len(h.deltas))-behind:] {
		maps.Copy(merged, d.Seats)
	}
	return merged, true
}
