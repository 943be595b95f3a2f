package holdtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/seating"
)

// strictly asks for seats with the rule that none is left alone.
func (n *night) strictly(house *seating.Seating, session string, seats ...string) (hold.Hold, error) {
	return n.Store.Acquire(n.Context(), hold.Request{PerformanceID: n.id, Session: session, Seats: seats, Blocks: house.Blocks(seats, false)})
}

func noSeatLeftAlone(n *night) {
	house := seating.New(Plan([]string{"sssssss sss", "sscw"}))
	for _, test := range []struct {
		name    string
		taken   []string
		chosen  []string
		alone   []string // nil: it is allowed
		instead []string
	}{
		{"at the wall", nil, []string{"stalls-A-1", "stalls-A-2"}, nil, nil},
		{"one from the wall", nil, []string{"stalls-A-2", "stalls-A-3"}, []string{"stalls-A-1"}, []string{"stalls-A-1", "stalls-A-2"}},
		{"two from the wall", nil, []string{"stalls-A-3", "stalls-A-4"}, nil, nil},
		{"one from the aisle", nil, []string{"stalls-A-6"}, []string{"stalls-A-7"}, []string{"stalls-A-5"}},
		{"with a hole", nil, []string{"stalls-A-3", "stalls-A-5"}, []string{"stalls-A-4"}, []string{"stalls-A-3", "stalls-A-4"}},
		{"beside somebody", []string{"stalls-A-1"}, []string{"stalls-A-3", "stalls-A-4"}, []string{"stalls-A-2"}, []string{"stalls-A-2", "stalls-A-3"}},
		{"two of three leave one whatever one does", nil, []string{"stalls-A-8", "stalls-A-9"}, nil, nil},
		{"the middle of three", nil, []string{"stalls-A-9"}, []string{"stalls-A-10", "stalls-A-8"}, []string{"stalls-A-8"}},
		{"the middle of three is left by what was taken before", []string{"stalls-A-8", "stalls-A-10"}, []string{"stalls-A-1"}, nil, nil},
		{"beside a companion's seat there is a wall", nil, []string{"stalls-B-1"}, nil, nil},
		{"accessible places", nil, []string{"stalls-B-3", "stalls-B-4"}, nil, nil},
		{"one fault of two groups", nil, []string{"stalls-A-2", "stalls-B-1"}, []string{"stalls-A-1"}, []string{"stalls-A-1", "stalls-B-1"}},
	} {
		night := &night{T: n.T, House: n.House, id: uuid.New()}
		if test.taken != nil {
			night.mustAcquire("ben", test.taken...)
		}
		_, err := night.strictly(house, "ada", test.chosen...)
		var refused *hold.AloneError
		switch {
		case test.alone == nil && err != nil:
			n.Errorf("%s: %v", test.name, err)
		case test.alone != nil && (!errors.As(err, &refused) || !slices.Equal(slices.Sorted(slices.Values(refused.Seats)), test.alone)):
			n.Errorf("%s: %v, want %v left alone", test.name, err, test.alone)
		case test.alone != nil && refused.Instead != nil && !slices.Equal(slices.Sorted(slices.Values(refused.Instead)), test.instead):
			n.Errorf("%s: %v instead, want %v", test.name, refused.Instead, test.instead)
		}
	}
	// One's own old hold is free to oneself: moving along within it is judged by what is left then.
	if _, err := n.strictly(house, "ada", "stalls-A-1", "stalls-A-2"); err != nil {
		n.Fatal(err)
	}
	_, err := n.strictly(house, "ada", "stalls-A-2", "stalls-A-3")
	if !errors.As(err, new(*hold.AloneError)) {
		n.Errorf("moving along: %v, want an AloneError", err)
	}
	n.wantSeats(states(hold.Held, "stalls-A-1", "stalls-A-2"))
}

