package memory

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// combos gives lists of values numbers, equal lists the same. 0 is the empty list. There may be as many as documents,
// so they stand one behind the other in little memory.
type combos struct {
	seed   maphash.Seed
	known  map[uint64]uint32 // by hash, or the next free number after it
	values []uint32          // of all lists
	ends   []uint32          // where in values each list ends
}

func newCombos() combos {
	return combos{seed: maphash.MakeSeed(), known: map[uint64]uint32{}, ends: []uint32{0}}
}

// len is one more than the highest number.
func (c *combos) len() int { return len(c.ends) }

// list is the list of a number. It must not be changed.
func (c *combos) list(number uint32) []uint32 {
	if number == 0 {
		return nil
	}
	from, to := c.ends[number-1], c.ends[number]
	return c.values[from:to:to]
}

// number is that of a list.
func (c *combos) number(list []uint32) uint32 {
	if len(list) == 0 {
		return 0
	}
	for key := c.hash(list); ; key++ {
		number, ok := c.known[key]
		if !ok {
			number = uint32(len(c.ends))
			c.known[key] = number
			c.values = append(c.values, list...)
			c.ends = append(c.ends, uint32(len(c.values)))
			return number
		}
		if slices.Equal(c.list(number), list) {
			return number
		}
	}
}

func (c *combos) hash(list []uint32) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	var memory [4]byte
	for _, v := range list {
		binary.LittleEndian.PutUint32(memory[:], v)
		h.Write(memory[:])
	}
	return h.Sum64()
}
