package waiting_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/waitingroom/room"
)

// coordinator is the one that runs at the edge, spoken with as the edge's own shell does.
type coordinator struct {
	clock func() time.Time
	mu    sync.Mutex
	rooms map[string]*room.Room
}

func (c *coordinator) open(id string) (*room.Room, error) {
	if r := c.rooms[id]; r != nil {
		return r, nil
	}
	r, err := room.Open(id, nil)
	if err == nil {
		c.rooms[id] = r
	}
	return r, err
}

func (c *coordinator) Status(_ context.Context, id string) (s waiting.Status, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.open(id)
	if err != nil {
		return s, err
	}
	text := r.Status(c.clock().UnixMilli())
	if text == nil {
		return s, waiting.ErrUnknown
	}
	return s, json.Unmarshal(text, &s)
}

func (c *coordinator) Put(_ context.Context, config waiting.Config) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.open(config.ID)
	if err != nil {
		return err
	}
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	if status, answer := r.Configure(text, c.clock().UnixMilli()); status != 200 {
		return fmt.Errorf("%d %s", status, answer)
	}
	return nil
}

func (c *coordinator) Revoke(_ context.Context, id string, session [16]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.open(id)
	if err != nil {
		return err
	}
	if status, answer := r.Revoke([]byte(`{"session":"`+hex.EncodeToString(session[:])+`"}`), c.clock().UnixMilli()); status != 204 {
		return fmt.Errorf("%d %s", status, answer)
	}
	return nil
}

// Whatever staff may want, the edge's own coordinator takes it, and says back what it was told.
func TestTheRealCoordinatorFollows(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	edge := &coordinator{clock: s.clock, rooms: map[string]*room.Room{}}
	s.tender.Rooms = edge
	for _, mode := range waiting.Modes() {
		id := "room-" + string(mode.Mode)
		s.create(waiting.Room{
			ID: id, PerformanceID: s.performance, Mode: mode.Mode, Active: 300, PerMinute: 60, Message: "Patience, “please”.",
			Event: waiting.Event{OpensAt: start.Add(time.Hour + 123456*time.Microsecond), SaleAt: start.Add(2 * time.Hour), EndsAt: start.Add(20 * time.Hour)},
		})
	}
	s.round()
	for _, mode := range waiting.Modes() {
		id := "room-" + string(mode.Mode)
		r := s.room(id)
		if r.Sync.Problem != "" || r.Sync.Synced != r.Sync.Revision {
			t.Errorf("%s: %+v", id, r.Sync)
		}
		for at, phase := range map[time.Duration]waiting.Phase{0: waiting.Before, time.Hour + time.Minute: waiting.PreQueue, 3 * time.Hour: waiting.Open, 21 * time.Hour: waiting.Ended} {
			if got := r.Event.Phase(start.Add(at)); got != phase {
				t.Errorf("%s after %s: %s, want %s", id, at, got, phase)
			}
		}
		status, err := edge.Status(t.Context(), id)
		if err != nil || status.Mode != mode.Mode || status.Limit != 300 || status.PerMinute != 60 || status.Phase != r.Event.Phase(s.clock()) || status.Revision != r.Sync.Revision {
			t.Errorf("%s: %+v %v", id, status, err)
		}
		if err := edge.Revoke(t.Context(), id, session(3)); err != nil {
			t.Error(err)
		}
	}
	// Live: limits, a pause, and the end of the room.
	s.change("room-fifo", func(r *waiting.Room) {
		r.Active, r.Paused, r.Event.OpensAt, r.Event.SaleAt = 5, true, time.Time{}, time.Time{}
	})
	s.round()
	if status, err := edge.Status(t.Context(), "room-fifo"); err != nil || status.Limit != 5 || !status.Paused || status.Phase != waiting.Open {
		t.Errorf("%+v %v", status, err)
	}
	if _, err := s.editor.DeleteRoom(t.Context(), "ana", "room-lottery", 0); err != nil {
		t.Fatal(err)
	}
	s.round()
	if status, err := edge.Status(t.Context(), "room-lottery"); err != nil || status.Mode != waiting.Passthrough || !status.Drained {
		t.Errorf("%+v %v", status, err)
	}
}
