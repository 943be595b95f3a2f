package ledger_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t *testing.T, path string, c *clock) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(path, c.now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pay stores an intent, pays it and emits an event for each step.
func pay(tx *ledger.Tx, id string, owed bool) {
	tx.PutIntent(&ledger.Intent{ID: id, Created: tx.Now(), Status: "requires_payment_method", Amount: 100})
	made, _ := tx.Intent(id)
	tx.PutIntent(made)
	tx.Emit("payment_intent.created", made, ledger.Origin{RequestID: "req_1"}, owed)
	paid, _ := tx.Intent(id)
	paid.Status = "succeeded"
	tx.PutIntent(paid)
	tx.Emit("payment_intent.succeeded", paid, ledger.Origin{}, owed)
}

func TestEventsKeepTheSnapshotTheyWereMadeFrom(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "j"), newClock()
	l := open(t, path, c)
	must(t, l.Update(func(tx *ledger.Tx) error { pay(tx, "pi_1", true); return nil }))
	// And once more through the journal.
	for _, l := range []*ledger.Ledger{l, open(t, path, c)} {
		intent, ok := l.Intent("pi_1")
		if !ok || intent.Status != "succeeded" {
			t.Fatalf("intent is %+v", intent)
		}
		events, more := l.Events(ledger.Query[*ledger.Event]{Limit: 10})
		if more || len(events) != 2 {
			t.Fatalf("%d events, more %v", len(events), more)
		}
		if got := events[1].Object.(*ledger.Intent).Status; got != "requires_payment_method" {
			t.Errorf("the older event shows %s", got)
		}
		if got := events[0].Object.(*ledger.Intent).Status; got != "succeeded" {
			t.Errorf("the newer event shows %s", got)
		}
		if owed, attempts := l.Owed(); len(owed) != 2 || owed[0].ID != events[1].ID || attempts[0].Number != 0 {
			t.Errorf("owed: %v %v", owed, attempts)
		}
	}
}

func TestOnlyEventsToDeliverAreWatched(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "j"), newClock())
	var told []*ledger.Event
	l.Watch(func(events []*ledger.Event) { told = append(told, events...) })
	must(t, l.Update(func(tx *ledger.Tx) error {
		o := &ledger.Intent{ID: "pi_1"}
		tx.PutIntent(o)
		tx.Emit("quiet", o, ledger.Origin{}, false)
		tx.Emit("loud", o, ledger.Origin{}, true)
		return nil
	}))
	must(t, l.Update(func(tx *ledger.Tx) error { pay(tx, "pi_2", false); return nil }))
	if len(told) != 1 || told[0].Type != "loud" {
		t.Errorf("told of %v", told)
	}
}

func TestAFailedTransactionChangesNothing(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "j"), newClock())
	called := false
	l.Watch(func([]*ledger.Event) { called = true })
	if err := l.Update(func(tx *ledger.Tx) error { pay(tx, "pi_1", true); return errors.New("no") }); err == nil {
		t.Fatal("no error")
	}
	func() {
		defer func() { recover() }()
		l.Update(func(tx *ledger.Tx) error { pay(tx, "pi_1", true); panic("no") })
	}()
	if _, ok := l.Intent("pi_1"); ok || called || l.Size() != 0 {
		t.Error("something was kept")
	}
	must(t, l.Update(func(tx *ledger.Tx) error { pay(tx, "pi_1", true); return nil })) // not locked up
	if !called {
		t.Error("the watcher was not told")
	}
}

func TestCopiesDoNotReachBack(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "j"), newClock())
	must(t, l.Update(func(tx *ledger.Tx) error { pay(tx, "pi_1", false); return nil }))
	must(t, l.Update(func(tx *ledger.Tx) error {
		copied, _ := tx.Intent("pi_1")
		copied.Status = "changed and never put"
		return nil
	}))
	if got, _ := l.Intent("pi_1"); got.Status != "succeeded" {
		t.Errorf("status is %q", got.Status)
	}
}

