// Package cms is what both content systems have in common: Contentful, in which the US writes, and Umbraco, in which
// the UK does. A system's own package reads its wire into a Change; package content makes a Change part of the house;
// package intake takes webhooks in and asks each system from time to time for what a lost webhook would have said.
package cms

import (
	"encoding/json"
	"time"
)

// Source is a content system.
type Source string

// The two systems.
const (
	Contentful Source = "contentful"
	Umbraco    Source = "umbraco"
)

// Kind is what an entry is about: there are nine, with a handler each.
type Kind string

// The nine kinds. A Contentful content type has the same ID, an Umbraco document type the same alias.
const (
	Brand               Kind = "brand"
	Venue               Kind = "venue"
	SeatingPlan         Kind = "seatingPlan"
	Production          Kind = "production"
	PerformanceSchedule Kind = "performanceSchedule"
	PriceList           Kind = "priceList"
	Person              Kind = "person"
	Article             Kind = "article"
	Promotion           Kind = "promotion"
)

// Kinds are all nine, each after those it refers to.
func Kinds() []Kind {
	return []Kind{Brand, Venue, SeatingPlan, Person, Production, PriceList, PerformanceSchedule, Article, Promotion}
}

// Action is what happened to an entry, as far as the public can see.
type Action string

// What a system may say. Drafts and autosaves are no Change: nobody outside may see them.
const (
	Publish   Action = "publish"   // it is public as Fields say
	Unpublish Action = "unpublish" // it is not public any more, and may come back: also when it is archived
	Delete    Action = "delete"    // it is gone for good
)

// Stamp orders what a system says of one entry: the later At is newer and, in one instant, the higher Revision.
type Stamp struct {
	At       time.Time // by the system's own clock
	Revision int64     // the system's own count; 0 where it has none
}

// After reports whether s is newer than other. Equal stamps are one change told twice.
func (s Stamp) After(other Stamp) bool {
	if !s.At.Equal(other.At) {
		return s.At.After(other.At)
	}
	return s.Revision > other.Revision
}

// Ref points at another entry of the same system: the form that both systems' links take in Fields.
type Ref struct {
	ID string `json:"$ref"`
}

// Change is one public change of one entry, in the form that both systems are read into.
type Change struct {
	Source Source
	ID     string // of the entry, within its system
	Kind   Kind
	Action Action
	Stamp  Stamp
	// DefaultLocale is the locale in which fields that are not translated stand.
	DefaultLocale string
	// Fields are the entry's fields by name and locale; nil unless Action is Publish. A link is a Ref, several are
	// an array of them; instants are RFC 3339, dates 2006-01-02, money is in minor units.
	Fields map[string]map[string]json.RawMessage
}
