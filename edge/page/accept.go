package page

import "strings"

// Form is how a visitor's program wants to be told something.
type Form uint8

const (
	HTML Form = iota
	JSON
)

// Preferred reads an Accept header with its q-values (RFC 9110, section
// 12.5.1). A tie, such as "*/*" or no header at all, goes to JSON below /api/
// and to HTML elsewhere.
func Preferred(accept, path string) Form {
	fallback := HTML
	if strings.HasPrefix(path, "/api/") {
		fallback = JSON
	}
	if accept == "" || fallback == HTML && likesHTML(accept) {
		return fallback
	}
	html, _ := quality(accept, "text", "html")
	json, _ := quality(accept, "application", "json")
	// Their relatives count when they are named, not when a wildcard covers
	// them: "application/json;q=0, */*" does not ask for problem+json.
	if q, named := quality(accept, "application", "xhtml+xml"); named {
		html = max(html, q)
	}
	if q, named := quality(accept, "application", "problem+json"); named {
		json = max(json, q)
	}
	switch {
	case json > html:
		return JSON
	case html > json:
		return HTML
	default:
		return fallback
	}
}

// likesHTML says whether a header begins by wanting HTML as much as anything,
// as browsers' do: whatever follows then wants nothing more.
func likesHTML(accept string) bool {
	rest, ok := strings.CutPrefix(accept, "text/html")
	return ok && (rest == "" || rest[0] == ',')
}

// quality returns how much, from 0 to 1000, an Accept header wants a media
// type, and whether it names the type. Of several ranges that fit, the most
// specific counts.
func quality(accept, kind, subtype string) (best int, named bool) {
	specific := 0
	for accept != "" {
		var item string
		item, accept, _ = strings.Cut(accept, ",")
		media, params, _ := strings.Cut(item, ";")
		k, s, ok := strings.Cut(strings.TrimSpace(media), "/")
		if !ok {
			continue
		}
		fit := 0
		switch {
		case strings.EqualFold(k, kind) && strings.EqualFold(s, subtype):
			fit = 3
		case strings.EqualFold(k, kind) && s == "*":
			fit = 2
		case k == "*" && s == "*":
			fit = 1
		}
		if fit == 0 || fit < specific {
			continue
		}
		if q := qValue(params); fit > specific || q > best {
			best, specific = q, fit
		}
	}
	return best, specific == 3
}

// qValue reads the q parameter in thousandths; 1000 when absent, 0 when it is
// not a number.
func qValue(params string) int {
	for params != "" {
		var param string
		param, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if name == "q" || name == "Q" {
			return thousandths(value)
		}
	}
	return 1000
}

func thousandths(value string) int {
	whole, fraction, _ := strings.Cut(value, ".")
	if len(fraction) > 3 || (whole != "0" && whole != "1") {
		return 0
	}
	q := int(whole[0]-'0') * 1000
	for i, scale := 0, 100; i < len(fraction); i, scale = i+1, scale/10 {
		if fraction[i] < '0' || fraction[i] > '9' {
			return 0
		}
		q += int(fraction[i]-'0') * scale
	}
	return min(q, 1000)
}
