package site

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// Fault is one thing wrong with a Site.
type Fault struct {
	Field   string // the JSON path, e.g. "redirects[3].target"
	Problem string // a sentence's end: "must be an absolute path"
}

// Faults is every fault of one Site, in document order.
type Faults []Fault

// Error joins the faults, one per line.
func (f Faults) Error() string {
	var b strings.Builder
	b.WriteString("site: ")
	for i, fault := range f {
		if i > 0 {
			b.WriteString("\n      ")
		}
		b.WriteString(fault.Field + ": " + fault.Problem)
	}
	return b.String()
}

func (f *Faults) add(field, problem string) { *f = append(*f, Fault{field, problem}) }

// Bounds on what one document may hold, so that no document can exhaust the
// 128 MB an isolate has.
const (
	maxAliases   = 64
	maxWindows   = 256
	maxMessage   = 500
	maxText      = 64 << 10 // robots.txt, security.txt, the Apple Pay file
	maxSources   = 64       // of one CSP directive
	maxPaths     = 256      // of one list of paths or hosts
	maxSourceLen = 2048
)

// Validate reports everything that is wrong with s at once, as Faults, or nil.
// It does not need time zone data; Encode checks the zone.
func (s *Site) Validate() error {
	var f Faults
	s.validateIdentity(&f)
	s.validateTexts(&f)
	s.validateMaintenance(&f)
	s.validateRedirects(&f)
	s.validateAccess(&f)
	s.validateBots(&f)
	s.validateLimits(&f)
	s.validateRewrites(&f)
	s.validateLocales(&f)
	s.validateRooms(&f)
	s.validateCache(&f)
	s.validateOrigin(&f)
	s.validateHeaders(&f)
	s.Theme.validate(&f)
	if len(f) == 0 {
		return nil
	}
	return f
}

func (s *Site) validateIdentity(f *Faults) {
	if s.Version != Version {
		f.add("version", "must be "+strconv.Itoa(Version))
	}
	if !isSlug(s.ID) {
		f.add("id", "must be a slug: lower-case letters, digits and hyphens, 1 to 63 long")
	}
	if s.Name == "" || len(s.Name) > 200 {
		f.add("name", "must be 1 to 200 bytes")
	}
	if !IsHostname(s.Hostname) {
		f.add("hostname", "must be a lower-case hostname without port or trailing dot")
	}
	if len(s.Aliases) > maxAliases {
		f.add("aliases", "must be at most "+strconv.Itoa(maxAliases))
	}
	seen := map[string]bool{s.Hostname: true}
	for i, alias := range s.Aliases {
		if !IsHostname(alias) {
			f.add(at("aliases", i, ""), "must be a lower-case hostname without port or trailing dot")
		} else if seen[alias] {
			f.add(at("aliases", i, ""), "repeats "+alias)
		}
		seen[alias] = true
	}
	if !isUpper(s.Country, 2) {
		f.add("country", "must be two capital letters (ISO 3166-1)")
	}
	if !isLocale(s.Locale) {
		f.add("locale", `must look like "en-GB"`)
	}
	if !isUpper(s.Currency, 3) {
		f.add("currency", "must be three capital letters (ISO 4217)")
	}
	if s.TimeZone == "" {
		f.add("time_zone", "must name an IANA time zone")
	}
}

func (s *Site) validateTexts(f *Faults) {
	if len(s.ApplePay.Association) > maxText {
		f.add("apple_pay.association", "is larger than 64 KiB")
	} else if _, err := base64.StdEncoding.DecodeString(s.ApplePay.Association); err != nil {
		f.add("apple_pay.association", "is not base64")
	}
	if len(s.WellKnown.RobotsTxt) > maxText {
		f.add("well_known.robots_txt", "is larger than 64 KiB")
	}
	if len(s.WellKnown.SecurityTxt) > maxText {
		f.add("well_known.security_txt", "is larger than 64 KiB")
	}
	for _, list := range []struct {
		field string
		n     int
	}{{"protected_paths", len(s.ProtectedPaths)}, {"checkout.paths", len(s.Checkout.Paths)}, {"redirect_hosts", len(s.RedirectHosts)}} {
		if list.n > maxPaths {
			f.add(list.field, "must be at most "+strconv.Itoa(maxPaths))
		}
	}
	for i, path := range s.ProtectedPaths {
		if !isPathPrefix(path) {
			f.add(at("protected_paths", i, ""), "must begin with / and hold no space, query or fragment")
		}
	}
	for i, path := range s.Checkout.Paths {
		if !isPathPrefix(path) {
			f.add(at("checkout.paths", i, ""), "must begin with / and hold no space, query or fragment")
		}
	}
}

func (s *Site) validateMaintenance(f *Faults) {
	if len(s.Maintenance) > maxWindows {
		f.add("maintenance", "must be at most "+strconv.Itoa(maxWindows))
	}
	seen := make(map[string]bool, len(s.Maintenance))
	for i, w := range s.Maintenance {
		if w.ID == "" {
			f.add(at("maintenance", i, "id"), "is missing")
		} else if seen[w.ID] {
			f.add(at("maintenance", i, "id"), "repeats "+w.ID)
		}
		seen[w.ID] = true
		if w.PathPrefix != "" && !isPathPrefix(w.PathPrefix) {
			f.add(at("maintenance", i, "path_prefix"), "must begin with / and hold no space, query or fragment")
		}
		if !w.EndsAt.IsZero() && !w.EndsAt.After(w.StartsAt) {
			f.add(at("maintenance", i, "ends_at"), "must be after starts_at")
		}
		if len(w.Message) > maxMessage {
			f.add(at("maintenance", i, "message"), "is longer than "+strconv.Itoa(maxMessage)+" bytes")
		}
	}
}

func (t *Theme) validate(f *Faults) {
	for _, colour := range []struct{ field, value string }{
		{"background", t.Background}, {"ink", t.Ink}, {"accent", t.Accent},
		{"dark_background", t.DarkBackground}, {"dark_ink", t.DarkInk}, {"dark_accent", t.DarkAccent},
	} {
		if colour.value != "" && !isColour(colour.value) {
			f.add("theme."+colour.field, `must look like "#1d1a16"`)
		}
	}
}

// at names an element of a list, and a field of it if there is one.
func at(list string, i int, field string) string {
	name := list + "[" + strconv.Itoa(i) + "]"
	if field != "" {
		name += "." + field
	}
	return name
}
