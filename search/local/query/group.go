package query

import (
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/rank"
)

// groups gathers hits by the values they have in common.
type groups struct {
	by      []*memory.Facet
	limit   int  // hits kept of a group
	missing bool // documents without values are one group
	keys    *rank.Keys
	tops    map[uint64]*group
}

type group struct {
	top   *rank.Top
	count int
}

// key is equal for documents of one group.
func (g *groups) key(doc uint32) uint64 {
	key := uint64(1)
	for _, f := range g.by {
		if combo := f.Of(doc); len(f.List(combo)) > 0 {
			key = mix(key, uint64(combo))
		}
		if key == 1 && !g.missing {
			key = mix(2, uint64(doc))
		}
	}
	return key
}

// mix makes one number of two.
func mix(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b + 1
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return x ^ x>>32
}

// add adds a hit; again tells that its document may have been added before.
func (g *groups) add(h rank.Hit, again bool) {
	one, ok := g.tops[h.Group]
	if !ok {
		one = &group{top: rank.NewTop(g.limit, g.keys)}
		g.tops[h.Group] = one
	}
	if again {
		one.top.AddAgain(h)
		return
	}
	one.top.Add(h)
	one.count++
}

// sorted returns the best groups, at most size, each with its hits.
func (g *groups) sorted(size int) [][]rank.Hit {
	heads := rank.NewTop(size, g.keys)
	byKey := map[uint64][]rank.Hit{}
	sizeKey, sign := g.keys.GroupSize()
	for key, one := range g.tops {
		hits := one.top.Sorted()
		if sizeKey >= 0 {
			hits[0].Keys[sizeKey] = int64(one.count) * sign
		}
		byKey[key] = hits
		heads.Add(hits[0])
	}
	var out [][]rank.Hit
	for _, h := range heads.Sorted() {
		out = append(out, byKey[h.Group])
	}
	return out
}

// size is how many documents were added to the group with a key.
func (g *groups) size(key uint64) int {
	if one, ok := g.tops[key]; ok {
		return one.count
	}
	return 0
}
