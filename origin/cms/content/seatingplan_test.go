package content

import (
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms"
)

func TestSeatingPlanFaults(t *testing.T) {
	t.Parallel()
	seat := func(f fields) any {
		base := fields{"id": "yard-A-1", "label": "1", "x": 1, "y": 1, "band": "A"}
		for k, v := range f {
			base[k] = v
		}
		return fields{"width": 10, "height": 10, "sections": []any{fields{"id": "yard", "name": "Yard", "rows": []any{fields{"label": "A", "seats": []any{base, fields{"id": "yard-A-2", "label": "2", "band": "A"}}}}}}}
	}
	general := func(g fields) any {
		return fields{"width": 10, "height": 10, "sections": []any{fields{"id": "pit", "name": "Pit", "general": g}}}
	}
	for _, test := range []struct {
		name   string
		layout any
		want   []string
	}{
		{"sound", seat(nil), nil},
		{"a string that holds it", `{"width": 10, "height": 10, "sections": [{"id": "pit", "name": "Pit", "general": {"count": 5, "band": "A"}}]}`, nil},
		{"not JSON", "a drawing", []string{"layout: not of the shape"}},
		{"another shape", []any{1}, []string{"layout: not of the shape"}},
		{"empty", fields{}, []string{"layout: width and a height", "layout: at least one section", "layout: has no places"}},
		{"the same seat twice", seat(fields{"id": "yard-A-2"}), []string{"layout: the seat yard-A-2 is there twice"}},
		{"no band", seat(fields{"band": ""}), []string{"layout: needs an id such as"}},
		{"an unknown kind", seat(fields{"kind": "throne"}), []string{"layout: kind must be"}},
		{"nobody fits", general(fields{"count": 0, "band": "A"}), []string{"layout: a general area has a count", "layout: has no places"}},
		{"too many", general(fields{"count": 2_000_000_000, "band": "A"}), []string{"layout: a general area has a count", "layout: has no places"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := Check(with(aPlan(), fields{"layout": test.layout}))
			if test.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			checkFaults(t, err, test.want...)
		})
	}
}

// A plan that something plays on never changes: another layout is another version, and what was sold keeps its seats.
func TestSeatingPlanVersions(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	first := s.text("select id::text from seating_plans")
	s.must(later(with(aPlan(), fields{"name": "Renamed"}), 2))
	if n := s.count("select count(*) from seating_plans"); n != 1 {
		t.Fatalf("%d plans after another name, want the one", n)
	}
	s.sell("first")
	s.facts()
	s.must(later(with(aPlan(), fields{"layout": layout(6)}), 3))
	if got := s.text("select string_agg(version || ':' || seats || ':' || (select count(*) from performances f where f.plan_id = p.id), ' ' order by version) from seating_plans p"); got != "1:4:1 2:6:2" {
		t.Errorf("versions:seats:performances are %q, want the sold one on its own plan and the others on the new", got)
	}
	if s.text("select plan_id::text from performances where starts_at = '2026-12-01 19:30Z'") != first {
		t.Error("the sold performance lost its plan")
	}
	if told := about(s.facts(), "show.changed"); len(told) != 1 {
		t.Errorf("told %q", told)
	}
	s.must(later(with(aSchedule(), nil), 2)) // published again, it takes nothing back
	if n := s.count("select count(*) from performances where plan_id = $1", first); n != 1 {
		t.Errorf("%d performances on the first plan", n)
	}
	// Nobody plays on the second any more: it goes.
	s.must(later(with(aPlan(), fields{"layout": layout(7)}), 4))
	if got := s.text("select string_agg(seats::text, ' ' order by version) from seating_plans"); got != "4 7" {
		t.Errorf("plans of %q seats are there", got)
	}
	elsewhere := with(aVenue(), fields{"slug": "curtain", "name": "The Curtain"})
	elsewhere.ID = "v-curtain"
	s.must(elsewhere)
	s.refused(later(with(aPlan(), fields{"venue": ref("v-curtain")}), 5), "venue: can't change")
	s.must(gone(cms.Delete, cms.SeatingPlan, "s-rose", 6))
	if n := s.count("select count(*) from performances where status = 'on_sale'"); n != 2 {
		t.Errorf("%d performances on sale after the plan's entry was deleted, want 2", n)
	}
}
