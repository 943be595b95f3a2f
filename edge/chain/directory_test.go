package chain_test

import (
	"fmt"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
)

func TestDirectoryAges(t *testing.T) {
	d := chain.NewDirectory()
	p := &chain.Program{}
	d.Put("a.example", p, 1, 100_000)
	tests := []struct {
		age     int64
		state   chain.State
		refresh bool
	}{
		{0, chain.Present, false}, {chain.Fresh, chain.Present, false}, {chain.Fresh + 1, chain.Present, true},
		{chain.Stale, chain.Present, true}, {chain.Stale + 1, chain.Unknown, false},
	}
	for _, test := range tests {
		if _, state, refresh := d.Find("a.example", 100_000+test.age); state != test.state || refresh != test.refresh {
			t.Errorf("after %d ms: state %d, refresh %v", test.age, state, refresh)
		}
	}
}

func TestDirectoryKeepsTheLastGoodSite(t *testing.T) {
	d := chain.NewDirectory()
	p := &chain.Program{}
	d.Put("a.example", p, 1, 0)
	for now := int64(0); now < 3_600_000; now += 5_000 { // an hour without KV
		d.Keep("a.example", now)
		if got, state, _ := d.Find("a.example", now+4_000); got != p || state != chain.Present {
			t.Fatalf("lost after %d ms", now)
		}
	}
	d.Keep("b.example", 0)
	if _, state, refresh := d.Find("b.example", 0); state != chain.Unavailable || !refresh {
		t.Errorf("never seen: state %d, refresh %v", state, refresh)
	}
}

func TestDirectoryKnowsTheDocumentAgain(t *testing.T) {
	d := chain.NewDirectory()
	d.Put("a.example", &chain.Program{}, 7, 0)
	if d.Current("a.example", 8, 10) || d.Current("b.example", 7, 10) {
		t.Error("took another document for the same")
	}
	if !d.Current("a.example", 7, 4_000) {
		t.Error("did not know it")
	}
	if _, state, refresh := d.Find("a.example", 5_000); state != chain.Present || refresh {
		t.Error("knowing it again did not make it fresh")
	}
	d.PutAbsent("a.example", 5_000)
	if d.Current("a.example", 7, 5_000) {
		t.Error("an absent site is current")
	}
}

func TestInventedHostnamesDoNotFillTheDirectory(t *testing.T) {
	d := chain.NewDirectory()
	d.Put("a.example", &chain.Program{}, 1, 0)
	for i := range 100_000 {
		d.PutAbsent(fmt.Sprintf("x%d.example", i), 0)
	}
	if n := d.Len(); n > 1000 {
		t.Errorf("%d entries", n)
	}
	if _, state, _ := d.Find("a.example", 0); state != chain.Present {
		t.Error("a real site was forgotten for invented ones")
	}
	for i := range 5_000 {
		d.Put(fmt.Sprintf("s%d.example", i), &chain.Program{}, 1, 0)
	}
	if n := d.Len(); n > 4_000 {
		t.Errorf("%d entries", n)
	}
}
