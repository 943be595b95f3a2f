package show_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/seed/seedtest"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestRepository(t *testing.T) {
	t.Parallel()
	pool := seedtest.Pool(t)
	repo := show.NewRepository(pool)
	ctx := t.Context()
	now := seedtest.Monday().Add(36 * time.Hour)

	t.Run("brands and venues", func(t *testing.T) {
		brands := must[[]venue.Brand](t)(repo.Brands(ctx))
		if len(brands) != 12 || !brands[0].Group || brands[0].ID != venue.GroupBrand {
			t.Errorf("%d brands, first %+v", len(brands), brands[0])
		}
		for _, b := range brands {
			if err := b.Theme.Validate(); err != nil || b.Location() == time.UTC {
				t.Errorf("%s: theme %v, zone %s", b.ID, err, b.Location())
			}
		}
		v := must[venue.Venue](t)(repo.Venue(ctx, "leeds-grand"))
		if v.Name != "Leeds Grand Theatre" || v.Capacity != 1550 || v.Postcode != "LS1 6NU" || v.Location().String() != "Europe/London" {
			t.Errorf("venue %+v", v)
		}
		if venues := must[[]venue.Venue](t)(repo.Venues(ctx)); len(venues) != 11 || venues[0].City != "Bath" {
			t.Errorf("%d venues, the first in %s", len(venues), venues[0].City)
		}
		if b := must[venue.Brand](t)(repo.Brand(ctx, "leeds-grand")); b.Currency != "GBP" || b.Group {
			t.Errorf("brand %+v", b)
		}
	})

	t.Run("productions", func(t *testing.T) {
		all := must[[]show.Listing](t)(repo.Productions(ctx, show.AllBrands, now))
		group := must[[]show.Listing](t)(repo.Productions(ctx, venue.GroupBrand, now))
		if len(all) != len(group) || len(all) < 11*4 {
			t.Errorf("%d productions of all brands, %d of the group", len(all), len(group))
		}
		if !slices.IsSortedFunc(all, func(a, b show.Listing) int { return a.NextAt.Compare(b.NextAt) }) {
			t.Error("not the soonest first")
		}
		leeds := must[[]show.Listing](t)(repo.Productions(ctx, "leeds-grand", now))
		for _, l := range leeds {
			if l.BrandID != "leeds-grand" || l.Brand.ID != l.BrandID || l.Venue.ID != l.VenueID || l.Coming == 0 ||
				l.NextAt.Before(now) || l.LastAt.Before(l.NextAt) || l.FirstAt.After(l.NextAt) {
				t.Errorf("listing %+v", l)
			}
			checkAgainstPerformances(t, repo, l, now)
		}
		if late := must[[]show.Listing](t)(repo.Productions(ctx, show.AllBrands, now.AddDate(1, 0, 0))); len(late) != 0 {
			t.Errorf("%d productions a year later", len(late))
		}
	})

	t.Run("one production", func(t *testing.T) {
		leeds := must[[]show.Listing](t)(repo.Productions(ctx, "leeds-grand", now))
		first := leeds[0]
		l := must[show.Listing](t)(repo.Production(ctx, "leeds-grand", first.Slug, now))
		if l.ID != first.ID || l.PriceFrom != first.PriceFrom {
			t.Errorf("production %+v", l)
		}
		over := must[show.Listing](t)(repo.ProductionByID(ctx, first.ID, now.AddDate(1, 0, 0)))
		if over.Coming != 0 || !over.NextAt.IsZero() || over.PriceFrom != 0 || over.FirstAt.IsZero() || len(over.Access) != 0 {
			t.Errorf("a year later: %+v", over)
		}
	})

	t.Run("a cancelled performance", func(t *testing.T) {
		l := must[[]show.Listing](t)(repo.Productions(ctx, "bath-royal", now))[0]
		if _, err := pool.Exec(ctx, `update performances set status = 'cancelled' where production_id = $1 and starts_at = $2`, l.ID, l.NextAt); err != nil {
			t.Fatal(err)
		}
		after := must[show.Listing](t)(repo.ProductionByID(ctx, l.ID, now))
		if after.Coming != l.Coming-1 || !after.NextAt.After(l.NextAt) {
			t.Errorf("coming %d, was %d; next %s, was %s", after.Coming, l.Coming, after.NextAt, l.NextAt)
		}
		performances := must[[]show.Performance](t)(repo.Performances(ctx, l.ID, now))
		if len(performances) != l.Coming || performances[0].Status != show.Cancelled || performances[0].Bookable(now) {
			t.Errorf("%d performances, the first %s", len(performances), performances[0].Status)
		}
	})

	t.Run("a performance and its plan", func(t *testing.T) {
		l := must[[]show.Listing](t)(repo.Productions(ctx, "cardiff-new", now))[0]
		p := must[[]show.Performance](t)(repo.Performances(ctx, l.ID, now))[0]
		detail := must[show.Detail](t)(repo.Performance(ctx, p.ID))
		if detail.Production.ID != l.ID || detail.Venue.Slug != "cardiff-new" || detail.Brand.ID != "cardiff-new" || !detail.StartsAt.Equal(l.NextAt) {
			t.Errorf("detail %+v", detail)
		}
		plan := must[*venue.Plan](t)(repo.Plan(ctx, detail.PlanID))
		if plan.ID != detail.PlanID || plan.VenueID != detail.Venue.ID || plan.Version != 1 || plan.Count() != detail.Venue.Capacity {
			t.Errorf("plan %s version %d of %s with %d places", plan.ID, plan.Version, plan.VenueID, plan.Count())
		}
		for _, seat := range plan.Index() {
			if amount, ok := detail.Prices.Amount(seat.Band, show.Adult); !ok || amount <= 0 {
				t.Fatalf("%s in band %s costs %d, %v", seat.ID, seat.Band, amount, ok)
			}
			if detail.Prices.Offered(seat.Seat)[0].ID == show.Companion != (seat.Kind == venue.Companion) {
				t.Fatalf("%s (%s) is offered %v", seat.ID, seat.Kind, detail.Prices.Offered(seat.Seat))
			}
		}
		if again := must[*venue.Plan](t)(repo.Plan(ctx, detail.PlanID)); again != plan {
			t.Error("the plan was read twice")
		}
	})

	t.Run("what isn't there", func(t *testing.T) {
		_, brand := repo.Brand(ctx, "nowhere")
		_, none := repo.Venue(ctx, venue.GroupBrand)
		_, slug := repo.Production(ctx, "bath-royal", "no-such-play", now)
		_, empty := repo.Production(ctx, "", "", now)
		_, other := repo.Production(ctx, "nowhere", "hamlet", now)
		_, performance := repo.Performance(ctx, uuid.New())
		_, plan := repo.Plan(ctx, uuid.New())
		_, zero := repo.ProductionByID(ctx, uuid.Nil, now)
		for i, err := range []error{brand, none, slug, empty, other, performance, plan, zero} {
			if !errors.Is(err, show.ErrNotFound) {
				t.Errorf("%d: %v, want ErrNotFound", i, err)
			}
		}
	})
}

