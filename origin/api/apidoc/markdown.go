package apidoc

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	boldSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	linkSpan = regexp.MustCompile(`\[([^\]]+)\]\((https://[^)\s]+)\)`)
)

// markdown draws the little Markdown that the document uses: paragraphs, lists of one level, bold, code and links.
// Everything is escaped first.
func markdown(text string) template.HTML {
	var out strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if strings.TrimSpace(block) == "" {
			continue
		}
		if strings.HasPrefix(strings.TrimSpace(block), "- ") {
			out.WriteString("<ul>")
			for item := range strings.SplitSeq("\n"+strings.TrimSpace(block), "\n- ") {
				if item = strings.TrimSpace(item); item != "" {
					out.WriteString("<li>" + spans(item) + "</li>")
				}
			}
			out.WriteString("</ul>")
			continue
		}
		out.WriteString("<p>" + spans(block) + "</p>")
	}
	return template.HTML(out.String()) // escaped by spans
}

func spans(text string) string {
	text = html.EscapeString(text)
	text = codeSpan.ReplaceAllString(text, "<code>$1</code>")
	text = boldSpan.ReplaceAllString(text, "<strong>$1</strong>")
	return linkSpan.ReplaceAllString(text, `<a href="$2">$1</a>`)
}
