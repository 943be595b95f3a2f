package audit

import (
	"context"
	"fmt"
)

// content checks that whatever a content system told, and was told that we have, was acted upon once, or stands where a
// person sees it: waiting for another entry, or parked.
func (a *auditor) content(ctx context.Context, c *Check) error {
	c.Unit = "deliveries"
	all, err := a.q.AuditDeliveryCount(ctx)
	if err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	c.Looked = int(all)
	open, err := a.q.AuditDeliveries(ctx, a.settled)
	if err != nil {
		return fmt.Errorf("open deliveries: %w", err)
	}
	for _, row := range open {
		if row.Broken {
			c.violation(row.Thing, "%s", row.Fault)
		} else {
			c.warning(row.Thing, "%s", row.Fault)
		}
	}
	twice, err := a.q.AuditTwice(ctx)
	if err != nil {
		return fmt.Errorf("deliveries applied twice: %w", err)
	}
	for _, row := range twice {
		c.violation(row.Thing, "%s", row.Fault)
	}
	unknown, err := a.q.AuditHeads(ctx)
	if err != nil {
		return fmt.Errorf("entries that were applied: %w", err)
	}
	for _, row := range unknown {
		c.violation(row.Thing, "%s", row.Fault)
	}
	return nil
}
