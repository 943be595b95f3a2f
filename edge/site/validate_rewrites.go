package site

import (
	"strconv"

	"github.com/stagedoor/stagedoor/edge/address"
)

const maxRewrites = 1000

func (s *Site) validateRewrites(f *Faults) {
	if len(s.Rewrites) > maxRewrites {
		f.add("rewrites", "must be at most "+strconv.Itoa(maxRewrites))
	}
	ids := make(map[string]bool, len(s.Rewrites))
	sources := make(map[string]string, len(s.Rewrites))
	for i := range s.Rewrites {
		r := &s.Rewrites[i]
		if r.ID == "" {
			f.add(at("rewrites", i, "id"), "is missing")
		} else if ids[r.ID] {
			f.add(at("rewrites", i, "id"), "repeats "+r.ID)
		}
		ids[r.ID] = true

		source := r.Source
		if r.Prefix {
			source += "*"
		}
		if problem := pathProblem(r.Source); problem != "" {
			f.add(at("rewrites", i, "source"), problem)
		} else if s.IsProtected(r.Source) {
			f.add(at("rewrites", i, "source"), r.Source+" is protected: nothing else may be served there")
		} else if first := sources[source]; first != "" {
			f.add(at("rewrites", i, "source"), "is rewritten by "+first+" already")
		}
		sources[source] = r.ID
		if problem := pathProblem(r.Target); problem != "" {
			f.add(at("rewrites", i, "target"), problem)
		} else if s.IsAlwaysProtected(r.Target) {
			// Limits and maintenance have judged the path that was asked for.
			f.add(at("rewrites", i, "target"), r.Target+" is protected: it may be reached under its own address only")
		} else if r.Target == r.Source {
			f.add(at("rewrites", i, "target"), "is the source")
		}
	}
}

// pathProblem says why a path can't be compared with those of requests, ""
// when it can.
func pathProblem(path string) string {
	if len(path) > maxSourceLen {
		return "must be at most " + strconv.Itoa(maxSourceLen) + " bytes"
	}
	if !isPathPrefix(path) {
		return "must begin with one / and hold no space, query or fragment"
	}
	if clean, err := address.AppendPath(nil, path); err != nil || string(clean) != path {
		return "must be written as requests are compared: no dot segments, no double slashes, percent-encoding only where it is needed"
	}
	return ""
}
