// Package frame is what every page of the console stands in: it registers pages, knows who asks and what they may,
// and draws the header, the navigation, messages and failures around what a page shows. See package console for how to
// use it.
package frame

import (
	"errors"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/staff"
)

// Page is one address of the console.
type Page struct {
	Route  string       // a pattern of http.ServeMux: "GET /sites/{site}/maintenance"
	Action staff.Action // what one must be allowed to do there; "" is anything, for everybody who is signed in
	Menu   *Menu        // its place in the navigation; nil: none
	Serve  func(*Visit) error

	// Public pages are for those who have not signed in, too. Their Visit has no person.
	Public bool
	// MaxBody is how many bytes a request may have; 0: 1 MiB.
	MaxBody int64
	// Timeout is how long the work may take; 0: 15 s.
	Timeout time.Duration
}

// Menu is an entry of the navigation.
type Menu struct {
	Label string
	Order int // home is 0, maintenance 10, redirects 30, settings 40, publishing 50, audit log 80, people 90
}

const (
	defaultBody    = 1 << 20
	defaultTimeout = 15 * time.Second
)

// What Serve may return besides errors of its own. They become pages that say so.
var (
	ErrForbidden = errors.New("console: not allowed")
	ErrNotFound  = errors.New("console: there is no such page")
	// ErrStepUp leads the person to show that it is still them, and back to Visit.Back.
	ErrStepUp = errors.New("console: they must show that it is still them")
	// ErrTooLarge: the request has more bytes than the page takes.
	ErrTooLarge = errors.New("console: the request is too large")
)

// path is the route without its method.
func (p Page) path() string {
	if _, path, ok := strings.Cut(p.Route, " "); ok {
		return path
	}
	return p.Route
}

func (p Page) ofSite() bool { return strings.Contains(p.path(), "{site}") }

// Flash is a message that the next page shows once.
type Flash struct {
	Kind string `json:"kind"` // good, bad or warn
	Text string `json:"text"`
	// Undo is a form that takes back what was done; nil: none.
	Undo *Undo `json:"undo,omitempty"`
}

// Undo is a button that posts to a path of the console.
type Undo struct {
	Path   string            `json:"path"`
	Label  string            `json:"label"`
	Fields map[string]string `json:"fields,omitempty"`
}

// Good, Bad and Warn make messages.
func Good(text string) Flash { return Flash{Kind: "good", Text: text} }
func Bad(text string) Flash  { return Flash{Kind: "bad", Text: text} }
func Warn(text string) Flash { return Flash{Kind: "warn", Text: text} }

// WithUndo adds a button that takes back what the message tells.
func (f Flash) WithUndo(u Undo) Flash { f.Undo = &u; return f }
