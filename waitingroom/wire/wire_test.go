package wire_test

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/waitingroom/queue"
	"github.com/stagedoor/stagedoor/waitingroom/wire"
)

func drawMessage(t *rapid.T) wire.Message {
	m := wire.Message{
		Room: rapid.StringMatching(`[a-z-]{0,40}`).Draw(t, "room"), Name: rapid.StringMatching(`[a-z/0-9]{0,44}`).Draw(t, "name"),
		Reporter: rapid.Uint64().Draw(t, "reporter"), Number: rapid.Uint32().Draw(t, "number"),
		Reporters: rapid.Uint32().Draw(t, "reporters"), Want: rapid.Uint32().Draw(t, "want"),
	}
	word := rapid.Uint32()
	for range rapid.IntRange(0, 5).Draw(t, "counts") {
		m.Counts = append(m.Counts, queue.Count{Second: word.Draw(t, "second"), Arrived: word.Draw(t, "n"), Claimed: word.Draw(t, "n"), Direct: word.Draw(t, "n"), Polls: word.Draw(t, "n"), In: word.Draw(t, "n"), Out: word.Draw(t, "n")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "leases") {
		m.Leases = append(m.Leases, wire.EndedLease{ID: rapid.Uint64().Draw(t, "id"), Unused: word.Draw(t, "unused")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "endings") {
		e := wire.Ending{Holder: rapid.Byte().Draw(t, "holder"), Issued: word.Draw(t, "issued")}
		copy(e.Session[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "session"))
		m.Endings = append(m.Endings, e)
	}
	return m
}

func TestMessagesComeThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawMessage(t)
		text := want.Append(nil)
		var got wire.Message
		if err := wire.DecodeMessage(text, &got); err != nil || !bytes.Equal(got.Append(nil), text) {
			t.Fatalf("%+v became %+v, %v", want, got, err)
		}
		cut := rapid.IntRange(0, len(text)-1).Draw(t, "cut")
		if wire.DecodeMessage(text[:cut], &got) == nil || wire.DecodeMessage(append(text, 0), &got) == nil {
			t.Fatal("a message that is too short or too long is taken for whole")
		}
	})
}

func TestAnswersComeThrough(t *testing.T) {
	want := wire.Answer{Number: 7, Lease: wire.Lease{ID: 1 << 60, Slots: 9, Good: 6}, State: []byte(`{"v":1}`)}
	got, err := wire.DecodeAnswer(want.Append(nil))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := wire.DecodeAnswer((&wire.Answer{}).Append(nil)); err == nil {
		t.Error("an answer without a state is taken for one")
	}
}

// A few bytes must not promise a lot of memory.
func TestLengthsAreBounded(t *testing.T) {
	m := wire.Message{Room: "r", Reporter: 1}
	text := m.Append(nil)
	// The three lists are the last three bytes.
	for i := range 3 {
		bad := bytes.Clone(text)
		bad = append(bad[:len(bad)-3+i], 0xff, 0xff, 0xff, 0x7f)
		if wire.DecodeMessage(bad, &m) == nil {
			t.Errorf("list %d", i)
		}
	}
}

func FuzzDecode(f *testing.F) {
	m := wire.Message{Room: "hamlet", Name: "hamlet/1", Reporter: 5, Counts: []queue.Count{{Second: 9, Arrived: 1}}, Leases: []wire.EndedLease{{ID: 3}}, Endings: []wire.Ending{{Holder: 1}}}
	f.Add(m.Append(nil))
	a := wire.Answer{State: []byte(`{}`)}
	f.Add(a.Append(nil))
	f.Add([]byte("M\x01"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var m wire.Message
		if wire.DecodeMessage(text, &m) == nil {
			var again wire.Message
			if err := wire.DecodeMessage(m.Append(nil), &again); err != nil || !reflect.DeepEqual(again, m) {
				t.Fatalf("%+v became %+v, %v", m, again, err)
			}
		}
		if a, err := wire.DecodeAnswer(text); err == nil {
			if again, err := wire.DecodeAnswer(a.Append(nil)); err != nil || !reflect.DeepEqual(again, a) {
				t.Fatalf("%+v became %+v, %v", a, again, err)
			}
		}
	})
}
