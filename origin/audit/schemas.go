package audit

import (
	"context"
	"fmt"

	"github.com/stagedoor/stagedoor/origin/bus/event"
)

// schemas checks that every fact in the outbox is what was agreed for its subject, also those told long ago: a replay
// of the whole history reads them again.
func (a *auditor) schemas(ctx context.Context, c *Check) error {
	c.Looked, c.Unit = int(a.counts.Outbox), "facts"
	for after := int64(0); ; {
		rows, err := a.q.AuditPayloads(ctx, after)
		if err != nil {
			return fmt.Errorf("facts: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		for _, row := range rows {
			after = row.ID
			if err := event.Check(row.Subject, row.Payload); err != nil {
				c.violation(row.EventID.String(), "%v", err)
			}
		}
	}
}
