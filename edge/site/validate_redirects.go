package site

import (
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/edge/address"
)

func (s *Site) validateRedirects(f *Faults) {
	for i, host := range s.RedirectHosts {
		if !IsHostname(strings.TrimPrefix(host, "*.")) {
			f.add(at("redirect_hosts", i, ""), `must be a lower-case hostname, or one after "*."`)
		}
	}
	seen := make(map[string]bool, len(s.Redirects))
	for i := range s.Redirects {
		r := &s.Redirects[i]
		if r.ID == "" {
			f.add(at("redirects", i, "id"), "is missing")
		} else if seen[r.ID] {
			f.add(at("redirects", i, "id"), "repeats "+r.ID)
		}
		seen[r.ID] = true
		s.validateRedirect(f, i, r)
	}
}

func (s *Site) validateRedirect(f *Faults, i int, r *Redirect) {
	host, path := SplitSource(r)
	switch r.Match {
	case MatchExact, MatchPrefix, MatchPattern:
		switch {
		case len(r.Source) > maxSourceLen || !isPathPrefix(path):
			f.add(at("redirects", i, "source"), "must be a path, or a hostname and path")
		case s.IsProtected(path):
			f.add(at("redirects", i, "source"), path+" is protected: no redirect may stand there")
		}
		if host != "" && !s.covers(host, r) {
			f.add(at("redirects", i, "source"), host+" is not a hostname of this site")
		}
	case MatchHost:
		if !s.covers(host, r) {
			f.add(at("redirects", i, "source"), "must be a hostname of this site")
		}
	default:
		f.add(at("redirects", i, "match"), `must be "exact", "prefix", "host" or "pattern"`)
	}
	if r.IncludeSubdomains && host == "" {
		f.add(at("redirects", i, "include_subdomains"), "needs a hostname in the source")
	}
	if r.Match == MatchPattern {
		if problem := patternProblem(path, r.Target); problem != "" {
			f.add(at("redirects", i, "source"), problem)
		}
	}
	if problem := s.targetProblem(r.Target); problem != "" {
		f.add(at("redirects", i, "target"), problem)
	} else if r.Match == MatchExact && r.Target == path && host == "" {
		f.add(at("redirects", i, "target"), "leads back to the source")
	}
	switch r.Status {
	case 301, 302, 307, 308:
	default:
		f.add(at("redirects", i, "status"), "must be 301, 302, 307 or 308")
	}
	if !r.EndsAt.IsZero() && !r.EndsAt.After(r.StartsAt) {
		f.add(at("redirects", i, "ends_at"), "must be after starts_at")
	}
}

// SplitSource separates the hostname of a rule's source from its path. A rule
// for every hostname has none; a host rule has no path.
func SplitSource(r *Redirect) (host, path string) {
	if r.Match == MatchHost {
		return r.Source, ""
	}
	slash := strings.IndexByte(r.Source, '/')
	if slash <= 0 {
		return "", r.Source
	}
	return r.Source[:slash], r.Source[slash:]
}

// IsProtected says whether a path lies, in whatever locale, under a prefix no
// redirect may match.
func (s *Site) IsProtected(path string) bool {
	route := s.Route(path)
	return underAny(route, AlwaysProtected) || underAny(route, s.ProtectedPaths) ||
		len(route) != len(path) && underAny(path, s.ProtectedPaths)
}

// IsAlwaysProtected says the same of AlwaysProtected alone.
func (s *Site) IsAlwaysProtected(path string) bool {
	return underAny(s.Route(path), AlwaysProtected)
}

// covers says whether a hostname in a rule's source is this site's, or one of
// this site's is under it and the rule is for those too.
func (s *Site) covers(host string, r *Redirect) bool {
	if s.owns(host) || !r.IncludeSubdomains {
		return s.owns(host)
	}
	under := func(hostname string) bool {
		return len(hostname) > len(host) && strings.HasSuffix(hostname, host) && hostname[len(hostname)-len(host)-1] == '.'
	}
	if under(s.Hostname) {
		return IsHostname(host)
	}
	for _, alias := range s.Aliases {
		if under(alias) {
			return IsHostname(host)
		}
	}
	return false
}

