package catalogue

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// SubjectShowChanged tells that something which a show document shows has changed.
const SubjectShowChanged = "stagedoor.catalogue.show.changed.v1" // ShowFact

// ShowFact is what SubjectShowChanged carries.
type ShowFact struct {
	ProductionID   uuid.UUID   `json:"production_id"`
	PerformanceIDs []uuid.UUID `json:"performance_ids,omitempty"` // those that changed; none: the production itself
}

// seatsChanged is the part of booking's facts about seats that matters here.
type seatsChanged struct {
	PerformanceID uuid.UUID `json:"performance_id"`
}

// Handle writes down that a show is to be looked at: a bus.Handler for
// SubjectShowChanged and for booking's facts about seats that were sold or came back. It never speaks to the index,
// so that one that is slow or away keeps nobody waiting.
func (f *Feed) Handle(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	if event.Subject == SubjectShowChanged {
		return f.showChanged(ctx, tx, event)
	}
	var sold seatsChanged
	if err := event.Decode(&sold); err != nil {
		return err
	}
	known, err := dbsqlc.New(tx).MarkPerformance(ctx, sold.PerformanceID)
	if err != nil {
		return fmt.Errorf("catalogue: mark performance %s: %w", sold.PerformanceID, err)
	}
	if known == 0 {
		return bus.Poison(fmt.Errorf("catalogue: there is no performance %s", sold.PerformanceID))
	}
	return nil
}

// showChanged marks a production, whether there is one or not: one that is gone has to leave the index.
func (f *Feed) showChanged(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var changed ShowFact
	if err := event.Decode(&changed); err != nil {
		return err
	}
	if changed.ProductionID == uuid.Nil {
		return bus.Poison(fmt.Errorf("catalogue: %s names no production", event.Subject))
	}
	err := dbsqlc.New(tx).MarkShow(ctx, dbsqlc.MarkShowParams{
		ProductionID: changed.ProductionID, Changes: int32(max(1, len(changed.PerformanceIDs))),
	})
	if err != nil {
		return fmt.Errorf("catalogue: mark show %s: %w", changed.ProductionID, err)
	}
	return nil
}
