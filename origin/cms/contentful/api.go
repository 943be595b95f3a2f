package contentful

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

// PublicURL is where Contentful's Content Delivery API is.
const PublicURL = "https://cdn.contentful.com"

// API asks one environment of a space what is public in it.
type API struct {
	URL         string // scheme, host and what stands before /spaces
	Space       string
	Environment string
	Token       string       // of the Content Delivery API
	HTTP        *http.Client // with a limit of time
	PageSize    int          // 0: 100. Contentful's most is 1000
}

func (a API) endpoint(path string, query url.Values) string {
	return strings.TrimSuffix(a.URL, "/") + "/spaces/" + url.PathEscape(a.Space) + "/environments/" + url.PathEscape(a.Environment) +
		path + "?" + query.Encode()
}

func (a API) header() http.Header {
	return http.Header{"Authorization": {"Bearer " + a.Token}, "Accept": {"application/json"}, "User-Agent": {"stagedoor"}}
}

// Entry asks how one entry is now. false: it is not public.
func (a API) Entry(ctx context.Context, id string) (wire.Envelope, bool, error) {
	var body json.RawMessage
	err := wire.Get(ctx, a.HTTP, a.endpoint("/entries/"+url.PathEscape(id), url.Values{"locale": {"*"}}), a.header(), &body)
	if errors.Is(err, wire.ErrNotFound) {
		return wire.Envelope{}, false, nil
	}
	if err != nil {
		return wire.Envelope{}, false, err
	}
	return wire.Envelope{Topic: TopicSync, Body: body}, true, nil
}

// Changes asks what changed since a cursor: a token of the Sync API. "" asks for all that is public, page by page, and
// the cursor after its last page for what changed since then, tombstones included. wire.ErrCursor: it is too old.
func (a API) Changes(ctx context.Context, cursor string) (wire.Page, error) {
	// Whether a pass under way lists everything is part of its cursor: a page of it may be asked for by another process.
	token, initial := strings.CutPrefix(cursor, "initial:")
	query := url.Values{"sync_token": {token}}
	if cursor == "" {
		initial = true
		size := a.PageSize
		if size == 0 {
			size = 100
		}
		query = url.Values{"initial": {"true"}, "limit": {strconv.Itoa(size)}}
	}
	var answer struct {
		Items       []json.RawMessage `json:"items"`
		NextPageURL string            `json:"nextPageUrl"`
		NextSyncURL string            `json:"nextSyncUrl"`
	}
	if err := wire.Get(ctx, a.HTTP, a.endpoint("/sync", query), a.header(), &answer); err != nil {
		var status *wire.StatusError
		if errors.As(err, &status) && status.Status == http.StatusBadRequest && cursor != "" {
			return wire.Page{}, fmt.Errorf("%w: %w", wire.ErrCursor, err)
		}
		return wire.Page{}, err
	}
	page := wire.Page{More: answer.NextPageURL != "", Complete: initial}
	for _, body := range answer.Items {
		page.Items = append(page.Items, wire.Envelope{Topic: TopicSync, Body: body})
	}
	// Only the token is taken: where to ask is ours to say.
	next, err := url.Parse(first(answer.NextPageURL, answer.NextSyncURL))
	if err != nil || next.Query().Get("sync_token") == "" {
		return wire.Page{}, fmt.Errorf("%w: no token for what comes next", wire.ErrMalformed)
	}
	page.Cursor = next.Query().Get("sync_token")
	if page.More && initial {
		page.Cursor = "initial:" + page.Cursor
	}
	return page, nil
}
