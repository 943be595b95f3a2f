// Package explain says what the edge would do with a request, and why: for any
// URL, visitor and moment, each filter's verdict, reason and time, and the
// plan they make together.
//
// It decides nothing itself. It runs the engine that the Worker runs, over
// what the edge's KV holds, with the clock set to the moment asked about; a
// moment in the future shows what today's configuration will do then. Nothing
// is sent to an origin, counted or changed.
//
// `stagedoor explain` and the ops Worker's /explain are its two faces.
package explain

import (
	"context"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/engine"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/wire"
)

// Source is the edge's KV, to read.
type Source interface {
	// Get returns the value of a key, and found false when there is none.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
}

// Explainer answers questions about one edge.
type Explainer struct {
	// HopKey is the edge's: passes in the visitor's cookies count as they do
	// there.
	HopKey []byte
	Source Source
	// Clock measures how long each filter takes. Nil: nothing is measured.
	// What is decided depends on Question.At alone.
	Clock func() time.Time
}

// QuestionError is a fault of the question, in a sentence fit to show.
type QuestionError struct{ Field, Problem string }

func (e QuestionError) Error() string { return e.Field + ": " + e.Problem }

// Explain answers a question. The error is a QuestionError, or says that the
// Source failed.
func (e Explainer) Explain(ctx context.Context, q Question) (*Answer, error) {
	request, err := q.request(e.HopKey)
	if err != nil {
		return nil, err
	}
	hostname, err := Hostname(q.URL)
	if err != nil {
		return nil, err
	}
	w := &watch{clock: e.Clock}
	decider, err := engine.Watched(e.HopKey, w.over)
	if err != nil {
		return nil, err
	}
	a := &Answer{Question: q.echo(), Hostname: hostname}
	if err := e.load(ctx, decider, q, a); err != nil {
		return nil, err
	}

	in := engine.Input{Request: request, Now: q.At.UnixMilli(), Random: random, Trace: true}
	var out []byte
	for range w.rounds() {
		out, _ = decider.Decide(out[:0], &in)
		w.next()
	}
	plan, err := wire.ParsePlan(out)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	a.fill(plan, decider.Filters(), w)
	return a, nil
}

// load gives the engine what KV holds for the question's hostname, known since
// the very moment of the question.
func (e Explainer) load(ctx context.Context, decider *engine.Engine, q Question, a *Answer) error {
	now := q.At.UnixMilli()
	document, found, err := e.Source.Get(ctx, site.Key(a.Hostname))
	switch {
	case err != nil:
		return fmt.Errorf("explain: %w", err)
	case !found:
		decider.Absent(a.Hostname, now)
		return nil
	}
	a.Site = &SiteNote{Key: site.Key(a.Hostname), Bytes: len(document)}
	document = q.known(document, a)
	if _, err := decider.Load(a.Hostname, document, now); err != nil {
		a.Site.Fault = err.Error()
		a.note("The document in KV cannot be used. Wherever the edge has an older one it goes on with that; this is what happens where it has none.")
		return nil
	}
	s, err := site.Decode(document)
	if err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	a.describe(s, q.At)
	return nil
}

// Hostname is the hostname of a URL as the site filter reads it, so that the
// same document is found.
func Hostname(url string) (string, error) {
	_, authority, _ := site.SplitURL(url)
	hostname, _, ok := address.SplitHost(authority)
	if !ok {
		return "", QuestionError{"url", fmt.Sprintf("%q is not the address of a page: it must be like https://lyceum.example/whats-on", url)}
	}
	return string(address.AppendHost(nil, hostname)), nil
}

// random stands in for random bytes, so that one question has one answer. What
// is made of them is not shown.
var random = func() (b [chain.RandomBytes]byte) {
	for i := range b {
		b[i] = byte(i*37 + 1)
	}
	return b
}()
