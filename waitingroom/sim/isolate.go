package sim

import "github.com/stagedoor/stagedoor/waitingroom/queue"

// isolate counts what it sees and reports what has changed until a report is
// acknowledged.
type isolate struct {
	id     uint64
	counts map[uint32]*queue.Count
	dirty  []uint32
	marked map[uint32]bool
}

func newIsolate(id uint64) *isolate {
	return &isolate{id: id, counts: map[uint32]*queue.Count{}, marked: map[uint32]bool{}}
}

// at is the counter of a second, which is thereby marked as changed.
func (i *isolate) at(second uint32) *queue.Count {
	c := i.counts[second]
	if c == nil {
		c = &queue.Count{Second: second}
		i.counts[second] = c
	}
	if !i.marked[second] {
		i.marked[second] = true
		i.dirty = append(i.dirty, second)
	}
	return c
}

// report says everything that changed and was not acknowledged.
func (i *isolate) report() queue.Report {
	r := queue.Report{Reporter: i.id, Counts: make([]queue.Count, len(i.dirty))}
	for j, second := range i.dirty {
		r.Counts[j] = *i.counts[second]
	}
	return r
}

// acknowledged forgets which changes were to be told.
func (i *isolate) acknowledged() {
	i.dirty = i.dirty[:0]
	clear(i.marked)
}
