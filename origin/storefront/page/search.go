package page

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

	"github.com/stagedoor/stagedoor/search/index"
)

// Search is the page of results.
type Search struct {
	Frame
	Down   bool // search could not be asked; Season is shown instead
	Asked  bool // there is something to look for
	Groups []Results
	Total  int
	Facets []FacetLinks
	Season []Bill // what to offer when nothing was found
	Older  string // address of the page before, "" on the first
	Newer  string // address of the page after, "" on the last
	More   *Link  // where more is to be found, nil when this is all
}

// Results is one list of hits under a heading: this theatre's, those of all others.
type Results struct {
	Title string
	Found int
	Hits  []Hit
}

// Hit is a show found, with the words that matched.
type Hit struct {
	URL     string
	Poster  string
	Title   index.Highlight
	Author  index.Highlight
	Where   string
	Dates   string
	From    string
	Snippet index.Highlight
	Left    string // "Few seats left", or ""
}

// FacetLinks narrows the results by one field.
type FacetLinks struct {
	Name   string
	Values []Link
}

// highlight prints the pieces of a text without a space between them, those that matched in <mark>.
func highlight(h index.Highlight) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var out strings.Builder
		for _, piece := range h {
			text := templ.EscapeString(piece.Text)
			if piece.Matched {
				text = "<mark>" + text + "</mark>"
			}
			out.WriteString(text)
		}
		_, err := io.WriteString(w, out.String())
		return err
	})
}
