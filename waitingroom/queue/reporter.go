package queue

// Reporter counts what one isolate, or one gate, sees, and says it until it is
// acknowledged. Counting allocates nothing but for a second that is new.
type Reporter struct {
	id     uint64
	slots  []slot // open addressing; a power of two
	used   int
	dirty  []uint32 // seconds that changed since they were acknowledged
	number uint32   // of reports made
}

// slot is one second's Count; mark is the report that has to tell of its last
// change, 0 if that is acknowledged.
type slot struct {
	count Count
	mark  uint32
	used  bool
}

const fewestSlots = 256

// NewReporter makes one that has seen nothing. The ID must be its own: random.
func NewReporter(id uint64) *Reporter {
	return &Reporter{id: id, slots: make([]slot, fewestSlots), dirty: make([]uint32, 0, fewestSlots)}
}

// ID is the reporter's.
func (r *Reporter) ID() uint64 { return r.id }

// At is the counter of a second, which is thereby marked as changed. It is
// good until the next call.
func (r *Reporter) At(second uint32) *Count {
	s := r.find(second)
	if !s.used {
		if 4*(r.used+1) > 3*len(r.slots) {
			r.resize(2*len(r.slots), 0)
			s = r.find(second)
		}
		*s = slot{count: Count{Second: second}, used: true}
		r.used++
	}
	if s.mark == 0 {
		r.dirty = append(r.dirty, second)
	}
	s.mark = r.number + 1
	return &s.count
}

// Add counts what another Count of the same second has grown by.
func (r *Reporter) Add(grown *Count) { r.At(grown.Second).add(grown) }

// Seen is what was counted of a second.
func (r *Reporter) Seen(second uint32) Count {
	if s := r.find(second); s.used {
		return s.count
	}
	return Count{Second: second}
}

// find is the slot a second is in, or belongs into.
func (r *Reporter) find(second uint32) *slot {
	mask := uint32(len(r.slots) - 1)
	for at := second * 2654435769 >> 7 & mask; ; at = (at + 1) & mask {
		if s := &r.slots[at]; !s.used || s.count.Second == second {
			return s
		}
	}
}

// Changed says whether there is anything to report.
func (r *Reporter) Changed() bool { return len(r.dirty) > 0 }

// Report appends what changed and was not acknowledged to dst, so many seconds
// at most, the earliest told first, and says which report this is.
func (r *Reporter) Report(dst []Count, most int) (counts []Count, number uint32) {
	r.number++
	for i, second := range r.dirty {
		s := r.find(second)
		if i < most {
			dst = append(dst, s.count)
		} else {
			s.mark = r.number + 1 // not said yet
		}
	}
	return dst, r.number
}

// Acknowledged notes that a report has arrived: what it said need not be said
// again unless it has changed since. Reports that were never made, and those
// acknowledged before, change nothing.
func (r *Reporter) Acknowledged(number uint32) {
	if number > r.number {
		return
	}
	kept := r.dirty[:0]
	for _, second := range r.dirty {
		if s := r.find(second); s.mark <= number {
			s.mark = 0
		} else {
			kept = append(kept, second)
		}
	}
	r.dirty = kept
}

// Forget drops what was counted of seconds before oldest. They must be too old
// to be counted again: a reporter that begins anew with a second says less
// than it has said.
func (r *Reporter) Forget(oldest uint32) {
	kept := r.dirty[:0]
	for _, second := range r.dirty {
		if second >= oldest {
			kept = append(kept, second)
		}
	}
	r.dirty = kept
	r.resize(len(r.slots), oldest)
}

func (r *Reporter) resize(size int, oldest uint32) {
	old := r.slots
	r.slots, r.used = make([]slot, size), 0
	for i := range old {
		if s := &old[i]; s.used && s.count.Second >= oldest {
			*r.find(s.count.Second) = *s
			r.used++
		}
	}
}
