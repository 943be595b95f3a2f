package local

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// deliveryType is what the Delivery API answers in.
const deliveryType = "application/vnd.contentful.delivery.v1+json"

func contentfulError(w http.ResponseWriter, status int, id, message string) {
	answer(w, status, deliveryType, map[string]any{
		"sys": map[string]string{"type": "Error", "id": id}, "message": message, "requestId": fmt.Sprintf("local-%d", time.Now().UnixNano()),
	})
}

// inSpace answers those who have the space's token, "Authorization: Bearer" or access_token.
func (c *CMS) inSpace(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !bearer {
			token = r.URL.Query().Get("access_token")
		}
		switch {
		case !same(token, c.Contentful.Token):
			contentfulError(w, http.StatusUnauthorized, "AccessTokenInvalid", "The access token you sent could not be found or is invalid.")
		case r.PathValue("space") != c.Contentful.Space || r.PathValue("environment") != environment:
			contentfulError(w, http.StatusNotFound, "NotFound", "The resource could not be found.")
		default:
			next(w, r)
		}
	}
}

// place is what a sync token holds: where the last page ended, and what is synchronised.
type place struct {
	After int64  `json:"a"`           // of local_cms_changes
	First bool   `json:"f,omitempty"` // within the first synchronisation, which tells of nothing that is gone
	Until int64  `json:"u,omitempty"` // where the first one is to end: what changes meanwhile is for the next
	Limit int    `json:"l"`
	Type  string `json:"t,omitempty"`
}

func (p place) token() string { return base64.RawURLEncoding.EncodeToString(encode(p)) }

// sync tells what is public, and from then on what changed. Pages are in the order of changes, so that nothing is missed
// by whoever goes on from a page's end.
func (c *CMS) sync(w http.ResponseWriter, r *http.Request) {
	p, ok := c.placeOf(w, r)
	if !ok {
		return
	}
	ctx := r.Context()
	if p.First && p.Until == 0 {
		err := c.DB.QueryRow(ctx, `select coalesce(max(changed), 0) from local_cms_entries where source = $1`, cms.Contentful).Scan(&p.Until)
		if err != nil {
			c.troubled(w, r, err)
			return
		}
	}
	until := p.Until
	if !p.First {
		until = 1<<62 - 1
	}
	rows, err := c.DB.Query(ctx, `select `+columns+`, changed from local_cms_entries where source = $1 and changed > $2 and changed <= $3
		and (published is not null or not $4) order by changed limit $5`, cms.Contentful, p.After, until, p.First, p.Limit+1)
	if err != nil {
		c.troubled(w, r, err)
		return
	}
	defer rows.Close()
	items, more := []any{}, false
	for n := 0; rows.Next(); n++ {
		var changed int64
		e, err := scan(rows, &changed)
		if err != nil {
			c.troubled(w, r, err)
			return
		}
		if n == p.Limit {
			more = true
			break
		}
		p.After = changed
		gone := e.Published == nil
		switch {
		case gone && (p.Type == "all" || p.Type == "Deletion" || p.Type == "DeletedEntry"):
			items = append(items, c.gone(e))
		case !gone && (p.Type == "all" || p.Type == "Entry"):
			items = append(items, c.public(e))
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		c.troubled(w, r, err)
		return
	}
	next := "nextPageUrl"
	if !more {
		next = "nextSyncUrl"
		if p.First {
			p.After, p.Until, p.First = max(p.After, p.Until), 0, false
		}
	}
	answer(w, http.StatusOK, deliveryType, map[string]any{
		"sys": map[string]string{"type": "Array"}, "items": items, next: c.URL + strings.TrimPrefix(r.URL.Path, c.below()) + "?sync_token=" + p.token(),
	})
}

// below is the path that Handler is reached below, when whoever mounted it did not strip it.
func (c *CMS) below() string {
	if u, err := url.Parse(c.URL); err == nil {
		return u.Path
	}
	return ""
}

// placeOf reads where a synchronisation is, or answers why there is no such place.
func (c *CMS) placeOf(w http.ResponseWriter, r *http.Request) (p place, ok bool) {
	q := r.URL.Query()
	if token := q.Get("sync_token"); token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			err = json.Unmarshal(text, &p)
		}
		if err != nil || p.Limit < 1 || p.Limit > 1000 || p.After < 0 {
			contentfulError(w, http.StatusBadRequest, "BadRequest", "The sync token is not valid.")
			return p, false
		}
		return p, true
	}
	limit, good := number(r, "limit", 1000, 1, 1000)
	kind := q.Get("type")
	if kind == "" {
		kind = "all"
	}
	if q.Get("initial") != "true" || !good || !slices.Contains([]string{"all", "Entry", "Asset", "Deletion", "DeletedEntry", "DeletedAsset"}, kind) {
		contentfulError(w, http.StatusBadRequest, "InvalidQuery", "The query you sent was invalid: initial=true or a sync_token, a type and a limit from 1 to 1000.")
		return p, false
	}
	return place{First: true, Limit: limit, Type: kind}, true
}

