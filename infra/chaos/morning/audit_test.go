package morning

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/audit"
)

// awayVariable is how long, as time.ParseDuration reads it, tests leave a part away that is to be away for long.
const awayVariable = "STAGEDOOR_CHAOS_AWAY"

// away is how long NATS and search stay away; 0 is until buyers have gone on without them.
func away() time.Duration {
	long, _ := time.ParseDuration(os.Getenv(awayVariable))
	return long
}

// finish ends the sale, waits until nothing is on its way any more and has the books compared. It logs the lines of which
// `make chaos` makes its table.
func (s *sale) finish(injected string, args ...any) {
	s.t.Helper()
	s.close()
	if s.count(paid) == 0 {
		s.t.Error("nobody has bought anything")
	}
	s.t.Logf("injected: "+injected, args...)
	s.t.Logf("users saw: %s", s.saw())
	if s.t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if err := s.h.bank.WebhooksQuiet(ctx); err != nil {
		s.t.Errorf("webhooks are still on their way: %v", err)
	}
	s.audit(ctx)
	if n := s.sold(); n != s.count(paid) {
		s.t.Errorf("%d seats are sold, and %d buyers have tickets", n, s.count(paid))
	}
}

// audit runs `stagedoor audit`, which gives nothing any grace: until it is clean, for something may still be on its way.
func (s *sale) audit(ctx context.Context) {
	s.t.Helper()
	for tries := 1; ; tries++ {
		report, text, err := s.h.audit(ctx)
		if err == nil && report.OK() && report.Warnings == 0 {
			s.t.Logf("audit: clean: stagedoor audit made %d checks of %s, 0 broken, run %d", len(report.Checks), looked(report), tries)
			return
		}
		if ctx.Err() != nil {
			s.t.Fatalf("the audit says, after %s: %v\n%s", patience, err, text)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// looked says what was compared most of.
func looked(report audit.Report) string {
	var all []string
	seen := map[string]bool{}
	for _, c := range report.Checks {
		if c.Skipped == "" && c.Looked > 0 && !seen[c.Unit] {
			seen[c.Unit] = true
			all = append(all, fmt.Sprintf("%d %s", c.Looked, c.Unit))
		}
	}
	return strings.Join(all, ", ")
}

func (h *house) audit(ctx context.Context) (report audit.Report, text string, err error) {
	cmd := h.command(ctx, "audit", "--json", "--grace", "1ns")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	if failed := json.Unmarshal(out.Bytes(), &report); failed != nil {
		return report, out.String() + said.String(), fmt.Errorf("%w: %w", failed, err)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && !report.OK() {
		err = nil // it says so by its status as well
	}
	var table strings.Builder
	_ = report.WriteTable(&table)
	return report, table.String(), err
}

// sold counts the seats of this sale that are paid for.
func (s *sale) sold() int {
	s.t.Helper()
	var n int
	err := s.h.db.QueryRow(s.t.Context(), `select count(*) from order_seats l join orders o on o.id = l.order_id
		where o.state = 'paid' and l.gone = '' and o.performance_id = any($1)`, s.evenings).Scan(&n)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}