// owns says whether a hostname is this site's.
func (s *Site) owns(hostname string) bool {
	if hostname == s.Hostname {
		return true
	}
	for _, alias := range s.Aliases {
		if hostname == alias {
			return true
		}
	}
	return false
}

// AllowsTarget says whether a redirect may lead to a hostname (no port).
func (s *Site) AllowsTarget(hostname string) bool {
	if s.owns(hostname) {
		return true
	}
	for _, allowed := range s.RedirectHosts {
		if hostname == allowed {
			return true
		}
		if suffix, ok := strings.CutPrefix(allowed, "*"); ok && len(hostname) > len(suffix) && strings.HasSuffix(hostname, suffix) {
			return true
		}
	}
	return false
}

// targetProblem says what is wrong with where a redirect leads, "" if nothing.
func (s *Site) targetProblem(target string) string {
	if target == "" || len(target) > maxSourceLen {
		return "must be 1 to " + strconv.Itoa(maxSourceLen) + " bytes"
	}
	if !isURLText(target) {
		return "must be printable ASCII without spaces or backslashes; percent-encode the rest"
	}
	if target[0] == '/' {
		if strings.HasPrefix(target, "//") {
			return "must not begin with //, which browsers read as a hostname"
		}
		return ""
	}
	scheme, authority, _ := SplitURL(target)
	if scheme == "" || !isHostPort(authority) {
		return "must be a path, or an http or https URL without user name"
	}
	hostname, _, _ := strings.Cut(authority, ":")
	if !s.AllowsTarget(hostname) {
		return hostname + " is not among the hosts this site may redirect to"
	}
	return ""
}

// patternProblem says what is wrong with a pattern, "" if nothing.
func patternProblem(source, target string) string {
	wildcards := 0
	segments := strings.Split(strings.Trim(source, "/"), "/")
	for i, segment := range segments {
		switch {
		case segment == "**" && i < len(segments)-1:
			return `may hold "**" only as its last segment`
		case segment == "*" || segment == "**":
			wildcards++
		case strings.Contains(segment, "*"):
			return `may hold "*" only as a whole segment`
		}
	}
	if wildcards == 0 {
		return `needs a "*" or a final "**"; without one it is an exact rule`
	}
	if wildcards > 9 {
		return "may hold at most nine wildcards"
	}
	for i := 0; i+1 < len(target); i++ {
		if target[i] == '$' && (target[i+1] < '1' || target[i+1] > byte('0'+wildcards)) {
			return "has " + strconv.Itoa(wildcards) + " wildcards; the target names another"
		}
	}
	return ""
}

// CheckRedirect says what is wrong with one rule on this site; the fields are
// the rule's own ("source", "target" ...). It is stricter than Validate, which
// reads documents that were published before a rule was.
func (s *Site) CheckRedirect(r Redirect) Faults {
	var f Faults
	s.validateRedirect(&f, 0, &r)
	for i := range f {
		f[i].Field = strings.TrimPrefix(f[i].Field, "redirects[0].")
	}
	if _, path := SplitSource(&r); len(f) == 0 && path != "" {
		if problem := s.spellingProblem(path); problem != "" {
			f.add("source", problem)
		}
	}
	return f
}

// spellingProblem says what is wrong with a source's path as the edge reads
// it, "" if nothing: rules are looked up by the canonical form.
func (s *Site) spellingProblem(path string) string {
	clean, err := address.AppendPath(nil, path)
	if err != nil {
		return "holds a % that is not followed by two hexadecimal digits, or encodes what no address may hold"
	}
	for segment := range strings.SplitSeq(path, "/") {
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".", "..":
			return segment + " in a path means another one, and no request arrives with it; write " + string(clean)
		}
	}
	if s.IsProtected(string(clean)) {
		return "is another way to write " + string(clean) + ", which is protected: no redirect may stand there"
	}
	return ""
}
