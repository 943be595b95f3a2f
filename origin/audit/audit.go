// Package audit compares what was sold with what was paid, told and shown: Postgres with itself, with the payment
// provider, with the event stream, with the seat map in Redis and with the search index. It changes nothing.
//
// It may run while tickets are being sold: Postgres is read in one snapshot, what is still on its way is given a
// grace, and a difference from another system is looked at again before it is reported.
package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Payments is what audit asks the payment provider. A payment.Gateway is one.
type Payments interface {
	GetIntent(ctx context.Context, id string) (payment.Intent, error)
	ListIntents(ctx context.Context, since time.Time, cursor string) (payment.Page, error)
}

// SeatMap is what everyone is shown. A hold.Store is one.
type SeatMap interface {
	Snapshot(ctx context.Context, performanceID uuid.UUID) (hold.Snapshot, error)
}

// Stream is where the facts of the outbox end up.
type Stream interface {
	// Range returns the first and the last sequence number that the stream keeps.
	Range(ctx context.Context) (first, last uint64, err error)
	// EventID returns the ID of the event kept under a sequence number; "" when there is none.
	EventID(ctx context.Context, seq uint64) (string, error)
}

// Deps is what an audit looks at. DB must be set; whatever else is nil is reported as not checked.
type Deps struct {
	DB       *pgxpool.Pool
	Payments Payments
	SeatMap  SeatMap
	Stream   Stream
	// Catalogue is what can be found in search.
	Catalogue Catalogue
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Grace is how long a step may be on its way before it counts as missing; a minute when zero.
	Grace time.Duration
	// Progress is told what is being checked; may be nil.
	Progress func(check string)
}

// Report is what an audit found.
type Report struct {
	At         time.Time `json:"at"`
	Duration   Seconds   `json:"duration_seconds"`
	Violations int       `json:"violations"` // invariants that are broken
	Warnings   int       `json:"warnings"`   // what will repair itself, or wants a look
	Checks     []Check   `json:"checks"`
}

// OK reports whether no invariant is broken.
func (r Report) OK() bool { return r.Violations == 0 }

// Check is one comparison.
type Check struct {
	Name     string    `json:"name"`
	Looked   int       `json:"looked_at"` // how many things were compared
	Unit     string    `json:"unit"`      // what they are
	Skipped  string    `json:"skipped,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
}

// Finding is one thing that is not as it must be.
type Finding struct {
	Thing   string `json:"thing"`
	Fault   string `json:"fault"`
	Warning bool   `json:"warning,omitempty"`
}

// Violations counts the findings that break an invariant.
func (c Check) Violations() int {
	n := 0
	for _, f := range c.Findings {
		if !f.Warning {
			n++
		}
	}
	return n
}

func (c *Check) violation(thing, fault string, args ...any) {
	c.Findings = append(c.Findings, Finding{Thing: thing, Fault: fmt.Sprintf(fault, args...)})
}

func (c *Check) warning(thing, fault string, args ...any) {
	c.Findings = append(c.Findings, Finding{Thing: thing, Fault: fmt.Sprintf(fault, args...), Warning: true})
}

// auditor is one run.
type auditor struct {
	Deps
	now     time.Time
	settled time.Time // what happened before has had its grace
	q       *dbsqlc.Queries
	counts  dbsqlc.AuditCountsRow
}

// Run checks everything it can. The error says that a check could not be carried out, in which case the report
// holds those that were; broken invariants are in the report.
func Run(ctx context.Context, deps Deps) (Report, error) {
	if deps.DB == nil {
		return Report{}, errors.New("audit: Deps.DB is missing")
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Progress == nil {
		deps.Progress = func(string) {}
	}
	began, now := time.Now(), deps.Now().UTC()
	a := &auditor{Deps: deps, now: now, settled: now.Add(-cmp.Or(deps.Grace, time.Minute))}
	report := Report{At: now}
	err := pgx.BeginTxFunc(ctx, deps.DB, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		a.q = dbsqlc.New(tx)
		var err error
		if a.counts, err = a.q.AuditCounts(ctx); err != nil {
			return fmt.Errorf("counts: %w", err)
		}
		return a.run(ctx, &report)
	})
	for _, check := range report.Checks {
		broken := check.Violations()
		report.Violations += broken
		report.Warnings += len(check.Findings) - broken
	}
	report.Duration = Seconds(time.Since(began))
	if err != nil {
		return report, fmt.Errorf("audit: %w", err)
	}
	return report, nil
}

func (a *auditor) run(ctx context.Context, report *Report) error {
	var failed []error
	for _, check := range []struct {
		name string
		work func(context.Context, *Check) error
	}{
		{"every seat is sold once, paid for and ticketed", a.seats},
		{"every order totals the sum of its seats", a.totals},
		{"the door let in whom tickets admit", a.door},
		{"every order's money is kept or given back", a.money},
		{"every order's history leads to its state", a.history},
		{"every webhook was acted upon", a.inbox},
		{"the provider has the money that we think it has", a.provider},
		{"every sale was told", a.facts},
		{"every fact says what was agreed", a.schemas},
		{"every fact left the outbox and is in the stream", a.stream},
		{"what editors published was acted upon once", a.content},
		{"the seat map shows what is sold", a.seatMap},
		{"search finds every show as it is", a.catalogue},
	} {
		a.Progress(check.name)
		c := Check{Name: check.name}
		if err := check.work(ctx, &c); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", check.name, err))
			c.Skipped = "could not be checked: " + err.Error()
		}
		report.Checks = append(report.Checks, c)
	}
	return errors.Join(failed...)
}
