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
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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
	// RoomKeys is the edge's ring of keys for places and passes of waiting
	// rooms (package token); "" is none.
	RoomKeys string
	Source   Source
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
	keys := slices.Clone(e.HopKey)
	if e.RoomKeys != "" {
		keys = append(append(keys, '\n'), e.RoomKeys...)
	}
	decider, err := engine.Watched(keys, w.over)
	if err != nil {
		return nil, err
	}
	a := &Answer{Question: q.echo(), Hostname: hostname}
	if err := e.load(ctx, decider, q, a); err != nil {
		return nil, err
	}

	in := engine.Input{Request: request, Now: q.At.UnixMilli(), Random: random, Trace: true}
	out, plan, err := e.decide(ctx, decider, &in, a)
	if err != nil {
		return nil, err
	}
	w.next()
	in.Again = true // what is decided for its time alone is not counted
	for range w.rounds() {
		out, _ = decider.Decide(out[:0], &in)
		w.next()
	}
	a.fill(plan, decider.Filters(), w)
	return a, nil
}

// maxLoads is how many waiting rooms a request is looked up in before it is
// given up on; it can only be in one.
const maxLoads = 4

// decide decides, fetching what a decision asks for.
func (e Explainer) decide(ctx context.Context, decider *engine.Engine, in *engine.Input, a *Answer) (out []byte, plan wire.Plan, err error) {
	for range maxLoads {
		out, _ = decider.Decide(out[:0], in)
		if plan, err = wire.ParsePlan(out); err != nil {
			return nil, plan, fmt.Errorf("explain: %w", err)
		}
		if plan.Action != chain.ActionLoad.String() || plan.Room == "" {
			break
		}
		if err := e.loadRoom(ctx, decider, plan.Room, in.Now, a); err != nil {
			return nil, plan, err
		}
	}
	return out, plan, nil
}

// loadRoom gives the engine what a waiting room publishes.
func (e Explainer) loadRoom(ctx context.Context, decider *engine.Engine, id string, now int64, a *Answer) error {
	state, found, err := e.Source.Get(ctx, site.RoomKey(id))
	switch {
	case err != nil:
		return fmt.Errorf("explain: %w", err)
	case !found:
		decider.AbsentRoom(id, now)
		a.note("The waiting room %s has published nothing.", id)
	default:
		if err := decider.LoadRoom(id, state, now); err != nil {
			a.note("What the waiting room %s has published cannot be used: %v.", id, err)
		}
	}
	return nil
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
	return e.loadRedirects(ctx, decider, now, a)
}

// loadRedirects gives the engine the compiled redirect index that the site
// names, if it names one.
func (e Explainer) loadRedirects(ctx context.Context, decider *engine.Engine, now int64, a *Answer) error {
	sum := decider.WantedRedirects(a.Hostname, now)
	if sum == "" {
		return nil
	}
	index, found, err := e.Source.Get(ctx, site.RedirectIndexKey(sum))
	if err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	if got := sha256.Sum256(index); found && hex.EncodeToString(got[:]) != sum {
		err = errors.New("it is damaged")
	} else if found {
		err = decider.LoadRedirects(sum, index)
	} else {
		err = errors.New("it is not there")
	}
	if err != nil {
		a.note("The site's redirects cannot be used, so none of them is in force: %s: %v.", site.RedirectIndexKey(sum), err)
	}
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
