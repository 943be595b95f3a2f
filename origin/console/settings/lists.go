package settings

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// classes are the routes that have limits.
var classes = []struct{ Class, Label string }{
	{site.ClassPage, "Pages"}, {site.ClassSearch, "Search"}, {site.ClassCheckout, "Checkout"}, {site.ClassAPI, "API"}, {site.ClassAsset, "Pictures, scripts and styles"},
}

var limitsForm = section{
	ID: edgeconfig.SectionLimits, Title: "Rate limits",
	About: "How often one visitor may ask. Whoever asks more is told to wait. A mobile operator may send hundreds of people from one address: stay generous.",
	Values: func(value any) url.Values {
		v := url.Values{}
		for _, l := range value.(*edgeconfig.Limits).Limits {
			v.Set(l.Class+"_requests", strconv.Itoa(l.Requests))
			v.Set(l.Class+"_period", span(l.Period))
		}
		return v
	},
	Fields: func(h house, v url.Values) []group {
		var groups []group
		for _, c := range classes {
			about := "The house sets no limit here."
			for _, l := range h.Settings.Limits {
				if l.Class == c.Class {
					about = fmt.Sprintf("The house’s default: %s in %s.", frame.Number(l.Requests), span(l.Period))
				}
			}
			groups = append(groups, group{Heading: c.Label, About: about, Row: true, Fields: []field{
				{Name: c.Class + "_requests", Label: "Requests", Kind: number, Value: v.Get(c.Class + "_requests"), Hint: "Empty: no limit."},
				{Name: c.Class + "_period", Label: "In", Kind: text, Value: v.Get(c.Class + "_period"), Hint: "Such as 1m; at most 1d."},
			}})
		}
		return groups
	},
	Read: func(v url.Values) (any, map[string]string) {
		r := read(v)
		all := &edgeconfig.Limits{Limits: []site.Limit{}}
		for _, class := range limited(v) {
			all.Limits = append(all.Limits, site.Limit{Class: class, Requests: r.number(class + "_requests"), Period: r.span(class + "_period")})
		}
		return all, r.faults
	},
	Row: func(v url.Values, _ string, i int, part string) string {
		if list := limited(v); i < len(list) {
			if part != "period" {
				part = "requests"
			}
			return list[i] + "_" + part
		}
		return ""
	},
}

// limited are the classes that have a limit.
func limited(v url.Values) (list []string) {
	for _, c := range classes {
		if strings.TrimSpace(v.Get(c.Class+"_requests")) != "" {
			list = append(list, c.Class)
		}
	}
	return list
}

