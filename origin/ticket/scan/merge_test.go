package scan_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

// Two devices let the same ticket in while both were alone: both entries are kept and shown, whoever comes back first and
// however often each says so.
func TestTwoOfflineScansAreBothShown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one, other := s.Issue(s.Evening, "stalls-A-1", "1"), s.Issue(s.Evening, "stalls-A-2", "2")
	at := s.clock.Now()
	s.clock.Advance(10 * time.Minute)
	left := []scan.Fact{s.offline(one.ID, "left", scan.In, at.Add(time.Minute)), s.offline(other.ID, "left", scan.In, at)}
	right := []scan.Fact{s.offline(one.ID, "right", scan.In, at.Add(30*time.Second))}
	if m := s.merge(left...); m.Kept != 2 || m.Known != 0 || len(m.Twice) != 0 {
		t.Errorf("the left one: %+v", m)
	}
	if m := s.merge(right...); m.Kept != 1 || !slices.Equal(m.Twice, []uuid.UUID{one.ID}) {
		t.Errorf("the right one: %+v", m)
	}
	if m := s.merge(left...); m.Kept != 0 || m.Known != 2 || len(m.Twice) != 1 {
		t.Errorf("the left one again: %+v", m)
	}
	tally := s.tally()
	if tally.In != 2 || len(tally.Twice) != 1 || len(tally.Twice[0].Entries) != 2 || tally.Twice[0].Entries[0].Device != "right" || tally.Twice[0].Entries[1].Device != "left" {
		t.Errorf("tally %+v", tally)
	}
	again := s.want("a third person", s.scanOf(one.Code, scan.In), scan.Refused, scan.AlreadyIn)
	if len(again.Twice) != 2 {
		t.Errorf("the colleague sees %+v", again.Twice)
	}
	// The same scan was answered by the house, and its answer never came: the device decided alone.
	answered := s.scanOf(s.Issue(s.Evening, "stalls-A-3", "3").Code, scan.In)
	in := s.admit(answered)
	lost := s.offline(in.Ticket.ID, answered.Device, scan.In, answered.At)
	lost.Scan = answered.ID
	if m := s.merge(lost); m.Known != 1 || len(m.Twice) != 0 {
		t.Errorf("a scan that both decided: %+v", m)
	}
}

// What no scanner of ours makes is not kept, and does not keep the rest of the batch from being.
func TestImplausibleFactsAreNotKept(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one, elsewhere := s.Issue(s.Evening, "stalls-A-1", "1"), s.Issue(s.House.Performance(s.clock.Now()), "stalls-A-1", "1")
	fact := func(change func(*scan.Fact)) scan.Fact {
		f := s.offline(one.ID, "d", scan.In, s.clock.Now())
		change(&f)
		return f
	}
	bad := []scan.Fact{
		fact(func(f *scan.Fact) { f.Scan = uuid.Nil }),
		fact(func(f *scan.Fact) { f.Result = "perhaps" }),
		fact(func(f *scan.Fact) { f.Ticket = uuid.Nil }),
		fact(func(f *scan.Fact) { f.Ticket = uuid.New() }),
		fact(func(f *scan.Fact) { f.Ticket = elsewhere.ID }),
		fact(func(f *scan.Fact) { f.Reason = scan.Forged }),
		fact(func(f *scan.Fact) { f.Reason = "because" }),
		fact(func(f *scan.Fact) { f.Result = scan.Refused }),
		fact(func(f *scan.Fact) { f.Device = "" }),
		fact(func(f *scan.Fact) { f.Door = "a\x00b" }),
		fact(func(f *scan.Fact) { f.Door = "\xff" }),
		fact(func(f *scan.Fact) { f.Door = strings.Repeat("x", 81) }),
		fact(func(f *scan.Fact) { f.At = f.At.Add(time.Hour) }),
		fact(func(f *scan.Fact) { f.At = f.At.Add(-100 * time.Hour) }),
	}
	good := fact(func(*scan.Fact) {})
	m := s.merge(append(slices.Clone(bad), good)...)
	if m.Kept != 1 || len(m.Rejected) != len(bad) {
		t.Errorf("%+v", m)
	}
	for _, r := range m.Rejected {
		if r.Reason == "" {
			t.Errorf("%s is rejected for no reason", r.Scan)
		}
	}
	if _, err := s.Desk.Merge(t.Context(), "x", s.Evening, make([]scan.Fact, scan.MostMerged+1)); err == nil {
		t.Error("a batch without end is taken")
	}
}

func TestScansAreOnlyAddedTo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.admit(s.scanOf(s.Issue(s.Evening, "stalls-A-1", "1").Code, scan.In))
	for _, sql := range []string{`update ticket_scans set door = 'x'`, `delete from ticket_scans`} {
		if _, err := s.DB.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is carried out", sql)
		}
	}
}

// Where a ticket stands does not depend on the order in which facts come, nor on how often, nor on the way in which they
// were put together.
func TestStandingIsOfASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Unix(1_795_000_000, 0).UTC()
		n := rapid.IntRange(0, 12).Draw(t, "facts")
		all := make([]scan.Fact, n)
		for i := range all {
			all[i] = scan.Fact{
				Scan:   uuid.NewSHA1(uuid.Nil, fmt.Append(nil, rapid.IntRange(0, 6).Draw(t, "scan"))),
				Result: rapid.SampledFrom([]scan.Result{scan.In, scan.Out, scan.Refused}).Draw(t, "result"),
				At:     begin.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "second")) * time.Second), Device: "d",
			}
		}
		// A scan has one moment.
		moments := map[uuid.UUID]time.Time{}
		for i, f := range all {
			if at, ok := moments[f.Scan]; ok {
				all[i].At = at
			}
			moments[f.Scan] = all[i].At
		}
		want := scan.Stand(all)
		mixed := append(slices.Clone(all), all[:rapid.IntRange(0, n).Draw(t, "again")]...)
		seed := rapid.Uint64().Draw(t, "seed")
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if got := scan.Stand(mixed); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\nwant %+v", got, want)
		}
		// Everybody who came in with a ticket that was inside is shown.
		entries := 0
		for _, f := range scan.Moves(all) {
			if f.Result == scan.In {
				entries++
			}
		}
		if want.Inside && entries > 1 && len(want.Twice) == 0 {
			outs := 0
			for _, f := range scan.Moves(all) {
				if f.Result == scan.Out {
					outs++
				}
			}
			if outs == 0 {
				t.Fatalf("%d entries, no exit, and none is shown twice", entries)
			}
		}
	})
}

// A ticket was issued anew while a scanner was alone: who came in with the old one is shown, until they leave.
func TestADeadTicketInsideIsShown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	old := s.Issue(s.Evening, "stalls-A-1", "1")
	at := s.clock.Now()
	s.clock.Advance(10 * time.Minute)
	if _, err := s.Desk.Reissue(t.Context(), "box@example.org", old.ID, "lost"); err != nil {
		t.Fatal(err)
	}
	if m := s.merge(s.offline(old.ID, "left", scan.In, at)); m.Kept != 1 {
		t.Fatalf("%+v", m)
	}
	tally := s.tally()
	if len(tally.Dead) != 1 || tally.Dead[0].Ticket.ID != old.ID || tally.Dead[0].Ticket.Dead != scan.Reissued || tally.Dead[0].Entries[0].Device != "left" || tally.Expected != 1 {
		t.Errorf("tally %+v", tally)
	}
	s.merge(s.offline(old.ID, "left", scan.Out, s.clock.Now()))
	if tally := s.tally(); len(tally.Dead) != 0 {
		t.Errorf("they left: %+v", tally.Dead)
	}
}
