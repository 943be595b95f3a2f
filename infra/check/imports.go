package check

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// mayImport says, for each top folder, which of our folders its packages may import. A folder that is not here may
// import everything of ours.
var mayImport = map[string][]string{
	"waitingroom": {"waitingroom"},
	"search":      {"search"},
	// infra/tinygo and infra/opsworker compile the edge, for its local runner and its tests.
	"edge":   {"edge", "waitingroom", "infra/tinygo", "infra/opsworker"},
	"origin": {"origin", "edge", "waitingroom", "search", "infra/tinygo", "infra/opsworker"},
}

// composition are the packages of origin that put others together: they may import any other.
var composition = []string{"origin/cmd", "origin/house", "origin/up", "origin/smoke"}

// outward face people or programs; a domain package does not know them. They may import each other.
var outward = []string{"origin/storefront", "origin/console", "origin/api"}

// Imports checks who imports whom, tests included.
func Imports(r Repository) ([]Fault, error) {
	var faults []Fault
	for _, file := range r.with(".go") {
		src, err := fs.ReadFile(r.Root, file)
		if err != nil {
			return nil, fmt.Errorf("check imports: %w", err)
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, file, src, parser.ImportsOnly)
		if err != nil {
			return nil, fmt.Errorf("check imports: %w", err)
		}
		for _, spec := range tree.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, fmt.Errorf("check imports of %s: %w", file, err)
			}
			target, ours := strings.CutPrefix(target, module+"/")
			if !ours {
				continue
			}
			if problem := importProblem(file, target); problem != "" {
				faults = append(faults, Fault{file, fset.Position(spec.Pos()).Line, problem})
			}
		}
	}
	return faults, nil
}

// importProblem says why file must not import the package target, "" if it may.
func importProblem(file, target string) string {
	from := folder(file)
	top, _, _ := strings.Cut(from, "/")
	if allowed, ruled := mayImport[top]; ruled && !under(target, allowed) {
		return fmt.Sprintf("%s must not import %s", top, target)
	}
	if testOnly(target) && !strings.HasSuffix(file, "_test.go") && !testOnly(from) {
		return fmt.Sprintf("%s is for tests", target)
	}
	if top != "origin" || under(from, composition) {
		return ""
	}
	if under(target, composition) {
		return fmt.Sprintf("only another composition package may import %s", target)
	}
	if under(target, outward) && !under(from, outward) {
		return fmt.Sprintf("a domain package must not import %s, which faces outward", target)
	}
	return ""
}

func under(pkg string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return pkg == root || strings.HasPrefix(pkg, root+"/") })
}

// testOnly reports whether a package only serves tests, by its name: pgtest, redistest.
func testOnly(pkg string) bool {
	name := pkg[strings.LastIndex(pkg, "/")+1:]
	return strings.HasSuffix(name, "test") && name != "test"
}