func (c *CMS) troubled(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		c.Logger.WarnContext(r.Context(), "the local CMS can't answer", "path", r.URL.Path, "error", err)
	}
	contentfulError(w, http.StatusInternalServerError, "ServerError", "Something went wrong on our side.")
}

// entries lists what is public by ID or content type.
func (c *CMS) entries(w http.ResponseWriter, r *http.Request) {
	skip, ok1 := number(r, "skip", 0, 0, 1<<31-1)
	limit, ok2 := number(r, "limit", 100, 0, 1000)
	locale, ok3 := localeOf(r)
	if !ok1 || !ok2 || !ok3 {
		contentfulError(w, http.StatusBadRequest, "InvalidQuery", "The query you sent was invalid: skip, limit (0 to 1000) or locale.")
		return
	}
	q := r.URL.Query()
	ids := []string{}
	if text := q.Get("sys.id"); text != "" {
		ids = append(ids, text)
	}
	if text := q.Get("sys.id[in]"); text != "" {
		ids = append(ids, strings.Split(text, ",")...)
	}
	const where = `source = 'contentful' and published is not null and deleted_at is null and ($1 = '' or kind = $1) and (cardinality($2::text[]) = 0 or id = any($2))`
	var total int
	if err := c.DB.QueryRow(r.Context(), `select count(*) from local_cms_entries where `+where, q.Get("content_type"), ids).Scan(&total); err != nil {
		c.troubled(w, r, err)
		return
	}
	found, err := c.list(r.Context(), where+` order by published_at desc, id offset $3 limit $4`, q.Get("content_type"), ids, skip, limit)
	if err != nil {
		c.troubled(w, r, err)
		return
	}
	items := make([]resource, len(found))
	for i, e := range found {
		items[i] = c.in(locale, e)
	}
	answer(w, http.StatusOK, deliveryType, map[string]any{
		"sys": map[string]string{"type": "Array"}, "total": total, "skip": skip, "limit": limit, "items": items,
	})
}

func (c *CMS) entry(w http.ResponseWriter, r *http.Request) {
	locale, ok := localeOf(r)
	if !ok {
		contentfulError(w, http.StatusBadRequest, "BadRequest", "Unknown locale: "+r.URL.Query().Get("locale"))
		return
	}
	e, err := c.Get(r.Context(), Key{cms.Contentful, r.PathValue("id")})
	if errors.Is(err, ErrNotFound) || err == nil && e.Published == nil {
		contentfulError(w, http.StatusNotFound, "NotFound", "The resource could not be found.")
		return
	}
	if err != nil {
		c.troubled(w, r, err)
		return
	}
	answer(w, http.StatusOK, deliveryType, c.in(locale, e))
}

// localeOf is the locale that is asked for: "*" is all of them.
func localeOf(r *http.Request) (string, bool) {
	locale := r.URL.Query().Get("locale")
	if locale == "" {
		locale = Locales(cms.Contentful)[0]
	}
	return locale, locale == "*" || slices.Contains(Locales(cms.Contentful), locale)
}

// in is an entry in one locale, whose fields are then values alone, or in all.
func (c *CMS) in(locale string, e Entry) resource {
	out := c.public(e)
	if locale == "*" {
		return out
	}
	values := map[string]json.RawMessage{}
	for name, by := range out.Fields.(Fields) {
		if value, said := by[locale]; said {
			values[name] = value
		} else if value, said := by[Locales(cms.Contentful)[0]]; said {
			values[name] = value // the default locale stands in
		}
	}
	out.Fields, out.Sys.Locale = values, locale
	return out
}
