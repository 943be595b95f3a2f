package season

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/seed/data"
)

// booking is a work given to a theatre for some weeks.
type booking struct {
	theatre data.Theatre
	work    data.Work
	opens   time.Time // Monday of the first week
	weeks   int
	again   bool // the theatre has played the work before
}

func (b booking) ends() time.Time { return b.opens.AddDate(0, 0, 7*b.weeks) }

func (b booking) mondays() []time.Time {
	mondays := make([]time.Time, b.weeks)
	for i := range mondays {
		mondays[i] = b.opens.AddDate(0, 0, 7*i)
	}
	return mondays
}

// slug names the run's page. A work that comes back to a theatre gets the year it comes back in.
func (b booking) slug() string {
	if b.again {
		return fmt.Sprintf("%s-%d", b.work.ID, b.opens.Year())
	}
	return b.work.ID
}

// book fills every theatre from Epoch until end, week by week over the whole group, so that no work plays at two
// theatres of a city at once if that can be helped.
func book(house data.House, seed uint64, end time.Time) []booking {
	var booked []booking
	type cityWork struct{ city, work string }
	playing := map[cityWork]time.Time{}                     // until when a city has a work
	open := make(map[string]time.Time, len(house.Theatres)) // until when each theatre is booked
	shelves := make(map[string]*shelf, len(house.Theatres))
	for _, t := range house.Theatres {
		open[t.ID] = Epoch()
		shelves[t.ID] = &shelf{seed: seed, theatre: t, works: house.Works}
	}
	for week := Epoch(); week.Before(end); week = week.AddDate(0, 0, 7) {
		for _, t := range house.Theatres {
			if open[t.ID].After(week) {
				continue
			}
			b := booking{theatre: t, opens: week}
			b.work, b.again = shelves[t.ID].take(func(w data.Work) bool {
				return playing[cityWork{t.City, w.ID}].After(week)
			})
			b.weeks = runWeeks(b.work, pick(seed, "length", t.ID, week.Format(time.DateOnly)))
			open[t.ID], playing[cityWork{t.City, b.work.ID}] = b.ends(), b.ends()
			booked = append(booked, b)
		}
	}
	return booked
}

// runWeeks is how long a work runs: three to five weeks in a small way, four to seven otherwise.
func runWeeks(w data.Work, chance uint64) int {
	if w.Scale == data.Chamber {
		return 3 + int(chance%3)
	}
	return 4 + int(chance%4)
}

// shelf holds the works a theatre has yet to play. When it is empty it is filled again, in another order.
type shelf struct {
	seed    uint64
	theatre data.Theatre
	works   []data.Work
	left    []data.Work
	round   int
}

// take gives the next work that is not avoided, or simply the next if all are, and whether it comes back.
func (s *shelf) take(avoid func(data.Work) bool) (work data.Work, again bool) {
	if len(s.left) == 0 {
		s.fill()
	}
	next := slices.IndexFunc(s.left, func(w data.Work) bool { return !avoid(w) })
	next = max(next, 0)
	work = s.left[next]
	s.left = slices.Delete(s.left, next, next+1)
	return work, s.round > 1
}

func (s *shelf) fill() {
	s.round++
	for _, w := range s.works {
		if w.Scale.Fits(s.theatre.Capacity) {
			s.left = append(s.left, w)
		}
	}
	order := make(map[string]uint64, len(s.left))
	for _, w := range s.left {
		order[w.ID] = pick(s.seed, "shelf", s.theatre.ID, strconv.Itoa(s.round), w.ID)
	}
	slices.SortFunc(s.left, func(a, b data.Work) int { return cmp.Compare(order[a.ID], order[b.ID]) })
}

// pick is a number that looks random and depends on nothing but the seed and the words.
func pick(seed uint64, words ...string) uint64 {
	h := sha256.New()
	_, _ = io.WriteString(h, strconv.FormatUint(seed, 10)+"/"+strings.Join(words, "/")) // a hash never fails
	return binary.BigEndian.Uint64(h.Sum(nil))
}