func TestDeliveriesSurviveARestartUntilDone(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "j"), newClock()
	l := open(t, path, c)
	must(t, l.Update(func(tx *ledger.Tx) error { pay(tx, "pi_1", true); return nil }))
	owed, _ := l.Owed()
	must(t, l.Tried(ledger.Attempt{Event: owed[0].ID, Number: 1, Fault: "connection refused"}))
	must(t, l.Tried(ledger.Attempt{Event: owed[1].ID, Number: 1, Done: true}))

	l = open(t, path, c)
	still, attempts := l.Owed()
	if len(still) != 1 || still[0].ID != owed[0].ID || attempts[0].Number != 1 {
		t.Fatalf("owed: %v %v", still, attempts)
	}
	if owed, n, fault := l.Delivery(still[0].ID); !owed || n != 1 || fault != "connection refused" {
		t.Errorf("delivery: %v %d %q", owed, n, fault)
	}
	must(t, l.Tried(ledger.Attempt{Event: still[0].ID, Number: 2, Done: true}))
	if still, _ := open(t, path, c).Owed(); len(still) != 0 {
		t.Errorf("still owed: %v", still)
	}
}

func TestAnswersAreRepeatedForADay(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "j"), newClock()
	l := open(t, path, c)
	must(t, l.Update(func(tx *ledger.Tx) error {
		pay(tx, "pi_1", false)
		paid, _ := tx.Intent("pi_1")
		tx.PutIntent(paid)
		tx.Remember(&ledger.Answer{Key: "object", Status: 200}, paid)
		tx.Remember(&ledger.Answer{Key: "body", Status: 402, Body: []byte(`{"error":{}}`)}, nil)
		return nil
	}))
	c.at = c.at.Add(ledger.KeepAnswers)
	for _, l := range []*ledger.Ledger{l, open(t, path, c)} {
		a, ok := l.Answer("object")
		if !ok || a.Object.(*ledger.Intent).ID != "pi_1" || a.Body != nil {
			t.Fatalf("answer %+v", a)
		}
		if a, ok := l.Answer("body"); !ok || string(a.Body) != `{"error":{}}` {
			t.Fatalf("answer %+v", a)
		}
	}
	c.at = c.at.Add(time.Second)
	for _, l := range []*ledger.Ledger{l, open(t, path, c)} {
		if _, ok := l.Answer("object"); ok {
			t.Error("still repeated after a day")
		}
	}
}

func TestPages(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "j"), newClock())
	for i := range 7 {
		must(t, l.Update(func(tx *ledger.Tx) error { pay(tx, fmt.Sprintf("pi_%d", i), false); return nil }))
	}
	cases := []struct {
		name  string
		query ledger.Query[*ledger.Intent]
		want  []string
		more  bool
	}{
		{"newest first", ledger.Query[*ledger.Intent]{Limit: 3}, []string{"pi_6", "pi_5", "pi_4"}, true},
		{"the following page", ledger.Query[*ledger.Intent]{Limit: 3, After: "pi_4"}, []string{"pi_3", "pi_2", "pi_1"}, true},
		{"the last page", ledger.Query[*ledger.Intent]{Limit: 3, After: "pi_1"}, []string{"pi_0"}, false},
		{"exactly the rest", ledger.Query[*ledger.Intent]{Limit: 3, After: "pi_3"}, []string{"pi_2", "pi_1", "pi_0"}, false},
		{"backwards", ledger.Query[*ledger.Intent]{Limit: 2, Before: "pi_3"}, []string{"pi_5", "pi_4"}, true},
		{"backwards to the newest", ledger.Query[*ledger.Intent]{Limit: 5, Before: "pi_3"}, []string{"pi_6", "pi_5", "pi_4"}, false},
		{"selected", ledger.Query[*ledger.Intent]{Limit: 5, Keep: func(i *ledger.Intent) bool { return i.ID == "pi_2" }}, []string{"pi_2"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rows, more := l.Intents(c.query)
			var got []string
			for _, r := range rows {
				got = append(got, r.ID)
			}
			if !reflect.DeepEqual(got, c.want) || more != c.more {
				t.Errorf("got %v (more %v), want %v (more %v)", got, more, c.want, c.more)
			}
		})
	}
}

func TestManyTransactionsAtOnce(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "j"), newClock()
	l := open(t, path, c)
	must(t, l.Update(func(tx *ledger.Tx) error { pay(tx, "pi_1", false); return nil }))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				err := l.Update(func(tx *ledger.Tx) error {
					o, _ := tx.Intent("pi_1")
					o.Amount++
					tx.PutIntent(o)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				l.Intents(ledger.Query[*ledger.Intent]{Limit: 1})
			}
		})
	}
	wg.Wait()
	if got, _ := open(t, path, c).Intent("pi_1"); got.Amount != 300 {
		t.Errorf("amount is %d after 200 increments of 100", got.Amount)
	}
}
