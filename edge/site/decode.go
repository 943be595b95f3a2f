package site

import (
	"errors"
	"strconv"

	"github.com/stagedoor/stagedoor/edge/fault"
)

// ErrVersion is returned for a document of a schema version this build does
// not read. The edge then keeps the last document it could read.
var ErrVersion = errors.New("site: the document has a schema version this build does not read")

// Decode reads a Site document, fills defaults and validates it. It keeps no
// reference to doc. Unknown fields are passed over.
func Decode(doc []byte) (*Site, error) {
	s := new(Site)
	r := &jsonReader{text: doc}
	r.object(func(key string) { s.decodeField(r, key) })
	if r.next() != 0 || r.at != len(doc) {
		r.fail()
	}
	// The version comes first: a document from the future may well have other
	// faults in the eyes of this build.
	if s.Version > Version {
		return nil, fault.At(ErrVersion, "version ", strconv.Itoa(s.Version), ": ")
	}
	if r.err != nil {
		return nil, fault.At(r.err, "site: the document ")
	}
	s.SetDefaults()
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Site) decodeField(r *jsonReader, key string) {
	switch key {
	case "version":
		s.Version = r.integer()
	case "id":
		s.ID = r.string()
	case "name":
		s.Name = r.string()
	case "hostname":
		s.Hostname = r.string()
	case "aliases":
		s.Aliases = r.strings()
	case "https":
		s.HTTPS = r.boolean()
	case "country":
		s.Country = r.string()
	case "locale":
		s.Locale = r.string()
	case "currency":
		s.Currency = r.string()
	case "time_zone":
		s.TimeZone = r.string()
	case "apple_pay":
		r.fields(stringFields{"association": &s.ApplePay.Association})
	case "well_known":
		r.fields(stringFields{"robots_txt": &s.WellKnown.RobotsTxt, "security_txt": &s.WellKnown.SecurityTxt})
	case "maintenance":
		r.array(func() { s.Maintenance = append(s.Maintenance, r.window()) })
	case "checkout":
		r.object(func(key string) {
			if key == "paths" {
				s.Checkout.Paths = r.strings()
			} else {
				r.skip()
			}
		})
	case "redirects":
		r.array(func() { s.Redirects = append(s.Redirects, r.redirect()) })
	case "redirect_index":
		s.RedirectIndex = r.string()
	case "access":
		s.Access = r.access()
	case "bots":
		s.Bots = r.bots()
	case "limits":
		r.array(func() { s.Limits = append(s.Limits, r.limit()) })
	case "rewrites":
		r.array(func() { s.Rewrites = append(s.Rewrites, r.rewrite()) })
	case "locales":
		s.Locales = r.locales()
	case "rooms":
		r.array(func() { s.Rooms = append(s.Rooms, r.room()) })
	case "cache":
		s.Cache = r.cache()
	case "redirect_hosts":
		s.RedirectHosts = r.strings()
	case "protected_paths":
		s.ProtectedPaths = r.strings()
	case "origin":
		r.object(func(key string) {
			switch key {
			case "pools":
				r.array(func() { s.Origin.Pools = append(s.Origin.Pools, r.pool()) })
			case "colour":
				s.Origin.Colour = r.string()
			case "canary":
				s.Origin.Canary = r.integer()
			default:
				r.skip()
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
		r.skip()
	}
}

func (r *jsonReader) window() (w Window) {
	r.object(func(key string) {
		switch key {
		case "id":
			w.ID = r.string()
		case "path_prefix":
			w.PathPrefix = r.string()
		case "starts_at":
			w.StartsAt = r.instant()
		case "ends_at":
			w.EndsAt = r.instant()
		case "message":
			w.Message = r.string()
		case "allow_checkout":
			w.AllowCheckout = r.boolean()
		case "ends_local":
			w.EndsLocal = r.string()
		default:
			r.skip()
		}
	})
	return w
}

func (r *jsonReader) redirect() (rule Redirect) {
	r.object(func(key string) {
		switch key {
		case "id":
			rule.ID = r.string()
		case "match":
			rule.Match = r.string()
		case "source":
			rule.Source = r.string()
		case "target":
			rule.Target = r.string()
		case "status":
			rule.Status = r.integer()
		case "preserve_query":
			rule.PreserveQuery = r.boolean()
		case "preserve_suffix":
			rule.PreserveSuffix = r.boolean()
		case "include_subdomains":
			rule.IncludeSubdomains = r.boolean()
		case "starts_at":
			rule.StartsAt = r.instant()
		case "ends_at":
			rule.EndsAt = r.instant()
		default:
			r.skip()
		}
	})
	return rule
}

func (r *jsonReader) pool() (p Pool) {
	r.object(func(key string) {
		switch key {
		case "id":
			p.ID = r.string()
		case "region":
			p.Region = r.string()
		case "base_url":
			p.BaseURL = r.string()
		case "weight":
			p.Weight = r.integer()
		case "colour":
			p.Colour = r.string()
		case "canary":
			p.Canary = r.boolean()
		default:
			r.skip()
		}
	})
	return p
}

func (r *jsonReader) headers() (h Headers) {
	r.object(func(key string) {
		switch key {
		case "connect_src":
			h.ConnectSrc = r.strings()
		case "script_src":
			h.ScriptSrc = r.strings()
		case "frame_src":
			h.FrameSrc = r.strings()
		case "hsts_max_age":
			h.HSTSMaxAge = r.integer()
		case "cors_origins":
			h.CORSOrigins = r.strings()
		default:
			r.skip()
		}
	})
	return h
}

func (r *jsonReader) strings() (list []string) {
	r.array(func() { list = append(list, r.string()) })
	return list
}

// stringFields maps the keys of an object that holds only strings.
type stringFields map[string]*string

func (r *jsonReader) fields(fields stringFields) {
	r.object(func(key string) {
		if field := fields[key]; field != nil {
			*field = r.string()
		} else {
			r.skip()
		}
	})
}
