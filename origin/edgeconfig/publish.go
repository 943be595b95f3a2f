package edgeconfig

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Entry is one key and its value.
type Entry struct {
	Key   string
	Value []byte
}

// Store is where Site documents are published: Cloudflare KV.
type Store interface {
	// Put writes entries and returns the keys that were not written. Writing the same entry again is harmless.
	Put(ctx context.Context, entries []Entry) (failed []string, err error)
	// Delete removes keys; one that is not there is no error.
	Delete(ctx context.Context, keys []string) error
	// Name tells stores apart, so that what was published to one is not taken for published to another.
	Name() string
}

// Publisher brings a Store up to date with the database.
type Publisher struct {
	DB       *pgxpool.Pool
	Store    Store
	Settings Settings
	Now      func() time.Time
	Logger   *slog.Logger
	// Pause waits between attempts; time.Sleep unless a test says otherwise.
	Pause func(time.Duration)
}

// Options of one publication.
type Options struct {
	// All writes every document, not only those that differ from what was last published.
	All bool
	// Progress, when set, is called as documents are written.
	Progress func(done, total int)
}

// Report says what a publication did, in documents. A brand has one document per hostname.
type Report struct {
	Written, Unchanged, Removed int
}

const (
	batchEntries = 500      // Cloudflare allows 10,000
	batchBytes   = 20 << 20 // and 100 MB
	attempts     = 5
	publishLock  = 0x5d00ed6e // one publisher at a time, so that an older document never overwrites a newer one
)

// Publish writes what has changed. It records each batch as it succeeds: interrupted or failed, the next call writes
// the rest. A brand whose document would not be valid keeps its last one and is named in the error; the others are
// published all the same.
func (p *Publisher) Publish(ctx context.Context, opts Options) (Report, error) {
	conn, err := p.DB.Acquire(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("publish sites: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", publishLock); err != nil {
		return Report{}, fmt.Errorf("publish sites: wait for another publication: %w", err)
	}
	defer func() {
		// A connection that may still hold the lock must not go back to the pool.
		if _, err := conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", publishLock); err != nil {
			conn.Conn().Close(context.WithoutCancel(ctx))
		}
	}()
	q := dbsqlc.New(conn)
	entries, keep, invalid := p.compileAll(ctx, q)
	if entries == nil {
		return Report{}, invalid
	}
	before, err := q.ListPublished(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("publish sites: %w", err)
	}
	published := make(map[string]string, len(before))
	for _, row := range before {
		published[row.Key] = row.Digest
	}
	var report Report
	var changed []Entry
	for _, entry := range entries {
		if !opts.All && published[entry.Key] == p.digest(entry) {
			report.Unchanged++
		} else {
			changed = append(changed, entry)
		}
	}
	for batch := range batches(changed) {
		written, err := p.write(ctx, q, batch)
		report.Written += written
		if opts.Progress != nil {
			opts.Progress(report.Written, len(changed))
		}
		if err != nil {
			return report, errors.Join(invalid, err)
		}
	}
	var gone []string
	for key := range maps.Keys(published) {
		if !keep[key] {
			gone = append(gone, key)
		}
	}
	if len(gone) > 0 {
		slices.Sort(gone)
		if err := p.Store.Delete(ctx, gone); err != nil {
			return report, errors.Join(invalid, fmt.Errorf("remove sites from KV: %w", err))
		}
		if err := q.ForgetPublished(ctx, gone); err != nil {
			return report, errors.Join(invalid, fmt.Errorf("publish sites: %w", err))
		}
		report.Removed = len(gone)
	}
	if report.Written+report.Removed > 0 {
		p.Logger.InfoContext(ctx, "sites published", "written", report.Written, "unchanged", report.Unchanged, "removed", report.Removed)
	}
	return report, invalid
}

