package content

import "strings"

// Words are a text by locale.
type words[T any] struct {
	by   map[string]T // keys in lower case
	main string       // the entry's default locale, in lower case
}

// in is the text for a locale: the very one, or one of the same language, or else the default locale's; the zero value
// if there is none of these. Of several of the same language the first by name counts.
func (w words[T]) in(locale string) T {
	locale = strings.ToLower(locale)
	if text, found := w.by[locale]; found {
		return text
	}
	language, _, _ := strings.Cut(locale, "-")
	best := ""
	for key := range w.by {
		if of, _, _ := strings.Cut(key, "-"); of == language && language != "" && (best == "" || key < best) && key != w.main {
			best = key
		}
	}
	if main, _, _ := strings.Cut(w.main, "-"); best == "" || main == language {
		if text, found := w.by[w.main]; found {
			return text
		}
	}
	return w.by[best]
}

// all lists every locale's text.
func (w words[T]) all() map[string]T { return w.by }

func keys[K comparable, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
