package content

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// history draws what editors did to a small house: for each entry some changes, the newest last. Every entry was
// published at least once, and what others must refer to was published first.
func history(t *rapid.T) []cms.Change {
	var out []cms.Change
	variants := map[cms.Kind][]fields{
		cms.Brand:       {{"name": "The Rose Theatre"}, {"theme": fields{"background": "#ffffff", "ink": "#000000", "accent": "#7a0000", "dark_background": "#000000", "dark_ink": "#ffffff", "dark_accent": "#ffb0b0", "heading": "caps"}}},
		cms.Venue:       {{"city": "Southwark"}, {"capacity": 7, "about": nil}},
		cms.SeatingPlan: {{"layout": layout(5)}, {"layout": layout(6)}},
		cms.Person:      {{"name": "Ada M."}, {"biography": nil}},
		cms.Production:  {{"title": "Faustus"}, {"cast": nil, "description": "<p>Soul &amp; ink.</p>"}, {"slug": "faustus"}},
		cms.PriceList:   {{"prices": []any{fields{"band": "A", "type": "adult", "amount": 1000}}}, {"prices": []any{fields{"tier": "peak", "band": "A", "type": "adult", "amount": 1}}}},
		cms.PerformanceSchedule: {
			{"performances": []any{fields{"key": "first", "start": "2026-12-02T19:30"}, fields{"key": "second", "start": "2026-12-01T19:30", "tier": "peak"}}},
			{"performances": []any{fields{"key": "second", "start": "2026-12-02T19:30", "status": "cancelled"}, fields{"key": "third", "start": "2026-12-01T19:30"}}},
			{"performances": []any{}, "plan": nil}},
		cms.Article:   {{"slug": "devils", "productions": nil}, {"title": "Of devils"}},
		cms.Promotion: {{"headline": nil}, {"code": nil, "percentOff": nil}, {"percentOff": 5, "production": nil}},
	}
	for _, first := range house() {
		n := rapid.IntRange(0, 2).Draw(t, "changes of "+string(first.Kind))
		out = append(out, first)
		for i := range n {
			switch what := rapid.IntRange(0, 4).Draw(t, "what"); what {
			case 0:
				out = append(out, gone(cms.Delete, first.Kind, first.ID, i+2))
			case 1:
				out = append(out, gone(cms.Unpublish, first.Kind, first.ID, i+2))
			default:
				change := with(first, rapid.SampledFrom(variants[first.Kind]).Draw(t, "variant"))
				out = append(out, later(change, i+2))
			}
		}
	}
	return out
}

// deliver applies changes as the intake does: what waits for an entry is tried again when something is known of it.
func (s *stage) deliver(changes []cms.Change) error {
	var waiting []cms.Change
	for _, c := range changes {
		queue := []cms.Change{c}
		for len(queue) > 0 {
			c, queue = queue[0], queue[1:]
			err := s.apply(c)
			var wait *WaitingError
			if errors.As(err, &wait) {
				waiting = append(waiting, c)
				continue
			}
			if err != nil {
				return fmt.Errorf("%s %s %d: %w", c.Action, c.ID, c.Stamp.Revision, err)
			}
			queue, waiting = append(queue, waiting...), nil
		}
	}
	if len(waiting) > 0 {
		return fmt.Errorf("%d changes still wait, the first is %s", len(waiting), waiting[0].ID)
	}
	return nil
}

// tables is all that changes can change, as text. Versions of plans count how many there were on the way, and a code
// that nobody may use is as good as none.
func (s *stage) tables() string {
	var out strings.Builder
	for _, query := range []string{
		"select id, name, country, locale, currency, time_zone, theme from brands order by id",
		"select * from venues order by id",
		"select id, venue_id, name, seats, layout from seating_plans order by id",
		"select * from productions order by id",
		"select * from performances order by id",
		"select * from performance_schedules order by performance_id",
		"select * from prices order by tier, band, price_type",
		"select * from people order by id",
		"select * from production_people order by production_id, part, position",
		"select * from articles order by id",
		"select * from article_productions order by article_id, production_id",
		"select id, source, entry_id, brand_id, production_id, starts_at, ends_at, headline, message, link_text, link_path, promo_id from promotions order by id",
		"select id, code, about, brand_id, production_id, percent, amount, currency, starts_at, ends_at, most_uses, stackable from promo_codes where not paused order by id",
		"select source, entry_id, kind, action, stamp_at, stamp_revision, fields, fields_at, fields_revision, domain_id from cms_entries order by source, entry_id",
	} {
		rows, err := s.in.Query(s.Context(), "select to_json(t)::text from ("+query+") t")
		if err != nil {
			s.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			s.Fatal(err)
		}
		out.WriteString(query + "\n\t" + strings.Join(lines, "\n\t") + "\n")
	}
	return out.String()
}

// after delivers changes to an empty house and returns the tables that result. Nothing of it stays.
func (s *stage) after(changes []cms.Change) (tables string, err error) {
	tx, err := s.db.Begin(s.Context())
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback(s.Context()) }()
	within := *s
	within.in = tx
	if err := within.deliver(changes); err != nil {
		return "", err
	}
	return within.tables(), nil
}

// without are the lines of a that b lacks.
func without(a, b string) string {
	var out []string
	for line := range strings.Lines(a) {
		if !strings.Contains(b, line) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// Whatever order changes come in, and however often: in the end the tables hold what they hold when each comes once and
// in turn.
func TestAnyOrderEndsInTheSameTables(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	rapid.Check(t, func(t *rapid.T) {
		inOrder := history(t)
		want, err := s.after(inOrder)
		if err != nil {
			t.Fatalf("in order: %v", err)
		}
		order := make([]int, len(inOrder)) // of places in inOrder
		for i := range order {
			order[i] = i
		}
		order = append(order, rapid.SliceOfN(rapid.IntRange(0, len(inOrder)-1), 0, 5).Draw(t, "duplicates")...)
		var shuffled []cms.Change
		for _, i := range rapid.Permutation(order).Draw(t, "order") {
			shuffled = append(shuffled, inOrder[i])
		}
		got, err := s.after(shuffled)
		if err != nil {
			t.Fatalf("out of order: %v", err)
		}
		if got != want {
			var names []string
			for _, c := range shuffled {
				names = append(names, fmt.Sprintf("%s %s %d", c.Action, c.ID, c.Stamp.Revision))
			}
			t.Errorf("after %s\n got %s\nwant %s", strings.Join(names, ", "), without(got, want), without(want, got))
		}
	})
	t.Log("injected: changes of all kinds, shuffled and repeated, drawn at random")
	t.Log("users saw: what the last change says")
	t.Log("found: the same tables as in order")
}

// A change that was applied has no effect when it comes again, and one that is older has none either: no row, no fact.
func TestNothingNewIsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	for _, c := range house() {
		s.must(later(c, 5))
	}
	s.facts()
	before := s.tables()
	for _, c := range house() {
		s.must(later(c, 5), later(c, 4), gone(cms.Delete, c.Kind, c.ID, 4))
	}
	if after := s.tables(); after != before {
		t.Errorf("got %s\nwant %s", after, before)
	}
	if told := s.facts(); len(told) != 0 {
		t.Errorf("told %q", told)
	}
}
