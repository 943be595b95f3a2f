package swap_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// TestTheKeptOneRefusesWrites: what is new goes into what people search; that the old one does not take it is said
// before, and when, somebody goes back to it.
func TestTheKeptOneRefusesWrites(t *testing.T) {
	t.Parallel()
	s, ctx := newStage(t, 30), t.Context()
	if _, err := s.swap.Apply(ctx, swap.Options{}); err != nil {
		t.Fatal(err)
	}
	// The old one is replaced by one that takes no show without an author.
	picky := oldSchema("shows_v8")
	for i := range picky.Fields {
		if picky.Fields[i].Name == "author" {
			picky.Fields[i].Optional = nil
		}
	}
	if _, err := s.client.Collection("shows_v8").Delete(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Collections().Create(ctx, picky); err != nil {
		t.Fatal(err)
	}
	nameless := s.change(id(5), func(d *index.Show) { d.Author = "" })
	for range 2 {
		if report, err := s.writer().Upsert(ctx, []index.Show{nameless, show(6)}); err != nil || report.Err() != nil || len(report.Shadow) != 1 {
			t.Fatal(err, report)
		}
	}
	status, err := s.swap.Status(ctx)
	if err != nil || !strings.Contains(status.Last.Behind(), "shows_v8 has refused 2 writes") {
		t.Fatalf("%+v, %v", status.Last, err)
	}
	back, err := s.swap.Rollback(ctx, nil)
	if err != nil || back.Phase != swap.RolledBack || !slices.Contains(back.Notes, back.Behind()) {
		t.Fatalf("%+v, %v", back, err)
	}
}