// compileAll returns an entry per hostname, sorted by key, and which keys belong to a brand that exists. entries is nil
// when nothing could be read; otherwise err names the brands whose documents are invalid.
func (p *Publisher) compileAll(ctx context.Context, q *dbsqlc.Queries) (entries []Entry, keep map[string]bool, err error) {
	now := p.Now()
	brands, err := q.ListBrands(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("publish sites: %w", err)
	}
	d, err := load(ctx, q, "", now)
	if err != nil {
		return nil, nil, err
	}
	entries, keep = []Entry{}, map[string]bool{}
	var invalid []error
	for _, b := range brands {
		doc, err := p.Settings.compile(b, d, now)
		if b.ID == ConsoleSite {
			invalid = append(invalid, fmt.Errorf("site %s: %w", b.ID, errConsoleBrand))
			continue
		}
		if err != nil {
			keep[site.Key(b.ID+"."+p.Settings.Domain)] = true
			invalid = append(invalid, fmt.Errorf("site %s keeps its last document: %w", b.ID, err))
			continue
		}
		for _, host := range doc.Site.Hostnames() {
			keep[site.Key(host)] = true
			entries = append(entries, Entry{site.Key(host), doc.Value})
		}
	}
	if p.Settings.Console {
		doc, err := p.Settings.console()
		if err != nil {
			return nil, nil, fmt.Errorf("publish sites: the console: %w", err)
		}
		keep[site.Key(doc.Site.Hostname)] = true
		entries = append(entries, Entry{site.Key(doc.Site.Hostname), doc.Value})
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	return entries, keep, errors.Join(invalid...)
}

// write puts one batch, trying again what the store did not take, and records what it took.
func (p *Publisher) write(ctx context.Context, q *dbsqlc.Queries, batch []Entry) (written int, err error) {
	left := batch
	for attempt := range attempts {
		if attempt > 0 {
			p.Pause(200 * time.Millisecond << attempt)
		}
		failed, putErr := p.Store.Put(ctx, left)
		if err = putErr; err != nil {
			if ctx.Err() != nil {
				return written, ctx.Err()
			}
			p.Logger.WarnContext(ctx, "sites not published, trying again", "attempt", attempt+1, "of", attempts, "error", err)
			continue
		}
		var taken []Entry
		var again []Entry
		for _, entry := range left {
			if slices.Contains(failed, entry.Key) {
				again = append(again, entry)
			} else {
				taken = append(taken, entry)
			}
		}
		if err := p.record(ctx, q, taken); err != nil {
			return written, err
		}
		written += len(taken)
		if left = again; len(left) == 0 {
			return written, nil
		}
		err = fmt.Errorf("KV did not take %d of %d documents", len(left), len(batch))
	}
	return written, fmt.Errorf("publish sites, after %d attempts: %w", attempts, err)
}

func (p *Publisher) record(ctx context.Context, q *dbsqlc.Queries, taken []Entry) error {
	params := dbsqlc.RecordPublishedParams{At: p.Now().UTC()}
	for _, entry := range taken {
		params.Keys = append(params.Keys, entry.Key)
		params.Digests = append(params.Digests, p.digest(entry))
	}
	if err := q.RecordPublished(ctx, params); err != nil {
		return fmt.Errorf("record published sites: %w", err)
	}
	return nil
}

// digest identifies a document in a store.
func (p *Publisher) digest(e Entry) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", p.Store.Name(), e.Key)
	h.Write(e.Value)
	return hex.EncodeToString(h.Sum(nil))
}

// batches cuts entries into pieces the store takes at once.
func batches(entries []Entry) func(yield func([]Entry) bool) {
	return func(yield func([]Entry) bool) {
		for start := 0; start < len(entries); {
			end, size := start, 0
			for end < len(entries) && end-start < batchEntries && (end == start || size+len(entries[end].Value) <= batchBytes) {
				size += len(entries[end].Value)
				end++
			}
			if !yield(entries[start:end]) {
				return
			}
			start = end
		}
	}
}
