package catalogue_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/search/index"
)

// Whatever changes, in whatever order it is told, however often, whatever is away meanwhile and wherever a process ends: in
// the end the index holds what is made from nothing, and no document was ever followed by one that had been read before it.
func TestIncrementalEqualsRebuilt(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	rapid.Check(t, func(r *rapid.T) {
		for _, table := range []string{"seat_assignments", "orders", "performances", "prices", "productions", "catalogue_shows", "catalogue_performances", "catalogue_marks"} {
			s.exec("delete from " + table) // quicker than truncate when there is little
		}
		s.clock = &clock{at: opening}
		s.shelf = &shelf{shows: map[string]index.Show{}}
		s.feed = s.newFeed(s.shelf)
		newest := map[string]int64{}
		s.shelf.before = func(shows []index.Show) {
			for _, one := range shows {
				if one.Version <= newest[one.ID] {
					r.Errorf("version %d of %s is written after %d", one.Version, one.Title, newest[one.ID])
				}
				newest[one.ID] = one.Version
			}
		}
		m := &season{stage: s, order: uuid.New()}
		s.order = m.order
		r.Repeat(map[string]func(*rapid.T){
			"a production":          m.addProduction,
			"a performance":         m.addPerformance,
			"seats are sold":        m.sellSeats,
			"seats come back":       m.freeSeats,
			"a performance changes": m.alterPerformance,
			"a production changes":  m.alterProduction,
			"told late and twice":   m.tellSome,
			"time passes": func(r *rapid.T) {
				s.clock.move(time.Duration(rapid.IntRange(1, 3*3600).Draw(r, "seconds")) * time.Second)
			},
			"the feed turns": func(*rapid.T) { _, _ = s.feed.Turn(context.Background()) },
			"the process dies between the index and its note": func(*rapid.T) {
				s.dying = true
				_, _ = s.feed.Turn(context.Background())
				s.dying = false
				s.feed = s.newFeed(s.shelf) // which knows of no doubt
				m.agree = true
			},
			"another process takes over": func(*rapid.T) {
				s.feed = s.newFeed(s.shelf)
			},
			"the index goes or comes": func(r *rapid.T) {
				down := rapid.SampledFrom([]error{nil, nil, index.ErrUnavailable, index.ErrNoIndex}).Draw(r, "down")
				s.shelf.set(func(b *shelf) { b.down = down })
			},
			"the index forgets a document": func(r *rapid.T) {
				s.shelf.set(func(b *shelf) {
					for id := range b.shows {
						delete(b.shows, id)
						break
					}
				})
				m.agree = true
			},
		})
		m.settle()
		s.same()
	})
	t.Log("injected: facts late, twice and in any order, an index that goes and comes, a process that dies, drawn at random")
	t.Log("users saw: in the end what a rebuild shows")
	t.Log("found: no document was followed by an older one")
}

// season is a house in which anything happens.
type season struct {
	*stage
	order        uuid.UUID
	productions  []uuid.UUID
	performances []uuid.UUID
	of           map[uuid.UUID]uuid.UUID // performance -> production
	untold       []bus.Delivery
	minutes      int
	agree        bool // something happened to the index that only a comparison finds
}

func (m *season) addProduction(*rapid.T) {
	id := m.production(fmt.Sprintf("Show %d", len(m.productions)))
	m.productions = append(m.productions, id)
	m.untold = append(m.untold, changed(id))
}

func (m *season) addPerformance(r *rapid.T) {
	if len(m.productions) == 0 {
		r.Skip("no production yet")
	}
	m.minutes++ // no two at a time
	of := rapid.SampledFrom(m.productions).Draw(r, "production")
	id := m.performance(of, opening.Add(time.Duration(rapid.IntRange(-2, 20).Draw(r, "hours"))*time.Hour+time.Duration(m.minutes)*time.Second))
	if m.of == nil {
		m.of = map[uuid.UUID]uuid.UUID{}
	}
	m.of[id] = of
	m.performances = append(m.performances, id)
	m.untold = append(m.untold, changed(of, id))
}

func (m *season) any(r *rapid.T) uuid.UUID {
	if len(m.performances) == 0 {
		r.Skip("no performance yet")
	}
	return rapid.SampledFrom(m.performances).Draw(r, "performance")
}

func (m *season) sellSeats(r *rapid.T) {
	m.untold = append(m.untold, m.sell(m.any(r), rapid.IntRange(1, seats).Draw(r, "seats")))
}

func (m *season) freeSeats(r *rapid.T) {
	m.untold = append(m.untold, m.free(m.any(r), rapid.IntRange(1, seats).Draw(r, "seats")))
}

func (m *season) alterPerformance(r *rapid.T) {
	id := m.any(r)
	m.minutes++
	switch rapid.IntRange(0, 3).Draw(r, "what") {
	case 0:
		m.exec("update performances set status = $2 where id = $1", id, rapid.SampledFrom([]string{"scheduled", "on_sale", "cancelled"}).Draw(r, "status"))
	case 1:
		m.exec("update performances set starts_at = $2 where id = $1", id, opening.Add(time.Duration(rapid.IntRange(-2, 40).Draw(r, "hours"))*time.Hour+time.Duration(m.minutes)*time.Second))
	case 2:
		m.exec("update performances set access = $2 where id = $1", id, rapid.SampledFrom([][]string{{}, {"captioned"}, {"relaxed", "signed"}}).Draw(r, "access"))
	case 3:
		m.exec("update performances set price_tier = $2 where id = $1", id, rapid.SampledFrom([]string{"standard", "peak"}).Draw(r, "tier"))
	}
	m.untold = append(m.untold, changed(m.of[id], id))
}

func (m *season) alterProduction(r *rapid.T) {
	if len(m.productions) == 0 {
		r.Skip("no production yet")
	}
	id := rapid.SampledFrom(m.productions).Draw(r, "production")
	switch rapid.IntRange(0, 2).Draw(r, "what") {
	case 0:
		m.exec("update productions set title = $2 where id = $1", id, rapid.StringMatching("[A-Z][a-z]{2,6}").Draw(r, "title"))
	case 1:
		m.exec("update productions set published = not published where id = $1", id)
	case 2:
		m.exec("insert into prices (production_id, tier, band, price_type, amount) values ($1, 'peak', 'A', 'adult', $2) on conflict (production_id, tier, band, price_type) do update set amount = excluded.amount",
			id, rapid.IntRange(1, 9999).Draw(r, "amount"))
	}
	m.untold = append(m.untold, changed(id))
}

// tellSome tells any of what is untold, in any order; some of it is told again later.
func (m *season) tellSome(r *rapid.T) {
	for range rapid.IntRange(1, 4).Draw(r, "how many") {
		if len(m.untold) == 0 {
			return
		}
		i := rapid.IntRange(0, len(m.untold)-1).Draw(r, "which")
		m.tell(m.untold[i])
		if rapid.Bool().Draw(r, "for the last time") {
			m.untold = append(m.untold[:i], m.untold[i+1:]...)
		}
	}
}

// settle ends the faults, tells the rest, and lets the feed come to rest.
func (m *season) settle() {
	m.shelf.set(func(b *shelf) {
		if errorsIsNoIndex(b.down) {
			m.agree = true // found when something is to be written, or by a comparison
		} else {
			b.down = nil
		}
	})
	m.tell(m.untold...)
	if m.agree {
		if err := m.feed.Settle(context.Background()); err != nil {
			m.t.Fatal(err)
		}
	}
	for range 4 {
		m.clock.move(window)
		if _, err := m.feed.Turn(context.Background()); err != nil {
			m.t.Fatal(err)
		}
	}
}
