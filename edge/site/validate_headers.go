package site

import (
	"strconv"
	"strings"
)

func (s *Site) validateHeaders(f *Faults) {
	for _, list := range []struct {
		field   string
		sources []string
	}{
		{"headers.connect_src", s.Headers.ConnectSrc},
		{"headers.script_src", s.Headers.ScriptSrc},
		{"headers.frame_src", s.Headers.FrameSrc},
	} {
		if len(list.sources) > maxSources {
			f.add(list.field, "must be at most "+strconv.Itoa(maxSources))
		}
		for i, source := range list.sources {
			if !isSource(source) || len(source) > 253 {
				f.add(at(list.field, i, ""), "must be one CSP source, such as https://js.stripe.com")
			}
		}
	}
	if len(s.Headers.CORSOrigins) > maxSources {
		f.add("headers.cors_origins", "must be at most "+strconv.Itoa(maxSources))
	}
	for i, origin := range s.Headers.CORSOrigins {
		if origin == "*" {
			if len(s.Headers.CORSOrigins) > 1 {
				f.add(at("headers.cors_origins", i, ""), "must stand alone: * is every origin")
			}
		} else if scheme, host, rest := SplitURL(origin); scheme == "" || !isHostPort(host) || rest != "" || isDefaultPort(scheme, host) {
			f.add(at("headers.cors_origins", i, ""), "must be an origin as browsers write it, such as https://app.example, or * alone")
		}
	}
	if s.Headers.HSTSMaxAge < 0 {
		f.add("headers.hsts_max_age", "must not be negative")
	}
}

// isDefaultPort says whether a port is named that browsers leave out.
func isDefaultPort(scheme, host string) bool {
	return scheme == "https" && strings.HasSuffix(host, ":443") || scheme == "http" && strings.HasSuffix(host, ":80")
}
