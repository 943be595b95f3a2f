package trial

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// Busy says, as a sentence, why visitors who are not real would be in the way of those who are: somebody is in a waiting
// room, or one opens within a time. It is "" when nothing speaks against a rehearsal. A room that only watches keeps
// nobody waiting and does not count; one of which it is not known does.
func (s *Stage) Busy(ctx context.Context, now time.Time, within time.Duration) (string, error) {
	rooms, err := s.Editor.Rooms(ctx, edgeconfig.AllSites)
	if err != nil {
		return "", err
	}
	var live []waiting.Room
	for _, r := range rooms {
		switch {
		case strings.HasPrefix(r.ID, RoomPrefix), r.Mode == waiting.Passthrough:
		case r.Guards(now):
			live = append(live, r)
		case r.Guards(now.Add(within)):
			return fmt.Sprintf("The waiting room “%s” opens in %d minutes, while the rehearsal might still go on. Rehearse when that sale is over, or for a shorter time.",
				r.Name, int(r.GuardsFrom().Sub(now).Minutes())), nil
		}
	}
	reasons := make([]string, len(live))
	var group sync.WaitGroup
	asking, cancel := context.WithTimeout(ctx, asks)
	defer cancel()
	for i, r := range live {
		group.Go(func() { reasons[i] = s.busy(asking, r) })
	}
	group.Wait()
	for _, reason := range reasons {
		if reason != "" {
			return reason, nil
		}
	}
	return "", nil
}

func (s *Stage) busy(ctx context.Context, r waiting.Room) string {
	status, err := s.Control.Status(ctx, r.ID)
	switch {
	case errors.Is(err, waiting.ErrUnknown):
		return "" // it was never told of, so nobody is in it
	case err != nil:
		return fmt.Sprintf("Whether people are in the waiting room “%s” can’t be seen just now: its coordinator does not answer. Please try again in a minute.", r.Name)
	case status.Active+status.Waiting > 0:
		return fmt.Sprintf("Real people are in the waiting room “%s”: %d inside and %d waiting. A rehearsal would be in their way; hold it when they are through.", r.Name, status.Active, status.Waiting)
	}
	return ""
}
