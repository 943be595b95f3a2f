// Package catalogue turns what is played into what can be found: it folds the performances of a production into one
// show document and keeps the search index up to date with it.
package catalogue

import (
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/search/index"
)

// fewPercent is the share of seats left, in percent, under which a show has few.
const fewPercent = 10

// document maps a production to the search index. domain is what brands' hostnames end in.
func document(d show.SearchDocument, domain string) index.Show {
	s := index.Show{
		ID: d.ID.String(), BrandID: d.Brand.ID, Brand: d.Brand.Name,
		Title: d.Title, Author: d.Author, Genre: d.Genre, Language: d.Language,
		Description: d.Summary + " " + d.Description,
		Venue:       d.Venue.Name, City: d.Venue.City, Country: d.Venue.Country,
		Location: &index.Point{Lat: d.Venue.Latitude, Lon: d.Venue.Longitude},
		Hostname: d.Brand.ID + "." + domain, URLPath: "/shows/" + d.Slug,
		FirstAt: d.FirstAt.Unix(), LastAt: d.LastAt.Unix(),
		PriceFrom: d.PriceFrom, PriceTo: d.PriceTo, Currency: d.Brand.Currency,
		Availability: availability(d.Seats, d.Sold), Accessibility: d.Access,
		PosterSeed: d.PosterSeed,
	}
	if !d.NextAt.IsZero() {
		s.NextAt = d.NextAt.Unix()
	}
	return s
}

// availability sums up the seats of all coming performances on sale.
func availability(seats, sold int64) index.Availability {
	switch left := seats - sold; {
	case left <= 0:
		return index.AvailabilityNone
	case left*100 < seats*fewPercent:
		return index.AvailabilityFew
	default:
		return index.AvailabilityGood
	}
}
