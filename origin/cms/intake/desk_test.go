package intake

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

func TestTheDesk(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	desk, ctx := s.Desk(), t.Context()
	broken := entry("hamlet", "production", "", at(1), 1, "")
	s.send("publish", broken)
	s.send("publish", entry("lear", "production", "Lear", at(1), 1, linkTo("venue", "savoy")))
	s.finish()
	parked := func(f Filter) []Parcel {
		t.Helper()
		list, err := desk.Parked(ctx, s.db, f)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if n := len(parked(Filter{})); n != 1 {
		t.Fatalf("%d are parked", n)
	}
	both := parked(Filter{Source: "contentful", Waiting: true})
	if len(both) != 2 || both[0].EntryID != "lear" || both[0].WaitsFor != "savoy" || len(parked(Filter{Source: "umbraco", Waiting: true})) != 0 ||
		len(parked(Filter{Waiting: true, Before: both[0].ID, Most: 5})) != 1 {
		t.Fatalf("parked and waiting: %+v", both)
	}
	lear, hamlet := both[0].ID, both[1].ID

	for name, body := range map[string]string{"no JSON": "{", "another entry": entry("lear", "production", "x", at(1), 1, ""), "nothing of ours": strings.Replace(broken, `"id":"production"`, `"id":"footer"`, 1)} {
		if err := desk.Edit(ctx, s.db, hamlet, []byte(body), "me"); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := desk.Edit(ctx, s.db, hamlet, []byte(entry("hamlet", "production", "Hamlet", at(1), 1, "")), "me"); err != nil {
		t.Fatal(err)
	}
	if p, err := desk.One(ctx, s.db, hamlet); err != nil || string(p.Original) != broken || p.EditedBy != "me" || p.State != Parked {
		t.Errorf("edited: %+v %v", p, err)
	}
	if err := desk.Replay(ctx, s.db, hamlet, "me"); err != nil {
		t.Fatal(err)
	}
	s.finish()
	s.wantPublic("hamlet", "Hamlet (1)")
	if p, err := desk.One(ctx, s.db, hamlet); err != nil || p.State != Done || p.Outcome != "applied" || p.DecidedBy != "me" {
		t.Errorf("replayed: %+v %v", p, err)
	}

	if err := desk.Drop(ctx, s.db, lear, "me", " "); err == nil {
		t.Error("it is dropped without a reason")
	}
	if err := desk.Drop(ctx, s.db, lear, "me", "a rehearsal"); err != nil {
		t.Fatal(err)
	}
	if p, err := desk.One(ctx, s.db, lear); err != nil || p.State != Dropped || p.Because != "a rehearsal" {
		t.Errorf("dropped: %+v %v", p, err)
	}
	for name, err := range map[string]error{
		"replayed again": desk.Replay(ctx, s.db, lear, "me"), "dropped again": desk.Drop(ctx, s.db, lear, "me", "x"),
		"edited when done": desk.Edit(ctx, s.db, hamlet, []byte(entry("hamlet", "production", "x", at(1), 1, "")), "me"),
		"replayed nothing": desk.Replay(ctx, s.db, 999, "me"),
	} {
		if !errors.Is(err, ErrNotParked) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatFailsIsTriedAgainAndThenShown: a fault nobody foresaw ends with a person.
func TestWhatFailsIsTriedAgainAndThenShown(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.plays.before = func() error { return errors.New("the moon is full") }
	s.send("publish", entry("hamlet", "production", "Hamlet", at(1), 1, ""))
	for range mostAttempts - 1 {
		s.finish()
		s.wantStates("due")
		s.hasten()
	}
	s.finish()
	s.wantStates("parked")
	s.plays.before = nil
	list, err := s.Desk().Parked(t.Context(), s.db, Filter{})
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Reason, "moon") || list[0].Attempts != mostAttempts {
		t.Fatalf("%+v %v", list, err)
	}
	if err := s.Desk().Replay(t.Context(), s.db, list[0].ID, "me"); err != nil {
		t.Fatal(err)
	}
	s.finish()
	s.wantPublic("hamlet", "Hamlet (1)")
}

func TestWhatIsOverIsRemoved(t *testing.T) {
	t.Parallel()
	later := time.Duration(0)
	s := newStage(t, func(c *Config) {
		c.Keep = time.Hour
		c.Now = func() time.Time { return time.Now().Add(later) }
	})
	s.send("publish", entry("hamlet", "production", "Hamlet", at(1), 1, ""))
	s.send("publish", entry("lear", "production", "", at(1), 1, ""))
	s.finish()
	for _, c := range []struct {
		later time.Duration
		want  int64
	}{{0, 0}, {2 * time.Hour, 1}, {1000 * time.Hour, 0}} {
		later = c.later
		if n, err := s.Prune(context.WithoutCancel(t.Context())); err != nil || n != c.want {
			t.Errorf("after %s %d are removed (%v), want %d", c.later, n, err, c.want)
		}
	}
	s.wantStates("parked") // which is somebody's to decide
}
