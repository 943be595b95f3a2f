package site

// AlwaysProtected are path prefixes that no redirect can match, whatever the
// document says: a rule there could stop payment or hand a domain away.
var AlwaysProtected = []string{"/.well-known/", "/api/", "/checkout", "/orders", "/webhooks/", StaffEntry}

// StaffEntry is where a one-time link from the console gives staff their pass
// (edge/staffpass): it stays open while the site is closed.
const StaffEntry = "/staff/enter"

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

const defaultRedirectStatus = 302

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
	for i := range s.Rooms {
		s.Rooms[i].setDefaults()
	}
	s.Theme.setDefaults()
}

// setDefaults keeps the colours of a scheme together: a theme that names a
// light background but no dark one swaps paper and ink in the dark, and one
// that is dark by itself stays as it is.
func (t *Theme) setDefaults() {
	if *t == (Theme{}) {
		*t = DefaultTheme
		return
	}
	if t.DarkBackground == "" && t.DarkInk == "" && isColour(t.Background) && isColour(t.Ink) {
		t.DarkBackground, t.DarkInk = t.Ink, t.Background
		if Brightness(t.Background) < Brightness(t.Ink) {
			t.DarkBackground, t.DarkInk = t.Background, t.Ink
		}
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

// Brightness is how bright a colour ("#rrggbb") seems, from 0 to 255, with the
// weights of ITU-R BT.601.
func Brightness(colour string) int {
	if !isColour(colour) {
		return 0
	}
	channel := func(at int) int { return hexDigit(colour[at])<<4 | hexDigit(colour[at+1]) }
	return (299*channel(1) + 587*channel(3) + 114*channel(5)) / 1000
}

func hexDigit(c byte) int {
	switch {
	case c <= '9':
		return int(c - '0')
	case c >= 'a':
		return int(c-'a') + 10
	default:
		return int(c-'A') + 10
	}
}
