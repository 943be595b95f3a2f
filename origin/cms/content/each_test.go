package content

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// entryOf is the small house's entry of a kind.
func entryOf(kind cms.Kind) cms.Change {
	house := house()
	return house[slices.IndexFunc(house, func(c cms.Change) bool { return c.Kind == kind })]
}

// faulty are the fields that an error names.
func faulty(err error) (names []string) {
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		for _, f := range invalid.Faults {
			names = append(names, f.Field)
		}
	}
	return names
}

// nonsense is no value of any form.
func nonsense(f Form) any {
	if f == JSON || f == Location {
		return "{"
	}
	return fields{"what": fields{"is": []any{"this"}}}
}

// Whatever is missing or unreadable in an entry of any of the nine kinds: the answer names that field, and no other.
func TestEachKindNamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, kind := range Types() {
		sound := entryOf(kind.Kind)
		if err := Check(sound); err != nil {
			t.Errorf("%s: %v", kind.Kind, err)
		}
		for _, f := range kind.Fields {
			if f.Required {
				for what, value := range map[string]any{"missing": nil, "null": json.RawMessage("null")} {
					if got := faulty(Check(with(sound, fields{f.Name: value}))); !slices.Equal(got, []string{f.Name}) {
						t.Errorf("%s, %s %s: faults of %q", kind.Kind, f.Name, what, got)
					}
				}
			}
			got := faulty(Check(with(sound, fields{f.Name: nonsense(f.Form)})))
			if !slices.Equal(slices.Compact(slices.Clone(got)), []string{f.Name}) {
				t.Errorf("%s, %s unreadable: faults of %q", kind.Kind, f.Name, got)
			}
		}
	}
}

// An entry of any kind waits for whatever it links to, and says by which field; a link to another kind of entry is a
// fault of that field.
func TestEachKindWaitsForWhatItLinksTo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	for _, kind := range Types() {
		for _, f := range kind.Fields {
			if f.Form != Link && f.Form != Links {
				continue
			}
			link := func(id string) cms.Change {
				if f.Form == Links {
					return later(with(entryOf(kind.Kind), fields{f.Name: []any{ref(id)}}), 2)
				}
				return later(with(entryOf(kind.Kind), fields{f.Name: ref(id)}), 2)
			}
			var wait *WaitingError
			if err := s.apply(link("nobody-knows")); !errors.As(err, &wait) || wait.Field != f.Name || wait.Ref.ID != "nobody-knows" {
				t.Errorf("%s, %s: %v, want it to wait", kind.Kind, f.Name, err)
			}
			other := "h-ada" // a person: nothing links to one this way
			if got := faulty(s.apply(link(other))); !slices.Equal(got, []string{f.Name}) {
				t.Errorf("%s, %s links to a person: faults of %q", kind.Kind, f.Name, got)
			}
		}
	}
	for _, programme := range []string{"cast", "creative"} { // links within JSON
		var wait *WaitingError
		credits := fields{programme: []any{fields{"person": ref("nobody-knows"), "role": "Wagner"}}}
		if err := s.apply(later(with(aProduction(), credits), 2)); !errors.As(err, &wait) || wait.Field != programme {
			t.Errorf("%s: %v, want it to wait", programme, err)
		}
	}
}

// Each of the nine kinds through the life of an entry: what the public has of it after each step. Every step is taken
// twice; the second time nothing is told.
func TestEachKindComesAndGoes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, c := range []struct {
		kind       cms.Kind
		public     string // counts what the public has of it
		here, gone int
	}{
		{cms.Brand, "select count(*) from brands", 1, 1}, // an editor closes no site,
		{cms.Venue, "select count(*) from venues", 1, 1}, // and no house
		{cms.SeatingPlan, "select count(*) from seating_plans", 1, 1},
		{cms.Person, "select count(*) from people", 1, 0},
		{cms.Production, "select count(*) from productions where published", 1, 0},
		{cms.PriceList, "select count(*) from prices", 3, 0},
		{cms.PerformanceSchedule, "select count(*) from performances", 3, 0},
		{cms.Article, "select count(*) from articles", 1, 0},
		{cms.Promotion, "select (select count(*) from promotions) + (select count(*) from promo_codes where not paused)", 2, 0},
	} {
		entry := entryOf(c.kind)
		steps := func(s *stage, tx pgx.Tx, change func(stamp int) cms.Change, stamps []int, want []int) {
			for i, stamp := range stamps {
				change := change(stamp)
				if stamp < 0 {
					change = gone([]cms.Action{cms.Unpublish, cms.Delete}[i%2], c.kind, entry.ID, -stamp)
				}
				var told [2]int
				for turn := range told {
					s.must(change)
					var n int
					if err := tx.QueryRow(s.Context(), c.public).Scan(&n); err != nil || n != want[i] {
						t.Errorf("%s, step %d, turn %d: the public has %d, want %d (%v)", c.kind, i, turn, n, want[i], err)
					}
					if err := tx.QueryRow(s.Context(), "select count(*) from outbox").Scan(&told[turn]); err != nil {
						t.Fatal(err)
					}
				}
				if told[1] != told[0] {
					t.Errorf("%s, step %d: told again when it came again", c.kind, i)
				}
			}
		}
		within := func(first []cms.Change, stamps, want []int) {
			tx, err := s.db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback(t.Context())
			inside := *s
			inside.in = tx
			inside.must(first...)
			steps(&inside, tx, func(stamp int) cms.Change { return later(entry, stamp) }, stamps, want)
		}
		h, g := c.here, c.gone
		// Unpublished (-3); a publishing of before comes late (2); it is public again (4), deleted (-6), an older end
		// comes late (-5), and it is published once more (7).
		within(house(), []int{-3, 2, 4, -6, -5, 7}, []int{g, g, h, g, g, h})
		// Its end comes before its beginning.
		before := house()
		i := slices.IndexFunc(before, func(x cms.Change) bool { return x.Kind == c.kind })
		within(before[:i], []int{-3, 1, 4}, []int{0, g, h})
	}
}
