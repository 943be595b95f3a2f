// Package wire is the form in which a content system's own package hands its messages to the listener: what is kept of
// a delivery (an Envelope), what it says (a Message), a page of what changed, and why a delivery is refused.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// Why a delivery is refused. Nothing of it is kept.
var (
	ErrSignature = errors.New("the delivery is not signed by the content system")
	ErrStale     = errors.New("the delivery was signed too long ago, or in the future")
	ErrMalformed = errors.New("the delivery cannot be read")
)

// Request is an incoming delivery, before anything of it is believed.
type Request struct {
	Method string
	URI    string // path and query as they were sent
	Header http.Header
	Body   []byte
}

// Envelope is what is kept of a delivery, or of an entry that the system's API told of. Read together with its
// system's package it says the same tomorrow.
type Envelope struct {
	Topic  string            `json:"topic"`
	Header map[string]string `json:"header,omitempty"` // by lower-case name; never a secret
	Body   []byte            `json:"body"`
}

// Message is what an Envelope says.
type Message struct {
	EntryID string
	Kind    cms.Kind // "" where it is not said
	// Nothing says why nobody outside can see a difference: a draft, an asset. "": there is one.
	Nothing string
	// Sweep says that a sweep tells what this does not: several entries at once, say. Nothing is set as well.
	Sweep bool
	// Action is what happened, Stamp when, as far as it is said.
	Action cms.Action
	Stamp  cms.Stamp
	// Change is the whole of it. nil: the system has to be asked how the entry is now.
	Change *cms.Change
	// Partial says that the entry has values in locales that Change lacks: ask, if that is possible.
	Partial bool
	// Doubtful says that nothing in Change tells whether it came before or after the entry was gone, if it was: ask.
	Doubtful bool
	// Dedup is the same for the same delivery told twice, and for no other. "": each is a delivery of its own.
	Dedup string
}

// Page is a part of what an API told.
type Page struct {
	Items []Envelope
	// Cursor is where the next page, or the next pass, begins.
	Cursor string
	// More says that this pass goes on at Cursor.
	More bool
	// Complete says that this pass lists all that is public: what it does not list is gone.
	Complete bool
	Total    int // of the pass; 0 where it is not said
}

// ErrCursor says that a cursor is not good any more: begin anew, with "".
var ErrCursor = errors.New("the content system does not know this place any more")

// Ours reports whether a kind is one of the nine.
func Ours(kind cms.Kind) bool {
	for _, k := range cms.Kinds() {
		if k == kind {
			return true
		}
	}
	return false
}

// Null reports whether a value is absent or null.
func Null(value json.RawMessage) bool {
	value = bytes.TrimSpace(value)
	return len(value) == 0 || bytes.Equal(value, []byte("null"))
}

// API asks a content system what is public.
type API interface {
	// Entry asks how one entry is now. false: it is not public.
	Entry(ctx context.Context, id string) (Envelope, bool, error)
	// Changes asks what changed since a cursor; "" begins anew. The error may be ErrCursor or a *BusyError.
	Changes(ctx context.Context, cursor string) (Page, error)
}
