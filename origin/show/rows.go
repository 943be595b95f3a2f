package show

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// The rows of dbsqlc end here: each becomes a type of this package or of package venue.

func each[R, T any](rows []R, convert func(R) (T, error)) ([]T, error) {
	out := make([]T, 0, len(rows))
	for _, row := range rows {
		converted, err := convert(row)
		if err != nil {
			return nil, err
		}
		out = append(out, converted)
	}
	return out, nil
}

func brand(row dbsqlc.Brand) (venue.Brand, error) {
	b := venue.Brand{
		ID: row.ID, Name: row.Name, Country: row.Country, Locale: row.Locale,
		Currency: row.Currency, TimeZone: row.TimeZone, Group: row.IsGroup,
	}
	if err := json.Unmarshal(row.Theme, &b.Theme); err != nil {
		return b, fmt.Errorf("show: theme of brand %s: %w", row.ID, err)
	}
	return b, nil
}

func theatre(row dbsqlc.Venue) venue.Venue {
	return venue.Venue{
		ID: row.ID, BrandID: row.BrandID, Slug: row.Slug, Name: row.Name,
		Address: row.Address, City: row.City, Postcode: row.Postcode, Country: row.Country,
		Latitude: row.Latitude, Longitude: row.Longitude, TimeZone: row.TimeZone,
		Capacity: int(row.Capacity), OpenedYear: int(row.OpenedYear), Architect: row.Architect, About: row.About,
	}
}

func production(row dbsqlc.Production) Production {
	return Production{
		ID: row.ID, BrandID: row.BrandID, VenueID: row.VenueID, Slug: row.Slug,
		Title: row.Title, Author: row.Author, Genre: row.Genre, Language: row.Language,
		Summary: row.Summary, Description: row.Description, DescriptionHTML: row.DescriptionHtml, FirstStaged: row.FirstStaged, AgeGuidance: row.AgeGuidance,
		RunningMinutes: int(row.RunningMinutes), Intervals: int(row.IntervalCount), PosterSeed: row.PosterSeed,
		OpensOn: row.OpensOn, ClosesOn: row.ClosesOn,
	}
}

func performance(row dbsqlc.Performance) Performance {
	return Performance{
		ID: row.ID, ProductionID: row.ProductionID, VenueID: row.VenueID, PlanID: row.PlanID,
		StartsAt: row.StartsAt.UTC(), OnSaleAt: row.OnSaleAt.UTC(),
		Status: Status(row.Status), PriceTier: row.PriceTier, Access: row.Access,
	}
}

func listing(row dbsqlc.ListProductionsRow) (Listing, error) {
	b, err := brand(row.Brand)
	return Listing{
		Production: production(row.Production), Brand: b, Venue: theatre(row.Venue),
		FirstAt: instant(row.FirstAt), NextAt: instant(row.NextAt), LastAt: instant(row.LastAt),
		OnSaleAt: instant(row.OnSaleAt), Coming: int(row.Coming), Access: tags(row.Access),
		PriceFrom: row.PriceFrom, PriceTo: row.PriceTo,
	}, err
}

// tags takes apart what the query joined: sorted, each once.
func tags(joined string) []string {
	list := strings.FieldsFunc(joined, func(r rune) bool { return r == ',' })
	slices.Sort(list)
	return slices.Compact(list)
}

// instant turns the epoch, which the query gives for "none", into the zero time.
func instant(t time.Time) time.Time {
	if t.Unix() == 0 {
		return time.Time{}
	}
	return t.UTC()
}

func priceTable(currency string, rows []dbsqlc.ListPricesRow) PriceTable {
	prices := make([]Price, len(rows))
	for i, row := range rows {
		t := row.PriceType
		prices[i] = Price{Band: row.Band, Amount: row.Amount, Type: PriceType{ID: t.ID, Name: t.Name, Note: t.Note}}
	}
	return NewPriceTable(currency, prices)
}
