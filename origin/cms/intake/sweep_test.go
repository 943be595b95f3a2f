package intake

import (
	"fmt"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestTheSweepFindsWhatWasLost(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSpace()
	api.log = append(api.log, entry("lyceum", "venue", "Lyceum", at(0), 1, ""), entry("hamlet", "production", "Hamlet", at(1), 1, linkTo("venue", "lyceum")),
		entry("footer", "siteFooter", "x", at(1), 1, ""))
	s.sweepAll(s.contentful)
	s.finish()
	s.wantPublic("hamlet", "Hamlet (1)")
	s.wantPublic("footer", "unknown")

	// One webhook arrives and three are lost.
	api.log = append(api.log, entry("hamlet", "production", "Hamlet!", at(2), 2, ""), tombstone("lyceum", "venue", at(3), 2), entry("lear", "production", "Lear", at(4), 1, ""))
	s.send("publish", entry("hamlet", "production", "Hamlet!", at(2), 2, ""))
	s.finish()
	s.sweepAll(s.contentful)
	s.finish()
	s.wantPublic("hamlet", "Hamlet! (2)")
	s.wantPublic("lyceum", "unpublish (2)")
	s.wantPublic("lear", "Lear (1)")
	if api.initial != 1 {
		t.Errorf("everything was asked for %d times, want once: then only what changed", api.initial)
	}
	before := len(s.states())
	for range 3 { // nothing changed
		s.sweepAll(s.contentful)
	}
	if now := len(s.states()); now != before {
		t.Errorf("%d deliveries became %d though nothing changed", before, now)
	}

	// The token has expired, and something ended meanwhile: the whole list does not tell of it.
	api.expired = true
	api.log = append(api.log, tombstone("lear", "production", at(5), 2))
	if _, err := s.sweepPageDue(s.contentful); err == nil {
		t.Error("an expired token is no failure")
	}
	api.expired = false
	s.sweepAll(s.contentful)
	s.finish()
	s.wantPublic("lear", "unpublish (2)")
	s.wantPublic("hamlet", "Hamlet! (2)")
	if api.initial != 2 {
		t.Errorf("everything was asked for %d times, want twice", api.initial)
	}
	t.Log("injected: of four webhooks three were lost, and the token of the sweep expired")
	t.Log("users saw: what the editors' system says, after the next sweep")
	t.Logf("found: %d deliveries, everything was asked for %d times", len(s.states()), api.initial)
}

func TestTheSweepOfASite(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSite()
	id := func(i int) string { return fmt.Sprintf("c1922956-7855-4fa0-8f2c-7af149a920%02d", i) }
	for i := range 5 {
		api.put(id(i), "en-GB", item(id(i), "production", fmt.Sprint("Play ", i), at(i)))
	}
	s.sweepAll(s.umbraco)
	s.finish()
	for i := range 5 {
		s.wantPublic(id(i), fmt.Sprintf("Play %d (1)", i))
	}
	// One is changed, one is gone, one is not in the index that the list is made of, and no webhook arrives.
	api.items[id(0)]["en-GB"] = item(id(0), "production", "Play 0!", at(10))
	api.items[id(1)] = nil
	api.unlisted[id(2)] = true
	s.sweepAll(s.umbraco)
	s.finish()
	s.wantPublic(id(0), "Play 0! (2)")
	s.wantPublic(id(1), "unpublish (2)")
	s.wantPublic(id(2), "Play 2 (1)")
	// It comes back as it was, as when the API lagged behind: its own clock did not move on.
	api.put(id(1), "en-GB", item(id(1), "production", "Play 1", at(1)))
	s.sweepAll(s.umbraco)
	s.finish()
	s.wantPublic(id(1), "Play 1 (3)")
	s.wantPublic(id(3), "Play 3 (1)")
	before := len(s.states())
	delete(api.unlisted, id(2))
	s.sweepAll(s.umbraco)
	s.finish()
	if now := len(s.states()); now != before {
		t.Errorf("%d deliveries became %d though nothing changed", before, now)
	}
}

// TestASweepGoesOnWhereItWas: the process that sweeps ends between two pages, and another goes on.
func TestASweepGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSpace()
	for i := range 5 {
		api.log = append(api.log, entry(fmt.Sprint("p", i), "production", fmt.Sprint("Play ", i), at(i), 1, ""))
	}
	if err := s.SweepSoon(t.Context(), s.contentful); err != nil {
		t.Fatal(err)
	}
	if more, err := s.sweepPage(t.Context(), s.contentful); err != nil || !more {
		t.Fatalf("%v %v", more, err)
	}
	other := stageOn(t, s.db, nil)
	other.contentful.Asked = s.contentful.Asked
	api.down = true
	if _, err := other.sweepPageDue(other.contentful); err == nil {
		t.Error("the API is busy, and nothing is said")
	}
	api.down = false
	other.sweepAll(other.contentful)
	other.finish()
	if err := s.count(t.Context()); err != nil || testutil.ToFloat64(s.cfg.Metrics.finished.WithLabelValues("contentful")) == 0 {
		t.Errorf("this process does not tell when the sweep ended, which another one did: %v", err)
	}
	for i := range 5 {
		s.wantPublic(fmt.Sprint("p", i), fmt.Sprintf("Play %d (1)", i))
	}
	if api.initial != 1 {
		t.Errorf("it began anew %d times", api.initial-1)
	}
}

// TestAPageThatIsTooLong: the next one asked for is half as long, until it can be read, and the sweep comes to its end.
func TestAPageThatIsTooLong(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	plays := func(name func(int) string) {
		t.Helper()
		s.finish()
		for i := range 5 {
			s.wantPublic(name(i), fmt.Sprintf("Play %d (1)", i))
		}
	}
	guid := func(i int) string { return fmt.Sprintf("c1922956-7855-4fa0-8f2c-7af149a920%02d", i) }
	site := s.newSite()
	s.umbraco.Asked.PageSize, site.most = 8, 2
	for i := range 5 {
		site.put(guid(i), "en-GB", item(guid(i), "production", fmt.Sprint("Play ", i), at(i)))
	}
	s.sweepAll(s.umbraco)
	plays(guid)
	if got, want := fmt.Sprint(site.takes), "[8 4 2 2 2]"; got != want {
		t.Errorf("the site was asked for %s at a time, want %s", got, want)
	}

	name := func(i int) string { return fmt.Sprint("p", i) }
	api := s.newSpace()
	s.contentful.Asked.PageSize, api.most = 4, 2
	for i := range 5 {
		api.log = append(api.log, entry(name(i), "production", fmt.Sprint("Play ", i), at(i), 1, ""))
	}
	if more, err := s.sweepPageDue(s.contentful); err != nil || !more {
		t.Fatalf("the first page: %v %v", more, err)
	}
	api.most = 1 // the second page cannot be asked for as it is
	s.sweepAll(s.contentful)
	plays(name)
	if api.initial != 3 || api.limit != 1 {
		t.Errorf("all was asked for %d times, at last %d at a time: want from 4 at a time to 2 and to 1", api.initial, api.limit)
	}
}

func TestTwoProcessesShareASweep(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSpace()
	api.log = append(api.log, entry("hamlet", "production", "Hamlet", at(1), 1, ""))
	tx, err := s.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	if err := s.SweepSoon(t.Context(), s.contentful); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select from cms_sweeps for update"); err != nil { // as another process at it does
		t.Fatal(err)
	}
	if more, err := s.sweepPage(t.Context(), s.contentful); err != nil || more || api.initial != 0 {
		t.Errorf("both asked: %v %v, %d", more, err, api.initial)
	}
}
