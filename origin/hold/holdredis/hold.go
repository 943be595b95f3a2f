package holdredis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// Acquire implements hold.Store.
func (s *Store) Acquire(ctx context.Context, request hold.Request) (hold.Hold, error) {
	if err := request.Validate(s.cfg.MaxSeats); err != nil {
		return hold.Hold{}, err
	}
	id := hold.NewID(request.PerformanceID)
	args := []any{channel(request.PerformanceID), s.now(), id, request.Session, s.cfg.TTL.Milliseconds()}
	for _, seat := range request.Seats {
		args = append(args, seat)
	}
	answer, err := s.withSold(ctx, request.PerformanceID, func() ([]string, error) {
		var answer []string
		err := s.observe(ctx, acquireScript, request.PerformanceID, func(ctx context.Context) (err error) {
			answer, err = s.acquire(ctx, request.PerformanceID, id, args)
			return err
		})
		return answer, err
	})
	if err != nil {
		s.cfg.Metrics.acquired.WithLabelValues("failed").Inc()
		return hold.Hold{}, err
	}
	if answer[0] == "taken" {
		s.cfg.Metrics.acquired.WithLabelValues("taken").Inc()
		return hold.Hold{}, &hold.TakenError{Seats: answer[1:]}
	}
	s.cfg.Metrics.acquired.WithLabelValues("held").Inc()
	return parseHold(id, answer)
}

// acquire notes the performance in the index before it runs the script, in one round trip: a hold that is not in the
// index would be ended by an expiry event only.
func (s *Store) acquire(ctx context.Context, performanceID uuid.UUID, id string, args []any) ([]string, error) {
	names := keys(performanceID, timer(performanceID, id))
	note := []any{s.now(), s.cfg.TTL.Milliseconds(), performanceID.String()}
	pipeline := s.cfg.Client.Pipeline()
	indexNoteScript.EvalSha(ctx, pipeline, []string{index}, note...)
	command := acquireScript.EvalSha(ctx, pipeline, names, args...)
	_, err := pipeline.Exec(ctx)
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") { // a new or emptied Redis: send the scripts themselves
		if err := indexNoteScript.Run(ctx, s.cfg.Client, []string{index}, note...).Err(); err != nil {
			return nil, err
		}
		command = acquireScript.Run(ctx, s.cfg.Client, names, args...)
		err = command.Err()
	}
	if err != nil {
		return nil, err
	}
	return command.StringSlice()
}

// Get implements hold.Store.
func (s *Store) Get(ctx context.Context, id string) (hold.Hold, error) {
	performanceID, err := hold.PerformanceOf(id)
	if err != nil {
		return hold.Hold{}, err
	}
	answer, err := s.run(ctx, getScript, performanceID, nil, id)
	if err != nil {
		return hold.Hold{}, err
	}
	return parseHold(id, answer)
}

// Extend implements hold.Store.
func (s *Store) Extend(ctx context.Context, id, session string) (hold.Hold, error) {
	performanceID, err := hold.PerformanceOf(id)
	if err != nil {
		return hold.Hold{}, err
	}
	word := strconv.FormatUint(rand.Uint64(), 36)
	answer, err := s.run(ctx, extendScript, performanceID, []string{timer(performanceID, id)}, id, session, s.cfg.TTL.Milliseconds(), word)
	if err != nil {
		return hold.Hold{}, err
	}
	return parseHold(id, answer)
}

// Release implements hold.Store.
func (s *Store) Release(ctx context.Context, id, session string) error {
	performanceID, err := hold.PerformanceOf(id)
	if err != nil {
		return nil // what never was is over
	}
	answer, err := s.run(ctx, releaseScript, performanceID, nil, id, session)
	if err != nil {
		return err
	}
	return refusal(answer[0])
}

// refusal is the error behind a script's status, nil for ok.
func refusal(status string) error {
	switch status {
	case "ok":
		return nil
	case "gone":
		return hold.ErrGone
	case "not_yours":
		return hold.ErrNotYours
	case "extended":
		return hold.ErrExtended
	}
	return fmt.Errorf("holdredis: a script answered %q", status)
}

// parseHold reads the answer that prelude.lua writes: ok, token, end in ms, extended, session, seats.
func parseHold(id string, answer []string) (hold.Hold, error) {
	if err := refusal(answer[0]); err != nil {
		return hold.Hold{}, err
	}
	if len(answer) != 6 {
		return hold.Hold{}, fmt.Errorf("holdredis: an answer of %d words", len(answer))
	}
	performanceID, err := hold.PerformanceOf(id)
	token, err1 := strconv.ParseInt(answer[1], 10, 64)
	expires, err2 := strconv.ParseInt(answer[2], 10, 64)
	if err := errors.Join(err, err1, err2); err != nil {
		return hold.Hold{}, fmt.Errorf("holdredis: a hold can't be read: %w", err)
	}
	return hold.Hold{
		ID: id, PerformanceID: performanceID, Session: answer[4], Seats: strings.Fields(answer[5]), Token: token,
		ExpiresAt: time.UnixMilli(expires).UTC(), Extended: answer[3] == "1",
	}, nil
}
