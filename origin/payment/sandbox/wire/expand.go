package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNotExpandable says that an expand path leads to nothing that can be expanded.
var ErrNotExpandable = errors.New("this property cannot be expanded")

// MaxExpand is the deepest path Stripe expands.
const MaxExpand = 4

// Expand replaces IDs in an object or list by the objects they name, for each path
// such as "latest_charge" or "data.latest_charge.payment_method". What lookup doesn't
// know stays an ID.
func Expand(o Object, paths []string, lookup func(id string) (Object, bool)) error {
	for _, path := range paths {
		steps := strings.Split(path, ".")
		if len(steps) > MaxExpand {
			return fmt.Errorf("%w (%s: deeper than %d levels)", ErrNotExpandable, path, MaxExpand)
		}
		if err := expand(o, steps, lookup); err != nil {
			return fmt.Errorf("%w (%s)", err, path)
		}
	}
	return nil
}

// Properties that hold an ID, or null, or the object once expanded.
var expandable = []string{"latest_charge", "payment_method", "charge", "payment_intent", "dispute", "customer", "balance_transaction", "invoice", "review"}

func expand(o Object, steps []string, lookup func(string) (Object, bool)) error {
	name, rest := steps[0], steps[1:]
	if page, ok := o["data"].([]Object); ok && name == "data" && len(rest) > 0 {
		for _, member := range page {
			if err := expand(member, rest, lookup); err != nil {
				return err
			}
		}
		return nil
	}
	value, there := o[name]
	if !there || !slices.Contains(expandable, name) {
		return ErrNotExpandable
	}
	if id, ok := value.(string); ok {
		if found, ok := lookup(id); ok {
			o[name], value = found, found
		}
	}
	if nested, ok := value.(Object); ok && len(rest) > 0 {
		return expand(nested, rest, lookup)
	}
	return nil
}
