package swap

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// Change is one difference between the schema in the code and the one of the collection that is searched.
type Change struct {
	Field string `json:"field"` // "" is the collection itself
	What  string `json:"what"`  // "added", "removed" or "changed"
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

func (c Change) String() string {
	name := cmp.Or(c.Field, "the collection")
	switch c.What {
	case "added":
		return fmt.Sprintf("+ %s: %s", name, c.To)
	case "removed":
		return fmt.Sprintf("- %s: %s", name, c.From)
	}
	return fmt.Sprintf("~ %s: %s, was %s", name, c.To, c.From)
}

// described is a field in words, with what the server adds by itself written out: two fields that do the same are
// described the same.
func described(f api.Field) string {
	number := slices.Contains([]string{"int32", "int64", "float", "bool", "geopoint", "geopoint[]"}, f.Type) // sorted by unless told not to be
	words := []string{f.Type}
	add := func(v *bool, usual bool, yes, no string) {
		on := usual
		if v != nil {
			on = *v
		}
		if word := map[bool]string{true: yes, false: no}[on]; word != "" {
			words = append(words, word)
		}
	}
	add(f.Facet, false, "facet", "")
	add(f.Optional, false, "optional", "")
	add(f.Index, true, "", "not indexed")
	if number {
		add(f.Sort, true, "", "not sorted by")
	} else {
		add(f.Sort, false, "sorted by", "")
	}
	add(f.Infix, false, "infix", "")
	add(f.Stem, false, "stemmed", "")
	add(f.Store, true, "", "not stored")
	add(f.RangeIndex, false, "range index", "")
	for _, v := range []struct {
		name string
		text *string
	}{{"locale", f.Locale}, {"reference", f.Reference}, {"stem dictionary", f.StemDictionary}} {
		if v.text != nil && *v.text != "" {
			words = append(words, v.name+" "+*v.text)
		}
	}
	for _, v := range []struct {
		name string
		list *[]string
	}{{"symbols", f.SymbolsToIndex}, {"separators", f.TokenSeparators}} {
		if v.list != nil && len(*v.list) > 0 {
			words = append(words, v.name+" "+strings.Join(*v.list, ""))
		}
	}
	return strings.Join(words, ", ")
}

// whole describes what is not about a single field.
func whole(sorting *string, nested *bool, symbols, separators *[]string) string {
	var words []string
	if sorting != nil && *sorting != "" {
		words = append(words, "sorted by "+*sorting)
	}
	if nested != nil && *nested {
		words = append(words, "nested fields")
	}
	for name, list := range map[string]*[]string{"symbols": symbols, "separators": separators} {
		if list != nil && len(*list) > 0 {
			words = append(words, name+" "+strings.Join(*list, ""))
		}
	}
	slices.Sort(words)
	return cmp.Or(strings.Join(words, ", "), "plain")
}

// Diff compares a running collection with a schema. Fields that the server made by itself out of nested ones count for
// nothing, and neither does their order.
func Diff(running *api.CollectionResponse, wanted *api.CollectionSchema) []Change {
	var out []Change
	have := map[string]string{}
	for _, f := range running.Fields {
		have[f.Name] = described(f)
	}
	want := map[string]string{}
	for _, f := range wanted.Fields {
		want[f.Name] = described(f)
		switch before, ok := have[f.Name]; {
		case !ok:
			out = append(out, Change{f.Name, "added", "", want[f.Name]})
		case before != want[f.Name]:
			out = append(out, Change{f.Name, "changed", before, want[f.Name]})
		}
	}
	for _, f := range running.Fields {
		if _, ok := want[f.Name]; !ok && !within(f.Name, want) {
			out = append(out, Change{f.Name, "removed", have[f.Name], ""})
		}
	}
	before := whole(running.DefaultSortingField, running.EnableNestedFields, running.SymbolsToIndex, running.TokenSeparators)
	after := whole(wanted.DefaultSortingField, wanted.EnableNestedFields, wanted.SymbolsToIndex, wanted.TokenSeparators)
	if before != after {
		out = append(out, Change{"", "changed", before, after})
	}
	return out
}

// within says that a field is a part of an object that the schema names.
func within(name string, want map[string]string) bool {
	for i, r := range name {
		if r == '.' && strings.HasPrefix(want[name[:i]], "object") {
			return true
		}
	}
	return false
}

// fingerprint is the same for schemas that do the same.
func fingerprint(s *api.CollectionSchema) string {
	var lines []string
	for _, f := range s.Fields {
		lines = append(lines, f.Name+": "+described(f))
	}
	slices.Sort(lines)
	lines = append(lines, whole(s.DefaultSortingField, s.EnableNestedFields, s.SymbolsToIndex, s.TokenSeparators))
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:8])
}

// breaking says which changes the running collection does not live with while it waits: it needs a field that
// documents no longer have.
func breaking(changes []Change) []string {
	var out []string
	for _, c := range changes {
		switch {
		case c.What == "removed" && !strings.Contains(c.From, "optional"):
			out = append(out, fmt.Sprintf("the collection in use needs %s, which documents no longer have: it refuses shows that change until this is applied", c.Field))
		case c.What == "changed" && c.Field != "" && typeOf(c.From) != typeOf(c.To):
			out = append(out, fmt.Sprintf("%s becomes %s: the collection in use may refuse it until this is applied, and writing both means that the old one falls behind", c.Field, typeOf(c.To)))
		case c.What == "changed" && strings.Contains(c.To, "optional") && !strings.Contains(c.From, "optional"):
			out = append(out, fmt.Sprintf("%s becomes optional: the collection in use refuses shows without it until this is applied", c.Field))
		}
	}
	return out
}

func typeOf(described string) string {
	t, _, _ := strings.Cut(described, ",")
	return t
}
