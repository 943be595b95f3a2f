package bundle_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stagedoor/stagedoor/origin/bundle"
)

// lasting is work that takes as long as its first caller says, on a clock that is not real.
func lasting(ctx context.Context, lengths []time.Duration) []bundle.Result[int] {
	select {
	case <-time.After(lengths[0]):
	case <-ctx.Done():
	}
	return make([]bundle.Result[int], len(lengths))
}

// A caller who comes while two are at work, and one of them sticks, is served once the other is through.
func TestACallerIsNotLeftBehindWhatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bundle.New(3, 2, 15*time.Second, lasting)
		go func() { _, _ = b.Do(t.Context(), 300*time.Millisecond) }()
		synctest.Wait()
		for range 3 { // a full one goes beside it
			go func() { _, _ = b.Do(t.Context(), 10*time.Millisecond) }()
		}
		synctest.Wait()
		go func() { _, _ = b.Do(t.Context(), time.Hour) }() // the next of the second, which sticks
		synctest.Wait()
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		began := time.Now()
		_, _ = b.Do(t.Context(), 0)
		if waited := time.Since(began); waited > time.Second {
			t.Errorf("a lone caller waited %s", waited)
		}
		time.Sleep(time.Minute)
	})
}

// While one is stuck, only the first caller waits to find out.
func TestWhatIsStuckIsFoundOutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bundle.New(64, 2, 15*time.Second, lasting)
		go func() { _, _ = b.Do(t.Context(), time.Hour) }()
		synctest.Wait()
		for i := range 4 {
			began := time.Now()
			_, _ = b.Do(t.Context(), time.Millisecond)
			if waited := time.Since(began); i > 0 && waited > 100*time.Millisecond {
				t.Errorf("caller %d waited %s", i, waited)
			}
		}
		time.Sleep(time.Minute) // it is through: two at a time again, and the next waits for the first
		go func() { _, _ = b.Do(t.Context(), 200*time.Millisecond) }()
		synctest.Wait()
		began := time.Now()
		_, _ = b.Do(t.Context(), 0)
		if waited := time.Since(began); waited < 150*time.Millisecond {
			t.Errorf("it went beside one that was not stuck, after %s", waited)
		}
	})
}
