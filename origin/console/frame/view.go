package frame

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/storefront/asset"
)

// view is what the layout draws.
type view struct {
	Title    string
	Assets   *asset.Set
	SignedIn bool
	Practice bool
	Person   staff.Person
	Site     string
	SiteName string
	Whole    bool // the page concerns all sites at once
	Choices  []Choice
	Menu     []entry
	From     string // the page to come back to with another site
	Enter    bool   // they may look at the site as staff
	Flash    *Flash
}

// entry is a link of the navigation.
type entry struct {
	Label, URL string
	Current    bool
}

func (v *Visit) view(title string) view {
	out := view{
		Title: title, Assets: v.frame.assets, SignedIn: v.SignedIn(), Practice: v.frame.Practice, Person: v.Person(),
		Site: v.site, SiteName: v.SiteName(), Flash: v.flashed,
	}
	if out.Flash != nil && out.Flash.Text == "" {
		out.Flash = nil
	}
	if !out.SignedIn {
		return out
	}
	out.Choices, out.From = v.choices(), v.Back()
	out.Whole = v.page.ofSite() && v.site == staff.Group
	out.Enter = v.site != "" && v.site != staff.Group && v.May(staff.EnterAsStaff, v.site)
	for _, p := range v.frame.menu {
		e := entry{Label: p.Menu.Label, URL: strings.Replace(p.path(), "{site}", url.PathEscape(v.site), 1)}
		e.URL = strings.TrimSuffix(e.URL, "{$}")
		if p.ofSite() && !v.May(p.Action, v.site) || !p.ofSite() && p.Action != "" && !v.Person().MayAnywhere(p.Action) {
			continue
		}
		here := v.r.URL.Path
		e.Current = here == e.URL || e.URL != "/" && strings.HasPrefix(here, e.URL+"/")
		out.Menu = append(out.Menu, e)
	}
	return out
}

// roles says what a person is, in a few words.
func roles(p staff.Person) string {
	var words []string
	for _, g := range p.Grants {
		for _, info := range staff.Roles() {
			if info.Role == g.Role {
				where := g.Brand
				if where == staff.Group {
					where = "all sites"
				}
				words = append(words, info.Name+", "+where)
			}
		}
	}
	if len(words) > 3 {
		words = append(words[:3], "…")
	}
	return strings.Join(words, "; ")
}

func escape(text string) string { return url.QueryEscape(text) }

// Number is a count with its thousands apart: "12,345".
func Number(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
