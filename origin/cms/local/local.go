// Package local is a small content system for local use. It plays both real ones: editors write entries of the nine kinds,
// as drafts that they publish, and what they do is told to the listener by the very webhooks that Contentful and Umbraco
// send, signed as theirs are, over HTTP, with retries; and it answers the APIs by which the listener asks each of them
// what a lost webhook would have said. The house reads none of its tables.
//
// # Where what it imitates is described
//
//   - Contentful's webhooks, their signing and the Sync API: contentful.com/developers/docs/extensibility/webhooks,
//     …/references/content-delivery-api; the npm package @contentful/node-apps-toolkit signs in the test.
//   - Umbraco's webhooks and Content Delivery API: docs.umbraco.com, 13 to 17, and Umbraco-CMS's own source for what the
//     payloads hold.
package local

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// Key names an entry.
type Key struct {
	Source cms.Source
	ID     string
}

// Fields are an entry's values by name and locale, in the form of cms.Change but for rich text, which is a string in the
// marks of package marks.
type Fields map[string]map[string]json.RawMessage

// State is what an entry is to the public, and whether there is more to publish.
type State string

// The states.
const (
	Draft     State = "draft"     // never published, or not any more
	Changed   State = "changed"   // public, with newer changes that are not
	Published State = "published" // public as it stands
	Archived  State = "archived"
	Deleted   State = "deleted"
)

// States are all but Deleted, which nobody looks for.
func States() []State { return []State{Draft, Changed, Published, Archived} }

// Entry is something that editors write.
type Entry struct {
	Key
	Kind             cms.Kind
	Brand            string // "" is the group's
	Title            string
	Fields           Fields // as last saved
	Version          int
	Published        Fields // what is public; nil: nothing
	PublishedVersion int
	Revision         int // how often what the public could see changed
	CreatedAt        time.Time
	UpdatedAt        time.Time
	UpdatedBy        string
	PublishedAt      time.Time // zero: never
	ArchivedAt       time.Time
	DeletedAt        time.Time
}

// State is what the entry is now.
func (e Entry) State() State {
	switch {
	case !e.DeletedAt.IsZero():
		return Deleted
	case !e.ArchivedAt.IsZero():
		return Archived
	case e.Published == nil:
		return Draft
	case e.PublishedVersion < e.Version:
		return Changed
	}
	return Published
}

// What a person may be told.
var (
	// ErrNotFound: there is no such entry, version or delivery.
	ErrNotFound = errors.New("cms/local: there is no such entry")
	// ErrChanged: somebody else saved the entry meanwhile.
	ErrChanged = errors.New("cms/local: the entry was changed meanwhile")
)

// Refused is what can't be done with an entry as it is, in words for whoever tried.
type Refused struct{ Reason string }

func (r Refused) Error() string { return "cms/local: " + r.Reason }

// Locales are those of a system's space, the default one first.
func Locales(s cms.Source) []string {
	if s == cms.Contentful {
		return []string{"en-US", "en-GB"}
	}
	return []string{"en-GB", "en-US"}
}

// Config is what the system works with.
type Config struct {
	DB     *pgxpool.Pool
	Now    func() time.Time
	Logger *slog.Logger
	// URL is where Handler is reached, without a slash at its end: "http://127.0.0.1:8788/cms".
	URL        string
	Contentful Contentful
	Umbraco    Umbraco
	// Client sends webhooks; nil: one that waits 30 s for an answer, as Contentful does.
	Client *http.Client
	// Pause is how long after a failed attempt the next comes; nil: 30 s for Contentful, 10 s for Umbraco.
	Pause func(s cms.Source, attempts int) time.Duration
}

// Contentful is what a space of it would be set to.
type Contentful struct {
	Space   string // its ID
	Token   string // of its Delivery API
	Secret  string // signs webhooks: 64 characters
	Webhook string // where they go
}

// Umbraco is what one would be set to.
type Umbraco struct {
	APIKey  string // of its Delivery API
	Header  string // carries Token
	Token   string
	Webhook string
}

// environment is Contentful's: spaces begin with this one.
const environment = "master"

// CMS is the system.
type CMS struct {
	Config
	wake chan struct{}
}

// New makes one. Run sends what is to be sent, Handler answers.
func New(c Config) *CMS {
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if c.Pause == nil {
		c.Pause = func(s cms.Source, _ int) time.Duration {
			if s == cms.Contentful {
				return 30 * time.Second
			}
			return 10 * time.Second
		}
	}
	return &CMS{Config: c, wake: make(chan struct{}, 1)}
}

// ring has the sender look at once.
func (c *CMS) ring() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
