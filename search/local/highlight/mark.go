// Package highlight shows where in a document the words of a query are.
package highlight

import (
	"strings"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/search/local/text"
)

// Word is a word of the index that a search found documents by.
type Word struct {
	Root   int  // bytes of the query's word that it stands for
	Typos  int  // of the query's word
	Prefix bool // it continues the query's word
}

// Style says how texts are marked.
type Style struct {
	Start, End string
	Threshold  int // texts with at most so many words are shown in full
	Affix      int // words shown before and after what was found
}

// Text is a marked text.
type Text struct {
	Snippet string
	Tokens  []string // what is marked, as it is written
	Full    string   // the whole text marked, when that was asked for
}

// Job is one text to mark.
type Job struct {
	Text     string
	Analyzer *text.Analyzer
	Words    map[string]Word
	At       []int  // numbers of the words to mark, rising
	Query    string // the last word of the query
	Infix    string // mark words that contain this, unless ""
	All      bool   // mark every word of the query wherever it is
	Full     bool   // also return the whole text
}

// marker is the marking of one text.
type marker struct {
	Style
	Job
	letters int // of the query's last word
	near    bool
	ranges  map[int]int // first byte of what to mark -> last byte
	hits    map[string]bool
	next    int // of At
	last    int // At's last number
	before  []int
	begun   bool
	from    int
	to      int
}

// Mark marks a text. It is false when there is nothing to mark.
func (s Style) Mark(j Job) (Text, bool) {
	m := &marker{
		Style: s, Job: j, letters: utf8.RuneCountInString(j.Query), ranges: map[int]int{}, hits: map[string]bool{},
		to: max(0, len(j.Text)-1),
	}
	length := len(j.Text)
	if length > 0 && j.Text[0] >= utf8.RuneSelf {
		length = utf8.RuneCountInString(j.Text)
	}
	m.near = length < s.Threshold*6
	if n := len(j.At); n > 0 {
		m.last = j.At[n-1]
	}
	words := 0
	j.Analyzer.Each(j.Text, func(t text.Token) bool {
		m.word(t, words)
		words++
		return !m.enough(words - 1)
	})
	if len(m.ranges) == 0 {
		return Text{}, false
	}
	if words <= s.Threshold || s.Threshold == 0 {
		m.from, m.to = 0, max(0, len(j.Text)-1)
	}
	var out Text
	out.Snippet, out.Tokens = m.write(m.from, m.to)
	if j.Full {
		out.Full, _ = m.write(0, len(j.Text)-1)
	}
	return out, true
}

// word looks at the nth word of the text.
func (m *marker) word(t text.Token, n int) {
	if !m.begun {
		if len(m.before) == m.Affix+1 {
			m.before = m.before[1:]
		}
		m.before = append(m.before, t.Start)
	}
	w, known := m.Words[t.Text]
	placed := m.begun && m.hits[t.Text] || m.next < len(m.At) && m.At[m.next] == n
	switch {
	case placed, known && (m.Full || m.All || m.near):
		m.mark(t, w, known)
		if placed {
			for m.next++; m.next < len(m.At) && m.At[m.next] == m.At[m.next-1]; {
				m.next++
			}
		}
		if (placed || m.All) && !m.begun {
			m.begun, m.from = true, m.before[0]
		}
	case m.Infix != "" && len(m.Text) < 100 && strings.Contains(t.Text, m.Infix):
		m.mark(t, Word{}, false)
	}
	if len(m.At) > 0 && n >= m.last+m.Affix && m.to == len(m.Text)-1 {
		m.to = t.End - 1
	}
}

// enough says whether the words after the nth cannot change the snippet.
func (m *marker) enough(n int) bool {
	return n >= m.Threshold && m.next >= len(m.At) && n >= m.last+m.Affix && !m.All && !m.Full
}

// mark notes the range of a word: all of it, or only as much as was typed.
func (m *marker) mark(t text.Token, w Word, known bool) {
	end := t.End - 1
	if known && w.Prefix && w.Root < len(t.Text) {
		end = m.typed(t, w)
	}
	if _, ok := m.ranges[t.Start]; !ok {
		m.ranges[t.Start] = end
	}
	m.hits[t.Text] = true
}

// typed is the last byte of the part of a word that was typed. Words that were
// mistyped and nearly complete count as typed in full.
func (m *marker) typed(t text.Token, w Word) int {
	letters, typed, end := 0, 0, t.Start
	for k := t.Start; k < t.End; {
		k++
		if k >= len(m.Text) || m.Analyzer.Skips(m.Text[k]) {
			continue
		}
		for i := 0; i < 3 && k < len(m.Text) && m.Text[k]&0xC0 == 0x80; i++ {
			k++
		}
		letters++
		if letters <= m.letters {
			typed++
		}
		if letters == m.letters {
			end = k - 1
		}
	}
	if letters-typed <= 2 && w.Typos != 0 {
		return t.End - 1
	}
	return end
}

// write writes the bytes from from to to with what is to be marked in tags.
func (m *marker) write(from, to int) (string, []string) {
	var b strings.Builder
	var tokens []string
	for at := from; at <= to && at < len(m.Text); {
		end, ok := m.ranges[at]
		if !ok {
			b.WriteByte(m.Text[at])
			at++
			continue
		}
		for end >= at && end < len(m.Text) && m.punctuation(m.Text[end]) {
			end--
		}
		token := m.Text[at:min(end+1, len(m.Text))]
		b.WriteString(m.Start)
		b.WriteString(token)
		b.WriteString(m.Style.End)
		tokens = append(tokens, token)
		at += max(1, len(token))
	}
	return b.String(), tokens
}

// punctuation says whether c is an ASCII character that is not indexed.
func (m *marker) punctuation(c byte) bool { return m.Analyzer.Skips(c) }
