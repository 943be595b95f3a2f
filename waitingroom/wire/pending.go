package wire

// Pending is things that are said until a report that holds them is
// acknowledged.
type Pending[T any] []Said[T]

// Said is one of them.
type Said[T any] struct {
	What T
	// In is the first report that held it, 0: none yet.
	In uint32
}

// Add adds one.
func (p *Pending[T]) Add(what T) { *p = append(*p, Said[T]{What: what}) }

// Say appends the first so many to dst, for the report with this number.
func (p Pending[T]) Say(dst []T, number uint32, most int) []T {
	for i := range p[:min(len(p), most)] {
		if p[i].In == 0 {
			p[i].In = number
		}
		dst = append(dst, p[i].What)
	}
	return dst
}

// Heard says whether a report up to this number held it.
func (s *Said[T]) Heard(number uint32) bool { return s.In != 0 && s.In <= number }

// Acknowledged drops what a report up to this number held.
func (p *Pending[T]) Acknowledged(number uint32) {
	kept := (*p)[:0]
	for _, s := range *p {
		if !s.Heard(number) {
			kept = append(kept, s)
		}
	}
	*p = kept
}
