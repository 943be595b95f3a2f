package bus

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sequence is a table that is written to as Postgres does it: a number is taken in a transaction that has locked the table,
// and shows when that commits, if it does.
type sequence struct {
	last  int64
	open  map[string][]int64 // what each transaction under way has written
	shown map[int64]bool
}

func (s *sequence) writers() []string { return slices.Sorted(maps.Keys(s.open)) }

// read is what a look with a limit finds, and whether it read all there is.
func (s *sequence) read(u *unseen, most int) (ids []int64, all bool) {
	for _, id := range slices.Sorted(maps.Keys(s.shown)) {
		if slices.ContainsFunc(u.spans, func(p span) bool { return p.first <= id && id <= p.last }) {
			ids = append(ids, id)
		}
	}
	if len(ids) >= most {
		return ids[:most], false
	}
	return ids, true
}

// Whatever order transactions end in, however often the relay is replaced by one that knows what was marked and the floor
// that was kept: each event that is committed is seen, none twice, and the floor never passes one that may still come.
func TestUnseenMissesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &sequence{open: map[string][]int64{}, shown: map[int64]bool{}}
		u, kept, begun := unseenAbove(0, nil), int64(0), 0
		seen := map[int64]bool{}
		look := func(most int) (all bool) {
			ids, all := s.read(&u, most)
			for _, id := range ids {
				if seen[id] {
					t.Fatalf("%d is seen twice", id)
				}
				seen[id] = true
			}
			u.saw(ids, all)
			return all
		}
		settle := func() {
			u.wrote(s.writers())
			kept = max(kept, u.floor())
			for _, ids := range s.open {
				for _, id := range ids {
					if id <= kept {
						t.Fatalf("the floor is at %d while %d may still come", kept, id)
					}
				}
			}
		}
		end := func(name string, commits bool) {
			for _, id := range s.open[name] {
				s.shown[id] = s.shown[id] || commits
			}
			maps.DeleteFunc(s.shown, func(_ int64, shown bool) bool { return !shown })
			delete(s.open, name)
		}
		some := func(t *rapid.T) string {
			if len(s.open) == 0 {
				t.Skip("no transaction is under way")
			}
			return rapid.SampledFrom(s.writers()).Draw(t, "transaction")
		}
		t.Repeat(map[string]func(*rapid.T){
			"begin":    func(*rapid.T) { begun++; s.open[fmt.Sprint(begun)] = nil },
			"write":    func(t *rapid.T) { name := some(t); s.last++; s.open[name] = append(s.open[name], s.last) },
			"commit":   func(t *rapid.T) { end(some(t), true) },
			"rollback": func(t *rapid.T) { end(some(t), false) },
			"look":     func(t *rapid.T) { look(rapid.IntRange(1, 5).Draw(t, "most")) },
			"settle":   func(*rapid.T) { settle() },
			"another relay": func(*rapid.T) {
				var marked []span
				for _, id := range slices.Sorted(maps.Keys(seen)) {
					if id > kept {
						marked = append(marked, span{id, id})
					}
				}
				u = unseenAbove(kept, marked)
			},
		})
		for name := range maps.Clone(s.open) {
			end(name, true)
		}
		for range 4 { // begin to watch, see that it is over, look, keep
			settle()
			for !look(3) {
			}
		}
		settle()
		for id := range s.shown {
			if !seen[id] {
				t.Fatalf("%d was never seen", id)
			}
		}
		if highest := slices.Max(append(slices.Collect(maps.Keys(s.shown)), 0)); kept < highest || len(u.spans) != 1 {
			t.Fatalf("all is done up to %d, and the floor is at %d with %v to be seen", highest, kept, u.spans)
		}
	})
}

// A transaction that is prepared goes on under another name, and writes what it wrote when somebody commits it.
func TestUnseenWaitsForPreparedTransactions(t *testing.T) {
	t.Parallel()
	u := unseenAbove(0, nil)
	u.saw([]int64{2}, true)
	u.wrote([]string{"3/41"}) // took 1
	u.wrote([]string{"-1/743"})
	u.saw(nil, true)
	if u.floor() != 0 {
		t.Fatalf("the floor is at %d while 1 may still come", u.floor())
	}
	u.wrote([]string{"5/9"})
	u.saw(nil, true)
	if u.floor() != 2 {
		t.Errorf("the floor is at %d, and nobody writes what is below 2", u.floor())
	}
}
