package filter

import (
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/earth"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// metres in the units a distance can have.
var metres = map[string]float64{"km": 1000, "mi": 1609.34}

func (c *cond) parsePlace(raw string) error {
	c.kind = byPlace
	if strings.HasPrefix(raw, "(") && strings.Contains(raw, "[") || strings.Count(raw, "[") > 1 || strings.Contains(raw, ":") {
		return c.labelled(raw)
	}
	format := fault.Bad("Value of filter field `%s`: must be in the `(-44.50, 170.29, 0.75 km)` or (56.33, -65.97, 23.82, -127.82) format.", c.field)
	inner, ok := list(raw)
	if !ok {
		return c.region(raw, format)
	}
	// the parts of a list keep what follows their last parenthesis, so that a
	// list of circles is refused, as Typesense refuses it
	for _, part := range split(inner, "),") {
		if err := c.region(strings.Trim(part, " ")+")", format); err != nil {
			return err
		}
	}
	return nil
}

// region reads "(lat, lon, 2 km)" or "(lat, lon, lat, lon, ...)".
func (c *cond) region(raw string, format error) error {
	if len(raw) < 2 || raw[0] != '(' || raw[len(raw)-1] != ')' {
		return format
	}
	parts := split(raw[1:len(raw)-1], ",")
	if len(parts) < 3 {
		return format
	}
	polygon := true
	for _, p := range parts {
		polygon = polygon && schema.IsFloat(p)
	}
	if polygon {
		return c.polygon(parts)
	}
	if !schema.IsFloat(parts[0]) || !schema.IsFloat(parts[1]) {
		return format
	}
	return c.circle(parts[0], parts[1], parts[2], format)
}

func (c *cond) circle(lat, lon, radius string, format error) error {
	m, err := distance(radius, format)
	if err != nil {
		return err
	}
	c.regions = append(c.regions, earth.Circle{Center: earth.At(float(lat), float(lon)), Meters: m})
	return nil
}

func (c *cond) polygon(parts []string) error {
	var corners [][2]float64
	for i := 0; i+1 < len(parts); i += 2 {
		corners = append(corners, [2]float64{float(parts[i]), float(parts[i+1])})
	}
	if n := len(corners); n > 1 && corners[0] == corners[n-1] {
		corners = corners[:n-1]
	}
	p, err := earth.NewPolygon(corners)
	if err != nil {
		return fault.Bad("Polygon is invalid: %s", err)
	}
	c.regions = append(c.regions, p)
	return nil
}

// labelled reads "([lat, lon], radius: 2 km, exact_filter_radius: 5 km)",
// polygons in the same form, and lists of both.
func (c *cond) labelled(raw string) error {
	format := fault.Bad("Value of filter field `%s`: must be in the `([-44.50, 170.29], radius: 0.75 km, exact_filter_radius: 5 km)` or ([56.33, -65.97, 23.82, -127.82], exact_filter_radius: 7 km) format.", c.field)
	n := strings.Count(raw, "(")
	if n == 0 {
		return format
	}
	rest := raw
	for range n {
		_, after, _ := strings.Cut(rest, "(")
		value, next, ok := strings.Cut(after, ")")
		if !ok {
			return format
		}
		if err := c.labelledOne(strings.Trim(value, " "), format); err != nil {
			return err
		}
		rest = next
	}
	return nil
}

func (c *cond) labelledOne(value string, format error) error {
	points, options, ok := strings.Cut(strings.TrimPrefix(value, "["), "]")
	if !ok || !strings.HasPrefix(value, "[") {
		return format
	}
	parts := split(points, ",")
	if len(parts) < 2 || len(parts)%2 != 0 {
		return format
	}
	for _, p := range parts {
		if !schema.IsFloat(p) {
			return format
		}
	}
	radius := ""
	for _, o := range split(options, ",") {
		key, v, ok := strings.Cut(o, ":")
		key, v = strings.Trim(key, " "), strings.Trim(v, " ")
		switch {
		case !ok:
		case key == "radius":
			radius = v
		case key == "exact_filter_radius":
			// every distance is measured exactly: only checked
			if _, err := distance(v, format); err != nil {
				return err
			}
		}
	}
	switch {
	case len(parts) > 2:
		return c.polygon(parts)
	case radius == "":
		return format
	}
	return c.circle(parts[0], parts[1], radius, format)
}

// distance reads "2 km" or "2mi" as metres.
func distance(s string, format error) (float64, error) {
	if len(s) < 2 || metres[s[len(s)-2:]] == 0 {
		return 0, fault.Bad("Unit must be either `km` or `mi`.")
	}
	n := strings.Trim(s[:len(s)-2], " ")
	if !schema.IsFloat(n) {
		return 0, format
	}
	return float(n) * metres[s[len(s)-2:]], nil
}

func float(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}
