// Package corpus makes shows to measure and test search with: as many as wanted, each always the same. Words follow
// Zipf's law, as those of a language do; venues are few, and their shows many.
package corpus

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/index"
)

// Corpus is a set of shows.
type Corpus struct {
	// Words of the language, the common ones first.
	Words  []string
	seed   uint64
	venues []venue
}

type venue struct {
	brand, name, city, country string
	at                         index.Point
}

const (
	words      = 30_000
	titleWords = 8_000 // are in titles, names and cities
	venues     = 60
	brands     = 44
	start      = 1_760_000_000 // unix seconds; shows open in the year after
	day        = 86_400
)

// New returns the corpus of a seed.
func New(seed uint64) *Corpus {
	r := rand.New(rand.NewPCG(seed, 1))
	c := &Corpus{seed: seed}
	parts := strings.Fields("ba be bri ca cor da do el fa fen ga gor ha hol in ja ka lan lo ma mer mi na nor o pa per qui ra ro sa sto ta ter u va wen y za")
	known := map[string]bool{}
	for len(c.Words) < words {
		var b strings.Builder
		for range 2 + r.IntN(3) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		if w := b.String(); !known[w] {
			known[w] = true
			c.Words = append(c.Words, w)
		}
	}
	w := c.writer(r)
	for i := range venues {
		c.venues = append(c.venues, venue{
			brand: fmt.Sprintf("house-%d", i%brands), name: w.name(2) + " Theatre", city: c.Words[200+i%30], country: []string{"GB", "US"}[i%2],
			at: index.Point{Lat: 50 + r.Float64()*8, Lon: -5 + r.Float64()*6},
		})
	}
	return c
}

// writer draws words.
type writer struct {
	c             *Corpus
	titles, prose *rand.Zipf
}

func (c *Corpus) writer(r *rand.Rand) writer {
	return writer{c, rand.NewZipf(r, 1.1, 20, titleWords), rand.NewZipf(r, 1.1, 5, words-1)}
}

func (w writer) text(n int, of *rand.Zipf) string {
	list := make([]string, n)
	for i := range list {
		list[i] = w.c.Words[of.Uint64()]
	}
	return strings.Join(list, " ")
}

func (w writer) name(n int) string {
	list := strings.Fields(w.text(n, w.titles))
	for i, s := range list {
		list[i] = strings.ToUpper(s[:1]) + s[1:]
	}
	return strings.Join(list, " ")
}

// ID is that of show i. Ids are in the order of their numbers.
func ID(i int) string { return fmt.Sprintf("show-%08d", i) }

// Show makes show i.
func (c *Corpus) Show(i int) index.Show {
	r := rand.New(rand.NewPCG(c.seed, uint64(i)+2))
	w := c.writer(r)
	v := c.venues[r.IntN(len(c.venues))]
	first := start + r.Int64N(365)*day
	price := 1000 + 50*r.Int64N(200)
	s := index.Show{
		ID: ID(i), BrandID: v.brand, Brand: v.name, Title: w.name(2 + r.IntN(3)), Author: w.name(2),
		Genre: []string{"Play", "Musical", "Opera", "Comedy", "Dance", "Family"}[r.IntN(6)], Venue: v.name, City: v.city, Country: v.country,
		Location: &v.at, Description: w.text(12+r.IntN(12), w.prose), Hostname: v.brand + ".test", URLPath: fmt.Sprintf("/shows/%d", i),
		FirstAt: first, LastAt: first + 60*day, NextAt: first + r.Int64N(60)*day, PriceFrom: price, PriceTo: 2 * price, Currency: "GBP",
		Availability:  []index.Availability{index.AvailabilityGood, index.AvailabilityFew, index.AvailabilityNone}[r.IntN(3)],
		Accessibility: [][]string{nil, {"captioned"}, {"captioned", "relaxed"}, {"audio_described"}}[r.IntN(4)], Language: "en", Version: 1,
		Times: [][]string{{"evening"}, {"evening", "matinee"}, {"evening", "matinee", "sat", "sat_matinee"}}[r.IntN(3)],
	}
	for range 2 + r.IntN(3) {
		s.Cast = append(s.Cast, w.name(2))
	}
	for range 10 {
		s.Days = append(s.Days, int32(20_260_101+r.IntN(12)*100+r.IntN(28)))
	}
	slices.Sort(s.Days)
	s.Days = slices.Compact(s.Days)
	s.OpenDays = s.Days[:len(s.Days)/2]
	return s
}
