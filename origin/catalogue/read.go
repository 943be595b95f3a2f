package catalogue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// counted is what was counted while reading, to be kept.
type counted struct {
	params dbsqlc.SaveCountsParams
}

// read gathers what is known of shows at an instant; those that are gone or not published are missing from the answer.
// Seats are counted anew where something was told of them since, or everywhere.
func read(ctx context.Context, q *dbsqlc.Queries, ids []uuid.UUID, now time.Time, everywhere bool) (map[uuid.UUID]material, counted, error) {
	var counts counted
	shows := make(map[uuid.UUID]material, len(ids))
	productions, err := q.CatalogueProductions(ctx, ids)
	if err != nil {
		return nil, counts, fmt.Errorf("read productions: %w", err)
	}
	performances, err := q.CataloguePerformances(ctx, dbsqlc.CataloguePerformancesParams{Ids: ids, FromAt: now})
	if err != nil {
		return nil, counts, fmt.Errorf("read performances: %w", err)
	}
	if counts, err = count(ctx, q, performances, everywhere); err != nil {
		return nil, counts, err
	}
	prices, err := q.CataloguePrices(ctx, ids)
	if err != nil {
		return nil, counts, fmt.Errorf("read prices: %w", err)
	}
	cast, err := q.CatalogueCast(ctx, ids)
	if err != nil {
		return nil, counts, fmt.Errorf("read who is in it: %w", err)
	}
	for _, row := range productions {
		shows[row.Production.ID] = material{CatalogueProductionsRow: row, prices: map[string]priceSpan{}}
	}
	for _, row := range performances {
		if m, found := shows[row.ProductionID]; found {
			m.performances = append(m.performances, row)
			shows[row.ProductionID] = m
		}
	}
	for _, row := range prices {
		if m, found := shows[row.ProductionID]; found {
			m.prices[row.Tier] = priceSpan{row.PriceFrom, row.PriceTo}
		}
	}
	for _, row := range cast {
		if m, found := shows[row.ProductionID]; found && !slices.Contains(m.cast, row.Name) {
			m.cast = append(m.cast, row.Name)
			shows[row.ProductionID] = m
		}
	}
	return shows, counts, nil
}

// count fills in how many seats are sold where that is not known. The marks were read before: what is sold after that
// is told with a mark of its own.
func count(ctx context.Context, q *dbsqlc.Queries, performances []dbsqlc.CataloguePerformancesRow, everywhere bool) (counted, error) {
	var c counted
	for _, p := range performances {
		if p.Stale || everywhere {
			c.params.Ids = append(c.params.Ids, p.ID)
			c.params.Productions = append(c.params.Productions, p.ProductionID)
			c.params.Counted = append(c.params.Counted, p.Marks)
		}
	}
	if len(c.params.Ids) == 0 {
		return c, nil
	}
	rows, err := q.CatalogueSold(ctx, c.params.Ids)
	if err != nil {
		return c, fmt.Errorf("count seats: %w", err)
	}
	sold := make(map[uuid.UUID]int32, len(rows))
	for _, row := range rows {
		sold[row.PerformanceID] = row.Sold
	}
	for i := range performances {
		if p := &performances[i]; p.Stale || everywhere {
			p.Sold = sold[p.ID]
			c.params.Sold = append(c.params.Sold, p.Sold)
		}
	}
	return c, nil
}

func (c counted) save(ctx context.Context, q *dbsqlc.Queries) error {
	if len(c.params.Ids) == 0 {
		return nil
	}
	if err := q.SaveCounts(ctx, c.params); err != nil {
		return fmt.Errorf("keep how many seats are sold: %w", err)
	}
	return nil
}
