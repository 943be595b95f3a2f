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

	Refine   Refine
	Active   []Link          // what the results are narrowed by, and the addresses that no longer are
	Views    []Link          // list, map, calendar
	Kept     []Choice        // what the form sends along: Text is the field's name
	Map      *Map            // in place of the list
	Calendar *SearchCalendar // in place of the list
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
	Away    string // "1.2 miles away", or ""
}

// FacetLinks narrows the results by one field.
type FacetLinks struct {
	Name   string
	Values []Link
	Fields bool // the form shows it as well, so that following a link makes the whole page anew
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

// Choice is a value of a field.
type Choice struct {
	Value, Text string
	Chosen      bool
}

// Refine is the form that narrows what is found.
type Refine struct {
	From, To, Today string // days, "2026-12-24"
	When            []Choice
	Most            []Choice
	Sort            []Choice
	Access          []Choice
	Open            bool   // only with seats left
	Near            string // "51.51,-0.13", "" nowhere
}

// Map is where shows are played.
type Map struct{ Areas []Area }

// Area is a city.
type Area struct {
	City   string
	Scale  Scale
	Places []Place
}

// Scale is the bar that says how far things are; without a text there is none.
type Scale struct{ Text, Long string }

// Place is a theatre on the map. X and Y are in the units of the drawing.
type Place struct {
	Number, X, Y string
	Name, Count  string
	Shows        []Link
}

// SearchCalendar is a month of what was found.
type SearchCalendar struct {
	Month         string // "" when nothing is on
	Before, After *Link
	Weekdays      []string
	Days          []SearchDay
}

// SearchDay is one day of it.
type SearchDay struct {
	Weekday, Date, Column string
	Found                 int
	Shows                 []Link
	More                  *Link
}
