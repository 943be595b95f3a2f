package local

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local/marks"
)

// link is Contentful's way to point at something.
type link struct {
	Sys linkSys `json:"sys"`
}

type linkSys struct {
	Type     string `json:"type"`
	LinkType string `json:"linkType"`
	ID       string `json:"id"`
}

func linkTo(kind, id string) *link { return &link{linkSys{"Link", kind, id}} }

// sys is what Contentful knows of an entry. What an API or a webhook does not say is left out.
type sys struct {
	Type             string     `json:"type"`
	ID               string     `json:"id"`
	Space            *link      `json:"space,omitempty"`
	Environment      *link      `json:"environment,omitempty"`
	ContentType      *link      `json:"contentType,omitempty"`
	Revision         int        `json:"revision,omitempty"`
	Version          int        `json:"version,omitempty"`
	PublishedVersion int        `json:"publishedVersion,omitempty"`
	PublishedCounter int        `json:"publishedCounter,omitempty"`
	CreatedAt        *time.Time `json:"createdAt,omitempty"`
	UpdatedAt        *time.Time `json:"updatedAt,omitempty"`
	PublishedAt      *time.Time `json:"publishedAt,omitempty"`
	ArchivedAt       *time.Time `json:"archivedAt,omitempty"`
	ArchivedVersion  int        `json:"archivedVersion,omitempty"`
	DeletedAt        *time.Time `json:"deletedAt,omitempty"`
	Locale           string     `json:"locale,omitempty"`
}

// resource is an entry or a deleted one as Contentful tells of it.
type resource struct {
	Metadata *metadata `json:"metadata,omitempty"`
	Sys      sys       `json:"sys"`
	Fields   any       `json:"fields,omitempty"`
}

type metadata struct {
	Tags []any `json:"tags"`
}

func (c *CMS) sysOf(e Entry) sys {
	created := milliseconds(e.CreatedAt)
	return sys{
		Type: "Entry", ID: e.ID, Space: linkTo("Space", c.Contentful.Space), Environment: linkTo("Environment", environment),
		ContentType: linkTo("ContentType", string(e.Kind)), Revision: e.Revision, CreatedAt: &created,
	}
}

// public is an entry as the Delivery API and the webhook of its publishing tell of it, in all locales.
func (c *CMS) public(e Entry) resource {
	s := c.sysOf(e)
	at := milliseconds(e.PublishedAt)
	s.UpdatedAt = &at
	return resource{Metadata: &metadata{[]any{}}, Sys: s, Fields: contentfulFields(e.Kind, e.Published)}
}

// gone is an entry that is not public any more.
func (c *CMS) gone(e Entry) resource {
	s := c.sysOf(e)
	at := milliseconds(e.UpdatedAt)
	s.Type, s.UpdatedAt, s.DeletedAt = "DeletedEntry", &at, &at
	return resource{Sys: s}
}

// managed is an entry as the Management API tells of it, which is what webhooks about drafts hold.
func (c *CMS) managed(e Entry) resource {
	s := c.sysOf(e)
	at := milliseconds(e.UpdatedAt)
	s.UpdatedAt, s.Version, s.PublishedVersion, s.PublishedCounter, s.Revision = &at, e.Version, max(0, e.PublishedVersion-1), e.Revision, 0 // publishing makes a version
	if !e.PublishedAt.IsZero() && e.Published != nil {
		published := milliseconds(e.PublishedAt)
		s.PublishedAt = &published
	}
	if !e.ArchivedAt.IsZero() {
		archived := milliseconds(e.ArchivedAt)
		s.ArchivedAt, s.ArchivedVersion = &archived, e.Version
	}
	return resource{Metadata: &metadata{[]any{}}, Sys: s, Fields: contentfulFields(e.Kind, e.Fields)}
}

// milliseconds is an instant as Contentful writes it.
func milliseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// contentfulFields are an entry's fields in Contentful's forms.
func contentfulFields(kind cms.Kind, fields Fields) Fields {
	out := Fields{}
	t, _ := content.TypeOf(kind)
	for _, f := range t.Fields {
		for locale, value := range fields[f.Name] {
			if !given(value) {
				continue
			}
			if out[f.Name] == nil {
				out[f.Name] = map[string]json.RawMessage{}
			}
			out[f.Name][locale] = contentfulValue(f.Form, value)
		}
	}
	return out
}

func given(value json.RawMessage) bool { return len(value) > 0 && string(value) != "null" }

// contentfulValue leaves alone what is not of the form: real content can be wrong, too.
func contentfulValue(form content.Form, value json.RawMessage) json.RawMessage {
	switch form {
	case content.Link:
		if ref, ok := refOf(value); ok {
			return encode(linkTo("Entry", ref))
		}
	case content.Links:
		if refs, ok := refsOf(value); ok {
			links := make([]*link, len(refs))
			for i, id := range refs {
				links[i] = linkTo("Entry", id)
			}
			return encode(links)
		}
	case content.RichText:
		var text string
		if json.Unmarshal(value, &text) == nil {
			return encode(marks.Document(text))
		}
	}
	return value
}

func refOf(value json.RawMessage) (string, bool) {
	var ref cms.Ref
	err := json.Unmarshal(value, &ref)
	return ref.ID, err == nil && ref.ID != ""
}

func refsOf(value json.RawMessage) ([]string, bool) {
	var refs []cms.Ref
	if json.Unmarshal(value, &refs) != nil {
		return nil, false
	}
	ids := make([]string, len(refs))
	for i, r := range refs {
		ids[i] = r.ID
	}
	return ids, true
}

// encode is for values made here, which always have a JSON form.
func encode(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic("cms/local: " + err.Error())
	}
	return out
}

// Contentful's headers.
const (
	contentfulType      = "application/vnd.contentful.management.v1+json"
	contentfulTopic     = "X-Contentful-Topic"
	contentfulName      = "X-Contentful-Webhook-Name"
	contentfulSignature = "X-Contentful-Signature"
	contentfulSigned    = "X-Contentful-Signed-Headers"
	contentfulTime      = "X-Contentful-Timestamp"
)

// sign signs a request as Contentful does: HMAC-SHA-256, in hexadecimal, of method, path, the signed headers in the
// order of their lower-cased names, and body, a line each.
func sign(secret, method, path string, header http.Header, body []byte, now time.Time) {
	header.Set(contentfulTime, strconv.FormatInt(now.UnixMilli(), 10))
	names := []string{strings.ToLower(contentfulSigned)}
	for name := range header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-contentful-") || lower == "content-type" {
			names = append(names, lower)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	header.Set(contentfulSigned, strings.Join(names, ","))
	pairs := make([]string, len(names))
	for i, name := range names {
		pairs[i] = name + ":" + strings.TrimSpace(header.Get(name))
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strings.Join([]string{method, path, strings.Join(pairs, ";"), ""}, "\n")))
	mac.Write(body)
	header.Set(contentfulSignature, hex.EncodeToString(mac.Sum(nil)))
}
