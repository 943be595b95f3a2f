package edgeconfig_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/hits"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func TestHitsAreCountedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	rule, err := h.AddRedirect(ctx, "mara", edgeconfig.Redirect{Site: "lyceum", Source: "/a", Target: "/b"})
	if err != nil {
		t.Fatal(err)
	}
	batch := hits.Batch{ID: uuid.NewString(), Hits: map[string]int{rule.ID.String(): 3, uuid.NewString(): 9}} // the other is gone
	var wg sync.WaitGroup
	for range 8 { // the edge asks again while the first answer is on its way
		wg.Go(func() {
			if err := h.CountHits(ctx, batch); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := h.CountHits(ctx, hits.Batch{ID: uuid.NewString(), Hits: map[string]int{rule.ID.String(): 2}}); err != nil {
		t.Fatal(err)
	}
	page, err := h.FindRedirects(ctx, edgeconfig.RuleQuery{Sites: []string{"lyceum"}, Most: 5, Order: edgeconfig.ByHits})
	if err != nil || len(page.Rules) != 1 || page.Rules[0].Hits != 5 {
		t.Errorf("%+v, %v", page, err)
	}
	var rows int
	if err := h.db.QueryRow(ctx, "select count(*) from redirect_hits").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v: a rule that is gone was counted", rows, err)
	}
}

func TestBatchesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	many := map[string]int{}
	for range hits.MaxRules + 1 {
		many[uuid.NewString()] = 1
	}
	for name, batch := range map[string]hits.Batch{
		"no ID":       {Hits: map[string]int{uuid.NewString(): 1}},
		"no rule":     {ID: uuid.NewString(), Hits: map[string]int{"panto": 1}},
		"less than 1": {ID: uuid.NewString(), Hits: map[string]int{uuid.NewString(): 0}},
		"too often":   {ID: uuid.NewString(), Hits: map[string]int{uuid.NewString(): hits.MaxCount + 1}},
		"too many":    {ID: uuid.NewString(), Hits: many},
	} {
		var refused edgeconfig.Refused
		if err := h.CountHits(t.Context(), batch); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if size := len(fmt.Sprintf(`{"id":%q,"hits":{`, uuid.NewString())) + hits.MaxRules*len(fmt.Sprintf(`%q:%d,`, uuid.NewString(), hits.MaxCount)); size > hits.MaxBody {
		t.Errorf("a full batch has %d bytes, more than the origin reads", size)
	}
}
