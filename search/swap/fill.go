package swap

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
)

const (
	fewRefusals  = 20  // are named
	manyRefusals = 200 // end the filling: something is wrong with all of them
)

// fill writes every document of the source into the new collection, from the cursor on.
func (r *run) fill(ctx context.Context) error {
	fill, last := &r.state.Fill, r.Now()
	batch := make([]index.Show, 0, r.Batch)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := r.add(ctx, batch); err != nil {
			return err
		}
		fill.Done += len(batch)
		fill.Total = max(fill.Total, fill.Done)
		fill.Cursor = batch[len(batch)-1].ID
		batch = batch[:0]
		now := r.Now()
		fill.Seconds += now.Sub(last).Seconds()
		last = now
		return r.save(ctx)
	}
	for d, err := range r.Source.Documents(ctx, fill.Cursor) {
		if err != nil {
			return fmt.Errorf("swap: read the shows: %w", err)
		}
		if d.ID <= fill.Cursor {
			return fmt.Errorf("swap: the source gave %s after %s", d.ID, fill.Cursor)
		}
		if batch = append(batch, d); len(batch) == r.Batch {
			if err := flush(); err != nil {
				return err
			}
			if fill.Refused >= manyRefusals {
				return &ParityError{Reasons: []string{refusedLines(fill)}}
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	fill.EndedAt = r.Now().UTC()
	return r.to(ctx, Checking)
}

// add creates documents in the new collection. One that is there already is newer, or the same, and is left alone.
func (r *run) add(ctx context.Context, batch []index.Show) error {
	var body bytes.Buffer
	lines := json.NewEncoder(&body)
	for _, d := range batch {
		if err := lines.Encode(d); err != nil {
			return fmt.Errorf("swap: encode show %s: %w", d.ID, err)
		}
	}
	answer, err := r.Client.Collection(r.state.To).Documents().ImportJsonl(ctx, &body,
		&api.ImportDocumentsParams{Action: ptr(api.Create), BatchSize: ptr(len(batch))})
	if err != nil {
		return fmt.Errorf("swap: fill %s: %w", r.state.To, err)
	}
	defer closeAll(answer)
	in := bufio.NewScanner(answer)
	in.Buffer(nil, 16<<20) // a refused line carries its document
	n, fill := 0, &r.state.Fill
	var kept int
	var failed []Refusal
	for ; in.Scan(); n++ {
		var line struct {
			Success bool   `json:"success"`
			Code    int    `json:"code"`
			Error   string `json:"error"`
		}
		if err := json.Unmarshal(in.Bytes(), &line); err != nil || n >= len(batch) {
			return fmt.Errorf("swap: fill %s: line %d of the answer makes no sense: %w", r.state.To, n+1, err)
		}
		switch {
		case line.Success:
		case line.Code == http.StatusConflict:
			kept++
		case line.Code >= http.StatusInternalServerError:
			return fmt.Errorf("swap: fill %s: the server failed on show %s: %s", r.state.To, batch[n].ID, line.Error)
		default:
			failed = append(failed, Refusal{batch[n].ID, line.Error})
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("swap: fill %s: %w", r.state.To, err)
	}
	if n < len(batch) {
		return fmt.Errorf("swap: fill %s: %d of %d lines were answered", r.state.To, n, len(batch))
	}
	// Only now, so that a batch that is sent again is counted once.
	fill.Kept += kept
	fill.Refused += len(failed)
	fill.Failed = append(fill.Failed, failed[:min(len(failed), fewRefusals-len(fill.Failed))]...)
	return nil
}

// refusedLines says what the collection refused.
func refusedLines(f *Fill) string {
	first := f.Failed[0]
	return fmt.Sprintf("%d of %d shows were refused, the first of them %s: %s", f.Refused, f.Done, first.ID, first.Why)
}

// settleStep is how long lies between two looks at documents that are being written.
const settleStep = 250 * time.Millisecond
