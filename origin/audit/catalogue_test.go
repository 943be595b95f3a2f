package audit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/audit"
	"github.com/stagedoor/stagedoor/origin/catalogue"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// searchIndex answers each comparison in turn, the last one again and again.
type searchIndex struct {
	answers []catalogue.Differences
	err     error
}

func (i *searchIndex) Compare(context.Context) (catalogue.Differences, error) {
	now := i.answers[0]
	if len(i.answers) > 1 {
		i.answers = i.answers[1:]
	}
	return now, i.err
}

func TestSearchIsAudited(t *testing.T) {
	t.Parallel()
	db := pgtest.Pool(t)
	wrong := catalogue.Difference{Show: uuid.New(), Title: "Hamlet", Fault: "is not found in search"}
	late := catalogue.Difference{Show: uuid.New(), Title: "King Lear", Fault: "is found otherwise than it is", Waiting: true}
	for _, test := range []struct {
		name                 string
		answers              []catalogue.Differences
		violations, warnings int
	}{
		{"all is found", []catalogue.Differences{{Looked: 7}}, 0, 0},
		{"one stays wrong, one waits", []catalogue.Differences{{Looked: 7, Found: []catalogue.Difference{wrong, late}}}, 1, 1},
		{"it was being written", []catalogue.Differences{{Looked: 7, Found: []catalogue.Difference{wrong}}, {Looked: 7}}, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			report, err := audit.Run(t.Context(), audit.Deps{DB: db, Catalogue: &searchIndex{answers: test.answers}})
			if err != nil || report.Violations != test.violations || report.Warnings != test.warnings {
				t.Errorf("%d violations, %d warnings, %v", report.Violations, report.Warnings, err)
			}
			if last := report.Checks[len(report.Checks)-1]; last.Looked != 7 || last.Unit != "shows" {
				t.Errorf("%+v", last)
			}
		})
	}
	away := errors.New("search is away")
	if _, err := audit.Run(t.Context(), audit.Deps{DB: db, Catalogue: &searchIndex{answers: make([]catalogue.Differences, 1), err: away}}); !errors.Is(err, away) {
		t.Errorf("search that is away: %v", err)
	}
}
