package ledger

// row is anything with an identity.
type row interface {
	*Intent | *Method | *Charge | *Refund | *Dispute | *Event | *Domain
	identity() string
}

func (o *Intent) identity() string  { return o.ID }
func (o *Method) identity() string  { return o.ID }
func (o *Charge) identity() string  { return o.ID }
func (o *Refund) identity() string  { return o.ID }
func (o *Dispute) identity() string { return o.ID }
func (o *Event) identity() string   { return o.ID }
func (o *Domain) identity() string  { return o.ID }

// table keeps the latest snapshot of each object, in the order they were created.
type table[T row] struct {
	at   map[string]int
	rows []T
}

func newTable[T row]() table[T] { return table[T]{at: map[string]int{}} }

func (t *table[T]) get(id string) (T, bool) {
	i, ok := t.at[id]
	if !ok {
		return nil, false
	}
	return t.rows[i], true
}

func (t *table[T]) put(o T) {
	if i, ok := t.at[o.identity()]; ok {
		t.rows[i] = o
		return
	}
	t.at[o.identity()] = len(t.rows)
	t.rows = append(t.rows, o)
}

// Query selects a page of objects, newest first.
type Query[T any] struct {
	// Limit is the most to return; at least 1.
	Limit int
	// After and Before are IDs; the page starts just older than After, or ends just
	// newer than Before. At most one is set.
	After, Before string
	// Keep selects; nil keeps all.
	Keep func(T) bool
}

// page returns what q selects, and whether there is more beyond it.
func (t *table[T]) page(q Query[T]) (rows []T, more bool) {
	keep := func(o T) bool { return q.Keep == nil || q.Keep(o) }
	if q.Before != "" {
		for i := t.at[q.Before] + 1; i < len(t.rows); i++ {
			if !keep(t.rows[i]) {
				continue
			}
			if len(rows) == q.Limit {
				return rows, true
			}
			rows = append([]T{t.rows[i]}, rows...)
		}
		return rows, false
	}
	start := len(t.rows) - 1
	if i, ok := t.at[q.After]; ok {
		start = i - 1
	}
	for i := start; i >= 0; i-- {
		if !keep(t.rows[i]) {
			continue
		}
		if len(rows) == q.Limit {
			return rows, true
		}
		rows = append(rows, t.rows[i])
	}
	return rows, false
}
