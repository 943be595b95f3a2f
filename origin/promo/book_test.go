package promo_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/promo"
)

// Every change of a code is in the audit log of its site, with what it was before, and can be put back.
func TestABookOfCodes(t *testing.T) {
	t.Parallel()
	db, ctx := pgtest.Pool(t), t.Context()
	bookingtest.Build(t, db)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	book := promo.Book{DB: db, Now: func() time.Time { return now }}
	made, err := book.Create(ctx, promo.Code{Code: "spring-20", BrandID: bookingtest.Brand, Rate: 200_000, StartsAt: now}, "ana@example.org")
	if err != nil || made.Code != "SPRING-20" {
		t.Fatalf("made %+v, %v", made, err)
	}
	if _, err := book.Create(ctx, promo.Code{Code: "SPRING-20", BrandID: bookingtest.OtherBrand, Rate: 1, StartsAt: now}, "ana@example.org"); !errors.Is(err, promo.ErrExists) {
		t.Errorf("made twice: %v", err)
	}
	changed := made
	changed.Rate, changed.Amount, changed.Currency, changed.MostUses, changed.EndsAt = 0, 500, "GBP", 2, now.Add(time.Hour)
	before, err := book.Update(ctx, changed, "bob@example.org")
	if err != nil || before.Rate != 200_000 {
		t.Fatalf("before %+v, %v", before, err)
	}
	if _, err := book.Update(ctx, before, "bob@example.org"); err != nil { // undo
		t.Fatal(err)
	}
	var invalid *promo.InvalidError
	wrong := made
	wrong.Rate = 2_000_000
	if _, err := book.Update(ctx, wrong, "bob@example.org"); !errors.As(err, &invalid) || invalid.Faults["off"] == "" {
		t.Errorf("200%% off: %v", err)
	}
	for _, paused := range []bool{true, true, false} { // the second changes nothing
		if err := book.Pause(ctx, "spring-20", paused, "cli:ana"); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Pause(ctx, "NOBODYS", true, "cli:ana"); !errors.Is(err, promo.ErrNotFound) {
		t.Errorf("paused nothing: %v", err)
	}
	list, err := book.List(ctx, bookingtest.Brand)
	if err != nil || len(list) != 1 || list[0].Rate != 200_000 || list[0].Paused || list[0].MostUses != 0 {
		t.Fatalf("listed %+v, %v", list, err)
	}
	if err := book.Delete(ctx, "SPRING-20", "ana@example.org"); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(ctx, "select actor || ' ' || action || ' ' || (before is not null) || ' ' || (after is not null) from staff_audit where target = 'site:lyceum' order by id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want := []string{
		"ana@example.org promo.create false true", "bob@example.org promo.change true true", "bob@example.org promo.change true true",
		"cli:ana promo.pause true true", "cli:ana promo.resume true true", "ana@example.org promo.delete true false",
	}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		if len(want) == 0 || line != want[0] {
			t.Fatalf("recorded %q, want %q", line, want)
		}
		want = want[1:]
	}
	if err := rows.Err(); err != nil || len(want) > 0 {
		t.Errorf("not recorded: %q, %v", want, err)
	}
}
