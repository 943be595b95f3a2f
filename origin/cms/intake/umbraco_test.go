package intake

import (
	"fmt"
	"testing"
)

const (
	hamlet = "c1922956-7855-4fa0-8f2c-7af149a92135"
	lear   = "c1922956-7855-4fa0-8f2c-7af149a92136"
)

func only(id string) string { return fmt.Sprintf(`{"id":%q}`, id) }

func TestPayloadsWithoutAnAPI(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.tell("Umbraco.ContentPublish", pascal(item(hamlet, "production", "Hamlet", at(1))))
	s.finish()
	s.wantPublic(hamlet, "Hamlet (1)")
	s.tell("Umbraco.ContentUnpublish", `{"Id":"`+hamlet+`"}`)
	s.finish()
	s.wantPublic(hamlet, "unpublish (2)")
	s.tell("Umbraco.ContentPublished", item(hamlet, "production", "Hamlet!", at(2)))
	s.finish()
	s.wantPublic(hamlet, "Hamlet! (3)")
	s.tell("Umbraco.ContentDelete", only(hamlet))
	s.finish()
	s.wantPublic(hamlet, "delete (4)")
	s.tell("Umbraco.ContentPublish", only(lear)) // minimal: there is nobody to ask for the rest
	s.finish()
	s.wantStates("done applied", "done applied", "done applied", "done applied", "parked")
}

func TestMinimalPayloadsAreAskedFor(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSite()
	api.put(hamlet, "en-GB", item(hamlet, "production", "Hamlet", at(1)))
	api.put(hamlet, "cy", item(hamlet, "production", "Hamled", at(1)))
	s.tell("Umbraco.ContentPublish", only(hamlet))
	s.finish()
	s.wantPublic(hamlet, "Hamlet (1)")
	api.down = true
	api.items[hamlet]["en-GB"] = item(hamlet, "production", "Hamlet!", at(2))
	s.tell("Umbraco.ContentPublish", only(hamlet))
	s.finish()
	s.wantStates("done applied", "due")
	s.wantPublic(hamlet, "Hamlet (1)")
	api.down = false
	s.hasten()
	s.finish()
	s.wantPublic(hamlet, "Hamlet! (2)")
}

// TestTwoChangesOfOneMoment: both are published by a clock that shows the same, and the second one counts.
func TestTwoChangesOfOneMoment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		api  bool
		body func(title string) string // of the webhook
		want string
	}{
		{"minimal", true, func(string) string { return only(hamlet) }, "Hamlet! (2)"},
		{"with its fields", true, func(title string) string { return item(hamlet, "production", title, at(1)) }, "Hamlet! (2)"},
		{"nobody to ask", false, func(title string) string { return item(hamlet, "production", title, at(1)) }, "Hamlet! (2)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			var api *site
			if c.api {
				api = s.newSite()
			}
			for _, title := range []string{"Hamlet", "Hamlet!"} {
				if c.api {
					api.items[hamlet] = nil
					api.put(hamlet, "en-GB", item(hamlet, "production", title, at(1)))
				}
				s.tell("Umbraco.ContentPublish", c.body(title))
				s.finish()
			}
			s.wantPublic(hamlet, c.want)
			if c.api { // a sweep lists it as of that moment, and it is known
				api.order = []string{hamlet}
				s.sweepAll(s.umbraco)
				s.finish()
				s.wantPublic(hamlet, c.want)
			}
			s.tell("Umbraco.ContentPublish", item(hamlet, "production", "Hamlet!!", at(2)))
			if c.api {
				api.items[hamlet]["en-GB"] = item(hamlet, "production", "Hamlet!!", at(2))
			}
			s.finish()
			s.wantPublic(hamlet, "Hamlet!! (3)")
		})
	}
}

// TestAReplayIsAskedAbout: a webhook that says no more than an ID is told again, by the system or by somebody who kept it.
// Each time is an event of its own, and what is public counts.
func TestAReplayIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSite()
	api.put(hamlet, "en-GB", item(hamlet, "production", "Hamlet", at(1)))
	for range 3 {
		s.tell("Umbraco.ContentPublish", only(hamlet))
	}
	api.items[hamlet]["en-GB"] = item(hamlet, "production", "Hamlet!", at(2))
	s.tell("Umbraco.ContentPublish", only(hamlet))
	s.finish()
	if got := len(s.states()); got != 4 {
		t.Errorf("%d of 4 deliveries were kept", got)
	}
	s.wantPublic(hamlet, "Hamlet! (1)") // whatever was told before it was asked for is covered by the answer
}

