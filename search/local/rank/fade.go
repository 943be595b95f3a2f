package rank

import (
	"math"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// fade is a score that falls with the distance of a number from an origin.
type fade struct {
	curve                        string // "gauss", "linear", "exp" or "diff"
	origin, scale, offset, decay float64
}

// parseFade reads "origin: 800, func: gauss, scale: 50, offset: 0, decay: 0.5".
func parseFade(s string, bad error) (*fade, error) {
	f := &fade{decay: 0.5}
	given := map[string]bool{}
	for _, part := range trimmed(s, ",") {
		name, value, ok := strings.Cut(part, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || value == "" {
			return nil, bad
		}
		given[name] = true
		n, err := strconv.ParseFloat(value, 64)
		whole := err == nil && n == math.Trunc(n) && !math.IsInf(n, 0)
		switch name {
		case "func":
			f.curve = value
		case "origin":
			if f.origin = n; !whole {
				return nil, fault.Bad("sort_by: origin param should be integer.")
			}
		case "offset":
			if f.offset = n; !whole {
				return nil, fault.Bad("sort_by: offset param should be integer.")
			}
		case "scale":
			if f.scale = math.Abs(n); !whole || n == 0 {
				return nil, fault.Bad("sort_by: scale param should be non-zero integer.")
			}
		case "decay":
			if f.decay = n; err != nil || n < 0 || n > 1 {
				return nil, fault.Bad("sort_by: decay param should be float in range [0.0, 1.0].")
			}
		default:
			return nil, bad
		}
	}
	switch f.curve {
	case "gauss", "linear", "exp", "diff":
	default:
		return nil, fault.Bad("sort_by: func param should be one of `gauss`, `linear`, `exp` or `diff`.")
	}
	if !given["origin"] || !given["scale"] {
		return nil, bad
	}
	return f, nil
}

// score is the height of the curve at n, as an integer in the same order.
func (f *fade) score(def schema.Field, n int64) int64 {
	if n == memory.Missing {
		return n
	}
	value := float64(n)
	if def.IsFloat() {
		value = float64(schema.OrderFloat(n))
	}
	distance := math.Max(0, math.Abs(value-f.origin)-f.offset)
	var height float64
	switch f.curve {
	case "gauss":
		height = math.Exp(math.Log(f.decay) * distance * distance / (f.scale * f.scale))
	case "exp":
		height = math.Exp(math.Log(f.decay) * distance / f.scale)
	case "linear":
		reach := f.scale / (1 - f.decay)
		height = math.Max(0, (reach-distance)/reach)
	default:
		height = distance / f.scale
	}
	return schema.FloatOrder(float32(height))
}
