package umbraco

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// System is one site, as the listener knows content systems.
type System struct {
	Header string   // in which the token stands; "": DefaultHeader
	Tokens []string // one, or two while a new one takes over
	Reader Reader
	Asked  *API // nil: nothing is asked, minimal payloads cannot be read, and a webhook that is lost is lost
}

// Source says which system it is.
func (s *System) Source() cms.Source { return cms.Umbraco }

// Verify checks the token of a webhook.
func (s *System) Verify(r wire.Request, _ time.Time) error {
	name := s.Header
	if name == "" {
		name = DefaultHeader
	}
	return Verify(r, name, s.Tokens)
}

// Presented checks the token before the body is read: it is all there is to check.
func (s *System) Presented(header http.Header, now time.Time) error {
	return s.Verify(wire.Request{Header: header}, now)
}

// Keep picks what is kept of a webhook.
func (s *System) Keep(header http.Header, body []byte) wire.Envelope { return Keep(header, body) }

// Read says what an envelope means.
func (s *System) Read(e wire.Envelope) (wire.Message, error) { return s.Reader.Read(e) }

// Ask is an envelope that has the worker ask whether an entry is public.
func (s *System) Ask(id string) wire.Envelope {
	body, _ := json.Marshal(map[string]string{"id": id}) // of texts alone: it can be marshalled
	return wire.Envelope{Topic: TopicAsk, Body: body}
}

// API is where the system is asked; nil where it is not.
func (s *System) API() wire.API {
	if s.Asked == nil {
		return nil
	}
	return s.Asked
}
