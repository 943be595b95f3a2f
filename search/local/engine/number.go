package engine

import (
	"encoding/json"
	"strconv"

	"github.com/stagedoor/stagedoor/search/local/schema"
)

// add adds two JSON numbers; nil counts as nothing.
func add(a, b any) (json.Number, bool) {
	y, ok := b.(json.Number)
	if !ok {
		return "", false
	}
	x, ok := a.(json.Number)
	if a == nil {
		return y, true
	}
	if !ok {
		return "", false
	}
	if schema.IsWhole(x) && schema.IsWhole(y) {
		return json.Number(strconv.FormatInt(schema.Whole(x)+schema.Whole(y), 10)), true
	}
	m, err1 := x.Float64()
	n, err2 := y.Float64()
	return json.Number(strconv.FormatFloat(m+n, 'g', -1, 64)), err1 == nil && err2 == nil
}
