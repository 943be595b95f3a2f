package boxoffice_test

import (
	"errors"
	"net/url"
	"regexp"
	"testing"

	"github.com/stagedoor/stagedoor/origin/hold"
)

var releaseForm = regexp.MustCompile(`action="(/sites/lyceum/box-office/allocations/[^"]+/release)"`)

// public tries to hold a seat as the public does.
func (s *stage) public(session, seat string) error {
	s.t.Helper()
	_, err := s.holds.Acquire(s.t.Context(), hold.Request{PerformanceID: s.next, Session: session, Seats: []string{seat}})
	return err
}

func TestAllocationsAreTheBoxOfficesUntilTheyAreReleased(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	here := at + "/allocations/" + s.next.String()
	s.says(s.get(here), "Nothing is kept", "Everybody may buy every seat")
	s.says(s.post(here, url.Values{"name": {"Press night"}}), "Nothing was changed", "Tick the seats")
	s.says(s.post(here, url.Values{"name": {"Press night"}, "seat": {"stalls-Z-1"}}), "Nothing was changed", "not in this house")
	s.says(s.post(here, url.Values{"name": {"Press night"}, "section": {"balcony"}, "release": {"2020-01-01T10:00"}}), "Nothing was changed", "past already")
	s.says(s.post(here, url.Values{"name": {"Press night"}, "section": {"balcony"}, "release": {"2099-01-01T10:00"}}), "Nothing was changed", "after the performance begins")

	p := s.post(here, url.Values{"name": {"Press night"}, "seat": {"stalls-A-1", "stalls-A-2", "stalls-A-3"}, "section": {"balcony"}})
	s.says(p, "“Press night” keeps 7 places", "7 places, 7 of them not sold", "Stalls, row A, seat 1")
	var taken *hold.TakenError
	if err := s.public("ada", "stalls-A-1"); !errors.As(err, &taken) {
		t.Fatalf("the public got an allocated seat: %v", err)
	}
	s.says(s.sell(s.keep("stalls-A-1"), url.Values{"name": {"A critic"}, "tender": {"cash"}}), "Sold: order LYC-")
	p = s.get(here)
	s.says(p, "7 places, 6 of them not sold", "Stalls, row A, seat 1: sold")

	release := releaseForm.FindStringSubmatch(p.text)
	if release == nil {
		t.Fatal("no way to release it")
	}
	s.says(s.post(release[1], url.Values{"do": {"some"}}), "Nothing was changed", "Tick the seats that everybody")
	s.says(s.post(release[1], url.Values{"do": {"some"}, "seat": {"stalls-A-2"}}), "Released:", "6 places")
	if err := s.public("ada", "stalls-A-2"); err != nil {
		t.Fatalf("a released seat: %v", err)
	}
	s.says(s.post(release[1], url.Values{"do": {"all"}}), "Released:", "Nothing is kept", "by box@example.com")
	if err := s.public("bob", "balcony-A-1"); err != nil {
		t.Fatalf("a released seat: %v", err)
	}
	if n := s.count(`select count(*) from staff_audit where action in ('boxoffice.allocate', 'boxoffice.release')`); n != 3 {
		t.Errorf("%d acts audited, want 3", n)
	}
	for _, who := range []string{"usher", "apollo"} {
		if p := s.send(who, "GET", here, nil); p.status == 200 {
			t.Errorf("%s may look at allocations", who)
		}
	}
}