var rewritesForm = section{
	ID: edgeconfig.SectionRewrites, Title: "Rewrites",
	About: "Addresses under which another page is served. Visitors keep the address they asked for; to lead them elsewhere, use Redirects.",
	Values: func(value any) url.Values {
		var list, ids []string
		for _, r := range value.(*edgeconfig.Rewrites).Rewrites {
			rest := ""
			if r.Prefix {
				rest = "/*"
			}
			list = append(list, r.Source+rest+" → "+r.Target+rest)
			ids = append(ids, r.Source+rest+" "+r.ID)
		}
		return url.Values{"rewrites": {unlines(list)}, "ids": {unlines(ids)}}
	},
	Fields: func(_ house, v url.Values) []group {
		return []group{{Fields: []field{
			{Name: "rewrites", Label: "Rewrites", Kind: lines, Value: v.Get("rewrites"), Hint: "One a line: /christmas → /shows/cinderella. With /* at the end of both, everything below, too. -> is as good as →."},
			{Name: "ids", Kind: "hidden", Value: v.Get("ids")},
		}}}
	},
	Read: func(v url.Values) (any, map[string]string) {
		r := read(v)
		ids := map[string]string{} // a rule that stays keeps its name in traces
		for _, line := range items(v.Get("ids")) {
			source, id, _ := strings.Cut(line, " ")
			ids[source] = id
		}
		all := &edgeconfig.Rewrites{Rewrites: []site.Rewrite{}}
		for _, line := range items(v.Get("rewrites")) {
			source, target, found := strings.Cut(strings.ReplaceAll(line, "->", "→"), "→")
			source, target = strings.TrimSpace(source), strings.TrimSpace(target)
			from, prefix := strings.CutSuffix(source, "/*")
			to, both := strings.CutSuffix(target, "/*")
			switch {
			case !found || source == "" || target == "":
				r.faults["rewrites"] = "“" + line + "” must be two paths with an arrow between them."
				continue
			case prefix != both:
				r.faults["rewrites"] = "“" + line + "” must have /* at the end of both paths or of neither."
				continue
			}
			id := ids[source]
			if id == "" {
				id = uuid.NewString()
			}
			all.Rewrites = append(all.Rewrites, site.Rewrite{ID: id, Source: orRoot(from), Target: orRoot(to), Prefix: prefix})
		}
		return all, r.faults
	},
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// moreRows is how many empty rows wait to be filled in.
const moreRows = 2

var originForm = section{
	ID: edgeconfig.SectionOrigin, Title: "Where it is served from",
	About: "Pools of servers behind the edge. Each visitor is sent to a pool near them, by weight; one that does not answer is passed over.",
	Values: func(value any) url.Values {
		o := value.(*site.Origin)
		v := url.Values{"colour": {o.Colour}, "canary": {count(o.Canary)}}
		for _, p := range o.Pools {
			for name, text := range map[string]string{
				"id": p.ID, "region": p.Region, "base_url": p.BaseURL, "weight": strconv.Itoa(p.Weight), "pool_colour": p.Colour, "is_canary": yes(p.Canary),
			} {
				v.Add(name, text)
			}
		}
		return v
	},
	Fields: originFields,
	Read: func(v url.Values) (any, map[string]string) {
		r := read(v)
		o := &site.Origin{Colour: v.Get("colour"), Canary: r.number("canary")}
		for i, row := range pools(v) {
			weight, err := strconv.Atoi(strings.TrimSpace(row["weight"]))
			if err != nil && strings.TrimSpace(row["weight"]) != "" {
				r.faults[rowName("weight", i)] = "Write a whole number."
			}
			o.Pools = append(o.Pools, site.Pool{
				ID: row["id"], Region: row["region"], BaseURL: strings.TrimSuffix(row["base_url"], "/"), Weight: weight, Colour: row["pool_colour"], Canary: row["is_canary"] == "yes",
			})
		}
		return o, r.faults
	},
	Row: func(_ url.Values, list string, i int, part string) string {
		switch {
		case list != "pools" || part == "":
			return ""
		case part == "colour":
			part = "pool_colour"
		}
		return rowName(part, i)
	},
}

var poolFields = []string{"id", "region", "base_url", "weight", "pool_colour", "is_canary"}

func rowName(name string, i int) string { return name + "-" + strconv.Itoa(i) }

// pools are the rows in which something is typed, in order. A stored pool has its fields in lists, a typed one by row.
func pools(v url.Values) []map[string]string {
	var rows []map[string]string
	for i := range maxRows {
		row, some := map[string]string{}, false
		for _, name := range poolFields {
			value := strings.TrimSpace(v.Get(rowName(name, i)))
			if stored := v[name]; i < len(stored) {
				value = stored[i]
			}
			row[name] = value
			some = some || value != "" && (name == "id" || name == "base_url")
		}
		if some {
			rows = append(rows, row)
		}
	}
	return rows
}

// maxRows is more than a form has, so that the site's own bound is the one that is said.
const maxRows = 40

var regions = []option{{"", "Anywhere"}, {"eu-west", "Western Europe"}, {"us-east", "Eastern US"}, {"us-west", "Western US"}, {"ap-southeast", "South-east Asia, Pacific"}}

func originFields(_ house, v url.Values) []group {
	colours := []option{{"", "All"}, {site.ColourBlue, "Blue"}, {site.ColourGreen, "Green"}}
	groups := []group{{Fields: []field{
		{Name: "pools", Kind: "none"},
		{Name: "colour", Label: "Serve pools of colour", Kind: choice, Value: v.Get("colour"), Options: colours, Hint: "Switching moves everybody at once, and back. Pools without a colour always serve."},
		{Name: "canary", Label: "Visitors for the canary, in percent", Kind: number, Value: v.Get("canary"), Hint: "The share of visitors that canary pools take, the same ones each time. Empty: none."},
	}}}
	rows := pools(v)
	for i := range len(rows) + moreRows {
		row, heading, name := map[string]string{"weight": "1"}, "One more pool", "Such as eu-blue."
		if i < len(rows) {
			row, heading, name = rows[i], "Pool "+rows[i]["id"], "Empty this and the address to take the pool away."
		}
		at := func(name, label, kind, hint string, options []option) field {
			return field{Name: rowName(name, i), Label: label, Kind: kind, Value: row[name], Hint: hint, Options: options}
		}
		region := append([]option(nil), regions...)
		if !has(region, row["region"]) {
			region = append(region, option{row["region"], row["region"]})
		}
		groups = append(groups, group{Heading: heading, Row: true, Fields: []field{
			at("id", "Name", text, name, nil),
			at("base_url", "Address", text, "https:// and a host, no path.", nil),
			at("region", "Near visitors from", choice, "", region),
			at("weight", "Weight", number, "0 takes nobody.", nil),
			at("pool_colour", "Colour", choice, "", append([]option{{"", "None"}}, colours[1:]...)),
			at("is_canary", "A canary", tick, "Takes its share of visitors and no others.", nil),
		}})
	}
	return groups
}

func has(options []option, value string) bool {
	for _, o := range options {
		if o.Value == value {
			return true
		}
	}
	return false
}
