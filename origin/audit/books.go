package audit

import (
	"context"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// These checks compare Postgres with itself; the comparing is done in queries/audit.sql.

func (a *auditor) seats(ctx context.Context, c *Check) error {
	c.Looked, c.Unit = int(a.counts.Assignments), "seats"
	rows, err := a.q.AuditSeats(ctx)
	for _, row := range rows {
		c.violation(row.Thing, "%s", row.Fault)
	}
	return err
}

func (a *auditor) totals(ctx context.Context, c *Check) error {
	c.Looked, c.Unit = int(a.counts.Orders), "orders"
	rows, err := a.q.AuditTotals(ctx)
	for _, row := range rows {
		c.violation(row.Thing, "%s", row.Fault)
	}
	return err
}

func (a *auditor) money(ctx context.Context, c *Check) error {
	c.Looked, c.Unit = int(a.counts.Payments), "payments"
	rows, err := a.q.AuditMoney(ctx, a.settled)
	for _, row := range rows {
		c.violation(row.Thing, "%s", row.Fault)
	}
	return err
}

func (a *auditor) history(ctx context.Context, c *Check) error {
	c.Looked, c.Unit = int(a.counts.Orders), "orders"
	rows, err := a.q.AuditHistory(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		c.violation(row.Thing, "%s", row.Fault)
	}
	overdue, err := a.q.AuditOverdue(ctx, a.settled)
	for _, row := range overdue {
		c.warning(row.Thing, "%s", row.Fault)
	}
	return err
}

func (a *auditor) inbox(ctx context.Context, c *Check) error {
	c.Looked, c.Unit = int(a.counts.Events), "webhooks"
	rows, err := a.q.AuditInbox(ctx, dbsqlc.AuditInboxParams{SettledBefore: a.settled, UnknownOrder: string(booking.OutcomeUnknown)})
	for _, row := range rows {
		c.violation(row.Thing, "%s", row.Fault)
	}
	return err
}

func (a *auditor) facts(ctx context.Context, c *Check) error {
	c.Looked, c.Unit = int(a.counts.Orders), "orders"
	rows, err := a.q.AuditFacts(ctx)
	for _, row := range rows {
		c.violation(row.Thing, "%s", row.Fault)
	}
	return err
}
