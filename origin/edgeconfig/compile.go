package edgeconfig

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Document is one Site document, ready to be stored.
type Document struct {
	Site  site.Site
	Value []byte // its JSON
}

// decisions is what staff have decided, by brand.
type decisions struct {
	windows   map[string][]dbsqlc.MaintenanceWindow
	redirects map[string][]dbsqlc.Redirect
	applePay  map[string][]byte
}

// load reads the decisions about one brand, or about all for brandID "". What is over is left out.
func load(ctx context.Context, q *dbsqlc.Queries, brandID string, now time.Time) (decisions, error) {
	windows, err1 := q.ListWindows(ctx, dbsqlc.ListWindowsParams{BrandID: brandID, Now: now})
	redirects, err2 := q.ListRedirects(ctx, dbsqlc.ListRedirectsParams{BrandID: brandID, Now: now})
	files, err3 := q.ListApplePayFiles(ctx, brandID)
	if err := errors.Join(err1, err2, err3); err != nil {
		return decisions{}, fmt.Errorf("edge configuration: %w", err)
	}
	d := decisions{map[string][]dbsqlc.MaintenanceWindow{}, map[string][]dbsqlc.Redirect{}, map[string][]byte{}}
	for _, w := range windows {
		d.windows[w.BrandID] = append(d.windows[w.BrandID], w)
	}
	for _, r := range redirects {
		d.redirects[r.BrandID] = append(d.redirects[r.BrandID], r)
	}
	for _, f := range files {
		d.applePay[f.BrandID] = f.Content
	}
	return d, nil
}

// compile makes a brand's document. The error is site.Faults when the document would not be valid.
func (s Settings) compile(b dbsqlc.Brand, d decisions, now time.Time) (Document, error) {
	var theme venue.Theme
	if err := json.Unmarshal(b.Theme, &theme); err != nil {
		return Document{}, fmt.Errorf("theme of brand %s: %w", b.ID, err)
	}
	doc := site.Site{
		ID: b.ID, Name: b.Name, Hostname: b.ID + "." + s.Domain, HTTPS: s.HTTPS,
		Country: b.Country, Locale: b.Locale, Currency: b.Currency, TimeZone: b.TimeZone,
		ApplePay:  site.ApplePay{Association: base64.StdEncoding.EncodeToString(d.applePay[b.ID])},
		WellKnown: site.WellKnown{SecurityTxt: s.securityText(now)},
		Origin:    site.Origin{Pools: s.Origins}, Headers: s.Headers, RedirectHosts: s.RedirectHosts,
		Theme: site.Theme{
			Background: theme.Background, Ink: theme.Ink, Accent: theme.Accent,
			DarkBackground: theme.DarkBackground, DarkInk: theme.DarkInk, DarkAccent: theme.DarkAccent,
		},
	}
	if b.IsGroup {
		doc.Aliases = s.GroupAliases
	}
	for _, w := range d.windows[b.ID] {
		doc.Maintenance = append(doc.Maintenance, site.Window{
			ID: w.ID.String(), PathPrefix: w.PathPrefix, StartsAt: w.StartsAt, EndsAt: instant(w.EndsAt),
			Message: w.Message, AllowCheckout: w.AllowCheckout,
		})
	}
	for _, r := range d.redirects[b.ID] {
		doc.Redirects = append(doc.Redirects, site.Redirect{
			ID: r.ID.String(), Match: r.Match, Source: r.Source, Target: r.Target, Status: int(r.Status),
			PreserveQuery: r.PreserveQuery, PreserveSuffix: r.PreserveSuffix,
			StartsAt: instant(r.StartsAt), EndsAt: instant(r.EndsAt),
		})
	}
	value, err := site.Encode(doc)
	if err != nil {
		return Document{}, err
	}
	return Document{Site: doc, Value: value}, nil
}

// securityText is RFC 9116. It expires in a year, counted from the start of the month so that the document changes
// once a month and not with every publication.
func (s Settings) securityText(now time.Time) string {
	if s.SecurityContact == "" {
		return ""
	}
	now = now.UTC()
	expires := time.Date(now.Year()+1, now.Month(), 1, 0, 0, 0, 0, time.UTC)
	return "Contact: " + s.SecurityContact + "\nExpires: " + expires.Format(time.RFC3339) + "\nPreferred-Languages: en\n"
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
