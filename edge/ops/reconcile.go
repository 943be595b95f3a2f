package ops

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/ops/reconcile"
	"github.com/stagedoor/stagedoor/edge/site"
)

const (
	attempts     = 4
	firstPause   = 500 * time.Millisecond // doubled each time
	askTimeout   = 25 * time.Second       // for one answer: the origin may have much to write
	maxOutcome   = 1 << 20
	maxProblem   = 300 // bytes of an answer that is quoted
	reconcileFor = 2 * time.Minute
)

// Reconcile tells the origin what KV holds, lets it repair what differs from
// Postgres, and keeps in KV what came of it. The error is what kept the record
// from being written; that the origin did not answer is in the record.
func (o *Ops) Reconcile(ctx context.Context) (reconcile.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, reconcileFor)
	defer cancel()
	record := reconcile.Record{At: o.Now().UTC()}
	if last, err := o.last(ctx); err == nil && last != nil {
		record.LastGood = last.LastGood
	}
	report, err := o.report(ctx)
	for pause := firstPause; err == nil && record.Attempts < attempts; pause *= 2 {
		if record.Attempts > 0 {
			o.Pause(ctx, pause)
		}
		record.Attempts++
		var again bool
		var outcome reconcile.Outcome
		outcome, again, err = o.tell(ctx, report)
		if err == nil {
			record.Outcome, record.Problem, record.LastGood = &outcome, "", o.Now().UTC()
			break
		}
		record.Problem = err.Error()
		o.Log.Warn("the origin was not asked to reconcile", slog.Any("error", err), slog.Int("attempt", record.Attempts), slog.Int("of", attempts))
		if !again {
			break
		}
		err = nil
	}
	if err != nil {
		record.Problem = err.Error()
	}
	o.say(record)
	value, err := json.Marshal(record)
	if err == nil {
		err = o.KV.Put(ctx, reconcile.LastKey, value)
	}
	if err != nil {
		return record, fmt.Errorf("keep what came of reconciling: %w", err)
	}
	return record, nil
}

func (o *Ops) say(r reconcile.Record) {
	switch {
	case r.Outcome == nil:
		o.Log.Error("Postgres and KV could not be compared", slog.String("problem", r.Problem))
	case len(r.Outcome.Faults) > 0:
		o.Log.Error("KV differs from Postgres and could not be repaired", slog.Any("faults", r.Outcome.Faults))
	case r.Outcome.Drifted():
		o.Log.Warn("KV differed from Postgres and was repaired", slog.Any("missing", r.Outcome.Missing),
			slog.Any("different", r.Outcome.Different), slog.Any("unknown", r.Outcome.Unknown))
	default:
		o.Log.Info("KV is as Postgres has it", slog.Int("documents", r.Outcome.Compared))
	}
}

// report is what KV holds.
func (o *Ops) report(ctx context.Context) (reconcile.Report, error) {
	out := reconcile.Report{At: o.Now().UTC(), Documents: []reconcile.Document{}}
	keys, err := o.KV.Keys(ctx, site.KeyPrefix)
	if err != nil {
		return out, fmt.Errorf("list KV: %w", err)
	}
	for _, key := range keys {
		value, found, err := o.KV.Get(ctx, key)
		if err != nil {
			return out, fmt.Errorf("read KV: %w", err)
		}
		if found {
			sum := sha256.Sum256(value)
			out.Documents = append(out.Documents, reconcile.Document{Key: key, SHA256: hex.EncodeToString(sum[:]), Bytes: len(value)})
		}
	}
	return out, nil
}

// tell sends a report once. again says that trying again may help.
func (o *Ops) tell(ctx context.Context, report reconcile.Report) (outcome reconcile.Outcome, again bool, err error) {
	body, err := json.Marshal(report)
	if err != nil {
		return outcome, false, err
	}
	if len(body) > reconcile.MaxReport {
		return outcome, false, fmt.Errorf("the report has %d bytes, more than the origin reads", len(body))
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(o.OriginURL, "/")+reconcile.Path, bytes.NewReader(body))
	if err != nil {
		return outcome, false, err
	}
	request.Header.Set("Content-Type", "application/json")
	if err := hop.Sign([]byte(o.HopKey), request, reconcile.SiteID, o.Now()); err != nil {
		return outcome, false, err
	}
	response, err := o.Client.RoundTrip(request)
	if err != nil {
		return outcome, true, fmt.Errorf("the origin cannot be reached: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxOutcome))
	if err != nil {
		return outcome, true, fmt.Errorf("the origin's answer broke off: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		again := response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests
		return outcome, again, fmt.Errorf("the origin answered %d: %.*s", response.StatusCode, maxProblem, bytes.TrimSpace(answer))
	}
	if err := json.Unmarshal(answer, &outcome); err != nil {
		return outcome, false, errors.New("the origin's answer is not an outcome: is ORIGIN_URL the origin?")
	}
	return outcome, false, nil
}
