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
// is found by not being listed. The cursor is how many were listed and, where a page was too long to be read, how many
// are asked for at a time since then: half as many, and half of those, down to one. Whatever changes while pages are read moves to the
// front, and is missed or told twice: both do no harm, as the next pass tells it and what is told twice changes nothing.
func (a API) Changes(ctx context.Context, cursor string) (wire.Page, error) {
	whole := a.PageSize
	if whole == 0 {
		whole = 100
	}
	skip, size, err := place(cursor, whole)
	if err != nil {
		return wire.Page{}, err
	}
	var answer struct {
		Total int               `json:"total"`
		Items []json.RawMessage `json:"items"`
	}
	for {
		query := url.Values{"sort": {"updateDate:desc"}, "skip": {strconv.Itoa(skip)}, "take": {strconv.Itoa(size)}}
		err := a.get(ctx, "", query, a.Locales[0], &answer)
		if errors.Is(err, wire.ErrTooLong) && size > 1 {
			size /= 2
			continue
		}
		if err != nil {
			return wire.Page{}, err
		}
		break
	}
	page := wire.Page{Complete: true, Total: answer.Total}
	for _, body := range answer.Items {
		page.Items = append(page.Items, wire.Envelope{Topic: TopicListed, Body: body})
	}
	if next := skip + len(answer.Items); len(answer.Items) > 0 && next < answer.Total {
		page.More, page.Cursor = true, strconv.Itoa(next)
		if size < whole {
			page.Cursor += ":" + strconv.Itoa(size)
		}
	}
	return page, nil
}

// place reads a cursor: where a page begins and how many it has at most.
func place(cursor string, whole int) (skip, size int, err error) {
	if cursor == "" {
		return 0, whole, nil
	}
	from, most, smaller := strings.Cut(cursor, ":")
	skip, err = strconv.Atoi(from)
	if size = whole; smaller && err == nil {
		size, err = strconv.Atoi(most)
	}
	if err != nil || skip < 0 || size < 1 {
		return 0, 0, fmt.Errorf("%w: %q", wire.ErrCursor, cursor)
	}
	return skip, min(size, whole), nil
}
