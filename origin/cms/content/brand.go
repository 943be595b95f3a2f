package content

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
)

type brand struct {
	slug, country, locale, currency, timeZone string
	name                                      words[string]
	theme                                     json.RawMessage
}

func decodeBrand(r *reader) entry {
	b := brand{
		slug: one(each(r, "slug", slug)), name: each(r, "name", text), country: one(each(r, "country", choice)), locale: one(each(r, "locale", choice)),
		currency: one(each(r, "currency", choice)), timeZone: one(each(r, "timeZone", text)),
	}
	if b.reserved() {
		r.fault("slug", "", "can't be %s: that address is the house's own", b.slug)
	}
	r.zone("timeZone", b.timeZone)
	looks := each(r, "theme", shaped[venue.Theme])
	if len(looks.all()) > 0 {
		theme := one(looks)
		if err := theme.Validate(); err != nil {
			r.fault("theme", "", "%s", oneLine(err))
		}
		b.theme, _ = json.Marshal(theme) // a struct of strings always marshals
	}
	return b
}

// reserved reports whether the site's address is one that no brand may have: the console's, an alias of the group's own
// site, or what the console calls all sites together.
func (b brand) reserved() bool { return edgeconfig.Reserved(b.slug) || b.slug == staff.Group }

// zone checks the name of a time zone.
func (r *reader) zone(field, name string) {
	if name == "" {
		return
	}
	if _, err := venue.Zone(name); err != nil {
		r.fault(field, "", "is not the name of a time zone, such as Europe/London or America/New_York")
	}
}

// oneLine writes joined errors as a sentence.
func oneLine(err error) string {
	return string(bytes.ReplaceAll([]byte(err.Error()), []byte("\n"), []byte("; ")))
}

// write adopts the brand of that slug, however it came to be, or makes one.
func (b brand) write(ctx context.Context, w *work, _ bool) (string, error) {
	if w.facts.domainID != "" && w.facts.domainID != b.slug {
		return "", w.invalid(Fault{Field: "slug", Why: "was " + w.facts.domainID + " and can't change: it is the site's address"})
	}
	if err := w.alone(ctx, "slug", b.slug, "the site "+b.slug); err != nil {
		return "", err
	}
	w.facts.brandID = b.slug
	row := dbsqlc.PutContentBrandParams{
		ID: b.slug, Name: b.name.in(b.locale), Country: b.country, Locale: b.locale, Currency: b.currency, TimeZone: b.timeZone, Theme: b.theme,
	}
	was, err := w.q.GetBrand(ctx, b.slug)
	known := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", err
	}
	if known && was.Currency != b.currency {
		priced, err := w.q.BrandHasPrices(ctx, b.slug)
		if err != nil {
			return "", err
		}
		if priced {
			return "", w.invalid(Fault{Field: "currency", Why: "is " + was.Currency + " and can't change: there are prices and orders in it"})
		}
	}
	if known && was.Name == row.Name && was.Country == row.Country && was.Locale == row.Locale && was.Currency == row.Currency &&
		was.TimeZone == row.TimeZone && sameTheme(was.Theme, b.theme) {
		return b.slug, nil
	}
	if err := w.q.PutContentBrand(ctx, row); err != nil {
		return "", err
	}
	w.facts.site = true
	if known && (was.Name != row.Name || was.Currency != row.Currency) {
		return b.slug, w.touchShowing(ctx, dbsqlc.ListProductionsShowingParams{BrandID: b.slug})
	}
	return b.slug, nil
}

// touchShowing notes the shows of a brand or a venue that are not over.
func (w *work) touchShowing(ctx context.Context, of dbsqlc.ListProductionsShowingParams) error {
	of.Today = w.now.AddDate(0, 0, -1) // a run ends at the venue's midnight, which may be yet to come
	productions, err := w.q.ListProductionsShowing(ctx, of)
	for _, id := range productions {
		w.facts.touch(id)
	}
	return err
}

func sameTheme(stored, theme []byte) bool {
	var a, b venue.Theme
	return json.Unmarshal(stored, &a) == nil && json.Unmarshal(theme, &b) == nil && a == b
}
