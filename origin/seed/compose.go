package seed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/seed/data"
	"github.com/stagedoor/stagedoor/origin/seed/season"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue/layout"
)

// composed is everything to be written, row by row, and its digest.
type composed struct {
	priceTypes   []dbsqlc.UpsertPriceTypeParams
	brands       []dbsqlc.UpsertBrandParams
	venues       []dbsqlc.UpsertVenueParams
	plans        []dbsqlc.InsertPlanParams
	productions  []production
	prices       []price
	performances []performance
	digest       string // SHA-256 of all of the above, hexadecimal
}

// The rows that are copied, column by column as merge.sql names them.
type (
	production  []any
	price       []any
	performance []any
)

// compose works out the rows. It tells step before each plan it draws.
func compose(ctx context.Context, house data.House, c Config, step func(string)) (composed, error) {
	var out composed
	for i, t := range house.Prices.PriceTypes {
		out.priceTypes = append(out.priceTypes,
			dbsqlc.UpsertPriceTypeParams{ID: t.ID, Name: t.Name, Note: t.Note, SortOrder: int32(i)})
	}
	g := house.Group
	out.addBrand(dbsqlc.UpsertBrandParams{
		ID: g.ID, Name: g.Name, Country: g.Country, Locale: g.Locale, Currency: g.Currency,
		TimeZone: g.TimeZone, IsGroup: true,
	}, g.Theme)
	plans := make(map[string]uuid.UUID, len(house.Theatres))
	for _, t := range house.Theatres {
		if err := ctx.Err(); err != nil {
			return composed{}, err
		}
		step("drawing the seats of " + t.Name)
		plan, err := out.addTheatre(t)
		if err != nil {
			return composed{}, err
		}
		plans[t.ID] = plan
	}
	step("planning the season")
	runs, err := season.Plan(house, c.Seed, c.Start)
	if err != nil {
		return composed{}, err
	}
	for _, run := range runs {
		out.addRun(run, plans[run.Theatre.ID], house.Prices)
	}
	return out, out.seal()
}

func (out *composed) addBrand(b dbsqlc.UpsertBrandParams, theme any) {
	b.Theme, _ = json.Marshal(theme) // a struct of strings always marshals
	out.brands = append(out.brands, b)
}

func venueID(theatre string) uuid.UUID { return identify(season.Epoch(), "venue", theatre) }

// addTheatre adds a brand, its venue and its plan, and returns the plan's ID. That comes from the drawing itself:
// another layout is another plan.
func (out *composed) addTheatre(t data.Theatre) (uuid.UUID, error) {
	out.addBrand(dbsqlc.UpsertBrandParams{
		ID: t.ID, Name: t.Name, Country: t.Country, Locale: t.Locale, Currency: t.Currency, TimeZone: t.TimeZone,
	}, t.Theme)
	out.venues = append(out.venues, dbsqlc.UpsertVenueParams{
		ID: venueID(t.ID), BrandID: t.ID, Slug: t.ID, Name: t.Name,
		Address: t.Address, City: t.City, Postcode: t.Postcode, Country: t.Country,
		Latitude: t.Latitude, Longitude: t.Longitude, TimeZone: t.TimeZone,
		Capacity: int32(t.Capacity), OpenedYear: int32(t.OpenedYear), Architect: t.Architect, About: t.About,
	})
	plan, err := layout.Draw(t.Name, t.Capacity, t.Plan)
	if err != nil {
		return uuid.Nil, err
	}
	drawing, err := json.Marshal(plan)
	if err != nil {
		return uuid.Nil, fmt.Errorf("plan of %s: %w", t.ID, err)
	}
	sum := sha256.Sum256(drawing)
	id := identify(season.Epoch(), "plan", t.ID, hex.EncodeToString(sum[:]))
	out.plans = append(out.plans, dbsqlc.InsertPlanParams{
		ID: id, VenueID: venueID(t.ID), Name: plan.Name, Seats: int32(plan.Count()), Layout: drawing,
	})
	return id, nil
}

// addRun adds a production, its prices and its performances.
func (out *composed) addRun(run season.Run, plan uuid.UUID, prices data.Prices) {
	t, w := run.Theatre, run.Work
	id := identify(season.Epoch(), "production", t.ID, run.Slug)
	out.productions = append(out.productions, production{
		id, t.ID, venueID(t.ID), run.Slug, w.Title, w.Author, w.Genre, w.Language, w.Summary, w.Description,
		w.FirstStaged, w.AgeGuidance, int32(w.RunningMinutes), int32(w.Intervals), run.PosterSeed,
		run.OpensOn, run.ClosesOn,
	})
	top, _ := prices.Top(t.Market, w.Scale) // Load saw to it that there is one
	for _, tier := range prices.Tiers {
		for _, band := range prices.Bands {
			for _, kind := range prices.PriceTypes {
				if kind.ID == show.Child && w.LeastAge() >= 16 {
					continue
				}
				out.prices = append(out.prices, price{id, tier.ID, band.ID, kind.ID, top.Price(band, tier, kind)})
			}
		}
	}
	for _, p := range run.Performances {
		access := p.Access
		if access == nil {
			access = []string{}
		}
		out.performances = append(out.performances, performance{
			identify(p.StartsAt, "performance", t.ID, run.Slug, p.StartsAt.Format(time.RFC3339)),
			id, venueID(t.ID), plan, p.StartsAt, run.OnSaleAt, p.Tier, access,
		})
	}
}

// seal computes the digest.
func (out *composed) seal() error {
	h := sha256.New()
	encoder := json.NewEncoder(h)
	for _, rows := range []any{
		out.priceTypes, out.brands, out.venues, out.plans, out.productions, out.prices, out.performances,
	} {
		if err := encoder.Encode(rows); err != nil {
			return fmt.Errorf("digest: %w", err)
		}
	}
	_, _ = io.WriteString(h, mergeSQL) // another way of writing is another digest
	out.digest = hex.EncodeToString(h.Sum(nil))
	return nil
}

func (out *composed) report(start time.Time) Report {
	r := Report{
		Start: start, Theatres: len(out.venues), Productions: len(out.productions), Performances: len(out.performances),
	}
	for _, p := range out.plans {
		r.Seats += int(p.Seats)
	}
	return r
}
