package catalogue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// Whoever keeps pages of search is told when the index has a change, and not when there was none.
func TestSearchPagesAreToldOfWhatIsWritten(t *testing.T) {
	t.Parallel()
	s := newStage(t, pgtest.Pool(t))
	broken := errors.New("not now")
	var fail error
	s.feed = catalogue.New(catalogue.Config{
		DB: s.db, Index: s.shelf, Domain: "localhost", Window: window, Now: s.clock.now, Logger: quiet,
		Written: func(ctx context.Context, tx pgx.Tx, shows []uuid.UUID) error {
			for _, id := range shows {
				if _, found := s.shelf.get(id); !found {
					t.Error("told before the index has it")
				}
			}
			return errors.Join(fail, edgeconfig.NoteSearch(ctx, tx, shows))
		},
	})
	hamlet := s.production("Hamlet")
	evening := s.performance(hamlet, opening.Add(time.Hour))
	noted := func() int { return s.number("select count(*) from cache_changes where tag = 'search' and not urgent") }
	s.tell(changed(hamlet))
	fail = broken
	if _, err := s.feed.Turn(t.Context()); !errors.Is(err, broken) || noted() != 0 {
		t.Fatalf("%v, %d noted", err, noted())
	}
	fail = nil
	s.later()
	if n := noted(); n != 1 {
		t.Fatalf("%d noted after the first writing, want one for the Lyceum", n)
	}
	s.tell(s.sell(evening, 1)) // one of twenty: nothing that is shown changes
	s.later()
	if n := noted(); n != 1 {
		t.Errorf("%d noted after a look that wrote nothing", n)
	}
	s.same()
}