// TestAnEndIsAskedAbout: what unpublishes and deletes says no time, so that the API is what counts.
func TestAnEndIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSite()
	put := func(title string, minute int) {
		api.put(hamlet, "en-GB", item(hamlet, "production", title, at(minute)))
	}
	gone := func() { api.items[hamlet] = nil }

	put("Hamlet", 1)
	s.tell("Umbraco.ContentPublish", item(hamlet, "production", "Hamlet", at(1)))
	s.finish()
	gone()
	s.tell("Umbraco.ContentUnpublish", only(hamlet))
	s.finish()
	s.wantPublic(hamlet, "unpublish (2)")

	// The publishing before it arrives late: it is newer than all that was applied, and it is not public.
	s.tell("Umbraco.ContentPublish", item(hamlet, "production", "late", at(2)))
	s.finish()
	s.wantPublic(hamlet, "unpublish (2)")

	// It is published again, and the news of its end is told once more after that.
	api.items[hamlet] = map[string]string{}
	put("Hamlet again", 3)
	s.tell("Umbraco.ContentPublish", item(hamlet, "production", "Hamlet again", at(3)))
	s.finish()
	s.tell("Umbraco.ContentUnpublish", only(hamlet))
	s.finish()
	s.wantPublic(hamlet, "Hamlet again (3)")

	gone()
	s.tell("Umbraco.ContentDelete", only(hamlet))
	s.finish()
	s.wantPublic(hamlet, "delete (4)")

	// Its end is known before its beginning.
	s.tell("Umbraco.ContentDelete", only(lear))
	s.finish()
	s.tell("Umbraco.ContentPublish", item(lear, "production", "Lear", at(1)))
	s.finish()
	s.wantPublic(lear, "unknown")
}

// TestOtherCulturesAreAskedFor: the legacy payload has the default culture alone.
func TestOtherCulturesAreAskedFor(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSite()
	api.put(hamlet, "en-GB", item(hamlet, "production", "Hamlet", at(1)))
	api.put(hamlet, "cy", item(hamlet, "production", "Hamled", at(1)))
	body := item(hamlet, "production", "Hamlet", at(1))
	s.tell("Umbraco.ContentPublish", body[:len(body)-len(`{}}`)]+`{"en-GB":{"path":"/"},"cy":{"path":"/cy"}}}`)
	s.finish()
	s.wantPublic(hamlet, "Hamlet (1)")
	if api.calls != 2 {
		t.Errorf("%d calls, want one for each culture", api.calls)
	}
}

// TestSeveralAtOnceAreSwept: what is moved to the recycle bin is told as a list.
func TestSeveralAtOnceAreSwept(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	api := s.newSite()
	api.put(hamlet, "en-GB", item(hamlet, "production", "Hamlet", at(1)))
	s.sweepAll(s.umbraco)
	s.finish()
	s.wantPublic(hamlet, "Hamlet (1)")
	api.items[hamlet] = nil
	if more, err := s.sweepPage(t.Context(), s.umbraco); err != nil || more || s.public(hamlet) != "Hamlet (1)" {
		t.Fatalf("it is swept before it is due: %v %v", more, err)
	}
	if status := s.tell("Umbraco.ContentMovedToRecycleBin", `[{"id":"`+hamlet+`"}]`); status != 202 {
		t.Fatalf("answered %d", status)
	}
	if _, err := s.sweepPage(t.Context(), s.umbraco); err != nil {
		t.Fatal(err)
	}
	s.finish()
	s.wantPublic(hamlet, "unpublish (2)")
}

// TestAnAPIThatIsBehindTakesNothingOffSale: where it does not know what was just published it is asked again, and only
// believed when it goes on so and knows of other things.
func TestAnAPIThatIsBehindTakesNothingOffSale(t *testing.T) {
	t.Parallel()
	minimal := only(hamlet)
	for _, test := range []struct {
		name string
		body func(minute int) string
	}{
		{"minimal payload", func(int) string { return minimal }},
		{"several cultures", func(minute int) string {
			whole := item(hamlet, "production", "Hamlet!", at(minute))
			return whole[:len(whole)-len(`{}}`)] + `{"en-GB":{"path":"/"},"cy":{"path":"/cy"}}}`
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			api := s.newSite()
			api.put(hamlet, "en-GB", item(hamlet, "production", "Hamlet", at(1)))
			s.tell("Umbraco.ContentPublish", minimal)
			s.finish()
			s.wantPublic(hamlet, "Hamlet (1)")

			api.items[hamlet] = nil
			s.tell("Umbraco.ContentPublish", test.body(2))
			for range surelyGone - 1 {
				s.hasten()
				s.finish()
				s.wantPublic(hamlet, "Hamlet (1)")
			}
			s.wantStates("done applied", "due")
			api.put(hamlet, "en-GB", item(hamlet, "production", "Hamlet!", at(2)))
			s.hasten()
			s.finish()
			s.wantPublic(hamlet, "Hamlet! (2)")

			// The address is wrong: everything is not found, for however long.
			asked := s.umbraco.Asked.URL
			s.umbraco.Asked.URL = asked + "/elsewhere"
			s.tell("Umbraco.ContentPublish", test.body(3))
			for range 2 * surelyGone {
				s.hasten()
				s.finish()
			}
			s.wantPublic(hamlet, "Hamlet! (2)")
			s.wantStates("done applied", "done applied", "due")

			// It is right again, and the entry is gone indeed.
			s.umbraco.Asked.URL = asked
			api.items[hamlet] = nil
			s.hasten()
			s.finish()
			s.wantPublic(hamlet, "unpublish (3)")
		})
	}
}
