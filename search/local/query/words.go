package query

import (
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/text"
)

// asked is a query taken apart.
type asked struct {
	include   []string   // words to find; "*" alone finds everything
	unstemmed []string   // the same before they were cut to their stems
	exclude   [][]string // words and phrases that must not be there
	phrases   [][]string // words that must stand together
}

// nothing is the word that is searched when a query holds only stopwords.
const nothing = "##hrhdh##"

// takeApart reads a query. a knows what a word is in the field that weighs most.
func takeApart(q string, a *text.Analyzer, segmented bool, stopwords []string) asked {
	if q == "*" {
		return asked{include: []string{"*"}}
	}
	var out asked
	out.include, out.exclude, out.phrases = operators(rough(q, a, segmented, stopwords), a, segmented, len(stopwords) > 0)
	if a.Stems() {
		plain := a.Unstemmed()
		out.unstemmed, _, _ = operators(rough(q, plain, segmented, stopwords), plain, segmented, len(stopwords) > 0)
	}
	return out
}

// rough splits a query into words that still hold the characters - and ".
func rough(q string, a *text.Analyzer, segmented bool, stopwords []string) []string {
	var words []string
	if segmented {
		words = splitList(q, " ")
	} else {
		words = a.With("-", `"`).Words(q)
	}
	return slices.DeleteFunc(words, func(w string) bool { return slices.Contains(stopwords, w) })
}

// operators finds what a minus excludes and what quotation marks keep together.
func operators(words []string, a *text.Analyzer, segmented, stopped bool) (include []string, exclude, phrases [][]string) {
	var phrase []string
	excluding, quoting := false, false
	minus := !a.Symbol('-')
	for _, w := range words {
		if w == "" || w == "-" && minus {
			continue
		}
		if w[0] == '-' && minus {
			excluding, w = true, w[1:]
		}
		w, opened, closed := quotes(w, quoting)
		quoting = quoting || opened
		for _, part := range parts(w, a, segmented) {
			switch {
			case quoting:
				phrase = append(phrase, part)
			case excluding:
				exclude, excluding = append(exclude, []string{part}), false
			default:
				include = append(include, part)
			}
		}
		if closed && quoting {
			if excluding {
				exclude = append(exclude, phrase)
			} else {
				phrases = append(phrases, phrase)
			}
			phrase, quoting, excluding = nil, false, false
		}
	}
	if len(phrase) > 0 && excluding {
		exclude = append(exclude, phrase)
	} else {
		include = append(include, phrase...)
	}
	if len(include) == 0 {
		include = []string{"*"}
		if stopped && len(phrases) == 0 && len(exclude) == 0 {
			include = []string{nothing}
		}
	}
	return include, exclude, phrases
}

// quotes takes the quotation marks off a word.
func quotes(w string, quoting bool) (rest string, opened, closed bool) {
	if len(w) > 1 && w[0] == '"' {
		w, opened = w[1:], true
	}
	if strings.HasSuffix(w, `"`) {
		if quoting || opened {
			return w[:len(w)-1], opened, true
		}
		opened = opened || w == `"`
	}
	return w, opened, false
}

func parts(w string, a *text.Analyzer, segmented bool) []string {
	var out []string
	if segmented {
		out = splitList(w, " ")
	} else {
		out = a.Words(w)
	}
	for i := range out {
		out[i] = text.Cut(out[i])
	}
	return out
}
