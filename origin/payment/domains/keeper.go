package domains

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// ErrUnknown says that no site has the hostname.
var ErrUnknown = errors.New("no site has this hostname")

// Host is a hostname and the site that is served there.
type Host struct{ Name, BrandID string }

// Hostname is a hostname and how it stands with the payment provider.
type Hostname struct {
	Name, BrandID string
	State         State
	Problem       string    // in words for staff; "" when there is none
	CheckedAt     time.Time // zero: not yet
	NextAt        time.Time // when it is looked at again
}

// Keeper keeps the hostnames registered. Every field is required. Several processes may
// each have one: they share the work.
type Keeper struct {
	DB       *pgxpool.Pool
	Registry payment.Registry
	// Hosts lists the hostnames of every site.
	Hosts  func(ctx context.Context) ([]Host, error)
	Now    func() time.Time
	Logger *slog.Logger
}

const (
	// lease is how long a process has a hostname to itself: longer than patience.
	lease = 5 * time.Minute
	// patience bounds all the calls about one hostname.
	patience = 2 * time.Minute
	// settle is how long after a site has changed what failed is tried again. Changes
	// come in bursts.
	settle = 30 * time.Second
	// pause is how long Run waits between looking for what is due.
	pause = 10 * time.Second
)

// Run compares and works until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	var compared time.Time
	for {
		if compared.IsZero() || k.Now().Sub(compared) >= Recheck {
			if err := k.compare(ctx, dbsqlc.New(k.DB)); err == nil {
				compared = k.Now()
			} else if ctx.Err() == nil {
				k.Logger.WarnContext(ctx, "hostnames were not compared with those known for payments", "error", err)
			}
		}
		if err := k.Work(ctx); err != nil && ctx.Err() == nil {
			k.Logger.WarnContext(ctx, "hostnames are not looked after at the payment provider", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Compare notes which hostnames the sites have now. It asks nobody but the database.
func (k *Keeper) Compare(ctx context.Context) error { return k.compare(ctx, dbsqlc.New(k.DB)) }

// SiteChanged compares, and hastens what did not work for a site: it may work now.
func (k *Keeper) SiteChanged(ctx context.Context, tx pgx.Tx, brandID string) error {
	q := dbsqlc.New(tx)
	if err := k.compare(ctx, q); err != nil {
		return err
	}
	if _, err := q.HastenPaymentDomains(ctx, dbsqlc.HastenPaymentDomainsParams{BrandID: brandID, At: k.Now().Add(settle)}); err != nil {
		return fmt.Errorf("payment domains: %w", err)
	}
	return nil
}

func (k *Keeper) compare(ctx context.Context, q *dbsqlc.Queries) error {
	hosts, err := k.Hosts(ctx)
	if err != nil {
		return fmt.Errorf("payment domains: hostnames: %w", err)
	}
	if len(hosts) == 0 { // a house without sites has lost them, or has none yet: nothing is taken down for that
		return nil
	}
	kept := make([]string, len(hosts))
	for i, h := range hosts {
		kept[i] = h.Name
		if err := q.WantPaymentDomain(ctx, dbsqlc.WantPaymentDomainParams{Hostname: h.Name, BrandID: h.BrandID, Now: k.Now()}); err != nil {
			return fmt.Errorf("payment domains: %s: %w", h.Name, err)
		}
	}
	if _, err := q.DropPaymentDomains(ctx, dbsqlc.DropPaymentDomainsParams{Kept: kept, Now: k.Now()}); err != nil {
		return fmt.Errorf("payment domains: %w", err)
	}
	return nil
}

// Work looks at every hostname that is due, one at a time. It ends early when the
// provider does not answer: the rest stays due. The error is the database's.
func (k *Keeper) Work(ctx context.Context) error {
	for {
		rows, err := dbsqlc.New(k.DB).ClaimPaymentDomains(ctx, dbsqlc.ClaimPaymentDomainsParams{Now: k.Now(), AgainAt: k.Now().Add(lease), Most: 1})
		if err != nil {
			return fmt.Errorf("payment domains: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		_, found, err := k.look(ctx, rows[0])
		if err != nil || found.away {
			return err
		}
	}
}

// Retry looks at a hostname now, whatever is due, and says how it stands. An empty
// brand is any. actor is recorded. The error is ErrUnknown or the database's.
func (k *Keeper) Retry(ctx context.Context, actor, brandID, hostname string) (Hostname, error) {
	var row dbsqlc.PaymentDomain
	err := pgx.BeginFunc(ctx, k.DB, func(tx pgx.Tx) (err error) {
		q := dbsqlc.New(tx)
		row, err = q.ClaimPaymentDomain(ctx, dbsqlc.ClaimPaymentDomainParams{Hostname: hostname, BrandID: brandID, AgainAt: k.Now().Add(lease)})
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return err
		}
		return record.Add(ctx, q, record.Entry{
			At: k.Now(), Actor: actor, Action: "payment-domain.retry", Target: "site:" + row.BrandID, After: map[string]string{"hostname": hostname},
		})
	})
	if err != nil {
		return Hostname{}, fmt.Errorf("payment domains: %w", err)
	}
	now, _, err := k.look(ctx, row)
	return now, err
}

// look asks the provider about a claimed hostname and notes what it finds.
func (k *Keeper) look(ctx context.Context, row dbsqlc.PaymentDomain) (Hostname, finding, error) {
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	was := finding{id: row.ProviderID, state: State(row.State)}
	var found finding
	if row.Wanted {
		found = register(asking, k.Registry, row.Hostname, was)
	} else {
		found = disable(asking, k.Registry, was)
	}
	if err := ctx.Err(); err != nil { // whoever asked has left, and learnt nothing: it is due again when the lease ends
		return Hostname{}, found, fmt.Errorf("payment domains: %s: %w", row.Hostname, err)
	}
	now := k.Now()
	note := dbsqlc.NotePaymentDomainParams{
		Hostname: row.Hostname, ProviderID: found.id, State: string(found.state), LastError: found.problem,
		Attempts: row.Attempts, NextAttemptAt: now.Add(Backoff(int(row.Attempts))), Now: now,
	}
	switch {
	case found.problem != "":
	case row.Wanted:
		note.Attempts, note.NextAttemptAt = 0, now.Add(Recheck)
	default: // a site that has got it again meanwhile does not wait
		note.Attempts, note.NextAttemptAt = 0, now
	}
	if err := dbsqlc.New(k.DB).NotePaymentDomain(ctx, note); err != nil {
		return Hostname{}, found, fmt.Errorf("payment domains: %s: %w", row.Hostname, err)
	}
	if found.state != was.state || found.problem != row.LastError {
		level := slog.LevelInfo
		if found.problem != "" {
			level = slog.LevelWarn
		}
		k.Logger.Log(ctx, level, "payment domain", "hostname", row.Hostname, "state", found.state, "problem", found.problem)
	}
	return Hostname{row.Hostname, row.BrandID, found.state, found.problem, now.UTC(), note.NextAttemptAt.UTC()}, found, nil
}

// List says how the hostnames of a site stand, or of all for "", by site and name.
func (k *Keeper) List(ctx context.Context, brandID string) ([]Hostname, error) {
	rows, err := dbsqlc.New(k.DB).ListPaymentDomains(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("payment domains: %w", err)
	}
	list := make([]Hostname, len(rows))
	for i, r := range rows {
		list[i] = Hostname{Name: r.Hostname, BrandID: r.BrandID, State: State(r.State), Problem: r.LastError, NextAt: r.NextAttemptAt.UTC()}
		if r.CheckedAt != nil {
			list[i].CheckedAt = r.CheckedAt.UTC()
		}
	}
	return list, nil
}
