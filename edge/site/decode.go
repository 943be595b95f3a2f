package site

import (
	"errors"
	"slices"
	"strconv"

	"github.com/stagedoor/stagedoor/edge/fault"
	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
)

// ErrVersion is returned for a document of a schema version this build does
// not read. The edge then keeps the last document it could read.
var ErrVersion = errors.New("site: the document has a schema version this build does not read")

// jsonReader reads the parts of a Site document.
type jsonReader struct{ plainjson.Reader }

// Decode reads a Site document, fills defaults and validates it. It keeps no
// reference to doc. Unknown fields are passed over, and so is what was valid
// when a document may have been written and is not any more: see forgive.
func Decode(doc []byte) (*Site, error) {
	s := new(Site)
	r := &jsonReader{plainjson.Read(doc)}
	r.Object(func(key string) { s.decodeField(r, key) })
	err := r.End()
	// The version comes first: a document from the future may well have other
	// faults in the eyes of this build.
	if s.Version > Version {
		return nil, fault.At(ErrVersion, "version ", strconv.Itoa(s.Version), ": ")
	}
	if err != nil {
		return nil, fault.At(err, "site: the document ")
	}
	s.SetDefaults()
	s.forgive()
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return s, nil
}

// forgive takes out what was allowed once and is refused in a new document, so
// that a Worker that is newer than what stands in KV serves the site. Without
// it a page may do less and a pool is not asked; nothing is ever allowed more.
func (s *Site) forgive() {
	noSource := func(source string) bool { return !isSource(source) }
	for _, list := range []*[]string{&s.Headers.ConnectSrc, &s.Headers.ScriptSrc, &s.Headers.FrameSrc} {
		*list = slices.DeleteFunc(*list, noSource)
	}
	s.Origin.Pools = slices.DeleteFunc(s.Origin.Pools, func(p Pool) bool {
		_, host, _ := SplitURL(p.BaseURL)
		return isNoOrigin(host)
	})
}

func (s *Site) decodeField(r *jsonReader, key string) {
	switch key {
	case "version":
		s.Version = r.Integer()
	case "id":
		s.ID = r.String()
	case "name":
		s.Name = r.String()
	case "hostname":
		s.Hostname = r.String()
	case "aliases":
		s.Aliases = r.strings()
	case "https":
		s.HTTPS = r.Boolean()
	case "country":
		s.Country = r.String()
	case "locale":
		s.Locale = r.String()
	case "currency":
		s.Currency = r.String()
	case "time_zone":
		s.TimeZone = r.String()
	case "apple_pay":
		r.fields(stringFields{"association": &s.ApplePay.Association})
	case "well_known":
		r.fields(stringFields{"robots_txt": &s.WellKnown.RobotsTxt, "security_txt": &s.WellKnown.SecurityTxt})
	case "maintenance":
		r.Array(func() { s.Maintenance = append(s.Maintenance, r.window()) })
	case "checkout":
		r.Object(func(key string) {
			if key == "paths" {
				s.Checkout.Paths = r.strings()
			} else {
				r.Skip()
			}
		})
	case "redirects":
		r.Array(func() { s.Redirects = append(s.Redirects, r.redirect()) })
	case "redirect_index":
		s.RedirectIndex = r.String()
	case "access":
		s.Access = r.access()
	case "bots":
		s.Bots = r.bots()
	case "limits":
		r.Array(func() { s.Limits = append(s.Limits, r.limit()) })
	case "rewrites":
		r.Array(func() { s.Rewrites = append(s.Rewrites, r.rewrite()) })
	case "locales":
		s.Locales = r.locales()
	case "rooms":
		r.Array(func() { s.Rooms = append(s.Rooms, r.room()) })
	case "cache":
		s.Cache = r.cache()
	case "redirect_hosts":
		s.RedirectHosts = r.strings()
	case "protected_paths":
		s.ProtectedPaths = r.strings()
	case "origin":
		r.Object(func(key string) {
			switch key {
			case "pools":
				r.Array(func() { s.Origin.Pools = append(s.Origin.Pools, r.pool()) })
			case "colour":
				s.Origin.Colour = r.String()
			case "canary":
				s.Origin.Canary = r.Integer()
			default:
				r.Skip()
			}
		})
	case "headers":
		s.Headers = r.headers()
	case "theme":
		r.fields(stringFields{
			"background": &s.Theme.Background, "ink": &s.Theme.Ink, "accent": &s.Theme.Accent,
			"dark_background": &s.Theme.DarkBackground, "dark_ink": &s.Theme.DarkInk, "dark_accent": &s.Theme.DarkAccent,
		})
	default:
		s.decodeOther(r, key)
	}
}

func (r *jsonReader) window() (w Window) {
	r.Object(func(key string) {
		switch key {
		case "id":
			w.ID = r.String()
		case "path_prefix":
			w.PathPrefix = r.String()
		case "starts_at":
			w.StartsAt = r.Instant()
		case "ends_at":
			w.EndsAt = r.Instant()
		case "message":
			w.Message = r.String()
		case "allow_checkout":
			w.AllowCheckout = r.Boolean()
		case "ends_local":
			w.EndsLocal = r.String()
		default:
			r.Skip()
		}
	})
	return w
}

func (r *jsonReader) redirect() (rule Redirect) {
	r.Object(func(key string) {
		switch key {
		case "id":
			rule.ID = r.String()
		case "match":
			rule.Match = r.String()
		case "source":
			rule.Source = r.String()
		case "target":
			rule.Target = r.String()
		case "status":
			rule.Status = r.Integer()
		case "preserve_query":
			rule.PreserveQuery = r.Boolean()
		case "preserve_suffix":
			rule.PreserveSuffix = r.Boolean()
		case "include_subdomains":
			rule.IncludeSubdomains = r.Boolean()
		case "starts_at":
			rule.StartsAt = r.Instant()
		case "ends_at":
			rule.EndsAt = r.Instant()
		default:
			r.Skip()
		}
	})
	return rule
}

func (r *jsonReader) pool() (p Pool) {
	r.Object(func(key string) {
		switch key {
		case "id":
			p.ID = r.String()
		case "region":
			p.Region = r.String()
		case "base_url":
			p.BaseURL = r.String()
		case "weight":
			p.Weight = r.Integer()
		case "colour":
			p.Colour = r.String()
		case "canary":
			p.Canary = r.Boolean()
		default:
			r.Skip()
		}
	})
	return p
}

func (r *jsonReader) headers() (h Headers) {
	r.Object(func(key string) {
		switch key {
		case "connect_src":
			h.ConnectSrc = r.strings()
		case "script_src":
			h.ScriptSrc = r.strings()
		case "frame_src":
			h.FrameSrc = r.strings()
		case "hsts_max_age":
			h.HSTSMaxAge = r.Integer()
		case "cors_origins":
			h.CORSOrigins = r.strings()
		default:
			r.Skip()
		}
	})
	return h
}

func (r *jsonReader) strings() (list []string) {
	r.Array(func() { list = append(list, r.String()) })
	return list
}

// stringFields maps the keys of an object that holds only strings.
type stringFields map[string]*string

func (r *jsonReader) fields(fields stringFields) {
	r.Object(func(key string) {
		if field := fields[key]; field != nil {
			*field = r.String()
		} else {
			r.Skip()
		}
	})
}
