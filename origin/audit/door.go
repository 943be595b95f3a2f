package audit

import "context"

// door compares what scanners saw with what became of the tickets. A ticket that was dead when a scanner that was alone let
// somebody in breaks no rule: the scanner could not know. It is told all the same.
func (a *auditor) door(ctx context.Context, c *Check) error {
	n, err := a.q.CountScans(ctx)
	if err != nil {
		return err
	}
	c.Looked, c.Unit = int(n), "scans"
	rows, err := a.q.AuditScans(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		c.violation(row.Thing, "%s", row.Fault)
	}
	dead, err := a.q.AuditDeadInside(ctx)
	for _, row := range dead {
		c.warning(row.Thing, "%s", row.Fault)
	}
	return err
}
