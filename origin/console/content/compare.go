package content

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
)

// difference is a field that is not what it was.
type difference struct {
	Label, Locale string // Locale "" where the field does not differ by it
	Before, After string // "" is nothing
	// Lines are of lists: what goes and what comes. More is how many there are besides those.
	Lines []line
	More  int
}

// line is an element of a list that goes or comes.
type line struct {
	Comes bool
	Text  string
}

const (
	mostLines = 60
	mostText  = 1500 // characters of a value
)

// compare says what changes between two states of an entry, in the order of its form. title names entries by ID.
func compare(kind cms.Kind, source cms.Source, before, after local.Fields, title func(id string) string, place *time.Location) []difference {
	t, _ := content.TypeOf(kind)
	var out []difference
	for _, f := range t.Fields {
		for i, locale := range local.Locales(source) {
			if i > 0 && !f.Localized {
				continue
			}
			old, now := before[f.Name][locale], after[f.Name][locale]
			if bytes.Equal(compacted(old), compacted(now)) {
				continue
			}
			d := difference{Label: f.Label}
			if f.Localized {
				d.Locale = locale
			}
			if was, is, ok := lists(old, now); ok && f.Form == content.JSON {
				d.Lines, d.More = listLines(was, is)
			} else {
				d.Before, d.After = said(f, old, title, place), said(f, now, title, place)
			}
			out = append(out, d)
		}
	}
	return out
}

func compacted(value json.RawMessage) []byte {
	var out bytes.Buffer
	if json.Compact(&out, value) != nil {
		return value
	}
	return out.Bytes()
}

// said is a value in few words.
func said(f content.Field, value json.RawMessage, title func(string) string, place *time.Location) string {
	text := shownValue(f, value, place)
	switch f.Form {
	case content.Link:
		if text != "" {
			text = title(text)
		}
	case content.Links:
		text = ""
		for i, id := range chosen(f, value) {
			if i > 0 {
				text += ", "
			}
			text += title(id)
		}
	case content.Boolean:
		if text == "true" {
			text = "Yes"
		}
	}
	if runes := []rune(text); len(runes) > mostText {
		return string(runes[:mostText]) + fmt.Sprintf(" … and %d characters more", len(runes)-mostText)
	}
	return text
}

// lists reads both as lists; one that is missing is empty.
func lists(a, b json.RawMessage) (was, is []json.RawMessage, ok bool) {
	read := func(value json.RawMessage) ([]json.RawMessage, bool) {
		var list []json.RawMessage
		return list, len(value) == 0 || json.Unmarshal(value, &list) == nil
	}
	was, ok1 := read(a)
	is, ok2 := read(b)
	return was, is, ok1 && ok2
}

// listLines says which elements go and which come, and how many more than it says.
func listLines(was, is []json.RawMessage) (lines []line, more int) {
	count := map[string]int{}
	for _, one := range was {
		count[string(compacted(one))]++
	}
	var come []string
	for _, one := range is {
		text := string(compacted(one))
		if count[text] > 0 {
			count[text]--
			continue
		}
		come = append(come, text)
	}
	add := func(l line) {
		if len(lines) == mostLines {
			more++
			return
		}
		lines = append(lines, l)
	}
	for _, one := range was {
		if text := string(compacted(one)); count[text] > 0 {
			count[text]--
			add(line{false, text})
		}
	}
	for _, text := range come {
		add(line{true, text})
	}
	if len(lines) == 0 {
		lines = []line{{true, "The same lines, in another order"}}
	}
	return lines, more
}
