package index

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"
)

// importBatch is how many shows travel in one import request.
const importBatch = 1000

// deleteBatch is how many ids travel in one address.
const deleteBatch = 100

// Indexer writes shows. It is safe for concurrent use.
type Indexer struct {
	client  *typesense.Client
	targets Targets // nil: the alias alone
}

// NewIndexer returns an Indexer that writes through client.
func NewIndexer(client *typesense.Client) *Indexer { return &Indexer{client: client} }

// Ensure makes sure that the alias Alias points to a collection and returns
// that collection's name. On an empty server it creates one with the present
// schema. An index that exists is left as it is, whatever its schema: changing
// a schema is the work of package swap. Calling it twice, or from two processes
// at once, is harmless.
func (x *Indexer) Ensure(ctx context.Context) (string, error) {
	have, err := x.client.Collection(Alias).Retrieve(ctx)
	switch {
	case err == nil && have.Name == Alias:
		return "", fmt.Errorf("index: a collection is called %q: that name must be an alias", Alias)
	case err == nil:
		return have.Name, nil
	case !isStatus(err, http.StatusNotFound):
		return "", classify("look up the index", err)
	}
	name := CollectionName()
	if _, err := x.client.Collections().Create(ctx, Schema(name)); err != nil && !isStatus(err, http.StatusConflict) {
		return "", classify("create collection "+name, err)
	}
	if _, err := x.client.Aliases().Upsert(ctx, Alias, &api.CollectionAliasSchema{CollectionName: name}); err != nil {
		return "", classify("point the alias at "+name, err)
	}
	return name, nil
}

// LineError is one show that was not written, and why.
type LineError struct {
	Line int    // position in the slice given to Upsert, from 0
	ID   string // of the show
	Err  string // what the server said
}

// Report is what became of an Upsert.
type Report struct {
	Indexed int // shows written
	Failed  []LineError
	// Shadow are those that another collection refused, one that is not searched now: it will not be searched before
	// that is mended (package swap sees to it), so that there is nothing to do but to know.
	Shadow []LineError
}

// Err returns nil when every show was written, else one error naming the first
// few that were not.
func (r Report) Err() error {
	if len(r.Failed) == 0 {
		return nil
	}
	var faults []error
	for _, f := range r.Failed[:min(len(r.Failed), 5)] {
		faults = append(faults, fmt.Errorf("show %s: %s", f.ID, f.Err))
	}
	return fmt.Errorf("index: %d of %d shows were not indexed: %w", len(r.Failed), r.Indexed+len(r.Failed), errors.Join(faults...))
}

// Upsert writes shows through the alias, whole documents replacing those with
// the same id, and into every other collection that Targets names. A show that
// the schema refuses is reported in the Report and does not stop the others. The
// error is for a request that failed as a whole: then the Report counts what was
// written before it, and doing all again is safe.
func (x *Indexer) Upsert(ctx context.Context, shows []Show) (Report, error) {
	names, err := x.into(ctx)
	if err != nil {
		return Report{}, err
	}
	report, err := x.UpsertInto(ctx, names[0], shows)
	if errors.Is(err, ErrNoIndex) && names[0] != Alias {
		// The server has lost it, or it was given up since we asked: what people search is behind the alias.
		report, err = x.UpsertInto(ctx, Alias, shows)
	}
	if err != nil {
		return report, err
	}
	for _, name := range names[1:] {
		other, err := x.UpsertInto(ctx, name, shows)
		report.Shadow = append(report.Shadow, other.Failed...)
		if errors.Is(err, ErrNoIndex) {
			continue // given up since we asked
		}
		if err == nil {
			err = x.missed(ctx, name, len(other.Failed))
		}
		if err != nil {
			return report, err
		}
	}
	return report, nil
}

