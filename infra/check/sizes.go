package check

import (
	"bytes"
	"fmt"
	"io/fs"
)

const (
	maxLines = 500     // of a hand-written Go file
	maxBytes = 1 << 20 // of any file in git
)

// Sizes checks that hand-written Go files stay small and that nothing large is kept in git.
func Sizes(r Repository) ([]Fault, error) {
	var faults []Fault
	for _, file := range r.Files {
		info, err := fs.Stat(r.Root, file)
		if err != nil {
			return nil, fmt.Errorf("check sizes: %w", err)
		}
		if info.Size() > maxBytes {
			faults = append(faults, Fault{File: file, Problem: fmt.Sprintf("has %d KB; the most is %d", info.Size()>>10, maxBytes>>10)})
		}
	}
	for _, file := range r.with(".go") {
		src, err := fs.ReadFile(r.Root, file)
		if err != nil {
			return nil, fmt.Errorf("check sizes: %w", err)
		}
		if lines := bytes.Count(src, []byte("\n")); lines > maxLines && !generated(src) {
			faults = append(faults, Fault{File: file, Problem: fmt.Sprintf("has %d lines; the most is %d", lines, maxLines)})
		}
	}
	return faults, nil
}
