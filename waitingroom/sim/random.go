package sim

import "math/rand/v2"

// random draws what a run needs. It is as fast as the run is long.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 0x5747455f444f4f52))} }

func (r *random) normal() float64 { return r.NormFloat64() }

// chance is true with the given probability.
func (r *random) chance(p float64) bool { return p > 0 && r.Float64() < p }
