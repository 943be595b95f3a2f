package content

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/console/frame"
)

// importing is how far everything that the last sweep of a system found has come: in a new house that is all it has.
type importing struct {
	Open   int // in line, or waiting for one that is
	Looked int // through with: applied, or set aside
	Total  int
	Known  bool // the entry that is waited for is in line itself, or may still be found
}

// importingOf says how the import stands, and whether it will come upon an entry.
func (p *Pages) importingOf(ctx context.Context, source cms.Source, waitedFor string) (importing, error) {
	var i importing
	err := p.DB.QueryRow(ctx, `select count(*) filter (where d.state in ('due', 'waiting')), count(*) filter (where d.state not in ('due', 'waiting')), greatest(count(*), max(s.total)),
			bool_or(s.running) or exists (select from cms_deliveries w where w.source = $1 and w.entry_id = $2 and w.state in ('due', 'waiting'))
		from cms_sweeps s join cms_deliveries d on d.source = s.source and d.way = 'sweep' and d.received_at >= s.started_at
		where s.source = $1 group by s.source`, source, waitedFor).Scan(&i.Open, &i.Looked, &i.Total, &i.Known)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return i, fmt.Errorf("console: how far the import is: %w", err)
	}
	return i, nil
}

// running says that there is more in line than one entry.
func (i importing) running() bool { return i.Open > 1 }

// inLine is what is told of an entry that nobody has looked at yet.
func (i importing) inLine() string {
	if !i.running() {
		return "In line."
	}
	return "In line: " + i.far()
}

// waits is what is told of an entry that refers to one which is not known.
func (i importing) waits(name string) string {
	if i.running() && i.Known {
		return "It comes after an entry that it refers to (" + name + "): " + i.far() + " Nothing needs to be done."
	}
	return "It refers to an entry the house has not heard of (" + name + "). It is applied when that one is published."
}

func (i importing) far() string {
	return "the import is running, " + frame.Number(i.Looked) + " of " + frame.Number(i.Total) + " entries are through."
}
