package edgeconfig

import (
	"net/url"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
)

// securityText is the house's own security.txt (RFC 9116), but for when it expires.
func (s Settings) securityText() string {
	if s.SecurityContact == "" {
		return ""
	}
	return "Contact: " + s.SecurityContact + "\nPreferred-Languages: en\n"
}

// withExpiry adds when a security.txt expires, if it does not say so itself: in a year, counted from the start of the
// month so that the document changes once a month and not with every publication.
func withExpiry(text string, now time.Time) string {
	if text == "" {
		return ""
	}
	for line := range strings.Lines(text) {
		if name, _, ok := textField(line); ok && name == "expires" {
			return text
		}
	}
	now = now.UTC()
	expires := time.Date(now.Year()+1, now.Month(), 1, 0, 0, 0, 0, time.UTC)
	return strings.TrimSuffix(text, "\n") + "\nExpires: " + expires.Format(time.RFC3339) + "\n"
}

// textField takes a line "Name: value  # why" apart; ok is false for one that has no name.
func textField(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, ":")
	name = strings.ToLower(strings.TrimSpace(name))
	return name, strings.TrimSpace(value), ok && name != "" && !strings.ContainsAny(name, " \t<#")
}

// textFaults says what is wrong with the texts that programs read, beside their length, which the site minds.
func textFaults(t *site.WellKnown, now time.Time) (faults site.Faults) {
	if problem := robotsProblem(t.RobotsTxt); problem != "" {
		faults = append(faults, site.Fault{Field: "well_known.robots_txt", Problem: problem})
	}
	if problem := securityProblem(t.SecurityTxt, now); problem != "" {
		faults = append(faults, site.Fault{Field: "well_known.security_txt", Problem: problem})
	}
	return faults
}

// robotsProblem reads a robots.txt as RFC 9309 has it.
func robotsProblem(text string) string {
	group := false
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := textField(line)
		if !ok {
			return "has a line that is no rule: " + quoted(line) + "; a rule looks like Disallow: /path"
		}
		switch name {
		case "user-agent":
			group = true
			if value == "" {
				return "has a User-agent without a name; * stands for all"
			}
		case "allow", "disallow":
			if !group {
				return "has a rule before any User-agent: " + quoted(line)
			}
			if value != "" && value[0] != '/' && value[0] != '*' {
				return "has a path that does not begin with /: " + quoted(line)
			}
		case "crawl-delay":
		case "sitemap":
			if u, err := url.Parse(value); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
				return "has a sitemap that is no whole address: " + quoted(value)
			}
		default:
			return "has a line that robots do not know: " + quoted(line)
		}
	}
	return ""
}

// securityProblem reads a security.txt as RFC 9116 has it; one that does not say when it expires is given a date.
func securityProblem(text string, now time.Time) string {
	if text == "" {
		return ""
	}
	contacts, expires := 0, 0
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := textField(line)
		if !ok || value == "" {
			return "has a line that is no field: " + quoted(line) + "; a field looks like Contact: mailto:security@theatre.example"
		}
		switch name {
		case "contact", "encryption", "acknowledgments", "canonical", "policy", "hiring", "csaf":
			u, err := url.Parse(value)
			if err != nil || u.Scheme != "https" && (name != "contact" && name != "encryption" || u.Scheme == "http" || u.Scheme == "") {
				return "has no address where one belongs: " + quoted(line) + "; an address begins with https:, that of a contact with mailto: or tel:, too"
			}
			if name == "contact" {
				contacts++
			}
		case "expires":
			at, err := time.Parse(time.RFC3339, value)
			switch {
			case err != nil:
				return "expires at no time that can be read: " + quoted(value) + "; leave the line out, and one is added"
			case !at.After(now):
				return "has expired: " + quoted(value) + "; leave the line out, and one is added"
			}
			expires++
		}
	}
	switch {
	case contacts == 0:
		return "names no Contact, such as Contact: mailto:security@theatre.example"
	case expires > 1:
		return "expires twice"
	}
	return ""
}

// quoted is a piece of what somebody typed.
func quoted(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60]) + "…"
	}
	return "“" + text + "”"
}
