package holdredis

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// parseDelta reads what prelude.lua publishes: the sequence number, then lines of a state's letter and its seats.
func parseDelta(text string) (hold.Delta, error) {
	number, rest, _ := strings.Cut(text, "\n")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return hold.Delta{}, fmt.Errorf("holdredis: delta: %w", err)
	}
	delta := hold.Delta{Seq: seq, Seats: make(map[string]hold.SeatState)}
	for line := range strings.Lines(rest) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		var state hold.SeatState
		switch fields[0] {
		case "f":
			state = hold.Free
		case "h":
			state = hold.Held
		case "s":
			state = hold.Sold
		case "w":
			state = hold.Withheld
		default:
			return hold.Delta{}, fmt.Errorf("holdredis: delta with state %q", fields[0])
		}
		for _, seat := range fields[1:] {
			delta.Seats[seat] = state
		}
	}
	return delta, nil
}
