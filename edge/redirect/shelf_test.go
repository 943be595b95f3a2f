package redirect_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
)

func allocate(size int) []byte { return make([]byte, size) }

// put compiles n rules that lead to a target and puts them on a shelf.
func put(t *testing.T, shelf *redirect.Shelf, sum string, n int, target string) (size int) {
	t.Helper()
	rules := make([]site.Redirect, n)
	for i := range rules {
		rules[i] = site.Redirect{ID: fmt.Sprint(i), Match: "exact", Source: fmt.Sprintf("/a/%d", i), Target: target}
	}
	index, err := redirect.Build(rules)
	if err != nil {
		t.Fatal(err)
	}
	b := shelf.Reserve(len(index), allocate)
	if b == nil {
		return 0
	}
	copy(b, index)
	if err := shelf.Put(sum, b); err != nil {
		t.Fatal(err)
	}
	return len(index)
}

func bind(t *testing.T, shelf *redirect.Shelf, s site.Site) *redirect.Slot {
	t.Helper()
	slot, err := shelf.Bind(&s)
	if err != nil {
		t.Fatal(err)
	}
	return slot
}

func TestShelf(t *testing.T) {
	shelf := redirect.NewShelf(1 << 20)
	lyceum := site.Site{ID: "lyceum", RedirectIndex: "one"}
	slot := bind(t, shelf, lyceum)
	if slot.Index() != nil || shelf.Wanted(&lyceum) != "one" {
		t.Fatalf("at first: %v, wanted %q", slot.Index(), shelf.Wanted(&lyceum))
	}
	put(t, shelf, "one", 10, "/one")
	if slot.Index() == nil || slot.Index().Len() != 10 || shelf.Wanted(&lyceum) != "" {
		t.Fatalf("put: %v, wanted %q", slot.Index(), shelf.Wanted(&lyceum))
	}

	// Another index is named: the first stays until it is there.
	lyceum.RedirectIndex = "two"
	next := bind(t, shelf, lyceum)
	if next.Index().Len() != 10 || shelf.Wanted(&lyceum) != "two" {
		t.Fatalf("renamed: %d rules, wanted %q", next.Index().Len(), shelf.Wanted(&lyceum))
	}
	put(t, shelf, "two", 20, "/two")
	if next.Index().Len() != 20 || slot.Index().Len() != 20 {
		t.Fatalf("replaced: %d and %d rules", next.Index().Len(), slot.Index().Len())
	}

	// A site that brings its rules itself needs no other.
	lyceum.RedirectIndex, lyceum.Redirects = "", []site.Redirect{{ID: "1", Match: "exact", Source: "/a", Target: "/b"}}
	if inline := bind(t, shelf, lyceum); inline.Index().Len() != 1 || shelf.Wanted(&lyceum) != "" {
		t.Fatalf("inline: %d rules", inline.Index().Len())
	}
}

func TestShelfRefusesWhatIsNoIndex(t *testing.T) {
	shelf := redirect.NewShelf(1 << 20)
	if err := shelf.Put("x", []byte("<html>")); !errors.Is(err, redirect.ErrFormat) {
		t.Errorf("error = %v", err)
	}
	if shelf.Reserve(2<<20, allocate) != nil || shelf.Reserve(0, allocate) != nil || shelf.Reserve(-1, allocate) != nil {
		t.Error("memory for more than the shelf holds, or for nothing")
	}
	if shelf.Reserve(1000, func(int) []byte { return nil }) != nil {
		t.Error("memory out of nothing")
	}
}

// The least recently used goes, the others stay, and the memory taken stays
// within the bound for ever.
func TestShelfMakesRoom(t *testing.T) {
	const most = 300_000
	taken := 0
	shelf := redirect.NewShelf(most)
	counting := func(size int) []byte { taken += size; return make([]byte, size) }
	slots := map[string]*redirect.Slot{}
	for i := range 200 {
		id := fmt.Sprint("s", i%20)
		sum := fmt.Sprint("sum", i)
		slots[id] = bind(t, shelf, site.Site{ID: id, RedirectIndex: sum})
		rules := make([]site.Redirect, 1500+i%7)
		for n := range rules {
			rules[n] = site.Redirect{ID: "x", Match: "exact", Source: fmt.Sprintf("/a/%d", n), Target: "/b"}
		}
		index, err := redirect.Build(rules)
		if err != nil {
			t.Fatal(err)
		}
		b := shelf.Reserve(len(index), counting)
		copy(b, index)
		if err := shelf.Put(sum, b); err != nil {
			t.Fatal(err)
		}
		if slots[id].Index() == nil {
			t.Fatalf("the index just put is not in use")
		}
		if first := slots["s0"]; first.Index() == nil && i < 10 {
			t.Fatalf("an index in use had to go after %d", i)
		}
	}
	if taken > most {
		t.Errorf("%d bytes were taken, more than %d", taken, most)
	}
	missing := 0
	for _, slot := range slots {
		if slot.Index() == nil {
			missing++
		}
	}
	if missing == 0 || missing == len(slots) {
		t.Errorf("%d of %d sites are without an index", missing, len(slots))
	}
	if slots["s0"].Index() == nil {
		t.Error("the one in use all the time had to go")
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	if redirect.Sum(sample(t)) != redirect.Sum(sample(t)) {
		t.Error("the same rules give different bytes")
	}
}
