package state_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
	"github.com/stagedoor/stagedoor/waitingroom/state"
)

func TestStatesComeThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.Uint32()
		want := state.State{
			Version: 1, Revision: rapid.Int64Range(0, 1<<62).Draw(t, "revision"), Mode: state.Lottery, Paused: rapid.Bool().Draw(t, "paused"),
			Phase:    rapid.SampledFrom([]string{state.Before, state.PreQueue, state.Open, state.Ended}).Draw(t, "phase"),
			Frontier: queue.Frontier{Through: word.Draw(t, "through"), Below: rapid.Uint64().Draw(t, "below")},
			Lapsed:   queue.Frontier{Through: word.Draw(t, "lapsed"), Below: rapid.Uint64().Draw(t, "lapsed below")},
			Queueing: rapid.Bool().Draw(t, "queueing"), Poll: rapid.IntRange(0, 300).Draw(t, "poll"), Waiting: rapid.IntRange(0, 1<<30).Draw(t, "waiting"),
			Opens: word.Draw(t, "opens"), Sale: word.Draw(t, "sale"), Ends: word.Draw(t, "ends"),
			SeatsLeft: rapid.IntRange(-1, 100).Draw(t, "seats"), Message: rapid.StringN(0, 50, 200).Draw(t, "message"),
			UpdatedAt: time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "at")).UTC(),
		}
		for i := range rapid.IntRange(0, 5).Draw(t, "points") {
			want.Outlook.Curve = append(want.Outlook.Curve, queue.Point{At: float64(i) * 10.25, Ahead: float64(i) * 2.5, Wait: float64(i) / 8})
		}
		if rapid.Bool().Draw(t, "lottery") {
			seed := shuffle.Seed{1, 2}
			commitment := shuffle.Commit(seed, "hamlet", "e1")
			want.Draw = state.Draw{Event: "e1", Commit: commitment[:], Seed: &seed}
		}
		for range rapid.IntRange(0, 4).Draw(t, "revoked") {
			want.Revoked = append(want.Revoked, state.Revoke([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "session")), rapid.Byte().Draw(t, "holder")))
		}
		slices.SortFunc(want.Revoked, func(a, b state.Revocation) int { return slices.Compare(a[:], b[:]) })
		got, err := state.Decode(want.Append(nil))
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Fatalf("%+v\nbecame %+v, %v", want, got, err)
		}
	})
}

func TestRatesComeThroughToAThousandth(t *testing.T) {
	s := state.State{Version: 1, UpdatedAt: time.Unix(1, 0), Outlook: queue.Outlook{Rate: 0.5 / 60, Spread: 7.0 / 60}}
	got, err := state.Decode(s.Append(nil))
	if err != nil || got.Outlook.Rate != 0.5/60 || got.Outlook.Spread != 7.0/60 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatIsNoState(t *testing.T) {
	const good = `"v":1,"through":5,"updated_at":"2026-11-21T10:00:00Z"`
	if s, err := state.Decode([]byte("{" + good + `,"later":[{"more":1}]}`)); err != nil || s.SeatsLeft != -1 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{name: "newer", text: `{"v":2}`, want: state.ErrVersion},
		{name: "no version", text: `{"through":5,"updated_at":"2026-11-21T10:00:00Z"}`, want: state.ErrIncomplete},
		{name: "no frontier", text: `{"v":1,"updated_at":"2026-11-21T10:00:00Z"}`, want: state.ErrIncomplete},
		{name: "no time", text: `{"v":1,"through":5}`, want: state.ErrIncomplete},
		{name: "empty", text: ``},
		{name: "not JSON", text: `<html>`},
		{name: "cut", text: `{` + good},
		{name: "followed", text: `{` + good + `} x`},
		{name: "a frontier in text", text: `{` + good + `,"through":"5"}`},
		{name: "a tie-break as a number", text: `{` + good + `,"below":5}`},
		{name: "a second too large", text: `{` + good + `,"through":5000000000}`},
		{name: "points that go back", text: `{` + good + `,"curve":[{"s":5,"a":1},{"s":4,"a":2}]}`, want: state.ErrBounds},
		{name: "fewer people further back", text: `{` + good + `,"curve":[{"s":5,"a":3},{"s":6,"a":2}]}`, want: state.ErrBounds},
		{name: "a revocation too short", text: `{` + good + `,"revoked":["00"]}`},
		{name: "revocations out of order", text: `{` + good + `,"revoked":["ffffffffffffffffffffffffffffffff","00000000000000000000000000000000"]}`, want: state.ErrBounds},
		{name: "a seed too short", text: `{` + good + `,"lottery":{"seed":"00"}}`},
		{name: "negative poll", text: `{` + good + `,"poll":-1}`, want: state.ErrBounds},
	} {
		t.Run(test.name, func(t *testing.T) {
			if s, err := state.Decode([]byte(test.text)); err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

func TestRevokes(t *testing.T) {
	a, b, c := [16]byte{1}, [16]byte{2}, [16]byte{3}
	s := state.State{Revoked: []state.Revocation{state.Revoke(a, 0), state.Revoke(a, 2), state.Revoke(b, state.Everyone)}}
	for _, test := range []struct {
		session [16]byte
		holder  byte
		want    bool
	}{{a, 0, true}, {a, 1, true}, {a, 2, true}, {a, 3, false}, {a, state.Everyone, false}, {b, 0, true}, {b, state.Everyone, true}, {c, 0, false}, {[16]byte{}, 0, false}} {
		if got := s.Revokes(test.session, test.holder); got != test.want {
			t.Errorf("%x by holder %d: %v", test.session[:1], test.holder, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	s := state.State{Version: 1, UpdatedAt: time.Unix(1, 0), Draw: state.Draw{Commit: make([]byte, 32)}, Revoked: []state.Revocation{{}}}
	f.Add(s.Append(nil))
	f.Add([]byte(`{"v":1,"through":1e9,"below":"-1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := state.Decode(text)
		if err != nil {
			return
		}
		if _, err := state.Decode(s.Append(nil)); err != nil {
			t.Errorf("%q became %q: %v", text, s.Append(nil), err)
		}
	})
}
