package memory

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Entry is a document to be indexed.
type Entry struct {
	Number uint32
	Record schema.Record
}

// alone is how many documents are too few for several goroutines.
const alone = 8

// PutAll indexes documents, in their order. best is their highest score. Fields
// know nothing of each other, so that several are indexed at a time.
func (x *Index) PutAll(list []Entry, best int64) {
	points := make([]int64, len(list))
	for i, e := range list {
		if x.live.Add(e.Number) {
			x.count++
		}
		points[i] = x.Points(e.Record)
	}
	fields := make([]*Field, 0, len(x.fields))
	for _, f := range x.fields {
		fields = append(fields, f)
	}
	var next atomic.Int64
	put := func() {
		for i := next.Add(1) - 1; i < int64(len(fields)); i = next.Add(1) - 1 {
			f := fields[i]
			for at, e := range list {
				if v, ok := e.Record.Value(f.Def.Name); ok && v != nil {
					f.put(e.Number, v, points[at], best)
				}
			}
		}
	}
	if len(list) < alone {
		put()
		return
	}
	slices.SortFunc(fields, func(a, b *Field) int { return b.work() - a.work() }) // what takes longest begins
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(fields)) - 1 {
		wg.Go(put)
	}
	put()
	wg.Wait()
}

// work says which fields take longer to index than others.
func (f *Field) work() int {
	n := 0
	if f.Words != nil {
		n = 1 + f.Words.Len()
	}
	if f.Facet != nil {
		n += len(f.Facet.values)
	}
	return n
}
