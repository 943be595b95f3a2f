package local

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// problem is how Umbraco says that something is not right.
func problem(w http.ResponseWriter, status int, title, detail string) {
	answer(w, status, "application/problem+json", map[string]any{"type": "Error", "title": title, "status": status, "detail": detail})
}

// withKey answers those who have the API key.
func (c *CMS) withKey(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("Api-Key"), c.Umbraco.APIKey) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// culture is the one asked for: Accept-Language names one, or the default one is meant.
func culture(r *http.Request) string {
	for _, one := range Locales(cms.Umbraco) {
		if strings.EqualFold(strings.TrimSpace(r.Header.Get("Accept-Language")), one) {
			return one
		}
	}
	return Locales(cms.Umbraco)[0]
}

var (
	timeFilter = regexp.MustCompile(`^(createDate|updateDate)(>|<)(:?)(.+)$`)
	sortBy     = map[string]string{"createDate": "created_at", "updateDate": "published_at", "name": "title", "level": "id", "sortOrder": "id"}
)

// content lists what is public: filter, sort, skip and take as the Delivery API has them.
func (c *CMS) content(w http.ResponseWriter, r *http.Request) {
	skip, ok1 := number(r, "skip", 0, 0, 1<<31-1)
	take, ok2 := number(r, "take", 10, 0, 1000)
	if !ok1 || !ok2 {
		problem(w, http.StatusBadRequest, "Invalid paging", "skip and take are whole numbers from 0 on, take at most 1000.")
		return
	}
	where := `source = 'umbraco' and published is not null and deleted_at is null`
	var args []any
	for _, filter := range r.URL.Query()["filter"] {
		condition, value, ok := conditionOf(filter)
		if !ok {
			problem(w, http.StatusBadRequest, "Filter option not found", "One of the attempted 'filter' options does not exist: "+filter)
			return
		}
		args = append(args, value)
		where += fmt.Sprintf(" and "+condition, len(args))
	}
	order := "published_at desc, id"
	if sorts := r.URL.Query()["sort"]; len(sorts) > 0 {
		order = ""
		for _, s := range sorts {
			field, direction, _ := strings.Cut(s, ":")
			column, known := sortBy[field]
			if !known || direction != "asc" && direction != "desc" {
				problem(w, http.StatusBadRequest, "Sort option not found", "One of the attempted 'sort' options does not exist: "+s)
				return
			}
			order += column + " " + direction + ", "
		}
		order += "id"
	}
	var total int
	if err := c.DB.QueryRow(r.Context(), `select count(*) from local_cms_entries where `+where, args...).Scan(&total); err != nil {
		c.umbracoTroubled(w, r, err)
		return
	}
	found, err := c.list(r.Context(), fmt.Sprintf("%s order by %s offset $%d limit $%d", where, order, len(args)+1, len(args)+2), append(args, skip, take)...)
	if err != nil {
		c.umbracoTroubled(w, r, err)
		return
	}
	items, err := c.shown(r, found)
	if err != nil {
		c.umbracoTroubled(w, r, err)
		return
	}
	answer(w, http.StatusOK, "application/json; charset=utf-8", map[string]any{"total": total, "items": items})
}

// conditionOf reads a filter; its condition has the place of its value as %d.
func conditionOf(filter string) (condition string, value any, ok bool) {
	if kind, is := strings.CutPrefix(filter, "contentType:"); is {
		if kind, not := strings.CutPrefix(kind, "!"); not {
			return `kind <> $%d`, kind, true
		}
		return `kind = $%d`, kind, true
	}
	if name, is := strings.CutPrefix(filter, "name:"); is {
		return `title ilike '%%' || $%d || '%%'`, likely(name), true
	}
	m := timeFilter.FindStringSubmatch(filter)
	if m == nil {
		return "", nil, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.9999999", time.DateOnly} {
		at, err := time.Parse(layout, m[4])
		if err != nil {
			continue
		}
		sign := m[2]
		if m[3] == ":" {
			sign += "="
		}
		return sortBy[m[1]] + " " + sign + " $%d", at, true
	}
	return "", nil, false
}

// shown are entries in the culture that is asked for.
func (c *CMS) shown(r *http.Request, found []Entry) ([]any, error) {
	var ids []string
	for _, e := range found {
		ids = append(ids, e.links()...)
	}
	slices.Sort(ids)
	others, err := c.published(r.Context(), c.DB, cms.Umbraco, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, e := range found {
		items = append(items, camel.item(e, culture(r), others, true))
	}
	return items, nil
}

// items are those of the IDs asked for that are public.
func (c *CMS) items(w http.ResponseWriter, r *http.Request) {
	ids := r.URL.Query()["id"]
	if len(ids) > 100 {
		problem(w, http.StatusBadRequest, "Too many", "Ask for at most 100 at once.")
		return
	}
	found, err := c.list(r.Context(), `source = 'umbraco' and published is not null and deleted_at is null and id = any($1) order by id`, append([]string{}, ids...))
	if err == nil {
		var items []any
		if items, err = c.shown(r, found); err == nil {
			answer(w, http.StatusOK, "application/json; charset=utf-8", items)
			return
		}
	}
	c.umbracoTroubled(w, r, err)
}

func (c *CMS) item(w http.ResponseWriter, r *http.Request) {
	e, err := c.Get(r.Context(), Key{cms.Umbraco, r.PathValue("id")})
	if errors.Is(err, ErrNotFound) || err == nil && e.Published == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if err == nil {
		var items []any
		if items, err = c.shown(r, []Entry{e}); err == nil {
			answer(w, http.StatusOK, "application/json; charset=utf-8", items[0])
			return
		}
	}
	c.umbracoTroubled(w, r, err)
}

func (c *CMS) umbracoTroubled(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		c.Logger.WarnContext(r.Context(), "the local CMS can't answer", "path", r.URL.Path, "error", err)
	}
	problem(w, http.StatusInternalServerError, "Something went wrong", "Something went wrong on our side.")
}