// checkAgainstPerformances adds the performances up by hand.
func checkAgainstPerformances(t *testing.T, repo *show.Repository, l show.Listing, now time.Time) {
	t.Helper()
	performances := must[[]show.Performance](t)(repo.Performances(t.Context(), l.ID, now))
	if len(performances) != l.Coming || !performances[0].StartsAt.Equal(l.NextAt) {
		t.Errorf("%s: %d performances from %s, the listing says %d from %s",
			l.Slug, len(performances), performances[0].StartsAt, l.Coming, l.NextAt)
	}
	tags := map[string]bool{}
	low, high := int64(0), int64(0)
	for _, p := range performances {
		for _, tag := range p.Access {
			tags[tag] = true
		}
		if p.PriceTier == performances[0].PriceTier && low != 0 {
			continue
		}
		prices := must[show.Detail](t)(repo.Performance(t.Context(), p.ID)).Prices
		if from := prices.From(); low == 0 || from < low {
			low = from
		}
		high = max(high, prices.To())
	}
	if l.PriceFrom != low || l.PriceTo != high || len(l.Access) != len(tags) {
		t.Errorf("%s: from %d to %d with %v; the performances say from %d to %d with %v",
			l.Slug, l.PriceFrom, l.PriceTo, l.Access, low, high, tags)
	}
}
