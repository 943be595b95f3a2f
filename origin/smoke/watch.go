package smoke

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// seatChange is one delta of the live seat map, or the error that ended it.
type seatChange struct {
	seats map[string]string
	err   error
}

// watch opens the live seat map and returns its snapshot and the changes that follow, until ctx ends.
func (b *browser) watch(ctx context.Context, path string) (seatsView, <-chan seatChange, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.resolve(path), nil)
	if err != nil {
		return seatsView{}, nil, err
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := b.client.Do(request)
	if err != nil {
		return seatsView{}, nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return seatsView{}, nil, &refusal{Status: response.StatusCode, Detail: "instead of a stream"}
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, mostBytes)
	first, err := nextEvent(lines)
	if err != nil {
		response.Body.Close()
		return seatsView{}, nil, err
	}
	changes := make(chan seatChange, 64)
	go func() {
		defer response.Body.Close()
		defer close(changes)
		for {
			event, err := nextEvent(lines)
			select {
			case changes <- seatChange{event.Seats, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return first, changes, nil
}

// nextEvent reads one event; comments and the event's name are passed over.
func nextEvent(lines *bufio.Scanner) (seatsView, error) {
	var data strings.Builder
	for lines.Scan() {
		line := lines.Text()
		if text, found := strings.CutPrefix(line, "data:"); found {
			data.WriteString(text)
		}
		if line == "" && data.Len() > 0 {
			var event seatsView
			err := json.Unmarshal([]byte(data.String()), &event)
			return event, err
		}
	}
	if err := lines.Err(); err != nil {
		return seatsView{}, err
	}
	return seatsView{}, errors.New("the stream ended")
}

// await waits until the rival's live map shows every seat in the state.
func (v *visit) await(ctx context.Context, seats []string, state string) error {
	missing := make(map[string]bool)
	for _, seat := range seats {
		missing[seat] = true
	}
	timeout := time.After(10 * time.Second)
	for len(missing) > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout:
			return fmt.Errorf("the other browser never saw %v %s", seats, state)
		case change, open := <-v.changes:
			if !open || change.err != nil {
				return fmt.Errorf("the live seat map broke: %v", change.err)
			}
			for seat, now := range change.seats {
				if now == state {
					delete(missing, seat)
				}
			}
		}
	}
	return nil
}
