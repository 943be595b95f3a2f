package redirect

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/address"
	"github.com/stagedoor/stagedoor/edge/site"
)

// AppendLocation appends the absolute URL a match leads to. base is the scheme
// and authority that a target without them belongs to ("http://a.example:80");
// query is the request's, in canonical form and without question mark.
//
// The result always begins with a scheme and the authority of either base or
// the rule's target: nothing a visitor sends can reach in front of the path.
func AppendLocation(dst []byte, m *Match, base, query string) []byte {
	target, fragment, hasFragment := strings.Cut(m.Rule.Target, "#")
	target, ownQuery, _ := strings.Cut(target, "?")
	scheme, authority, path := site.SplitURL(target)
	if scheme == "" {
		dst = append(dst, base...)
		path = target
	} else {
		dst = append(dst, scheme...)
		dst = append(dst, "://"...)
		dst = append(dst, authority...)
	}
	start := len(dst)
	dst = appendCaptured(dst, path, m, false)
	if m.Rule.PreserveSuffix {
		dst = append(dst, m.Suffix...)
	}
	dst = singleSlashes(dst, start)

	dst = appendQuery(dst, m, ownQuery, query)
	if hasFragment {
		dst = append(dst, '#')
		dst = append(dst, fragment...)
	}
	return dst
}

// appendCaptured appends text with "$1" ... replaced by what was captured. In
// a query, what was captured cannot begin another parameter.
func appendCaptured(dst []byte, text string, m *Match, inQuery bool) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] != '$' || i+1 == len(text) || text[i+1] < '1' || int(text[i+1]-'1') >= m.Count {
			dst = append(dst, text[i])
			continue
		}
		i++
		captured := m.Captures[text[i]-'1']
		for j := 0; j < len(captured); j++ {
			switch c := captured[j]; {
			case inQuery && c == '&':
				dst = append(dst, "%26"...)
			case inQuery && c == '+':
				dst = append(dst, "%2B"...)
			case inQuery && c == '\'':
				dst = append(dst, "%27"...)
			default:
				dst = append(dst, c)
			}
		}
	}
	return dst
}

// singleSlashes makes dst[start:] a path: it begins with one slash and has no
// empty segments, which joining a target and a suffix may have left.
func singleSlashes(dst []byte, start int) []byte {
	if len(dst) == start {
		return append(dst, '/')
	}
	if dst[start] != '/' { // "http://host" + "x": cannot be, but must not join
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '/'
	}
	out := start
	for i := start; i < len(dst); i++ {
		if dst[i] == '/' && out > start && dst[out-1] == '/' {
			continue
		}
		dst[out] = dst[i]
		out++
	}
	return dst[:out]
}

// appendQuery merges the target's query with the request's. The target's
// parameters come first and win.
func appendQuery(dst []byte, m *Match, own, request string) []byte {
	sep := byte('?')
	if own != "" {
		dst = append(dst, sep)
		dst = appendCaptured(dst, own, m, true)
		sep = '&'
	}
	for request != "" {
		var pair string
		pair, request, _ = strings.Cut(request, "&")
		name, _, _ := strings.Cut(pair, "=")
		if name == "" || (!m.Rule.PreserveQuery && !IsCampaign(name)) || hasParameter(own, name) {
			continue
		}
		dst = append(dst, sep)
		dst = append(dst, pair...)
		sep = '&'
	}
	return dst
}

func hasParameter(query, name string) bool {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if own, _, _ := strings.Cut(pair, "="); own == name {
			return true
		}
	}
	return false
}

// IsCampaign says whether a query parameter belongs to a campaign rather than
// to the page, and so is kept across redirects.
func IsCampaign(name string) bool {
	if len(name) > 4 && (name[:4] == "utm_" || name[:4] == "UTM_") {
		return true
	}
	switch name {
	case "gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id", "igshid", "mc_cid", "mc_eid", "_gl":
		return true
	}
	return false
}

// SafeTarget says whether a finished Location leads to base or to a host the
// site allows. It is the last line of defence: Validate has checked the rule.
func SafeTarget(location, base string, s *site.Site) bool {
	if strings.HasPrefix(location, base) && (len(location) == len(base) || location[len(base)] == '/') {
		return true
	}
	_, authority, _ := site.SplitURL(location)
	hostname, _, ok := address.SplitHost(authority)
	return ok && s.AllowsTarget(hostname)
}
