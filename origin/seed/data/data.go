// Package data is the house as committed: theatres, the works they play and what a seat costs, in JSON files. See
// SOURCES.md for where the facts come from.
package data

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.json
var files embed.FS

// Files are the committed data files.
func Files() fs.FS { return files }

// House is everything the data files say.
type House struct {
	Group    Group
	Theatres []Theatre // by ID
	Works    []Work    // by ID
	Prices   Prices
}

// Load reads and checks the data files in fsys: group.json, theatres-*.json, works.json and prices.json. The error
// names every fault found, each with its file, record and field.
func Load(fsys fs.FS) (House, error) {
	var h House
	var f faults
	groups := records[Group](fsys, "group.json", "group", &f)
	for _, g := range groups {
		h.Group = g
		g.check(f.in("group.json", g.ID))
	}
	names, err := fs.Glob(fsys, "theatres-*.json")
	if err != nil || len(names) == 0 {
		f.add("theatres-*.json", "", "", "there is no such file")
	}
	seen := map[string]string{h.Group.ID: "group.json"}
	for _, name := range names {
		for _, t := range records[Theatre](fsys, name, "theatres", &f) {
			at := f.in(name, t.ID)
			if other, found := seen[t.ID]; found {
				at("id", "stands in %s too", other)
			}
			seen[t.ID] = name
			t.check(at)
			h.Theatres = append(h.Theatres, t)
		}
	}
	h.loadWorks(fsys, &f)
	for _, p := range records[Prices](fsys, "prices.json", "", &f) {
		h.Prices = p
		p.check(f.in("prices.json", ""))
	}
	if len(f.found) > 0 {
		return House{}, &Error{Faults: f.found}
	}
	slices.SortFunc(h.Theatres, func(a, b Theatre) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(h.Works, func(a, b Work) int { return strings.Compare(a.ID, b.ID) })
	return h, nil
}

func (h *House) loadWorks(fsys fs.FS, f *faults) {
	const name = "works.json"
	seen := map[string]bool{}
	h.Works = records[Work](fsys, name, "works", f)
	for _, w := range h.Works {
		at := f.in(name, w.ID)
		if seen[w.ID] {
			at("id", "is used twice")
		}
		seen[w.ID] = true
		w.check(at)
	}
	for _, scale := range Scales() {
		if !slices.ContainsFunc(h.Works, func(w Work) bool { return w.Scale == scale }) {
			f.add(name, "", "works", fmt.Sprintf("has no work of scale %q", scale))
		}
	}
}
