// Package check holds the repository's own rules, as tests: who may import whom, a doc comment on every package, small
// files, links that lead somewhere, nothing that belongs to one machine, generated code that is up to date. `make check`
// runs them alone. What counts is what git tracks, or would if it were added.
package check

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// module is this repository's module path.
const module = "github.com/stagedoor/stagedoor"

// Fault is one rule broken in one place.
type Fault struct {
	File    string // relative to the root, with slashes
	Line    int    // 0: the whole file
	Problem string
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Problem
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Problem)
}

// Repository is a set of files below a root.
type Repository struct {
	Root  fs.FS
	Files []string // sorted, relative to Root, with slashes
}

// Open lists the files that git tracks or would track below root. Outside git, as in a source archive, it is every file
// but those that git would ignore here.
func Open(root string) (Repository, error) {
	repo := Repository{Root: os.DirFS(root)}
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	if out, err := cmd.Output(); err == nil {
		for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
			if info, err := os.Lstat(filepath.Join(root, name)); err == nil && info.Mode().IsRegular() {
				repo.Files = append(repo.Files, name)
			}
		}
		slices.Sort(repo.Files)
		return repo, nil
	}
	err := fs.WalkDir(repo.Root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", ".stagedoor", "build", "node_modules", "test-results"}, name):
			return fs.SkipDir
		case d.Type().IsRegular():
			repo.Files = append(repo.Files, name)
		}
		return nil
	})
	if err != nil {
		return Repository{}, fmt.Errorf("list the repository: %w", err)
	}
	return repo, nil
}

// with lists the files whose name ends in one of the suffixes.
func (r Repository) with(suffixes ...string) []string {
	var list []string
	for _, name := range r.Files {
		for _, suffix := range suffixes {
			if strings.HasSuffix(name, suffix) {
				list = append(list, name)
				break
			}
		}
	}
	return list
}

// generated reports whether a Go file says so, in the form of go.dev/s/generatedcode.
func generated(src []byte) bool {
	for line := range strings.Lines(string(src)) {
		if strings.HasPrefix(line, "// Code generated ") && strings.HasSuffix(strings.TrimSpace(line), " DO NOT EDIT.") {
			return true
		}
		if strings.HasPrefix(line, "package ") {
			return false
		}
	}
	return false
}

// folder is the package a file belongs to: "origin/hold".
func folder(file string) string { return path.Dir(file) }
