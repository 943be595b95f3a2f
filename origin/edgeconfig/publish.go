package edgeconfig

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Entry is one key and its value.
type Entry struct {
	Key    string
	Value  []byte
	Binary bool // Value is no text
}

// Store is where Site documents are published: Cloudflare KV.
type Store interface {
	// Put writes entries and returns the keys that were not written. Writing the same entry again is harmless.
	Put(ctx context.Context, entries []Entry) (failed []string, err error)
	// Delete removes keys; one that is not there is no error.
	Delete(ctx context.Context, keys []string) error
	// Get returns the value of a key, and found false when there is none.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	// Keys lists the keys that begin with prefix.
	Keys(ctx context.Context, prefix string) ([]string, error)
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
	// Pause waits between attempts and between two writes of one key; time.Sleep unless a test says otherwise.
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
	// Indexes is how many compiled sets of redirects were written.
	Indexes int
}

const (
	batchEntries = 500      // Cloudflare allows 10,000
	batchBytes   = 20 << 20 // and 100 MB
	attempts     = 5
	// keyInterval is the least time between two writes of one key that Cloudflare takes.
	keyInterval = time.Second
	publishLock = 0x5d00ed6e // one publisher at a time, so that an older document never overwrites a newer one
)

// Publish writes what has changed. It records each batch as it succeeds: interrupted or failed, the next call writes
// the rest. A brand whose document would not be valid keeps its last one and is named in the error; the others are
// published all the same.
//
// Redirects by the hundred thousand take seconds to compile. What else has changed does not wait for them: it is
// published first, with the redirects compiled last.
func (p *Publisher) Publish(ctx context.Context, opts Options) (Report, error) {
	report, behind, err := p.pass(ctx, opts)
	if len(behind) == 0 || err != nil && ctx.Err() != nil {
		return report, err
	}
	built, buildErr := p.buildIndexes(ctx, behind)
	if built == 0 {
		return report, errors.Join(err, buildErr)
	}
	second, _, err := p.pass(ctx, Options{Progress: opts.Progress})
	second.Written += report.Written
	second.Removed += report.Removed
	second.Unchanged -= report.Written
	second.Indexes += report.Indexes
	return second, errors.Join(err, buildErr)
}

// pass publishes what is at hand. behind are the brands whose redirects have changed since they were compiled.
func (p *Publisher) pass(ctx context.Context, opts Options) (report Report, behind []string, err error) {
	conn, err := p.DB.Acquire(ctx)
	if err != nil {
		return report, nil, fmt.Errorf("publish sites: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", publishLock); err != nil {
		return report, nil, fmt.Errorf("publish sites: wait for another publication: %w", err)
	}
	defer func() {
		// A connection that may still hold the lock must not go back to the pool.
		if _, err := conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", publishLock); err != nil {
			conn.Conn().Close(context.WithoutCancel(ctx))
		}
	}()
	q := dbsqlc.New(conn)
	wanted, err := p.compileAll(ctx, q)
	if err != nil {
		return report, nil, err
	}
	known, err := p.published(ctx, q)
	if err != nil {
		return report, nil, err
	}
	faults := []error{wanted.invalid}

	// An index is written before the first document that names it.
	missing := map[string]bool{} // sums that could not be written
	for _, ix := range wanted.indexes {
		entry := Entry{Key: site.RedirectIndexKey(ix.Sum)}
		if !opts.All && known[entry.Key].Digest == p.digest(entry) {
			continue
		}
		if err := p.writeIndex(ctx, q, ix, known); err != nil {
			missing[ix.Sum] = true
			faults = append(faults, err)
			if ctx.Err() != nil {
				return report, nil, errors.Join(faults...)
			}
			continue
		}
		report.Indexes++
	}
	var changed []Entry
	for _, d := range wanted.documents {
		if missing[d.index] {
			continue
		}
		if !opts.All && known[d.Key].Digest == p.digest(d.Entry) {
			report.Unchanged++
		} else {
			changed = append(changed, d.Entry)
		}
	}
	for batch := range batches(changed) {
		written, err := p.write(ctx, q, batch, known)
		report.Written += written
		if opts.Progress != nil {
			opts.Progress(report.Written, len(changed))
		}
		if err != nil {
			return report, nil, errors.Join(append(faults, err)...)
		}
	}
	if report.Removed, err = p.removeGone(ctx, q, wanted, known); err != nil {
		faults = append(faults, err)
	}
	if report.Written+report.Removed+report.Indexes > 0 {
		p.Logger.InfoContext(ctx, "sites published", "written", report.Written, "unchanged", report.Unchanged,
			"removed", report.Removed, "redirect_indexes", report.Indexes)
	}
	return report, wanted.behind, errors.Join(faults...)
}

// published is what was last written where, by key.
func (p *Publisher) published(ctx context.Context, q *dbsqlc.Queries) (map[string]dbsqlc.PublishedSite, error) {
	rows, err := q.ListPublished(ctx)
	if err != nil {
		return nil, fmt.Errorf("publish sites: %w", err)
	}
	known := make(map[string]dbsqlc.PublishedSite, len(rows))
	for _, row := range rows {
		known[row.Key] = row
	}
	return known, nil
}

