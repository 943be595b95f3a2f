package page

import (
	"strconv"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// Home is what's on at one theatre.
type Home struct {
	Frame
	Venue   venue.Venue
	Banners []Banner
	Lead    *Bill  // what plays now, or next; nil between seasons
	More    []Bill // the rest of the season
}

// MapURL is where the theatre lies on a public map.
func MapURL(v venue.Venue) string {
	lat, lon := strconv.FormatFloat(v.Latitude, 'f', 5, 64), strconv.FormatFloat(v.Longitude, 'f', 5, 64)
	return "https://www.openstreetmap.org/?mlat=" + lat + "&mlon=" + lon + "#map=17/" + lat + "/" + lon
}

// Group is all theatres and all shows.
type Group struct {
	Frame
	Banners []Banner
	Bills   []Bill
	Found   int    // bills in all, of which Bills are the first
	Cities  []Link // to filter by, "Everywhere" first
	City    string // chosen, "" for everywhere
	Places  []City
	Houses  int
}

// City is the theatres of one city.
type City struct {
	Name   string
	Houses []House
}

// House is a theatre and its site.
type House struct {
	URL  string
	Name string
	Note string // "Opened 1834, 2,100 seats"
}

// venueFacts is the building a page tells about.
type venueFacts = venue.Venue

// author is "by Oscar Wilde", or the kind of show when nobody is named.
func author(b Bill) string {
	if b.Author == "" {
		return b.Genre
	}
	return "by " + b.Author
}

// byline is "by Oscar Wilde, first staged 1895".
func byline(b Bill) string {
	text := author(b)
	if b.FirstStaged != "" {
		text += ", first staged " + b.FirstStaged
	}
	return text
}

// heroLine says when the leading production plays.
func heroLine(b Bill) string {
	if len(b.Nights) > 0 && b.FirstAt.Before(b.NextAt) {
		return "Now playing"
	}
	return "Coming next"
}
