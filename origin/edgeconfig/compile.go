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
	"github.com/stagedoor/stagedoor/origin/waiting"
)

// Document is one Site document, ready to be stored.
type Document struct {
	Site  site.Site
	Value []byte // its JSON
}

// inlineRules is how many rules a Site document carries itself. A site with more names a compiled index instead, which
// is fetched once and not with every refresh of the document.
const inlineRules = 50

// decisions is what staff have decided, by brand.
type decisions struct {
	windows   map[string][]dbsqlc.MaintenanceWindow
	redirects map[string][]dbsqlc.Redirect // of brands with at most inlineRules
	indexes   map[string]string            // sums of the compiled rules of the other brands
	applePay  map[string][]byte
	settings  map[string][]dbsqlc.SiteSetting
	rooms     map[string][]waiting.Room
	purged    map[string]map[string]int64 // how often, by tag
}

// load reads the decisions about one brand, or about all for brandID "". What is over is left out. Compiled indexes are
// not read: see Publisher.buildIndexes.
func load(ctx context.Context, q *dbsqlc.Queries, brandID string, now time.Time) (decisions, error) {
	windows, err1 := q.ListWindows(ctx, dbsqlc.ListWindowsParams{BrandID: brandID, Now: now})
	redirects, err2 := q.ListLiveRedirects(ctx, dbsqlc.ListLiveRedirectsParams{BrandID: brandID, Now: now, Most: inlineRules})
	files, err3 := q.ListApplePayFiles(ctx, brandID)
	settings, err4 := q.ListSiteSettings(ctx, brandID)
	rooms, err5 := q.ListRooms(ctx, brandID)
	purged, err6 := epochsOf(ctx, q, brandID)
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return decisions{}, fmt.Errorf("edge configuration: %w", err)
	}
	d := decisions{
		map[string][]dbsqlc.MaintenanceWindow{}, map[string][]dbsqlc.Redirect{}, map[string]string{}, map[string][]byte{},
		map[string][]dbsqlc.SiteSetting{}, map[string][]waiting.Room{}, purged,
	}
	for _, row := range rooms {
		// A room that is over is left out; one in several sites stands in each.
		if room := waiting.FromRows(row.Room, row.RoomEvent); room.Event.Phase(now) != waiting.Ended {
			for _, brand := range room.Brands {
				d.rooms[brand] = append(d.rooms[brand], room)
			}
		}
	}
	for _, w := range windows {
		d.windows[w.BrandID] = append(d.windows[w.BrandID], w)
	}
	for _, r := range redirects {
		d.redirects[r.BrandID] = append(d.redirects[r.BrandID], r)
	}
	for _, f := range files {
		d.applePay[f.BrandID] = f.Content
	}
	for _, row := range settings {
		d.settings[row.BrandID] = append(d.settings[row.BrandID], row)
	}
	return d, nil
}

// compile makes a brand's document. The error is site.Faults when the document would not be valid.
func (s Settings) compile(b dbsqlc.Brand, d decisions, now time.Time) (Document, error) {
	doc, err := s.assemble(b, d, now)
	if err != nil {
		return Document{}, err
	}
	doc.CacheEpochs = epochs(&doc, d.purged[b.ID])
	value, err := site.Encode(doc)
	if err != nil {
		return Document{}, err
	}
	return Document{Site: doc, Value: value}, nil
}

// assemble puts a brand's Site together without checking it.
func (s Settings) assemble(b dbsqlc.Brand, d decisions, now time.Time) (site.Site, error) {
	var theme venue.Theme
	if err := json.Unmarshal(b.Theme, &theme); err != nil {
		return site.Site{}, fmt.Errorf("theme of brand %s: %w", b.ID, err)
	}
	doc := site.Site{
		ID: b.ID, Name: b.Name, Hostname: b.ID + "." + s.Domain, HTTPS: s.HTTPS,
		Country: b.Country, Locale: b.Locale, Currency: b.Currency, TimeZone: b.TimeZone,
		ApplePay:  site.ApplePay{Association: base64.StdEncoding.EncodeToString(d.applePay[b.ID])},
		WellKnown: site.WellKnown{SecurityTxt: s.securityText()},
		Origin:    site.Origin{Pools: s.Origins}, Headers: s.Headers, RedirectHosts: s.RedirectHosts,
		RedirectIndex: d.indexes[b.ID], Limits: s.Limits,
		Theme: site.Theme{
			Background: theme.Background, Ink: theme.Ink, Accent: theme.Accent,
			DarkBackground: theme.DarkBackground, DarkInk: theme.DarkInk, DarkAccent: theme.DarkAccent,
		},
	}
	if b.IsGroup {
		doc.Aliases = s.GroupAliases
	}
	for _, row := range d.settings[b.ID] {
		if err := s.apply(&doc, row.Section, row.Value); err != nil {
			return site.Site{}, fmt.Errorf("settings of brand %s: %w", b.ID, err)
		}
	}
	doc.WellKnown.SecurityTxt = withExpiry(doc.WellKnown.SecurityTxt, now)
	for _, w := range d.windows[b.ID] {
		doc.Maintenance = append(doc.Maintenance, site.Window{
			ID: w.ID.String(), PathPrefix: w.PathPrefix, StartsAt: w.StartsAt, EndsAt: instant(w.EndsAt),
			Message: w.Message, AllowCheckout: w.AllowCheckout,
		})
	}
	for _, room := range d.rooms[b.ID] {
		doc.Rooms = append(doc.Rooms, room.Edge())
	}
	for _, r := range d.redirects[b.ID] {
		doc.Redirects = append(doc.Redirects, fromRow(r).Edge())
	}
	return doc, nil
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
