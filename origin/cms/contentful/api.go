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

// tooBig is how Contentful says that a page would be longer than it answers: 7 MB, with status 400.
const tooBig = "Response size too big"

// Changes asks what changed since a cursor: a token of the Sync API. "" asks for all that is public, page by page, and
// the cursor after its last page for what changed since then, tombstones included. wire.ErrCursor: it is too old.
//
// How long pages are is said when one begins to ask for all and stays so. Where a page is too long, all is asked for
// anew, half as much at a time: what was told already changes nothing.
func (a API) Changes(ctx context.Context, cursor string) (wire.Page, error) {
	whole := a.PageSize
	if whole == 0 {
		whole = 100
	}
	at := readCursor(cursor, whole)
	for {
		page, err := a.changes(ctx, at)
		if !errors.Is(err, wire.ErrTooLong) || at.size == 1 {
			return page, err
		}
		at = place{initial: true, size: max(at.size/2, 1)}
	}
}

// place is where a pass is. Whether it lists everything, and how long its pages are, is part of the cursor: the next page
// may be asked for by another process.
type place struct {
	token   string // "": at the beginning
	initial bool   // it lists everything
	size    int    // of a page
}

func readCursor(cursor string, whole int) place {
	if cursor == "" {
		return place{initial: true, size: whole}
	}
	token, initial := strings.CutPrefix(cursor, "initial:")
	at := place{token: token, initial: initial, size: whole}
	if size, rest, found := strings.Cut(token, ":"); initial && found {
		if n, err := strconv.Atoi(size); err == nil && n > 0 {
			at.token, at.size = rest, n
		}
	}
	return at
}

func (a API) changes(ctx context.Context, at place) (wire.Page, error) {
	query := url.Values{"sync_token": {at.token}}
	if at.token == "" {
		query = url.Values{"initial": {"true"}, "limit": {strconv.Itoa(at.size)}}
	}
	var answer struct {
		Items       []json.RawMessage `json:"items"`
		NextPageURL string            `json:"nextPageUrl"`
		NextSyncURL string            `json:"nextSyncUrl"`
	}
	if err := wire.Get(ctx, a.HTTP, a.endpoint("/sync", query), a.header(), &answer); err != nil {
		var status *wire.StatusError
		switch {
		case !errors.As(err, &status) || status.Status != http.StatusBadRequest:
		case strings.Contains(status.About, tooBig):
			err = fmt.Errorf("%w: %w", wire.ErrTooLong, err)
		case at.token != "":
			err = fmt.Errorf("%w: %w", wire.ErrCursor, err)
		}
		return wire.Page{}, err
	}
	page := wire.Page{More: answer.NextPageURL != "", Complete: at.initial}
	for _, body := range answer.Items {
		page.Items = append(page.Items, wire.Envelope{Topic: TopicSync, Body: body})
	}
	// Only the token is taken: where to ask is ours to say.
	next, err := url.Parse(first(answer.NextPageURL, answer.NextSyncURL))
	if err != nil || next.Query().Get("sync_token") == "" {
		return wire.Page{}, fmt.Errorf("%w: no token for what comes next", wire.ErrMalformed)
	}
	page.Cursor = next.Query().Get("sync_token")
	if page.More && at.initial {
		page.Cursor = fmt.Sprintf("initial:%d:%s", at.size, page.Cursor)
	}
	return page, nil
}
