package holdredis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/bundle"
)

// Scripts that callers run at the same time go to Redis in one round trip. Redis runs one after the other, as ever: what
// is saved is the system calls, which cost both sides more than a short script does. Scripts that may take long are not
// among them, so that nobody waits for another's.
const (
	mostTogether = 128
	tripsAtOnce  = 4
	tripPatience = 10 * time.Second // beyond the client's own timeouts
)

// evaluation is a script to run, with what is to be noted in the index before it, if anything.
type evaluation struct {
	script script
	keys   []string
	args   []any
	note   []any
}

// evaluate runs a script with those of others.
func (s *Store) evaluate(ctx context.Context, e evaluation) ([]string, error) {
	return s.trips.Ask(ctx, e)
}

func (s *Store) evaluateTogether(ctx context.Context, all []evaluation) []bundle.Result[[]string] {
	pipeline := s.cfg.Client.Pipeline()
	commands := make([]*redis.Cmd, len(all))
	notes := make([]*redis.Cmd, len(all))
	for i, e := range all {
		if e.note != nil {
			notes[i] = indexNoteScript.EvalSha(ctx, pipeline, []string{index}, e.note...)
		}
		commands[i] = e.script.EvalSha(ctx, pipeline, e.keys, e.args...)
	}
	_, _ = pipeline.Exec(ctx) // each command has its own error
	results := make([]bundle.Result[[]string], len(all))
	for i, e := range all {
		err := commands[i].Err()
		if notes[i] != nil && notes[i].Err() != nil {
			err = notes[i].Err() // a hold that is not in the index would be ended by an expiry event only
		}
		if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") { // a new or emptied Redis: send the scripts themselves
			results[i].Answer, results[i].Err = s.evaluateAlone(ctx, e)
			continue
		}
		if results[i].Err = err; err == nil {
			results[i].Answer, results[i].Err = commands[i].StringSlice()
		}
	}
	return results
}

// evaluateAlone runs a script that Redis may not have yet.
func (s *Store) evaluateAlone(ctx context.Context, e evaluation) ([]string, error) {
	if e.note != nil {
		if err := indexNoteScript.Run(ctx, s.cfg.Client, []string{index}, e.note...).Err(); err != nil {
			return nil, err
		}
	}
	return e.script.Run(ctx, s.cfg.Client, e.keys, e.args...).StringSlice()
}
