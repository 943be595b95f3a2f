// Package marks is what editors of the local content system type where text may have headings, lists and links: plain
// text with a few marks. It becomes what the real systems hold: Contentful's Rich Text document and Umbraco's HTML.
//
//	## Heading, ### smaller heading
//	- an item of a list, 1. an item of a numbered one
//	> a quotation
//	**bold**, *italic*, [words of a link](https://example.com/)
//
// An empty line ends a paragraph; a single end of a line within one is kept. Everything else is text, HTML included.
package marks

import (
	"regexp"
	"strings"
)

type blockKind string

const (
	paragraph blockKind = "paragraph"
	heading2  blockKind = "heading-2"
	heading3  blockKind = "heading-3"
	list      blockKind = "unordered-list"
	numbered  blockKind = "ordered-list"
	quotation blockKind = "blockquote"
)

// block is a paragraph, a heading or a quotation of one line of spans, or a list of several.
type block struct {
	kind  blockKind
	lines [][]span
}

// span is a run of text that looks alike.
type span struct {
	text         string
	bold, italic bool
	href         string // "": no link
}

var (
	numberMark = regexp.MustCompile(`^[0-9]{1,3}\. +`)
	inlineMark = regexp.MustCompile(`\*\*([^*\s](?:[^*]*[^*\s])?)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*|\[([^\]\n]+)\]\(([^()\s]+)\)`)
)

// parse never fails: what is no mark is text.
func parse(text string) []block {
	var blocks []block
	open := false // the last block is a paragraph that goes on with the next line
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		kind, rest := markOf(strings.TrimRight(line, " \t"))
		if strings.TrimSpace(rest) == "" {
			open = false
			continue
		}
		last := len(blocks) - 1
		switch {
		case kind == paragraph && open:
			blocks[last].lines[0] = append(blocks[last].lines[0], append([]span{{text: "\n"}}, spans(rest)...)...)
		case (kind == list || kind == numbered) && last >= 0 && blocks[last].kind == kind && !open:
			blocks[last].lines = append(blocks[last].lines, spans(rest))
		default:
			blocks = append(blocks, block{kind, [][]span{spans(rest)}})
		}
		open = kind == paragraph
	}
	return blocks
}

func markOf(line string) (blockKind, string) {
	for _, m := range []struct {
		mark string
		kind blockKind
	}{{"### ", heading3}, {"## ", heading2}, {"- ", list}, {"> ", quotation}} {
		if rest, ok := strings.CutPrefix(line, m.mark); ok {
			return m.kind, rest
		}
	}
	if mark := numberMark.FindString(line); mark != "" {
		return numbered, line[len(mark):]
	}
	return paragraph, line
}

func spans(line string) []span {
	var out []span
	plain := func(text string) {
		if text != "" {
			out = append(out, span{text: text})
		}
	}
	at := 0
	for _, m := range inlineMark.FindAllStringSubmatchIndex(line, -1) {
		plain(line[at:m[0]])
		switch {
		case m[2] >= 0:
			out = append(out, span{text: line[m[2]:m[3]], bold: true})
		case m[4] >= 0:
			out = append(out, span{text: line[m[4]:m[5]], italic: true})
		default:
			out = append(out, span{text: line[m[6]:m[7]], href: line[m[8]:m[9]]})
		}
		at = m[1]
	}
	plain(line[at:])
	return out
}
