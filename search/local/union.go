package local

import (
	"net/http"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/query"
)

// paging are the parameters that a union takes from the URL alone.
var paging = []string{"page", "per_page", "offset", "limit", "limit_hits"}

// union answers several searches with one list of hits.
func (c *call) union(m *multi) error {
	begin := c.s.now()
	answer, err := c.united(m)
	if err != nil {
		f := visible(err)
		if f.Status >= http.StatusInternalServerError {
			return err
		}
		return c.ok(map[string]any{"code": f.Status, "error": f.Message})
	}
	answer["search_time_ms"] = c.s.now().Sub(begin).Milliseconds()
	return c.ok(answer)
}

func (c *call) united(m *multi) (map[string]any, error) {
	common, err := query.ParseParams(c.params)
	if err != nil {
		return nil, err
	}
	var all []query.Ranked
	requests := []any{}
	found, outOf, counted := 0, 0, map[string]bool{}
	for i, v := range m.searches {
		values, ok := v.(map[string]any)
		if !ok {
			return nil, errObjects
		}
		for _, name := range paging {
			delete(values, name)
		}
		params, err := c.searchParams(values)
		if err != nil {
			return nil, err
		}
		p, h, stopwords, err := c.s.plan(params, m.grants[i].Params)
		if err == errCollection {
			return nil, fault.NotFound("`%s` collection not found.", params["collection"])
		}
		if err != nil {
			return nil, err
		}
		r, err := h.Rank(p, stopwords, c.s.now())
		if err != nil {
			return nil, err
		}
		all = append(all, r)
		found += r.Found
		if !counted[r.Collection] {
			counted[r.Collection] = true
			outOf += r.OutOf
		}
		requests = append(requests, map[string]any{
			"collection": r.Collection, "q": p.Q, "first_q": p.Q, "per_page": p.PerPage, "found": r.Found,
		})
	}
	answer := map[string]any{
		"found": found, "out_of": outOf, "search_cutoff": false, "union_request_params": requests, "hits": []any{},
	}
	from := common.PerPage * (max(common.Page, 1) - 1)
	if common.Page == 0 && common.Offset != 0 {
		from = common.Offset
		answer["offset"] = from
	} else {
		answer["page"] = common.Page
	}
	if len(all) == 0 {
		return answer, nil
	}
	if err := query.Comparable(all); err != nil {
		return nil, err
	}
	hits := query.Merge(all)
	views := []any{}
	for _, h := range hits[min(from, len(hits)):min(from+common.PerPage, len(hits))] {
		views = append(views, h.View)
	}
	answer["hits"] = views
	return answer, nil
}
