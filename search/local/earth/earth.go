// Package earth measures distances and areas on a sphere the size of the earth.
package earth

import (
	"fmt"
	"math"
)

// Typesense takes one radius of the earth for distances, 3958.75 miles of 1609
// metres, and another one, the mean, to say what lies in a circle.
const (
	radius       = 3958.75 * 1609
	circleRadius = 6371010.0
)

// Point is a place in millionths of a degree, the precision that is indexed.
type Point struct{ Lat, Lon int32 }

// At returns the Point nearest to the given degrees.
func At(lat, lon float64) Point {
	return Point{Lat: int32(math.Round(lat * 1e6)), Lon: int32(math.Round(lon * 1e6))}
}

// radians of latitude and longitude.
func (p Point) radians() (float64, float64) {
	const unit = math.Pi / 180 / 1e6
	return float64(p.Lat) * unit, float64(p.Lon) * unit
}

// Distance in metres between two places.
func Distance(a, b Point) float64 { return angle(a, b) * radius }

// AtLeast is a number of metres that two places are not nearer than. It takes less
// time than Distance.
func AtLeast(a, b Point) float64 {
	return math.Abs(float64(a.Lat)-float64(b.Lat)) * (math.Pi / 180 / 1e6 * radius * (1 - 1e-9))
}

// angle between two places as seen from the middle of the earth.
func angle(a, b Point) float64 {
	alat, alon := a.radians()
	blat, blon := b.radians()
	dlat, dlon := math.Sin((blat-alat)/2), math.Sin((blon-alon)/2)
	x := dlat*dlat + dlon*dlon*math.Cos(alat)*math.Cos(blat)
	return 2 * math.Asin(math.Sqrt(min(1, x)))
}

// Region is a part of the earth's surface.
type Region interface {
	Contains(Point) bool
}

// Circle is all that is at most Meters from its centre.
type Circle struct {
	Center Point
	Meters float64
}

// Contains says whether p lies in the circle.
func (c Circle) Contains(p Point) bool {
	const metre = 1e6 * 180 / math.Pi / circleRadius // in millionths of a degree
	if math.Abs(float64(c.Center.Lat)-float64(p.Lat)) > c.Meters*metre*(1+1e-9) {
		return false
	}
	return angle(c.Center, p)*circleRadius <= c.Meters
}

// vector is a point on the unit sphere.
type vector [3]float64

func (p Point) vector() vector {
	lat, lon := p.radians()
	return vector{math.Cos(lat) * math.Cos(lon), math.Cos(lat) * math.Sin(lon), math.Sin(lat)}
}

func cross(a, b vector) vector {
	return vector{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func dot(a, b vector) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// side says on which side of the great circle from a to b the point c lies.
func side(a, b, c vector) bool { return dot(cross(a, b), c) > 0 }

// crosses says whether the arcs ab and cd cross.
func crosses(a, b, c, d vector) bool {
	abc, abd := side(a, b, c), side(a, b, d)
	cda, cdb := side(c, d, a), side(c, d, b)
	if abc == abd || cda == cdb {
		return false
	}
	// the great circles cross twice; both arcs must hold the same crossing
	n := cross(cross(a, b), cross(c, d))
	return within(a, b, n) == 1 && within(c, d, n) == 1 ||
		within(a, b, n) == -1 && within(c, d, n) == -1
}

// within is 1 when the arc ab holds n, -1 when it holds the opposite of n.
func within(a, b, n vector) int {
	m := cross(a, b)
	x, y := dot(cross(m, a), n), dot(cross(b, m), n)
	switch {
	case x >= 0 && y >= 0:
		return 1
	case x <= 0 && y <= 0:
		return -1
	}
	return 0
}

// Polygon is the smaller of the two areas that a line of corners bounds.
type Polygon struct {
	corners []vector
	outside vector
}

// NewPolygon returns the polygon with the given corners in degrees. The error
// says which edge is wrong.
func NewPolygon(corners [][2]float64) (Polygon, error) {
	var p Polygon
	var middle vector
	for _, c := range corners {
		v := At(c[0], c[1]).vector()
		p.corners = append(p.corners, v)
		for i := range middle {
			middle[i] += v[i]
		}
	}
	p.outside = vector{-middle[0], -middle[1], -middle[2]}
	n := len(p.corners)
	if n < 3 {
		return p, fmt.Errorf("Non-empty, non-full loops must have at least 3 vertices")
	}
	for i := range n {
		if p.corners[i] == p.corners[(i+1)%n] {
			return p, fmt.Errorf("Edge %d is degenerate (duplicate vertex)", i)
		}
	}
	for i := range n {
		for j := i + 2; j < n; j++ {
			if (j+1)%n != i && crosses(p.corners[i], p.corners[i+1], p.corners[j], p.corners[(j+1)%n]) {
				return p, fmt.Errorf("Edge %d crosses edge %d", i, j)
			}
		}
	}
	return p, nil
}

// Contains says whether the point lies inside.
func (p Polygon) Contains(at Point) bool {
	v, inside := at.vector(), false
	for i := range p.corners {
		if crosses(v, p.outside, p.corners[i], p.corners[(i+1)%len(p.corners)]) {
			inside = !inside
		}
	}
	return inside
}
