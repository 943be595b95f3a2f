package page

// Banner announces something for a while.
type Banner struct {
	Headline string
	Message  string
	Code     string // promo code, "" for none
	Until    string // "Thursday 24 December 2026", "" for an open end
	URL      string // "" for no link
	Link     string // its words
}

// Credit is one line of a cast list.
type Credit struct {
	Role      string
	Name      string
	Biography string // sanitised HTML
	Website   string
}

// Teaser announces an article.
type Teaser struct {
	URL     string
	Title   string
	Summary string
	Author  string
	Date    string
	Machine string // the date as machines read it
}

// Articles is what there is to read on a site.
type Articles struct {
	Frame
	Articles []Teaser
	Newer    string // address of the page before, "" on the first
	Older    string
}

// Article is one of them.
type Article struct {
	Frame
	Told  Teaser
	Body  string // sanitised HTML
	Story any    // schema.org, written as JSON-LD
}
