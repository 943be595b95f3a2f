package umbraco

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

const apiPath = "/umbraco/delivery/api/v2/content"

// API asks a site's Content Delivery API what is public.
type API struct {
	URL      string       // of the site: scheme, host and what stands before /umbraco
	Key      string       // Api-Key; "" where the API is open to all
	Locales  []string     // cultures, the default first
	HTTP     *http.Client // with a limit of time
	PageSize int          // 0: 100
}

func (a API) get(ctx context.Context, path string, query url.Values, locale string, value any) error {
	header := http.Header{"Accept": {"application/json"}, "Accept-Language": {locale}, "User-Agent": {"stagedoor"}}
	if a.Key != "" {
		header.Set("Api-Key", a.Key)
	}
	address := strings.TrimSuffix(a.URL, "/") + apiPath + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return wire.Get(ctx, a.HTTP, address, header, value)
}

// Entry asks how one entry is now, in every locale of ours. false: it is public in none.
func (a API) Entry(ctx context.Context, id string) (wire.Envelope, bool, error) {
	found := map[string]json.RawMessage{}
	for _, locale := range a.Locales {
		var body json.RawMessage
		err := a.get(ctx, "/item/"+url.PathEscape(id), nil, locale, &body)
		if errors.Is(err, wire.ErrNotFound) {
			continue
		}
		if err != nil {
			return wire.Envelope{}, false, err
		}
		found[locale] = body
	}
	if len(found) == 0 {
		return wire.Envelope{}, false, nil
	}
	body, err := json.Marshal(map[string]any{"locales": found})
	if err != nil {
		return wire.Envelope{}, false, fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	return wire.Envelope{Topic: TopicFetched, Body: body}, true, nil
}

// Changes lists all that is public, newest first, a page at a time: the API tells of no tombstones, so that what is gone
// is found by not being listed. The cursor is how many were listed. Whatever changes while pages are read moves to the
// front, and is missed or told twice: both do no harm, as the next pass tells it and what is told twice changes nothing.
func (a API) Changes(ctx context.Context, cursor string) (wire.Page, error) {
	skip := 0
	if cursor != "" {
		var err error
		if skip, err = strconv.Atoi(cursor); err != nil || skip < 0 {
			return wire.Page{}, fmt.Errorf("%w: %q", wire.ErrCursor, cursor)
		}
	}
	size := a.PageSize
	if size == 0 {
		size = 100
	}
	var answer struct {
		Total int               `json:"total"`
		Items []json.RawMessage `json:"items"`
	}
	query := url.Values{"sort": {"updateDate:desc"}, "skip": {strconv.Itoa(skip)}, "take": {strconv.Itoa(size)}}
	if err := a.get(ctx, "", query, a.Locales[0], &answer); err != nil {
		return wire.Page{}, err
	}
	page := wire.Page{Complete: true, Total: answer.Total}
	for _, body := range answer.Items {
		page.Items = append(page.Items, wire.Envelope{Topic: TopicListed, Body: body})
	}
	if next := skip + len(answer.Items); len(answer.Items) > 0 && next < answer.Total {
		page.More, page.Cursor = true, strconv.Itoa(next)
	}
	return page, nil
}
