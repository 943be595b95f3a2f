package storefront

import (
	"slices"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/search/index"
)

// prices are offered to choose from, in whole pounds or dollars.
var prices = []int64{25, 40, 60, 100}

// refine fills in the form that narrows what is found, and what it is narrowed by.
func (v *visit) refine(p *page.Search, a asking) {
	p.Refine = page.Refine{
		From: day(a.from), To: day(a.to), Today: v.now.Format("2006-01-02"), Open: a.open, Near: a.place(),
		When: []page.Choice{
			{Text: "Any time", Chosen: a.when == ""}, {Value: index.Matinee, Text: "Matinée", Chosen: a.when == index.Matinee},
			{Value: index.Evening, Text: "Evening", Chosen: a.when == index.Evening},
		},
		Most: []page.Choice{{Text: "Any price", Chosen: a.most == 0}},
		Sort: []page.Choice{
			{Text: "Best match", Chosen: a.sort == ""}, {Value: string(index.SortSoonest), Text: "Soonest", Chosen: a.sort == index.SortSoonest},
			{Value: string(index.SortPrice), Text: "Cheapest", Chosen: a.sort == index.SortPrice}, {Value: string(index.SortTitle), Text: "Title", Chosen: a.sort == index.SortTitle},
		},
	}
	if a.near != nil {
		p.Refine.Sort[0].Text = "Nearest"
	}
	offered := prices
	if a.most > 0 && !slices.Contains(offered, a.most) {
		offered = append(slices.Clone(offered), a.most)
	}
	for _, most := range offered {
		p.Refine.Most = append(p.Refine.Most, page.Choice{Value: strconv.FormatInt(most, 10), Text: v.upTo(most), Chosen: a.most == most})
	}
	for _, access := range v.words.AccessOf(accessKinds) {
		p.Refine.Access = append(p.Refine.Access, page.Choice{Value: access.Tag, Text: access.Name, Chosen: slices.Contains(a.access, access.Tag)})
	}
	p.Active = v.active(a)
	if len(p.Active) > 1 {
		p.Active = append(p.Active, page.Link{Text: "Clear all", URL: (asking{q: a.q, view: a.view, page: 1}).String()})
	}
}

// upTo says what seats may cost. The group sells in both currencies, and the index compares the bare amounts.
func (v *visit) upTo(most int64) string {
	if v.brand.Group {
		return "Up to £/$" + strconv.FormatInt(most, 10)
	}
	return "Up to " + wording.Money(most*100, v.brand.Currency)
}

// active lists what the results are narrowed by, each with the address that no longer does.
func (v *visit) active(a asking) []page.Link {
	var out []page.Link
	without := func(text string, change func(*asking)) {
		out = append(out, page.Link{Text: text, URL: a.with(change)})
	}
	if a.near != nil {
		without("Near you", func(a *asking) { a.near = nil })
	}
	switch {
	case !a.from.IsZero() && a.from.Equal(a.to):
		without(v.words.ShortDate(a.from), func(a *asking) { a.from, a.to = zero, zero })
	default:
		if !a.from.IsZero() {
			without("From "+v.words.ShortDate(a.from), func(a *asking) { a.from = zero })
		}
		if !a.to.IsZero() {
			without("Until "+v.words.ShortDate(a.to), func(a *asking) { a.to = zero })
		}
	}
	switch a.when {
	case index.Matinee:
		without("Matinée", func(a *asking) { a.when = "" })
	case index.Evening:
		without("Evening", func(a *asking) { a.when = "" })
	}
	if a.most > 0 {
		without(v.upTo(a.most), func(a *asking) { a.most = 0 })
	}
	for _, access := range v.words.AccessOf(a.access) {
		without(access.Name, func(a *asking) {
			a.access = slices.DeleteFunc(a.access, func(kind string) bool { return kind == access.Tag })
		})
	}
	if a.open {
		without("Seats left", func(a *asking) { a.open = false })
	}
	if a.city != "" {
		without(a.city, func(a *asking) { a.city = "" })
	}
	if a.genre != "" {
		without(a.genre, func(a *asking) { a.genre = "" })
	}
	if a.language != "" {
		without("In "+wording.Language(a.language), func(a *asking) { a.language = "" })
	}
	return out
}

// views lead to the other ways to look at the same results.
func views(a asking) []page.Link {
	to := func(view, text string) page.Link {
		stands := a.view
		if stands == "" {
			stands = viewList
		}
		return page.Link{Text: text, Current: stands == view, URL: a.with(func(a *asking) {
			if a.view = view; view == viewList {
				a.view = ""
			}
		})}
	}
	return []page.Link{to(viewList, "List"), to(viewMap, "Map"), to(viewCalendar, "Calendar")}
}

// kept is what the form sends along and shows no field for.
func kept(a asking) []page.Choice {
	var out []page.Choice
	for _, field := range []page.Choice{{Text: "city", Value: a.city}, {Text: "genre", Value: a.genre}, {Text: "language", Value: a.language}, {Text: "view", Value: a.view}} {
		if field.Value != "" {
			out = append(out, field)
		}
	}
	return out
}
