package site

// AlwaysProtected are path prefixes that no redirect can match, whatever the
// document says: a rule there could stop payment or hand a domain away.
var AlwaysProtected = []string{"/.well-known/", "/api/", "/checkout", "/orders", "/webhooks/"}

// DefaultCheckoutPaths are used when a Site names no checkout paths: the pages
// a purchase goes through and what those pages load.
var DefaultCheckoutPaths = []string{"/checkout", "/orders", "/tickets", "/api/", "/assets/", "/static/"}

// DefaultRobotsTxt is served by a Site that brings none of its own.
const DefaultRobotsTxt = "User-agent: *\nDisallow: /api/\nDisallow: /checkout\nDisallow: /orders\n"

// DefaultTheme is used where a Site's theme leaves a colour out.
var DefaultTheme = Theme{
	Background: "#fbf8f3", Ink: "#1d1a16", Accent: "#8c1c2b",
	DarkBackground: "#161311", DarkInk: "#f3ede4", DarkAccent: "#f0a3a8",
}

const (
	defaultRedirectStatus = 302
)

// SetDefaults fills what a writer may leave out. Encode and Decode call it.
func (s *Site) SetDefaults() {
	if s.Version == 0 {
		s.Version = Version
	}
	if s.WellKnown.RobotsTxt == "" {
		s.WellKnown.RobotsTxt = DefaultRobotsTxt
	}
	if len(s.Checkout.Paths) == 0 {
		s.Checkout.Paths = DefaultCheckoutPaths
	}
	for i := range s.Redirects {
		if s.Redirects[i].Status == 0 {
			s.Redirects[i].Status = defaultRedirectStatus
		}
	}
	s.Theme.setDefaults()
}

// setDefaults keeps the colours of a scheme together: a theme that names its
// own light background but no dark one swaps paper and ink in the dark.
func (t *Theme) setDefaults() {
	if t.DarkBackground == "" && t.DarkInk == "" && t.Background != "" && t.Ink != "" {
		t.DarkBackground, t.DarkInk = t.Ink, t.Background
	}
	for _, colour := range []struct {
		field    *string
		fallback string
	}{
		{&t.Background, DefaultTheme.Background},
		{&t.Ink, DefaultTheme.Ink},
		{&t.Accent, DefaultTheme.Accent},
		{&t.DarkBackground, DefaultTheme.DarkBackground},
		{&t.DarkInk, DefaultTheme.DarkInk},
	} {
		if *colour.field == "" {
			*colour.field = colour.fallback
		}
	}
	if t.DarkAccent == "" {
		t.DarkAccent = t.Accent
	}
}