// UpsertInto is Upsert into a named collection, for building one that is not
// public yet.
func (x *Indexer) UpsertInto(ctx context.Context, collection string, shows []Show) (Report, error) {
	var report Report
	for start := 0; start < len(shows); start += importBatch {
		batch := shows[start:min(start+importBatch, len(shows))]
		if err := x.importBatch(ctx, collection, start, batch, &report); err != nil {
			return report, err
		}
	}
	return report, nil
}

// importBatch sends one import and adds its lines to report.
func (x *Indexer) importBatch(ctx context.Context, collection string, start int, batch []Show, report *Report) error {
	var body bytes.Buffer
	lines := json.NewEncoder(&body)
	for _, s := range batch {
		if err := lines.Encode(s); err != nil {
			return fmt.Errorf("index: encode show %s: %w", s.ID, err)
		}
	}
	upsert := api.Upsert
	size := len(batch)
	answer, err := x.client.Collection(collection).Documents().ImportJsonl(ctx, &body,
		&api.ImportDocumentsParams{Action: &upsert, BatchSize: &size})
	if err != nil {
		return classify("import shows", err)
	}
	defer answer.Close()
	return readImport(answer, start, batch, report)
}

// readImport reads one JSON object a line; the n-th line is about the n-th show.
func readImport(answer io.Reader, start int, batch []Show, report *Report) error {
	scanner := bufio.NewScanner(answer)
	scanner.Buffer(nil, 16<<20) // a refused line carries the whole document
	n := 0
	for ; scanner.Scan(); n++ {
		if n >= len(batch) {
			return fmt.Errorf("index: import answered more lines than the %d sent", len(batch))
		}
		var line struct {
			Success bool   `json:"success"`
			Error   string `json:"error"`
		}
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return fmt.Errorf("index: import answer, line %d: %w", n+1, err)
		}
		if line.Success {
			report.Indexed++
			continue
		}
		report.Failed = append(report.Failed, LineError{Line: start + n, ID: batch[n].ID, Err: line.Error})
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("index: read import answer: %w: %w", ErrUnavailable, err)
	}
	if n < len(batch) {
		return fmt.Errorf("index: import answered %d of %d lines: %w", n, len(batch), ErrUnavailable)
	}
	return nil
}

// Delete removes shows by id, from every collection that Targets names, and says
// how many there were in the one that is searched. Ids that are not in the index
// are not an error.
func (x *Indexer) Delete(ctx context.Context, ids ...string) (int, error) {
	names, err := x.into(ctx)
	if err != nil {
		return 0, err
	}
	total, err := x.deleteFrom(ctx, names[0], ids)
	if errors.Is(err, ErrNoIndex) && names[0] != Alias {
		total, err = x.deleteFrom(ctx, Alias, ids)
	}
	if err != nil {
		return total, err
	}
	for _, name := range names[1:] {
		if _, err := x.deleteFrom(ctx, name, ids); err != nil && !errors.Is(err, ErrNoIndex) {
			return total, err
		}
	}
	return total, nil
}

func (x *Indexer) deleteFrom(ctx context.Context, collection string, ids []string) (int, error) {
	total := 0
	for start := 0; start < len(ids); start += deleteBatch {
		batch := ids[start:min(start+deleteBatch, len(ids))]
		quoted := make([]string, len(batch))
		for i, id := range batch {
			quoted[i] = literal(id)
		}
		filter := "id:=[" + strings.Join(quoted, ",") + "]"
		n, err := x.client.Collection(collection).Documents().Delete(ctx, &api.DeleteDocumentsParams{FilterBy: &filter})
		if err != nil {
			return total, classify("delete shows", err)
		}
		total += n
	}
	return total, nil
}

// Count returns how many shows the index holds.
func (x *Indexer) Count(ctx context.Context) (int64, error) {
	c, err := x.client.Collection(Alias).Retrieve(ctx)
	if err != nil {
		return 0, classify("count shows", err)
	}
	if c.NumDocuments == nil {
		return 0, nil
	}
	return *c.NumDocuments, nil
}