func generalAdmission(n *night) {
	ask := func(session string, count int, seats ...string) (hold.Hold, error) {
		return n.Store.Acquire(n.Context(), hold.Request{PerformanceID: n.id, Session: session, Seats: seats,
			General: []hold.AnyOf{{Section: "pit", Count: count, Places: little.General("pit")}}})
	}
	h, err := ask("ada", 2, "A-1")
	if err != nil || len(h.Seats) != 3 {
		n.Fatalf("a seat and two places: %v, %v", h.Seats, err)
	}
	var full *hold.FullError
	if _, err = ask("ben", 2); !errors.As(err, &full) || full.Left != 1 || full.Section != "pit" {
		n.Errorf("two of one that is left: %v", err)
	}
	if h, err = ask("ada", 3); err != nil || len(h.Seats) != 3 { // in the place of the two
		n.Errorf("three: %v, %v", h.Seats, err)
	}
	if _, err = ask("ben", 1); !errors.As(err, &full) || full.Left != 0 {
		n.Errorf("one of none: %v", err)
	}
	n.wantSeats(states(hold.Held, little.General("pit")...))
	n.wantErr(n.Store.Release(n.Context(), h.ID, "ada"), nil)
	if _, err = ask("ben", 1); err != nil {
		n.Error(err)
	}
}

func (n *night) best(house *seating.Seating, session string, wish seating.Wish) (hold.Hold, error) {
	return n.Store.Best(n.Context(), hold.Search{PerformanceID: n.id, Session: session, Order: house.Order(wish)})
}

func best(n *night) {
	// The best row by far is A of the stalls, and its middle.
	house := seating.New(Plan([]string{"ssssss", "sss"}, []string{"ssss"}))
	for i, test := range []struct {
		wish seating.Wish
		want []string // nil: none free
	}{
		{seating.Wish{Count: 4}, []string{"stalls-A-3", "stalls-A-4", "stalls-A-5", "stalls-A-6"}},
		{seating.Wish{Count: 3}, []string{"circle-A-2", "circle-A-3", "circle-A-4"}}, // leaves one, as any three of four do; the band comes first
		{seating.Wish{Count: 2, Band: "B"}, []string{"stalls-B-2", "stalls-B-3"}},
		{seating.Wish{Count: 2, Section: "circle"}, nil},
		{seating.Wish{Count: 2}, []string{"stalls-A-1", "stalls-A-2"}},
		{seating.Wish{Count: 2}, nil},
		{seating.Wish{Count: 1}, []string{"circle-A-1"}},
		{seating.Wish{Count: 1}, []string{"stalls-B-1"}},
		{seating.Wish{Count: 1}, nil},
		{seating.Wish{Count: 4, Band: "A"}, nil},
	} {
		h, err := n.best(house, fmt.Sprint("buyer-", i), test.wish)
		if test.want == nil {
			n.wantErr(err, hold.ErrNoneFree)
			continue
		}
		if err != nil || len(h.Seats) != len(test.want) {
			n.Fatalf("%d: %+v: %v, %v; want %v", i, test.wish, h.Seats, err, test.want)
		}
		if !slices.Equal(h.Seats, test.want) {
			n.Errorf("%d: %+v: %v, want %v", i, test.wish, h.Seats, test.want)
		}
	}
	// Whoever asks again gives up what they have only for something else, and may have it again.
	if h, err := n.best(house, "buyer-0", seating.Wish{Count: 4}); err != nil || h.Seats[0] != "stalls-A-3" {
		n.Errorf("again: %v, %v", h.Seats, err)
	}
	_, err := n.best(house, "buyer-0", seating.Wish{Count: 4, Band: "B"})
	n.wantErr(err, hold.ErrNoneFree)
	n.wantTaken("zoe", []string{"stalls-A-3"}, "stalls-A-3")
}

