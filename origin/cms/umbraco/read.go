package umbraco

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// The topics of what was not sent by a webhook.
const (
	TopicListed  = "listed"  // an item as the API lists it, in the default locale
	TopicFetched = "fetched" // an entry as the API told it: {"locales": {"en-GB": item}}
	TopicAsk     = "ask"     // {"id": …}: whether it is public is to be asked
)

// Reader reads what one site says.
type Reader struct {
	Locales []string // cultures, the default first
	// Zone is in what dates without an offset are meant: Umbraco's own, before version 17 that of its server.
	Zone *time.Location
	// Forms says which fields are dates and which instants: Umbraco writes both alike. nil: none.
	Forms func(kind cms.Kind, field string) Form
}

// Form is what a field holds, as far as Umbraco's values do not say it.
type Form int

// The forms that matter.
const (
	Other Form = iota
	Date
	Instant
)

// item is content as the Delivery API and webhooks have it. encoding/json takes names in either case.
type item struct {
	ID          string                     `json:"id"`
	ContentType string                     `json:"contentType"`
	UpdateDate  string                     `json:"updateDate"`
	Properties  map[string]json.RawMessage `json:"properties"`
	// Cultures has an object for each: in the extended payload its properties, else where it is found; in the minimal
	// one it is a list of names.
	Cultures json.RawMessage `json:"cultures"`
}

// verbs are the events that the public may notice, without "Umbraco." and in lower case. The older spelling is what
// Umbraco sends; the newer is its documentation's.
var verbs = map[string]cms.Action{
	"contentpublish": cms.Publish, "contentpublished": cms.Publish,
	"contentunpublish": cms.Unpublish, "contentunpublished": cms.Unpublish,
	"contentdelete": cms.Delete, "contentdeleted": cms.Delete,
}

// several are events that tell of any number of entries at once.
var several = []string{"contentmovedtorecyclebin", "contentemptiedrecyclebin"}

