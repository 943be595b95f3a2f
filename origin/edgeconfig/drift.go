package edgeconfig

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stagedoor/stagedoor/edge/ops/reconcile"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// readsAtOnce bounds how many keys are read from the store side by side.
const readsAtOnce = 8

// settling is how long Cloudflare's caches may still show what stood under a key before it was written.
const settling = time.Minute

// Check compares everything in the store, value by value, with what the database makes. It changes nothing.
func (p *Publisher) Check(ctx context.Context) (reconcile.Outcome, error) {
	keys, err := p.Store.Keys(ctx, site.KeyPrefix)
	if err != nil {
		return reconcile.Outcome{}, err
	}
	documents := make([]reconcile.Document, len(keys))
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for i, key := range keys {
		group.Go(func() error {
			value, found, err := p.Store.Get(reading, key)
			if err == nil && found {
				documents[i] = reconcile.Document{Key: key, SHA256: sumOf(value), Bytes: len(value)}
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return reconcile.Outcome{}, err
	}
	documents = slices.DeleteFunc(documents, func(d reconcile.Document) bool { return d.Key == "" }) // deleted meanwhile
	return p.compare(ctx, documents, time.Time{}, true)
}

// Repair makes the store what the database says where Check found that it is not.
func (p *Publisher) Repair(ctx context.Context) (reconcile.Outcome, error) {
	outcome, err := p.Check(ctx)
	if err != nil {
		return outcome, err
	}
	return p.repair(ctx, outcome)
}

// Reconcile repairs what a report of the edge's own shows to differ. What was written less than a minute before the
// report is passed over: the edge may not have seen it yet.
func (p *Publisher) Reconcile(ctx context.Context, report reconcile.Report) (reconcile.Outcome, error) {
	outcome, err := p.compare(ctx, report.Documents, report.At, false)
	if err != nil {
		return outcome, err
	}
	return p.repair(ctx, outcome)
}

// compare finds where documents differ from what the database makes. at is when they were read, zero for now. Redirect
// indexes are looked up in the store; deep reads them, too.
func (p *Publisher) compare(ctx context.Context, documents []reconcile.Document, at time.Time, deep bool) (reconcile.Outcome, error) {
	var out reconcile.Outcome
	q := dbsqlc.New(p.DB)
	w, err := p.compileAll(ctx, q)
	if err != nil {
		return out, err
	}
	known, err := p.published(ctx, q)
	if err != nil {
		return out, err
	}
	unseen := func(key string) bool { // written too recently for the report to show it
		row, ok := known[key]
		return ok && !at.IsZero() && (row.PublishedAt.After(at.Add(-settling)) || row.AttemptedAt != nil && row.AttemptedAt.After(at.Add(-settling)))
	}
	there := make(map[string]string, len(documents))
	for _, d := range documents {
		there[d.Key] = d.SHA256
		if !w.keep[d.Key] && !unseen(d.Key) && strings.HasPrefix(d.Key, site.KeyPrefix) {
			out.Unknown = append(out.Unknown, d.Key)
		}
	}
	for _, d := range w.documents {
		out.Compared++
		switch sum, ok := there[d.Key]; {
		case unseen(d.Key):
		case !ok:
			out.Missing = append(out.Missing, d.Key)
		case sum != sumOf(d.Value):
			out.Different = append(out.Different, d.Key)
		}
	}
	if err := p.compareIndexes(ctx, w, known, deep, &out); err != nil {
		return out, err
	}
	slices.Sort(out.Missing)
	slices.Sort(out.Different)
	slices.Sort(out.Unknown)
	out.Faults = faultsOf(w.invalid)
	return out, nil
}

func (p *Publisher) compareIndexes(ctx context.Context, w wanted, known map[string]dbsqlc.PublishedSite, deep bool, out *reconcile.Outcome) error {
	keys, err := p.Store.Keys(ctx, site.RedirectIndexKey(""))
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, ix := range w.indexes {
		key := site.RedirectIndexKey(ix.Sum)
		if named[key] {
			continue
		}
		named[key] = true
		out.Compared++
		switch {
		case !slices.Contains(keys, key):
			out.Missing = append(out.Missing, key)
		case deep:
			value, found, err := p.Store.Get(ctx, key)
			if err != nil {
				return err
			}
			if !found {
				out.Missing = append(out.Missing, key)
			} else if sumOf(value) != ix.Sum {
				out.Different = append(out.Different, key)
			}
		}
	}
	for _, key := range keys {
		if _, ours := known[key]; !ours && !named[key] {
			out.Unknown = append(out.Unknown, key)
		}
	}
	return nil
}

func (p *Publisher) repair(ctx context.Context, outcome reconcile.Outcome) (reconcile.Outcome, error) {
	q := dbsqlc.New(p.DB)
	if doubtful := slices.Concat(outcome.Missing, outcome.Different); len(doubtful) > 0 {
		if err := q.DoubtPublished(ctx, doubtful); err != nil {
			return outcome, fmt.Errorf("repair: %w", err)
		}
	}
	if len(outcome.Unknown) > 0 {
		if err := p.Store.Delete(ctx, outcome.Unknown); err != nil {
			outcome.Faults = append(outcome.Faults, err.Error())
		} else if err := q.ForgetPublished(ctx, outcome.Unknown); err != nil {
			return outcome, fmt.Errorf("repair: %w", err)
		} else {
			outcome.Removed += len(outcome.Unknown)
		}
	}
	report, err := p.Publish(ctx, Options{})
	outcome.Written += report.Written + report.Indexes
	outcome.Removed += report.Removed
	outcome.Faults = faultsOf(err)
	if ctx.Err() != nil {
		return outcome, ctx.Err()
	}
	if outcome.Drifted() {
		p.Logger.WarnContext(ctx, "the edge had drifted from the database", "missing", outcome.Missing, "different", outcome.Different,
			"unknown", outcome.Unknown, "written", outcome.Written, "removed", outcome.Removed, "faults", outcome.Faults)
	}
	return outcome, nil
}

// faultsOf lists the errors that were joined into one, as sentences.
func faultsOf(err error) []string {
	if err == nil {
		return nil
	}
	var list []string
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) && err.Error() == errors.Join(joined.Unwrap()...).Error() {
		for _, e := range joined.Unwrap() {
			list = append(list, faultsOf(e)...)
		}
		return list
	}
	return []string{err.Error()}
}

func sumOf(value []byte) string {
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:])
}