func bestAccessible(n *night) {
	house := seating.New(Plan([]string{"ssss", "cwssscw w", "sscw"}))
	for i, test := range []struct {
		wish seating.Wish
		want []string
	}{
		{seating.Wish{Count: 4, Spaces: 1}, []string{"stalls-B-7", "stalls-B-6", "stalls-B-4", "stalls-B-5"}}, // B-3 is left alone: being together counts for more
		{seating.Wish{Count: 1, Spaces: 1}, []string{"stalls-B-8"}},                                           // the one that takes no companion's seat away
		{seating.Wish{Count: 4, Spaces: 2}, []string{"stalls-B-2", "stalls-B-1", "stalls-C-4", "stalls-C-3"}},
		{seating.Wish{Count: 1, Spaces: 1}, nil},
		{seating.Wish{Count: 2}, nil}, // set below
	} {
		h, err := n.best(house, fmt.Sprint("buyer-", i), test.wish)
		switch {
		case test.wish.Spaces == 0 && err != nil:
			n.Errorf("without a wheelchair: %v", err)
		case test.wish.Spaces == 0:
			for _, seat := range h.Seats {
				if at, _ := house.Place(seat); at.Accessible() {
					n.Errorf("%s was given to somebody who can do without", seat)
				}
			}
		case test.want == nil:
			n.wantErr(err, hold.ErrNoneFree)
		case err != nil || !slices.Equal(slices.Sorted(slices.Values(h.Seats)), slices.Sorted(slices.Values(test.want))):
			n.Errorf("%+v: %v, %v; want %v", test.wish, h.Seats, err, test.want)
		}
	}
}

// raceForTheBest lets crowds of all sizes and needs go for a house at once. As nobody gives anything back, whoever was
// refused while seats that suit were free finds them free still when all is over.
func raceForTheBest(n *night) {
	const buyers = 150
	plan := Plan([]string{"ssssssss ssssss", "ssss sssssss", "ssssss ssscw"}, []string{"ssssssssss", "wcsss ssss"})
	house := seating.New(plan)
	wish := func(b int) seating.Wish {
		w := seating.Wish{Count: 1 + b*7%4, Band: []string{"", "", "A", "B"}[b%4], Section: []string{"", "", "", "circle"}[b/4%4]}
		if b%11 == 0 {
			w.Spaces, w.Section, w.Band = 1, "", ""
		}
		return w
	}
	var mu sync.Mutex
	holder, refused := map[string]int{}, map[int]bool{}
	var wg sync.WaitGroup
	for b := range buyers {
		wg.Go(func() {
			w := wish(b)
			h, err := n.best(house, fmt.Sprint("buyer-", b), w)
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, hold.ErrNoneFree) {
				refused[b] = true
				return
			}
			if err != nil || len(h.Seats) != w.Count {
				n.Errorf("%+v: %v, %v", w, h.Seats, err)
			}
			for _, seat := range h.Seats {
				if other, twice := holder[seat]; twice {
					n.Errorf("%d and %d have %s", other, b, seat)
				}
				holder[seat] = b
			}
		})
	}
	wg.Wait()
	left := n.snapshot().Seats
	free := func(seat string) bool { return left[seat] == "" }
	for b := range refused {
		if seats, possible := anySuits(house, wish(b), free); possible {
			n.Errorf("buyer %d, who wants %+v, was refused while %v were free", b, wish(b), seats)
		}
	}
	if len(refused) == 0 || len(holder) == 0 {
		n.Errorf("%d refused, %d seats taken: that was no race", len(refused), len(holder))
	}
	if got, want := slices.Sorted(maps.Keys(holder)), slices.Sorted(maps.Keys(left)); !slices.Equal(got, want) {
		n.Errorf("%v were given, %v are held", got, want)
	}
}

// anySuits looks for places that fulfil a wish, one seat at a time.
func anySuits(house *seating.Seating, w seating.Wish, free func(string) bool) (seats []string, possible bool) {
	o := house.Order(w)
	if o == nil {
		return nil, false
	}
	spaces := 0
	for _, p := range o.Pairs {
		if free(p.Space) && (o.Companions == 0 || free(p.Companion)) {
			spaces++
			seats = append(seats, p.Space)
		}
	}
	if spaces < o.Spaces {
		return nil, false
	}
	if o.Seats == 0 {
		return seats, true
	}
	for _, block := range o.Blocks {
		run := 0
		for _, seat := range block {
			at, _ := house.Place(seat)
			if run++; !free(seat) || w.Band != "" && at.Band != w.Band || w.Section != "" && at.Section != w.Section {
				run = 0
			}
			if run == o.Seats {
				return append(seats, seat), true
			}
		}
	}
	return nil, false
}
