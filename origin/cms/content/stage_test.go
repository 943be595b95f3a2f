package content

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// now is a Saturday in winter time.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// stage is a database that changes are applied to.
type stage struct {
	testing.TB
	db  *pgxpool.Pool
	in  database // db, or a transaction on it
	cat *Catalogue
}

type database interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func newStage(t testing.TB) *stage {
	t.Helper()
	return stageOn(t, pgtest.Pool(t))
}

func stageOn(t testing.TB, db *pgxpool.Pool) *stage {
	t.Helper()
	s := &stage{TB: t, db: db, in: db, cat: &Catalogue{Now: func() time.Time { return now }}}
	s.exec(`insert into price_types (id, name, sort_order) values ('adult', 'Adult', 0), ('child', 'Child', 1) on conflict do nothing`)
	return s
}

func (s *stage) exec(sql string, args ...any) {
	s.Helper()
	if _, err := s.db.Exec(s.Context(), sql, args...); err != nil {
		s.Fatal(err)
	}
}

// apply applies a change in a transaction of its own.
func (s *stage) apply(c cms.Change) error {
	return pgx.BeginFunc(s.Context(), s.in, func(tx pgx.Tx) error { return s.cat.Apply(s.Context(), tx, c) })
}

// must applies changes that must succeed.
func (s *stage) must(changes ...cms.Change) {
	s.Helper()
	for _, c := range changes {
		if err := s.apply(c); err != nil {
			s.Fatalf("%s %s: %v", c.Action, c.ID, err)
		}
	}
}

// refused applies a change that must be refused, and checks that the faults are those expected, "field: a part of why".
func (s *stage) refused(c cms.Change, want ...string) {
	s.Helper()
	before := s.count("select count(*) from outbox") + s.count("select count(*) from cms_entries")
	err := s.apply(c)
	checkFaults(s, err, want...)
	if after := s.count("select count(*) from outbox") + s.count("select count(*) from cms_entries"); after != before {
		s.Errorf("a change that was refused left something behind")
	}
}

