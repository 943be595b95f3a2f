package bus

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func TestEnsureChangesWhatIsOtherwise(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	js, err := jetstream.New(s.conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, window := range []time.Duration{0, 0, time.Minute, time.Minute, 2 * time.Minute} {
		want := Stream{Name: "TERMS", Subjects: []string{"terms.>"}, DuplicateWindow: window}
		if _, err := want.Ensure(t.Context(), js); err != nil {
			t.Fatal(err)
		}
		stream, err := js.Stream(t.Context(), "TERMS")
		if err != nil {
			t.Fatal(err)
		}
		if got := stream.CachedInfo().Config; !want.withDefaults().is(got) {
			t.Errorf("with a window of %s the stream is %+v", window, got)
		}
	}
}
