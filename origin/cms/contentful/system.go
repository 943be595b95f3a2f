package contentful

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// System is one space, as the listener knows content systems.
type System struct {
	// Secrets sign webhooks: one, or two while a new one takes over.
	Secrets []string
	Reader  Reader
	Asked   *API // nil: nothing is asked, and a webhook that is lost is lost
}

// Source says which system it is.
func (s *System) Source() cms.Source { return cms.Contentful }

// Verify checks the signature of a webhook.
func (s *System) Verify(r wire.Request, now time.Time) error {
	return Verify(r, s.Secrets, now, Tolerance)
}

// Presented looks at a webhook's headers before its body is read.
func (s *System) Presented(header http.Header, now time.Time) error {
	return Presented(header, now, Tolerance)
}

// Keep picks what is kept of a webhook.
func (s *System) Keep(header http.Header, body []byte) wire.Envelope { return Keep(header, body) }

// Read says what an envelope means.
func (s *System) Read(e wire.Envelope) (wire.Message, error) { return s.Reader.Read(e) }

// Ask is an envelope that has the worker ask whether an entry is public.
func (s *System) Ask(id string) wire.Envelope {
	body, _ := json.Marshal(map[string]any{"sys": map[string]string{"id": id}}) // of texts alone: it can be marshalled
	return wire.Envelope{Topic: TopicAsk, Body: body}
}

// API is where the system is asked; nil where it is not.
func (s *System) API() wire.API {
	if s.Asked == nil {
		return nil
	}
	return s.Asked
}
