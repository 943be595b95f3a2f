package storefront

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/search/index"
)

// mostMapped is how many shows a map or a calendar takes in.
const mostMapped = 500

// everything finds all shows that are asked for, up to mostMapped.
func (s *Store) everything(ctx context.Context, v *visit, a asking) ([]index.Hit, int, error) {
	query := a.query(v.scope())
	query.PerPage = 100
	var hits []index.Hit
	for query.Page = 1; ; query.Page++ {
		found, err := s.Search.Search(ctx, query)
		if err != nil {
			return nil, 0, err
		}
		hits = append(hits, found.Hits...)
		if len(found.Hits) == 0 || len(hits) >= min(found.Found, mostMapped) {
			return hits, found.Found, nil
		}
	}
}

// searchMap shows where what was found is played, a map a city.
func (s *Store) searchMap(ctx context.Context, v *visit, p *page.Search, a asking) error {
	hits, found, err := s.everything(ctx, v, a)
	if err != nil {
		return err
	}
	p.Total, p.Map = found, &page.Map{}
	type house struct {
		where index.Show
		shows []page.Link
	}
	cities := map[string][]*house{}
	for _, h := range hits {
		if h.Show.Location == nil {
			continue
		}
		houses := cities[h.Show.City]
		at := slices.IndexFunc(houses, func(known *house) bool { return known.where.Venue == h.Show.Venue })
		if at < 0 {
			at = len(houses)
			houses = append(houses, &house{where: h.Show})
			cities[h.Show.City] = houses
		}
		houses[at].shows = append(houses[at].shows, page.Link{Text: h.Show.Title, URL: v.base(h.Show.BrandID) + h.Show.URLPath})
	}
	names := make([]string, 0, len(cities))
	for name := range cities {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(len(cities[y]), len(cities[x])), cmp.Compare(x, y))
	})
	number := 0
	for _, name := range names {
		area := page.Area{City: name}
		var points []index.Point
		for _, h := range cities[name] {
			points = append(points, *h.where.Location)
		}
		drawn, scale := project(points)
		area.Scale = scale
		for i, h := range cities[name] {
			number++
			area.Places = append(area.Places, page.Place{
				Number: strconv.Itoa(number), X: fixed(drawn[i].x), Y: fixed(drawn[i].y), Name: h.where.Venue, Count: wording.Plural(len(h.shows), "show", "shows"), Shows: h.shows,
			})
		}
		p.Map.Areas = append(p.Map.Areas, area)
	}
	return nil
}

// The size of a map, in the units of its drawing, and how far apart two marks are at least.
const (
	mapWidth, mapHeight = 720.0, 420.0
	mapMargin           = 40.0
	markApart           = 30.0
	earthKm             = 6371.0
	leastKm             = 0.8 // one theatre alone is not drawn at the scale of its stage
)

type drawn struct{ x, y float64 }

// project lays places out on a map with north at the top, to scale, and moves marks apart that would hide each other.
func project(points []index.Point) ([]drawn, page.Scale) {
	var lat, lon float64
	for _, p := range points {
		lat, lon = lat+p.Lat/float64(len(points)), lon+p.Lon/float64(len(points))
	}
	out := make([]drawn, len(points))
	var wide, high float64
	for i, p := range points {
		out[i] = drawn{
			x: (p.Lon - lon) * math.Pi / 180 * earthKm * math.Cos(lat*math.Pi/180),
			y: -(p.Lat - lat) * math.Pi / 180 * earthKm,
		}
		wide, high = max(wide, 2*math.Abs(out[i].x)), max(high, 2*math.Abs(out[i].y))
	}
	perKm := min((mapWidth-2*mapMargin)/max(wide, leastKm), (mapHeight-2*mapMargin)/max(high, leastKm))
	for i := range out {
		out[i].x, out[i].y = mapWidth/2+out[i].x*perKm, mapHeight/2+out[i].y*perKm
	}
	apart(out)
	return out, scaleOf(perKm)
}

// apart pushes marks away from each other, a little at a time and always the same way.
func apart(marks []drawn) {
	for range 60 {
		moved := false
		for i := range marks {
			for j := range i {
				dx, dy := marks[i].x-marks[j].x, marks[i].y-marks[j].y
				gap := math.Hypot(dx, dy)
				if gap >= markApart {
					continue
				}
				if gap < 0.01 { // one above the other: part them by a turn of their own
					turn := float64(i)
					dx, dy, gap = math.Cos(turn), math.Sin(turn), 1
				}
				push := (markApart - min(gap, markApart)) / 2
				if gap == 1 {
					push = markApart / 2
				}
				marks[i].x, marks[i].y = marks[i].x+dx/gap*push, marks[i].y+dy/gap*push
				marks[j].x, marks[j].y = marks[j].x-dx/gap*push, marks[j].y-dy/gap*push
				moved = true
			}
		}
		for i := range marks {
			marks[i].x = min(max(marks[i].x, markApart/2), mapWidth-markApart/2)
			marks[i].y = min(max(marks[i].y, markApart/2), mapHeight-markApart/2)
		}
		if !moved {
			return
		}
	}
}

// scaleOf chooses a round length for the bar that says how far things are.
func scaleOf(perKm float64) page.Scale {
	const mile = 1.609344
	for _, step := range []struct {
		miles float64
		text  string
	}{{0.1, "0.1 mile"}, {0.25, "¼ mile"}, {0.5, "½ mile"}, {1, "1 mile"}, {2, "2 miles"}, {5, "5 miles"}, {10, "10 miles"}, {50, "50 miles"}} {
		if long := step.miles * mile * perKm; long >= 60 {
			return page.Scale{Text: step.text, Long: fixed(long)}
		}
	}
	return page.Scale{}
}

func fixed(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
