package content

import (
	"errors"
	"testing"
)

func TestVenue(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var wait *WaitingError
	if err := s.apply(aVenue()); !errors.As(err, &wait) || wait.Ref.ID != "b-rose" || wait.Field != "brand" {
		t.Fatalf("got %v, want it to wait for its brand", err)
	}
	if n := s.count("select (select count(*) from cms_entries) + (select count(*) from outbox)"); n != 0 {
		t.Errorf("what waits left %d rows behind", n)
	}
	s.must(house()...)
	s.facts()
	s.must(later(with(aVenue(), fields{"city": "Southwark", "location": fields{"latitude": 51.4, "longitude": "x"}, "about": nil}), 0)) // older: not even looked at
	s.refused(later(with(aVenue(), fields{"location": fields{"latitude": 51.4, "longitude": 190}, "capacity": 2.5, "openedYear": "1587"}), 2),
		"location: must be a latitude", "capacity: must be a whole number", "openedYear: must be a number")
	s.must(later(with(aVenue(), fields{"city": "Southwark", "location": `{"latitude": 51.4, "longitude": -0.1}`, "name": tr{"en-US": "The Rose in London", "en-GB": "Rose Playhouse"}}), 2))
	if got := s.text("select name || city || latitude from venues"); got != "Rose PlayhouseSouthwark51.4" {
		t.Errorf("the venue is %q", got)
	}
	if told := about(s.facts(), "show.changed"); len(told) != 1 {
		t.Errorf("told %q, want the show that plays there", told)
	}
	s.refused(later(with(aVenue(), fields{"timeZone": "America/New_York"}), 3), "timeZone: is Europe/London and can't change")
	s.refused(later(with(aVenue(), fields{"brand": ref("p-faustus")}), 3), "brand: links to a production; it must be a brand")

	second := with(aVenue(), fields{"name": "Another"})
	second.ID = "v-other"
	s.refused(second, "slug: the venue rose belongs to the entry v-rose")
}
