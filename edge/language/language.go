// Package language chooses one of the locales a site is offered in from an
// Accept-Language header. It allocates nothing and compiles under TinyGo.
package language

import "strings"

// maxRanges is how many language ranges of a header are looked at. Browsers
// send a handful.
const maxRanges = 32

// maxLength is how many bytes of a header are.
const maxLength = 1024

type wanted struct {
	tag string
	q   int // thousandths
}

// Lookup returns the one of offered (such as "en-GB"; the first is the
// default) that an Accept-Language header asks for most, by the lookup of RFC
// 4647, section 3.4: ranges are tried by falling quality, each cut from its
// end until it fits. A range that names a language without a region fits the
// first of its locales.
//
// What the header refuses with q=0 is not chosen; of two ranges that speak of
// one locale the more specific counts. "*" stands for everything no other
// range fits. found is false when the header decides nothing, and then the
// default is right.
func Lookup(header string, offered []string) (locale string, found bool) {
	var ranges [maxRanges]wanted
	n := parse(header, &ranges)
	any := false
	for previous, at := 1001, -1; ; {
		// The next range by quality, in the header's order where that is
		// equal: a selection sort, for there are few.
		next := -1
		for i := range ranges[:n] {
			q := ranges[i].q
			if q == 0 || q > previous || q == previous && i <= at {
				continue
			}
			if next < 0 || q > ranges[next].q {
				next = i
			}
		}
		if next < 0 {
			break
		}
		previous, at = ranges[next].q, next
		if ranges[next].tag == "*" {
			any = true
			continue
		}
		for tag := ranges[next].tag; tag != ""; tag = shorten(tag) {
			for _, o := range offered {
				if fits(tag, o) && !refused(ranges[:n], o) {
					return o, true
				}
			}
		}
	}
	// Nothing named is offered. "*", or the want of anything else, takes the
	// default, and another only when that was refused by name.
	for i, o := range offered {
		if !refused(ranges[:n], o) {
			return o, any || i > 0
		}
	}
	return "", false
}

// Refuses says whether an Accept-Language header gives a locale q=0.
func Refuses(header, locale string) bool {
	var ranges [maxRanges]wanted
	n := parse(header, &ranges)
	return refused(ranges[:n], locale)
}

// fits says whether a range names a locale, or its language alone.
func fits(tag, locale string) bool {
	if strings.EqualFold(tag, locale) {
		return true
	}
	i := strings.IndexByte(locale, '-')
	return i > 0 && strings.EqualFold(tag, locale[:i])
}

// shorten cuts the last subtag off a range, and a single letter before it,
// which introduces what was cut.
func shorten(tag string) string {
	i := strings.LastIndexByte(tag, '-')
	if i < 0 {
		return ""
	}
	if i >= 2 && tag[i-2] == '-' {
		i -= 2
	}
	return tag[:i]
}

// refused says whether the most specific range that covers a locale has q=0.
func refused(ranges []wanted, locale string) bool {
	length, q := -1, -1
	for i := range ranges {
		tag := ranges[i].tag
		if tag == "*" {
			tag = ""
		}
		if len(tag) > length && covers(tag, locale) {
			length, q = len(tag), ranges[i].q
		}
	}
	return q == 0
}

// covers is the basic filtering of RFC 4647, section 3.3.1.
func covers(tag, locale string) bool {
	return tag == "" || len(tag) <= len(locale) && strings.EqualFold(tag, locale[:len(tag)]) &&
		(len(tag) == len(locale) || locale[len(tag)] == '-')
}

// parse reads the ranges of a header, passing over what is not one.
func parse(header string, ranges *[maxRanges]wanted) (n int) {
	if len(header) > maxLength {
		header = header[:maxLength]
	}
	for header != "" && n < maxRanges {
		var item string
		item, header, _ = strings.Cut(header, ",")
		tag, params, _ := strings.Cut(item, ";")
		tag = strings.Trim(tag, " \t")
		q, ok := quality(params)
		if !ok || !isRange(tag) {
			continue
		}
		ranges[n] = wanted{tag, q}
		n++
	}
	return n
}

// isRange says whether tag is a language-range (RFC 4647, section 2.1).
func isRange(tag string) bool {
	if tag == "*" {
		return true
	}
	length := 0
	for i := 0; i < len(tag); i++ {
		c := tag[i] | 0x20
		switch {
		case tag[i] == '-':
			if length == 0 {
				return false
			}
			length = -1
		case c >= 'a' && c <= 'z' || tag[i] >= '0' && tag[i] <= '9':
		default:
			return false
		}
		if length++; length > 8 {
			return false
		}
	}
	return length > 0
}

// quality reads "q=0.8" in thousandths; without it 1000. What is malformed is
// not ok, and its range counts for nothing.
func quality(params string) (q int, ok bool) {
	params = strings.Trim(params, " \t")
	if params == "" {
		return 1000, true
	}
	name, value, _ := strings.Cut(params, "=")
	name, value = strings.TrimRight(name, " \t"), strings.TrimLeft(value, " \t")
	if name != "q" && name != "Q" || value == "" || len(value) > 5 || value[0] != '0' && value[0] != '1' {
		return 0, false
	}
	q = int(value[0]-'0') * 1000
	if len(value) == 1 {
		return q, true
	}
	if value[1] != '.' {
		return 0, false
	}
	for i, weight := 2, 100; i < len(value); i, weight = i+1, weight/10 {
		if value[i] < '0' || value[i] > '9' {
			return 0, false
		}
		q += int(value[i]-'0') * weight
	}
	return q, q <= 1000
}