func checkFaults(t testing.TB, err error, want ...string) {
	t.Helper()
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want an InvalidError that says %q", err, want)
	}
	var got []string
	for _, f := range invalid.Faults {
		got = append(got, f.String())
	}
	for _, w := range want {
		field, why, _ := strings.Cut(w, ": ")
		found := false
		for _, g := range got {
			found = found || strings.HasPrefix(g, field) && strings.Contains(g, why)
		}
		if !found {
			t.Errorf("no fault %q among %q", w, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d faults, want %d: %q", len(got), len(want), got)
	}
}

func (s *stage) count(sql string, args ...any) (n int) {
	s.Helper()
	s.scan(&n, sql, args...)
	return n
}

func (s *stage) text(sql string, args ...any) (text string) {
	s.Helper()
	s.scan(&text, sql, args...)
	return text
}

func (s *stage) scan(to any, sql string, args ...any) {
	s.Helper()
	if err := s.db.QueryRow(s.Context(), sql, args...).Scan(to); err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
}

// facts are the outbox's events since the last call, "subject payload", without the versions.
func (s *stage) facts() []string {
	s.Helper()
	rows, err := s.db.Query(s.Context(), "select subject || ' ' || payload::text from outbox_waiting order by id")
	if err != nil {
		s.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.Fatal(err)
	}
	s.exec("delete from outbox")
	return texts
}

// about are those facts whose subject has a part.
func about(facts []string, part string) []string {
	var out []string
	for _, f := range facts {
		if subject, _, _ := strings.Cut(f, " "); strings.Contains(subject, part) {
			out = append(out, f)
		}
	}
	return out
}

// fields writes the fields of an entry in its default locale; a value of type tr stands in several.
type fields map[string]any

// tr is a text by locale.
type tr map[string]any

func publish(kind cms.Kind, id string, stamp int, f fields) cms.Change {
	c := cms.Change{Source: cms.Umbraco, ID: id, Kind: kind, Action: cms.Publish, Stamp: at(stamp), DefaultLocale: "en-GB", Fields: map[string]map[string]json.RawMessage{}}
	for name, value := range f {
		texts, several := value.(tr)
		if !several {
			texts = tr{"en-GB": value}
		}
		c.Fields[name] = map[string]json.RawMessage{}
		for locale, text := range texts {
			raw, err := json.Marshal(text)
			if err != nil {
				panic(err)
			}
			c.Fields[name][locale] = raw
		}
	}
	return c
}

func gone(action cms.Action, kind cms.Kind, id string, stamp int) cms.Change {
	return cms.Change{Source: cms.Umbraco, ID: id, Kind: kind, Action: action, Stamp: at(stamp), DefaultLocale: "en-GB"}
}

func at(stamp int) cms.Stamp {
	return cms.Stamp{At: now.Add(time.Duration(stamp) * time.Second), Revision: int64(stamp)}
}

// with is a change with other fields; nil takes one away.
func with(c cms.Change, f fields) cms.Change {
	other := publish(c.Kind, c.ID, 0, f)
	out := c
	out.Fields = map[string]map[string]json.RawMessage{}
	for name, values := range c.Fields {
		out.Fields[name] = values
	}
	for name, values := range other.Fields {
		if out.Fields[name] = values; f[name] == nil {
			delete(out.Fields, name)
		}
	}
	return out
}

// later is a change with another stamp.
func later(c cms.Change, stamp int) cms.Change {
	c.Stamp = at(stamp)
	return c
}

func ref(id string) cms.Ref { return cms.Ref{ID: id} }

var theme = fields{"background": "#fff4f3", "ink": "#2c1a18", "accent": "#9e2225", "dark_background": "#1d100f", "dark_ink": "#f5e8e6", "dark_accent": "#fea199", "heading": "display"}

// The entries of a small house, each valid.

func aBrand() cms.Change {
	return publish(cms.Brand, "b-rose", 1, fields{"slug": "rose", "name": "The Rose", "country": "GB", "locale": "en-GB", "currency": "GBP", "timeZone": "Europe/London", "theme": theme})
}

func aVenue() cms.Change {
	return publish(cms.Venue, "v-rose", 1, fields{"slug": "rose", "name": "The Rose", "brand": ref("b-rose"), "address": "56 Park Street", "city": "London", "country": "GB",
		"location": fields{"lat": 51.5, "lon": -0.09}, "timeZone": "Europe/London", "capacity": 4, "openedYear": 1587, "about": "A small house."})
}

func aPlan() cms.Change {
	return publish(cms.SeatingPlan, "s-rose", 1, fields{"name": "The Rose", "venue": ref("v-rose"), "layout": layout(4)})
}

// layout draws one row of so many seats.
func layout(seats int) any {
	var row []any
	for i := range seats {
		row = append(row, fields{"id": fmt.Sprintf("yard-A-%d", i+1), "label": fmt.Sprint(i + 1), "x": 100 + 50*i, "y": 200, "band": "A", "kind": "standard"})
	}
	return fields{"width": 1000, "height": 900, "stage": fields{"x": 300, "y": 20, "width": 400, "height": 120},
		"sections": []any{fields{"id": "yard", "name": "Yard", "rows": []any{fields{"label": "A", "seats": row}}}}}
}

func aPerson() cms.Change {
	return publish(cms.Person, "h-ada", 1, fields{"name": "Ada Marlowe", "biography": tr{"en-GB": "<p>Played <b>everywhere</b>.</p>", "en-US": "<p>Played at all theaters.</p>"}, "website": "https://example.com/ada"})
}

func aProduction() cms.Change {
	return publish(cms.Production, "p-faustus", 1, fields{"title": tr{"en-GB": "Doctor Faustus", "en-US": "Dr. Faustus"}, "slug": "doctor-faustus", "brand": ref("b-rose"), "venue": ref("v-rose"),
		"author": "Christopher Marlowe", "genre": "Tragedy", "summary": "A scholar signs.", "description": "<p>In blood.</p>", "runningMinutes": 130, "opensOn": "2026-12-01", "closesOn": "2027-03-27",
		"cast": []any{fields{"person": ref("h-ada"), "role": "Mephistophilis"}}})
}

func aPriceList() cms.Change {
	return publish(cms.PriceList, "l-faustus", 1, fields{"name": "Faustus", "production": ref("p-faustus"), "currency": "GBP", "prices": []any{
		fields{"tier": "standard", "band": "A", "type": "adult", "amount": 4500}, fields{"tier": "standard", "band": "A", "type": "child", "amount": 2500},
		fields{"tier": "peak", "band": "A", "type": "adult", "amount": 5500}}})
}

func aSchedule() cms.Change {
	return publish(cms.PerformanceSchedule, "t-faustus", 1, fields{"name": "Faustus", "production": ref("p-faustus"), "plan": ref("s-rose"), "onSaleAt": "2026-11-20T10:00:00Z", "performances": []any{
		fields{"key": "first", "start": "2026-12-01T19:30", "tier": "peak", "access": []any{"captioned"}},
		fields{"key": "second", "start": "2026-12-02T19:30"},
		fields{"start": "2027-03-28T19:30", "status": "scheduled"}}})
}

func anArticle() cms.Change {
	return publish(cms.Article, "a-devils", 1, fields{"title": "On devils", "slug": "on-devils", "brand": ref("b-rose"), "summary": "They are many.", "body": "<h1>Hell</h1><p>is <i>empty</i><script>alert(1)</script></p>",
		"publishedOn": "2026-11-20", "productions": []any{ref("p-faustus")}})
}

func aPromotion() cms.Change {
	return publish(cms.Promotion, "m-winter", 1, fields{"name": "Winter", "brand": ref("b-rose"), "production": ref("p-faustus"), "startsAt": "2026-11-20T00:00:00Z", "endsAt": "2026-12-24T00:00:00Z",
		"headline": "A fifth off", "message": "Until Christmas", "linkText": "Book now", "code": "winter-20", "percentOff": 20, "mostUses": 100})
}

// house is all of them, each after what it refers to.
func house() []cms.Change {
	return []cms.Change{aBrand(), aVenue(), aPlan(), aPerson(), aProduction(), aPriceList(), aSchedule(), anArticle(), aPromotion()}
}

// sale is a paid order for a performance, by its key in the schedule.
const sale = `insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total,
		session_hash, hold_id, hold_token, created_at, updated_at, expires_at)
	select gen_random_uuid(), gen_random_uuid()::text, 'rose', performance_id, 'paid', 'A. Buyer', 'buyer@example.com', 'GBP', 1000,
		'', gen_random_uuid()::text, 1, now(), now(), now()
	from performance_schedules where key = $1`

// sell puts one into the database.
func (s *stage) sell(key string) {
	s.Helper()
	s.exec(sale, key)
}

// programme is the performances in order, each "key start status seat-plan-size", and "?" for no key; unlisted ones in
// brackets.
func (s *stage) programme() string {
	s.Helper()
	return s.text(`select coalesce(string_agg(
			case when listed then '' else '(' end || coalesce(key, '?') || ' ' || to_char(starts_at at time zone 'Europe/London', 'MM-DD HH24:MI') || ' ' || status || case when listed then '' else ')' end,
			'; ' order by starts_at), '')
		from performances f join performance_schedules s on s.performance_id = f.id`)
}
