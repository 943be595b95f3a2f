package check

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// generators lists what is made from what. Running them here would compile sqlc, which takes minutes, so `make generate`
// notes a digest of what each read and wrote instead.
var generators = []struct {
	name  string
	about func(file string) bool
}{
	{"templ", func(f string) bool { return strings.HasSuffix(f, ".templ") || strings.HasSuffix(f, "_templ.go") }},
	{"sqlc", func(f string) bool {
		return f == "sqlc.yaml" || strings.HasPrefix(f, "origin/postgres/queries/") ||
			strings.HasPrefix(f, "origin/postgres/migrations/") || strings.HasPrefix(f, "origin/postgres/dbsqlc/")
	}},
	{"protoc-gen-go", func(f string) bool {
		return strings.HasPrefix(f, "origin/bus/event/proto/") || strings.HasPrefix(f, "origin/bus/event/eventpb/")
	}},
	{"oapi-codegen", func(f string) bool {
		return f == "origin/api/openapi.yaml" || f == "origin/api/oapi-codegen.yaml" || strings.HasPrefix(f, "origin/api/apigen/")
	}},
}

// Digests gives, by generator, a digest of its sources, its products and the versions of the tools.
func Digests(r Repository) (map[string]string, error) {
	digests := map[string]string{}
	for _, g := range generators {
		h := sha256.New()
		for _, file := range r.Files {
			if !g.about(file) && file != "infra/tools/go.mod" {
				continue
			}
			src, err := fs.ReadFile(r.Root, file)
			if err != nil {
				return nil, fmt.Errorf("check generated code: %w", err)
			}
			fmt.Fprintf(h, "%s %d\n%s", file, len(src), src)
		}
		digests[g.name] = hex.EncodeToString(h.Sum(nil))
	}
	return digests, nil
}

// Orphans checks that every .templ file has its Go file and the reverse.
func Orphans(r Repository) []Fault {
	var faults []Fault
	for _, file := range r.with(".templ", "_templ.go") {
		other := strings.TrimSuffix(file, ".templ") + "_templ.go"
		if stem, isGo := strings.CutSuffix(file, "_templ.go"); isGo {
			other = stem + ".templ"
		}
		if !slices.Contains(r.Files, other) {
			faults = append(faults, Fault{File: file, Problem: other + " is missing; run `make generate`"})
		}
	}
	return faults
}
