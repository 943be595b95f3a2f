package contentful

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// The topics of what was not sent by a webhook.
const (
	TopicSync = "sync" // an item of the Sync API, or an entry that was asked for
	TopicAsk  = "ask"  // {"sys": {"id": …}}: whether it is public is to be asked
)

const entryTopic = "ContentManagement.Entry."

// Keep picks what is kept of a verified webhook.
func Keep(header http.Header, body []byte) wire.Envelope {
	e := wire.Envelope{Topic: header.Get(HeaderTopic), Body: body, Header: map[string]string{}}
	for _, name := range []string{HeaderTimestamp, HeaderWebhookName} {
		if value := header.Get(name); value != "" {
			e.Header[strings.ToLower(name)] = value
		}
	}
	// Where the key is not signed it is anybody's, and the body itself tells deliveries apart.
	if key := header.Get(HeaderIdempotency); key != "" && signs(header, HeaderIdempotency) {
		e.Header[strings.ToLower(HeaderIdempotency)] = key
	}
	return e
}

func signs(header http.Header, name string) bool {
	for signed := range strings.SplitSeq(header.Get(HeaderSignedHeaders), ",") {
		if strings.EqualFold(strings.TrimSpace(signed), name) {
			return true
		}
	}
	return false
}

// Reader reads what one space says.
type Reader struct {
	Space string // its ID; "" takes any
	// Environments are those whose entries are the public's; none takes any. Under an alias entries may name the
	// environment behind it: then both belong here.
	Environments []string
	Locale       string // the space's default
}

type link struct {
	Sys struct {
		Type     string `json:"type"`
		LinkType string `json:"linkType"`
		ID       string `json:"id"`
	} `json:"sys"`
}

// item is an entry, or the tombstone of one, as webhooks and the API have it.
type item struct {
	Sys struct {
		Type        string `json:"type"`
		ID          string `json:"id"`
		Space       link   `json:"space"`
		Environment link   `json:"environment"`
		ContentType link   `json:"contentType"`
		Revision    int64  `json:"revision"`
		UpdatedAt   string `json:"updatedAt"`
		ArchivedAt  string `json:"archivedAt"`
		DeletedAt   string `json:"deletedAt"`
	} `json:"sys"`
	Fields map[string]map[string]json.RawMessage `json:"fields"`
}

// Read says what an envelope means to the public. Drafts mean nothing; what is archived was unpublished before, and is
// told as unpublished once more. The Sync API's tombstones do not say whether an entry was deleted or unpublished: they
// are read as unpublished, from which it may come back.
//
// The error wraps wire.ErrMalformed.
func (r Reader) Read(e wire.Envelope) (wire.Message, error) {
	m := wire.Message{Dedup: dedup(e)}
	verb, ofEntry := strings.CutPrefix(e.Topic, entryTopic)
	if !ofEntry && e.Topic != TopicSync && e.Topic != TopicAsk {
		m.Nothing = "not about an entry"
		return m, nil
	}
	var in item
	if err := json.Unmarshal(e.Body, &in); err != nil {
		return m, fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	if in.Sys.ID == "" || len(in.Sys.ID) > 64 || strings.ContainsRune(in.Sys.ID, 0) {
		return m, fmt.Errorf("%w: sys.id is missing or no ID", wire.ErrMalformed)
	}
	m.EntryID, m.Kind = in.Sys.ID, cms.Kind(in.Sys.ContentType.Sys.ID)
	switch e.Topic {
	case TopicAsk:
		m.Action = cms.Unpublish
		return m, nil
	case TopicSync:
		switch in.Sys.Type {
		case "Entry":
			verb = "publish"
		case "DeletedEntry":
			verb = "unpublish"
		default:
			m.Nothing = "not about an entry"
			return m, nil
		}
	}
	environment := in.Sys.Environment.Sys.ID
	if space := in.Sys.Space.Sys.ID; r.Space != "" && space != "" && space != r.Space ||
		len(r.Environments) > 0 && environment != "" && !slices.Contains(r.Environments, environment) {
		m.Nothing = "of another space or environment"
		return m, nil
	}
	if m.Kind != "" && !wire.Ours(m.Kind) {
		m.Nothing = "of a content type that is not ours"
		return m, nil
	}
	var at string
	switch verb {
	case "publish":
		if m.Kind == "" {
			return m, fmt.Errorf("%w: sys.contentType is missing", wire.ErrMalformed)
		}
		m.Action, at = cms.Publish, in.Sys.UpdatedAt
	case "unpublish":
		m.Action, at = cms.Unpublish, first(in.Sys.DeletedAt, in.Sys.UpdatedAt)
	case "archive":
		m.Action, at = cms.Unpublish, first(in.Sys.ArchivedAt, in.Sys.UpdatedAt)
	case "delete":
		m.Action, at = cms.Delete, first(in.Sys.DeletedAt, in.Sys.UpdatedAt)
	case "create", "save", "auto_save", "unarchive":
		m.Nothing = "a draft"
		return m, nil
	default:
		m.Nothing = "no change of an entry"
		return m, nil
	}
	when, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return m, fmt.Errorf("%w: the time of the change is %q", wire.ErrMalformed, at)
	}
	m.Stamp = cms.Stamp{At: when.UTC().Truncate(time.Microsecond), Revision: in.Sys.Revision}
	m.Change = &cms.Change{
		Source: cms.Contentful, ID: m.EntryID, Kind: m.Kind, Action: m.Action, Stamp: m.Stamp, DefaultLocale: r.Locale,
	}
	if m.Action == cms.Publish {
		m.Change.Fields = fields(in.Fields)
	}
	return m, nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// dedup tells deliveries apart: by Contentful's own key where it was signed, by all of the delivery otherwise.
func dedup(e wire.Envelope) string {
	if key := e.Header[strings.ToLower(HeaderIdempotency)]; key != "" && len(key) <= 256 {
		return "key:" + key
	}
	sum := sha256.Sum256([]byte(e.Topic + "\n" + string(e.Body)))
	return "sum:" + hex.EncodeToString(sum[:])
}
