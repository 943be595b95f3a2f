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
	lasting, most := s.lasting(request.Channel, request.For)
	if err := request.Validate(most); err != nil {
		return hold.Hold{}, err
	}
	id, answer, err := s.take(ctx, acquireScript, request.PerformanceID, request.Session, lasting, acquireArgs(request, lasting))
	if err != nil {
		return hold.Hold{}, err
	}
	switch {
	case answer[0] == "taken":
		err = &hold.TakenError{Seats: answer[1:]}
	case answer[0] == "alone" && len(answer) == 3:
		err = &hold.AloneError{Seats: strings.Fields(answer[1]), Instead: strings.Fields(answer[2])}
	case answer[0] == "full" && len(answer) == 3:
		err = full(request.General, answer)
	default:
		return parseHold(id, answer)
	}
	return hold.Hold{}, err
}

// acquireArgs are what the script is told after the hold and the session.
func acquireArgs(request hold.Request, lasting time.Duration) []any {
	args := make([]any, 0, 4+len(request.Blocks)+len(request.General)+len(request.Seats))
	args = append(args, lasting.Milliseconds(), office(request.Channel), len(request.Blocks), len(request.General))
	for _, block := range request.Blocks {
		args = append(args, strings.Join(block, " "))
	}
	for _, area := range request.General {
		args = append(args, strconv.Itoa(area.Count)+" "+strings.Join(area.Places, " "))
	}
	for _, seat := range request.Seats {
		args = append(args, seat)
	}
	return args
}

// Raw is the script that Acquire runs, with the keys and arguments it runs it with: for measuring what everything around
// it costs.
func (s *Store) Raw(request hold.Request) (script *redis.Script, names []string, args []any) {
	lasting, _ := s.lasting(request.Channel, request.For)
	id := hold.NewID(request.PerformanceID)
	args = append([]any{channel(request.PerformanceID), s.now(), id, request.Session}, acquireArgs(request, lasting)...)
	return acquireScript.Script, keys(request.PerformanceID, timer(request.PerformanceID, id)), args
}

// Best implements hold.Finder.
func (s *Store) Best(ctx context.Context, search hold.Search) (hold.Hold, error) {
	lasting, most := s.lasting(search.Channel, search.For)
	if err := search.Validate(most); err != nil {
		return hold.Hold{}, err
	}
	o := search.Order
	if o == nil {
		return hold.Hold{}, hold.ErrNoneFree
	}
	packed := o.Pack()
	args := make([]any, 0, 8+len(packed.Pairs)+len(packed.Lists)+len(packed.Blocks))
	args = append(args, lasting.Milliseconds(), office(search.Channel), o.Spaces, o.Companions, o.Seats, len(packed.Pairs), len(packed.Lists), o.Name)
	for _, texts := range [][]string{packed.Pairs, packed.Lists, packed.Blocks} {
		for _, text := range texts {
			args = append(args, text)
		}
	}
	id, answer, err := s.take(ctx, bestScript, search.PerformanceID, search.Session, lasting, args)
	if err == nil && answer[0] == "none" {
		err = hold.ErrNoneFree
	}
	if err != nil {
		return hold.Hold{}, err
	}
	return parseHold(id, answer)
}

// lasting is how long a hold of a channel lasts, and how many seats it may have. The box office says itself.
func (s *Store) lasting(channel hold.Channel, asked time.Duration) (lasting time.Duration, most int) {
	if channel != hold.BoxOffice {
		return s.cfg.TTL, s.cfg.MaxSeats
	}
	return max(s.cfg.TTL, min(asked, s.cfg.LongestHold)), s.cfg.MaxOfficeSeats
}

// office is how scripts know the box office.
func office(channel hold.Channel) string {
	if channel == hold.BoxOffice {
		return "box"
	}
	return ""
}

// full says which area has too few places left.
func full(areas []hold.AnyOf, answer []string) error {
	which, err1 := strconv.Atoi(answer[1])
	left, err2 := strconv.Atoi(answer[2])
	if err := errors.Join(err1, err2); err != nil || which < 1 || which > len(areas) {
		return fmt.Errorf("holdredis: answered %q", answer)
	}
	return &hold.FullError{Section: areas[which-1].Section, Left: left}
}

// take runs a script that makes a hold, under a new ID, and counts what came of it.
func (s *Store) take(ctx context.Context, sc script, performanceID uuid.UUID, session string, lasting time.Duration, more []any) (id string, answer []string, err error) {
	id = hold.NewID(performanceID)
	args := append([]any{channel(performanceID), s.now(), id, session}, more...)
	answer, err = s.withSold(ctx, performanceID, func() (answer []string, err error) {
		err = s.observe(ctx, sc, performanceID, func(ctx context.Context) error {
			answer, err = s.noted(ctx, sc, performanceID, id, lasting, args)
			return err
		})
		return answer, err
	})
	outcome := "failed"
	if err == nil {
		outcome = map[string]string{"ok": "held"}[answer[0]]
		if outcome == "" {
			outcome = answer[0]
		}
	}
	s.cfg.Metrics.acquired.WithLabelValues(outcome).Inc()
	return id, answer, err
}

// noted notes the performance in the index before it runs the script, in one round trip: a hold that is not in the
// index would be ended by an expiry event only.
func (s *Store) noted(ctx context.Context, sc script, performanceID uuid.UUID, id string, lasting time.Duration, args []any) ([]string, error) {
	e := evaluation{
		script: sc, keys: keys(performanceID, timer(performanceID, id)), args: args, note: []any{s.now(), lasting.Milliseconds(), performanceID.String()},
	}
	if sc.name == bestScript.name {
		return s.evaluateTogether(ctx, []evaluation{e})[0].Unpack()
	}
	return s.evaluate(ctx, e)
}

// Get implements hold.Store.
func (s *Store) Get(ctx context.Context, id string) (hold.Hold, error) {
	performanceID, err := hold.PerformanceOf(id)
	if err != nil {
		return hold.Hold{}, err
	}
	answer, err := s.runTogether(ctx, getScript, performanceID, nil, id)
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
	answer, err := s.runTogether(ctx, releaseScript, performanceID, nil, id, session)
	if err != nil {
		return err
	}
	return refusal(answer[0])
}

// Pledge implements hold.Pledger.
func (s *Store) Pledge(ctx context.Context, holdID string, until time.Time) error {
	return s.change(ctx, pledgeScript, holdID, until.UnixMilli())
}

// Unpledge implements hold.Pledger.
func (s *Store) Unpledge(ctx context.Context, holdID string) error {
	err := s.change(ctx, unpledgeScript, holdID)
	if errors.Is(err, hold.ErrGone) {
		return nil
	}
	return err
}

// change runs a script on a hold that answers with a status alone.
func (s *Store) change(ctx context.Context, sc script, id string, more ...any) error {
	performanceID, err := hold.PerformanceOf(id)
	if err != nil {
		return err
	}
	answer, err := s.runTogether(ctx, sc, performanceID, []string{timer(performanceID, id)}, append([]any{id}, more...)...)
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