// document is one key's document, and the sum of the redirect index it names, if it names one.
type document struct {
	Entry
	index string
}

// wanted is everything that should be published.
type wanted struct {
	documents []document // sorted by key
	indexes   []dbsqlc.ListRedirectIndexesRow
	keep      map[string]bool // keys that belong to a brand that exists
	behind    []string        // brands whose redirects have changed since they were compiled
	invalid   error           // names the brands whose documents are invalid
}

func (p *Publisher) compileAll(ctx context.Context, q *dbsqlc.Queries) (wanted, error) {
	now := p.Now()
	w := wanted{documents: []document{}, keep: map[string]bool{}}
	brands, err := q.ListBrands(ctx)
	if err != nil {
		return w, fmt.Errorf("publish sites: %w", err)
	}
	d, err := load(ctx, q, "", now)
	if err != nil {
		return w, err
	}
	notYet, err := p.loadIndexes(ctx, q, &d, &w)
	if err != nil {
		return w, err
	}
	var invalid []error
	for _, b := range brands {
		if b.ID == ConsoleSite {
			invalid = append(invalid, fmt.Errorf("site %s: %w", b.ID, errConsoleBrand))
			continue
		}
		doc, err := p.Settings.compile(b, d, now)
		if err != nil || notYet[b.ID] {
			w.keep[site.Key(b.ID+"."+p.Settings.Domain)] = true
			for _, alias := range p.Settings.GroupAliases {
				w.keep[site.Key(alias)] = w.keep[site.Key(alias)] || b.IsGroup
			}
			if err != nil {
				invalid = append(invalid, fmt.Errorf("site %s keeps its last document: %w", b.ID, err))
			}
			continue
		}
		for _, host := range doc.Site.Hostnames() {
			w.keep[site.Key(host)] = true
			w.documents = append(w.documents, document{Entry{Key: site.Key(host), Value: doc.Value}, doc.Site.RedirectIndex})
		}
	}
	if p.Settings.Console {
		doc, err := p.Settings.console()
		if err != nil {
			return w, fmt.Errorf("publish sites: the console: %w", err)
		}
		key := site.Key(doc.Site.Hostname)
		w.keep[key] = true
		w.documents = append(w.documents, document{Entry: Entry{Key: key, Value: doc.Value}})
	}
	slices.SortFunc(w.documents, func(a, b document) int { return strings.Compare(a.Key, b.Key) })
	w.invalid = errors.Join(invalid...)
	return w, nil
}

// write puts one batch, trying again what the store did not take, and records what it took.
func (p *Publisher) write(ctx context.Context, q *dbsqlc.Queries, batch []Entry, known map[string]dbsqlc.PublishedSite) (written int, err error) {
	left := batch
	if err := p.await(ctx, batch, known); err != nil {
		return 0, err
	}
	for attempt := range attempts {
		if attempt > 0 {
			p.Pause(keyInterval << (attempt - 1))
		}
		if ctx.Err() != nil {
			return written, ctx.Err()
		}
		// What stands there is unknown from here until it is recorded, should this process be killed.
		keys := keysOf(left)
		if err := q.BeginPublish(ctx, dbsqlc.BeginPublishParams{Keys: keys, At: p.Now().UTC()}); err != nil {
			return written, fmt.Errorf("publish sites: %w", err)
		}
		failed, putErr := p.Store.Put(ctx, left)
		if err = putErr; err != nil {
			if ctx.Err() != nil {
				return written, ctx.Err()
			}
			p.Logger.WarnContext(ctx, "sites not published, trying again", "attempt", attempt+1, "of", attempts, "error", err)
			continue
		}
		refused := make(map[string]bool, len(failed))
		for _, key := range failed {
			refused[key] = true
		}
		var taken, again []Entry
		for _, entry := range left {
			if refused[entry.Key] {
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

// await waits until a second has passed since the last write of each of the keys, by whichever process.
func (p *Publisher) await(ctx context.Context, batch []Entry, known map[string]dbsqlc.PublishedSite) error {
	var last time.Time
	for _, entry := range batch {
		row, ok := known[entry.Key]
		if ok && row.AttemptedAt != nil && row.AttemptedAt.After(last) {
			last = *row.AttemptedAt
		}
	}
	// A clock that was put back must not keep anybody waiting for longer.
	if wait := min(keyInterval-p.Now().Sub(last), keyInterval); wait > 0 {
		p.Pause(wait)
	}
	return ctx.Err()
}

func (p *Publisher) record(ctx context.Context, q *dbsqlc.Queries, taken []Entry) error {
	params := dbsqlc.RecordPublishedParams{At: p.Now().UTC(), Keys: keysOf(taken)}
	for _, entry := range taken {
		params.Digests = append(params.Digests, p.digest(entry))
	}
	if err := q.RecordPublished(ctx, params); err != nil {
		return fmt.Errorf("record published sites: %w", err)
	}
	return nil
}

func keysOf(entries []Entry) []string {
	keys := make([]string, len(entries))
	for i, entry := range entries {
		keys[i] = entry.Key
	}
	return keys
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
