package check

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
)

// belongs are things of one machine, or secrets. The patterns are put together so that this file does not match them.
var belongs = []struct {
	what    string
	pattern *regexp.Regexp
}{
	{"a folder of one machine", regexp.MustCompile(`(?:^|[\s"'=(:])/(?:` + `root|home/[a-z0-9_-]+|Users/[A-Za-z0-9_-]+|work/(?:main|shared))/[\w.-]`)},
	{"a private package registry", regexp.MustCompile(`"(?:` + `resolved|registry)": *"https?://(?:localhost|\d+\.\d+|[\w.-]*(?:proxy|artifactory|nexus|internal))`)},
	{"a Stripe key", regexp.MustCompile(`\b(?:` + `sk|rk)_live_[0-9A-Za-z]{10}`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*` + `PRIVATE KEY-----`)},
}

// Machine checks that no file holds a path, a registry or a secret of the machine it was written on.
func Machine(r Repository) ([]Fault, error) {
	var faults []Fault
	for _, file := range r.Files {
		src, err := fs.ReadFile(r.Root, file)
		if err != nil {
			return nil, fmt.Errorf("check for machine paths: %w", err)
		}
		if bytes.IndexByte(src[:min(len(src), 8000)], 0) >= 0 {
			continue // binary
		}
		for _, b := range belongs {
			if at := b.pattern.FindIndex(src); at != nil {
				line := 1 + bytes.Count(src[:at[0]+1], []byte("\n"))
				faults = append(faults, Fault{file, line, fmt.Sprintf("holds %s: %q", b.what, bytes.TrimSpace(src[at[0]:at[1]]))})
			}
		}
	}
	return faults, nil
}
