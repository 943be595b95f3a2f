package booking

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/bundle"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// ahead are the orders that a request to order finds there before it.
type ahead struct {
	ofHold *dbsqlc.Order  // that has the hold's seats or may still get them
	open   []dbsqlc.Order // unpaid, of other holds that the session had
}

// instead are those of the open ones that an order for a performance takes the place of.
func (a ahead) instead(performanceID uuid.UUID) []dbsqlc.Order {
	return slices.DeleteFunc(slices.Clone(a.open), func(o dbsqlc.Order) bool { return o.PerformanceID != performanceID })
}

// asking is what they are looked for by.
type asking struct{ holdID, session string }

// lookAhead finds them.
func (s *Service) lookAhead(ctx context.Context, p PlaceOrder) (ahead, error) {
	found, err := s.looking.Do(ctx, asking{p.HoldID, p.Session})
	if err != nil {
		return found, fmt.Errorf("booking: orders of the hold: %w", err)
	}
	return found, nil
}

// lookTogether finds those of many. What Postgres refuses to look for is one's own fault: nobody else fails for it.
func (s *Service) lookTogether(ctx context.Context, asked []asking) []bundle.Result[ahead] {
	return bundle.Alone(s.lookOnce, severable)(ctx, asked)
}

func (s *Service) lookOnce(ctx context.Context, asked []asking) []bundle.Result[ahead] {
	results := make([]bundle.Result[ahead], len(asked))
	at := map[string][]int{} // hold -> who asks
	var open dbsqlc.OpenOrdersOfSessionsParams
	for i, a := range asked {
		at[a.holdID] = append(at[a.holdID], i)
		if a.session != "" {
			open.Holds, open.Sessions = append(open.Holds, a.holdID), append(open.Sessions, sessionHash(a.session))
		}
	}
	holds := make([]string, 0, len(at))
	for id := range at {
		holds = append(holds, id)
	}
	pipeline := postgres.NewPipeline(s.db)
	q := dbsqlc.New(pipeline)
	_ = q.ByIndex(ctx) // goes with the query: so does its error
	rows, err := q.OrdersOfHolds(ctx, holds)
	if err != nil {
		return bundle.Fail[ahead](len(asked), err)
	}
	for _, row := range rows {
		for _, i := range at[row.HoldID] {
			results[i].Answer.ofHold = &row
		}
	}
	if len(open.Holds) == 0 {
		return results
	}
	_ = q.ByIndex(ctx)
	earlier, err := q.OpenOrdersOfSessions(ctx, open)
	if err != nil {
		return bundle.Fail[ahead](len(asked), err)
	}
	for _, row := range earlier {
		for _, i := range at[row.NowHeld] {
			// Two may ask about the same hold, one of whom it is not: each is told of their own orders alone, and once.
			if o := row.Order; sameSession(o, asked[i].session) && !slices.ContainsFunc(results[i].Answer.open, func(k dbsqlc.Order) bool { return k.ID == o.ID }) {
				results[i].Answer.open = append(results[i].Answer.open, row.Order)
			}
		}
	}
	return results
}
