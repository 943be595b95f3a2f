package postgres_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func TestIDsGoThereAndBack(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), pgtest.Pool(t).Config().ConnString(), postgres.Config{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id, ids := uuid.New(), []uuid.UUID{uuid.New(), uuid.Nil, uuid.New()}
	var back, text, missing uuid.UUID
	var all []uuid.UUID
	var words string
	var null pgtype.UUID
	err = db.QueryRow(t.Context(), `select $1::uuid, $2::uuid[], $1::uuid::text, $3::uuid, null::uuid, null::uuid, ($1::uuid::text)`, id, ids, &id).
		Scan(&back, &all, &words, &text, &missing, &null, &text)
	if err != nil {
		t.Fatal(err)
	}
	if back != id || words != id.String() || text != id || missing != uuid.Nil || null.Valid || len(all) != 3 || all[0] != ids[0] || all[1] != uuid.Nil || all[2] != ids[2] {
		t.Errorf("got %v, %v, %q, %v, %v, %v", back, all, words, text, missing, null)
	}
	var pointer *uuid.UUID
	if err := db.QueryRow(t.Context(), `select $1::uuid`, (*uuid.UUID)(nil)).Scan(&pointer); err != nil || pointer != nil {
		t.Errorf("NULL came back as %v, %v", pointer, err)
	}
}
