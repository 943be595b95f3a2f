package check

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// vague are package names that say nothing about what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "shared", "base"}

// Packages checks that every package of hand-written code says what it is for, and has a name that says something.
func Packages(r Repository) ([]Fault, error) {
	documented := map[string]bool{}
	for _, file := range r.with(".go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := fs.ReadFile(r.Root, file)
		if err != nil {
			return nil, fmt.Errorf("check packages: %w", err)
		}
		if generated(src) {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, src, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("check packages: %w", err)
		}
		dir := folder(file)
		documented[dir] = documented[dir] || tree.Doc != nil && strings.TrimSpace(tree.Doc.Text()) != ""
	}
	var faults []Fault
	for _, dir := range slices.Sorted(maps.Keys(documented)) {
		if !documented[dir] {
			faults = append(faults, Fault{File: dir, Problem: "the package has no doc comment that says what it is for"})
		}
		if name := dir[strings.LastIndex(dir, "/")+1:]; slices.Contains(vague, name) {
			faults = append(faults, Fault{File: dir, Problem: fmt.Sprintf("%q says nothing about what is inside", name)})
		}
	}
	return faults, nil
}