// Read says what an envelope means to the public. Only a published item says when it changed: whatever else happened is
// to be asked for. The error wraps wire.ErrMalformed.
func (r Reader) Read(e wire.Envelope) (wire.Message, error) {
	m := wire.Message{Action: cms.Publish}
	switch e.Topic {
	case TopicFetched:
		return r.readFetched(e.Body)
	case TopicListed:
	case TopicAsk:
		m.Action = cms.Unpublish
	default:
		event := strings.TrimPrefix(strings.ToLower(e.Topic), "umbraco.")
		verb, known := verbs[event]
		if slices.Contains(several, event) {
			m.Nothing, m.Sweep = "of several entries at once", true
			return m, nil
		}
		if !known {
			m.Nothing = "no event that the public notices" // ContentSaved is a draft
			return m, nil
		}
		m.Action = verb
	}
	var in item
	if err := json.Unmarshal(e.Body, &in); err != nil {
		return m, fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	id, err := uuid.Parse(in.ID)
	if err != nil {
		return m, fmt.Errorf("%w: id %q is no GUID", wire.ErrMalformed, in.ID[:min(len(in.ID), 80)])
	}
	m.EntryID, m.Kind = id.String(), cms.Kind(in.ContentType)
	if m.Kind != "" && !wire.Ours(m.Kind) {
		m.Nothing = "of a document type that is not ours"
		return m, nil
	}
	// What says no more than an ID is always a delivery of its own: an entry may be unpublished twice within a second, and
	// the second time must count. Asking once too often does no harm.
	if in.UpdateDate != "" {
		sum := sha256.Sum256([]byte(string(m.Action) + "\n" + string(e.Body)))
		m.Dedup = "sum:" + hex.EncodeToString(sum[:])
	}
	if m.Action != cms.Publish || m.Kind == "" || in.UpdateDate == "" {
		return m, nil // an ID and little else
	}
	err = r.whole(&m, in)
	return m, err
}

// whole reads a published item with its properties.
func (r Reader) whole(m *wire.Message, in item) error {
	at, err := r.instant(in.UpdateDate)
	if err != nil {
		return fmt.Errorf("%w: updateDate is %q", wire.ErrMalformed, in.UpdateDate)
	}
	m.Stamp = cms.Stamp{At: at}
	change := &cms.Change{
		Source: cms.Umbraco, ID: m.EntryID, Kind: m.Kind, Action: cms.Publish, Stamp: m.Stamp, DefaultLocale: r.Locales[0],
		Fields: map[string]map[string]json.RawMessage{},
	}
	var cultures map[string]struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if !wire.Null(in.Cultures) {
		if err := json.Unmarshal(in.Cultures, &cultures); err != nil {
			return fmt.Errorf("%w: cultures: %w", wire.ErrMalformed, err)
		}
	}
	r.add(change, r.Locales[0], in.Properties)
	// The default locale's values first, for the others' are held against them; and always in the same order.
	order := slices.SortedFunc(maps.Keys(cultures), func(a, b string) int {
		return cmp.Or(r.place(a)-r.place(b), strings.Compare(a, b))
	})
	for _, culture := range order {
		of := cultures[culture]
		locale, ours := r.locale(culture)
		switch {
		case of.Properties != nil && ours:
			r.add(change, locale, of.Properties)
		case ours && locale != r.Locales[0]:
			m.Partial = true
		}
	}
	m.Change, m.Doubtful = change, true
	return nil
}

// readFetched reads an entry that was asked for, locale by locale.
func (r Reader) readFetched(body []byte) (wire.Message, error) {
	var in struct {
		Locales map[string]item `json:"locales"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return wire.Message{}, fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	m := wire.Message{Action: cms.Publish}
	for _, locale := range r.Locales {
		of, found := in.Locales[locale]
		if !found {
			continue
		}
		id, err := uuid.Parse(of.ID)
		if err != nil {
			return m, fmt.Errorf("%w: id is no GUID", wire.ErrMalformed)
		}
		one := wire.Message{EntryID: id.String(), Kind: cms.Kind(of.ContentType), Action: cms.Publish}
		of.Cultures = nil // each was asked for
		if err := r.whole(&one, of); err != nil {
			return m, err
		}
		if m.Change == nil {
			m = one
			m.Change.Fields = map[string]map[string]json.RawMessage{}
		}
		if one.Stamp.After(m.Stamp) { // a culture may be published later than another
			m.Stamp, m.Change.Stamp = one.Stamp, one.Stamp
		}
		r.add(m.Change, locale, of.Properties)
	}
	if m.Change == nil {
		return m, fmt.Errorf("%w: it is there in none of our locales", wire.ErrMalformed)
	}
	if !wire.Ours(m.Kind) {
		m.Nothing = "of a document type that is not ours"
	}
	m.Partial, m.Doubtful = false, false
	return m, nil
}

// add puts properties into a change. A value that does not differ from the default locale's is not repeated.
func (r Reader) add(change *cms.Change, locale string, properties map[string]json.RawMessage) {
	for name, value := range properties {
		if wire.Null(value) {
			continue
		}
		value = r.plain(change.Kind, name, value)
		if usual, ok := change.Fields[name][change.DefaultLocale]; ok && locale != change.DefaultLocale && string(usual) == string(value) {
			continue
		}
		if change.Fields[name] == nil {
			change.Fields[name] = map[string]json.RawMessage{}
		}
		change.Fields[name][locale] = value
	}
}

// place is where the locale of a culture stands among ours.
func (r Reader) place(culture string) int {
	locale, _ := r.locale(culture)
	return slices.Index(r.Locales, locale)
}

// locale finds our spelling of a culture: Umbraco writes it in either case, and "*" or "invariant" where there is none.
func (r Reader) locale(culture string) (string, bool) {
	i := slices.IndexFunc(r.Locales, func(l string) bool { return strings.EqualFold(l, culture) })
	if i < 0 {
		return r.Locales[0], culture == "" || culture == "*" || strings.EqualFold(culture, "invariant")
	}
	return r.Locales[i], true
}

// instant reads a date of Umbraco's own, to the microsecond that Postgres keeps.
func (r Reader) instant(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		at, err = time.ParseInLocation("2006-01-02T15:04:05.999999999", text, r.Zone)
	}
	return at.UTC().Truncate(time.Microsecond), err
}
