// Package page is what a visitor sees: templ components over plain view models.
//
// A component shows what it is given and decides nothing that matters: prices, who may see an order and which seats
// are free are settled before it runs. Every page works without scripts as far as its task allows; scripts are
// modules that enhance the markup found here, and no page carries inline scripts, styles or event handlers, so that
// a strict Content-Security-Policy holds.
package page

import (
	"github.com/stagedoor/stagedoor/origin/storefront/asset"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Frame is what every page needs around its own content.
type Frame struct {
	Brand    venue.Brand
	Words    wording.Locale
	Assets   *asset.Set
	Sheet    string // address of the brand's own style sheet
	Origin   string // "https://lyceum.example", no slash
	GroupURL string // the group's site
	Practice bool   // no real money moves here; said on every page
	NavShort bool   // seat map and checkout need the room that search box and links take
	NoSearch bool   // the page has a search box of its own
	Query    string // what the search box holds

	Title       string // without the brand
	Description string
	Path        string   // of this page, "" when it has no address of its own
	Image       string   // absolute, for link previews
	NoIndex     bool     // search engines leave it out
	NoReferrer  bool     // the address is a secret
	Sheets      []string // style sheets beyond css/site.css
	Scripts     []string // modules
}

// FullTitle is what the browser's tab says.
func (f Frame) FullTitle() string {
	if f.Title == "" {
		return f.Brand.Name
	}
	return f.Title + " | " + f.Brand.Name
}

// Link is a text that leads somewhere.
type Link struct {
	URL     string
	Text    string
	Current bool
}
