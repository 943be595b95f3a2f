package holdredis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// MarkSold implements hold.Store.
func (s *Store) MarkSold(ctx context.Context, performanceID uuid.UUID, holdID string, seats []string) error {
	if len(seats) == 0 {
		return nil
	}
	if err := hold.ValidateSeats(seats, 0); err != nil {
		return err
	}
	args := []any{holdID}
	for _, seat := range seats {
		args = append(args, seat)
	}
	_, err := s.runTogether(ctx, soldScript, performanceID, nil, args...)
	return err
}

// Withhold implements hold.Allocator.
func (s *Store) Withhold(ctx context.Context, performanceID uuid.UUID, seats []string) error {
	if err := hold.ValidateSeats(seats, 0); err != nil {
		return err
	}
	args := make([]any, len(seats))
	for i, seat := range seats {
		args[i] = seat
	}
	_, err := s.run(ctx, withholdScript, performanceID, nil, args...)
	return err
}

// MarkFree implements hold.Store.
func (s *Store) MarkFree(ctx context.Context, performanceID uuid.UUID, seats []string) error {
	if len(seats) == 0 {
		return nil
	}
	if err := hold.ValidateSeats(seats, 0); err != nil {
		return err
	}
	args := make([]any, len(seats))
	for i, seat := range seats {
		args[i] = seat
	}
	_, err := s.run(ctx, freeScript, performanceID, nil, args...)
	return err
}

// Reconcile reads the sold seats from the judge again and corrects what differs, telling the readers. It returns how
// many seats were wrong. Safe at any time, beside sales and refunds.
func (s *Store) Reconcile(ctx context.Context, performanceID uuid.UUID) (corrected int, err error) {
	return s.load(ctx, performanceID, true)
}

// withSold runs call, and when it answers that the sold seats are not known reads them and runs it again.
func (s *Store) withSold(ctx context.Context, performanceID uuid.UUID, call func() ([]string, error)) ([]string, error) {
	const attempts = 4 // Redis would have to be emptied between any two of them
	for range attempts {
		answer, err := call()
		if err != nil || answer[0] != "load" {
			return answer, err
		}
		if err := s.ensureLoaded(ctx, performanceID); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: Redis keeps forgetting the sold seats", hold.ErrUnavailable)
}

// ensureLoaded reads the sold seats unless they are known. Callers in this process share one reading; one that gives
// up does not take the others' reading with it.
func (s *Store) ensureLoaded(ctx context.Context, performanceID uuid.UUID) error {
	shared := s.loads.DoChan(performanceID.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return s.load(ctx, performanceID, false)
	})
	select {
	case result := <-shared:
		return result.Err
	case <-ctx.Done():
		return fmt.Errorf("%w: reading the sold seats: %w", hold.ErrUnavailable, ctx.Err())
	}
}

// load reads the sold seats between two scripts. The second refuses when anything was sold or freed after the first:
// what was read in between may be older than that, so it is read again.
func (s *Store) load(ctx context.Context, performanceID uuid.UUID, again bool) (int, error) {
	const courtesy = 2 * time.Second // how long another process's reading is waited for
	force := "0"
	if again {
		force = "1"
	}
	for {
		nonce := strconv.FormatUint(rand.Uint64(), 36)
		answer, err := s.run(ctx, loadBeginScript, performanceID, nil, nonce, courtesy.Milliseconds(), idle.Milliseconds(), force)
		if err != nil {
			return 0, err
		}
		if answer[0] == "loaded" {
			return 0, nil
		}
		if answer[0] == "ok" {
			corrected, done, err := s.readSold(ctx, performanceID, nonce)
			if done || err != nil {
				return corrected, err
			}
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: reading the sold seats: %w", hold.ErrUnavailable, ctx.Err())
		case <-time.After(rand.N(40 * time.Millisecond)): // others may be at it as well
		}
	}
}

func (s *Store) readSold(ctx context.Context, performanceID uuid.UUID, nonce string) (corrected int, done bool, err error) {
	seats, err := s.cfg.Sold.SoldSeats(ctx, performanceID)
	if err != nil {
		return 0, false, fmt.Errorf("%w: sold seats of %s: %w", hold.ErrUnavailable, performanceID, err)
	}
	if err := hold.ValidateSeats(seats, 0); err != nil {
		return 0, false, err
	}
	var last int64
	if tokens, ok := s.cfg.Sold.(hold.LastToken); ok {
		if last, err = tokens.LastToken(ctx, performanceID); err != nil {
			return 0, false, fmt.Errorf("%w: last token of %s: %w", hold.ErrUnavailable, performanceID, err)
		}
	}
	withheld, pledges, err := s.readClaims(ctx, performanceID)
	if err != nil {
		return 0, false, err
	}
	args := []any{nonce, last, len(seats), len(withheld)}
	for _, seat := range append(slices.Clip(seats), withheld...) {
		args = append(args, seat)
	}
	for _, p := range pledges {
		args = append(args, strings.Join(append([]string{p.HoldID, strconv.FormatInt(p.Token, 10), strconv.FormatInt(p.Until.UnixMilli(), 10)}, p.Seats...), " "))
		// As for a new hold: without it only an expiry event would end what the order keeps.
		left := max(0, p.Until.Sub(s.clock()).Milliseconds())
		if err := indexNoteScript.Run(ctx, s.cfg.Client, []string{index}, s.now(), left, performanceID.String()).Err(); err != nil {
			return 0, false, fmt.Errorf("%w: note what orders keep: %w", hold.ErrUnavailable, err)
		}
	}
	answer, err := s.run(ctx, loadEndScript, performanceID, nil, args...)
	if err != nil || answer[0] != "ok" {
		return 0, false, err
	}
	s.cfg.Metrics.loads.Inc()
	if len(answer) != 2 {
		return 0, false, fmt.Errorf("holdredis: an answer of %d words", len(answer))
	}
	corrected, err = strconv.Atoi(answer[1])
	return corrected, true, err
}

// readClaims asks the judge, if it knows, for the seats that are the box office's and for those that orders keep.
func (s *Store) readClaims(ctx context.Context, performanceID uuid.UUID) (withheld []string, pledges []hold.Pledge, err error) {
	if judge, ok := s.cfg.Sold.(hold.WithheldSeats); ok {
		if withheld, err = judge.WithheldSeats(ctx, performanceID); err != nil {
			return nil, nil, fmt.Errorf("%w: withheld seats of %s: %w", hold.ErrUnavailable, performanceID, err)
		}
	}
	if judge, ok := s.cfg.Sold.(hold.PledgedSeats); ok {
		if pledges, err = judge.PledgedSeats(ctx, performanceID); err != nil {
			return nil, nil, fmt.Errorf("%w: seats orders keep of %s: %w", hold.ErrUnavailable, performanceID, err)
		}
	}
	return withheld, pledges, errors.Join(hold.ValidateSeats(withheld, 0))
}
