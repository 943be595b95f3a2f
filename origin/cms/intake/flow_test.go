package intake

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// ten is ten o'clock, some hours ago.
var ten = time.Now().UTC().Truncate(time.Hour).Add(-6 * time.Hour)

func at(minutes int) time.Time { return ten.Add(time.Duration(minutes) * time.Minute) }

func TestChangesOfAnEntry(t *testing.T) {
	t.Parallel()
	type step struct{ verb, body string }
	publish := func(minute int, title string) step {
		return step{"publish", entry("hamlet", "production", title, at(minute), minute, "")}
	}
	cases := []struct {
		name   string
		steps  []step
		want   string
		states []string
	}{
		{"published", []step{publish(1, "Hamlet")}, "Hamlet (1)", []string{"done applied"}},
		{"published again", []step{publish(1, "Hamlet"), publish(2, "Hamlet!")}, "Hamlet! (2)", []string{"done applied", "done applied"}},
		{"told twice", []step{publish(1, "Hamlet"), publish(1, "Hamlet")}, "Hamlet (1)", []string{"done applied"}},
		{"out of order", []step{publish(2, "newer"), publish(1, "older")}, "newer (1)", []string{"done applied", "done older"}},
		{"unpublished", []step{publish(1, "Hamlet"), {"unpublish", tombstone("hamlet", "production", at(2), 2)}}, "unpublish (2)", []string{"done applied", "done applied"}},
		{"unpublished before it is published", []step{{"unpublish", tombstone("hamlet", "production", at(2), 2)}, publish(1, "Hamlet")}, "unpublish (1)", []string{"done applied", "done older"}},
		{"deleted, and the kind is not said", []step{{"delete", tombstone("hamlet", "", at(2), 2)}, publish(1, "Hamlet")}, "unknown", []string{"done nothing", "done older"}},
		{"back again", []step{publish(1, "a"), {"unpublish", tombstone("hamlet", "production", at(2), 2)}, publish(3, "b")}, "b (3)", []string{"done applied", "done applied", "done applied"}},
		{"archived", []step{publish(1, "a"), {"unpublish", tombstone("hamlet", "production", at(2), 2)}, {"archive", entry("hamlet", "production", "draft", at(3), 2, "")}},
			"unpublish (3)", []string{"done applied", "done applied", "done applied"}},
		{"a draft", []step{publish(1, "a"), {"save", entry("hamlet", "production", "draft", at(2), 1, "")}, {"auto_save", entry("hamlet", "production", "draft", at(3), 1, "")},
			{"create", entry("other", "production", "draft", at(3), 1, "")}, {"unarchive", entry("hamlet", "production", "draft", at(3), 1, "")}}, "a (1)", []string{"done applied"}},
		{"of another type", []step{{"publish", entry("footer", "siteFooter", "x", at(1), 1, "")}}, "unknown", nil},
	}
	s := newStage(t, nil)
	for i, c := range cases {
		id := fmt.Sprint("entry", i)
		for _, step := range c.steps {
			if status := s.send(step.verb, strings.ReplaceAll(step.body, "hamlet", id)); status/100 != 2 {
				t.Fatalf("%s: %s: answered %d", c.name, step.verb, status)
			}
			s.finish()
		}
		if got := s.public(id); got != c.want {
			t.Errorf("%s: the public sees %q, want %q", c.name, got, c.want)
		}
		if got := s.states(id); !slices.Equal(got, c.states) {
			t.Errorf("%s: deliveries %q, want %q", c.name, got, c.states)
		}
	}
}

func TestInvalidIsParkedUntilItIsMended(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.send("publish", entry("hamlet", "production", "Hamlet", at(1), 1, ""))
	s.finish()
	s.send("publish", entry("hamlet", "production", "", at(2), 2, ""))
	s.finish()
	s.wantPublic("hamlet", "Hamlet (1)")
	s.wantStates("done applied", "parked")
	parked, err := s.Desk().Parked(t.Context(), s.db, Filter{})
	if err != nil || len(parked) != 1 || len(parked[0].Faults) != 1 || parked[0].Faults[0].Field != "title" || parked[0].Faults[0].Locale != "en-US" {
		t.Fatalf("parked: %+v %v", parked, err)
	}
	if status := s.send("publish", entry("hamlet", "production", "Hamlet!", at(3), 3, "")); status != http.StatusAccepted {
		t.Fatalf("answered %d", status)
	}
	s.finish()
	s.wantPublic("hamlet", "Hamlet! (2)")
	s.wantStates("done applied", "done superseded", "done applied")
}

func TestReferencesAreWaitedFor(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.send("publish", entry("hamlet", "production", "Hamlet", at(1), 1, linkTo("venue", "lyceum")))
	s.send("publish", entry("lear", "production", "Lear", at(1), 1, linkTo("venue", "savoy")))
	s.finish()
	s.wantStates("waiting", "waiting")
	s.send("publish", entry("lyceum", "venue", "Lyceum", at(0), 1, ""))
	s.finish()
	s.wantPublic("hamlet", "Hamlet (1)")
	s.wantStates("done applied", "waiting", "done applied")
	s.send("unpublish", tombstone("lear", "production", at(2), 1))
	s.finish()
	s.send("publish", entry("savoy", "venue", "Savoy", at(0), 1, ""))
	s.finish()
	s.wantPublic("lear", "unpublish (1)")
}
