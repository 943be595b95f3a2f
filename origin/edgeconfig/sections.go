package edgeconfig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Sections of a site's settings. Each is edited as a whole and has a version of its own.
const (
	SectionLocales  = "locales"
	SectionCache    = "cache"
	SectionAccess   = "access"
	SectionBots     = "bots"
	SectionLimits   = "limits"
	SectionRewrites = "rewrites"
	SectionOrigin   = "origin"
	SectionHeaders  = "headers"

	SectionCheckout       = "checkout"
	SectionProtectedPaths = "protected_paths"
	SectionRedirectHosts  = "redirect_hosts"
	SectionWellKnown      = "well_known"
)

// Sections lists them in the order in which people are shown them.
func Sections() []string {
	return []string{
		SectionLocales, SectionCache, SectionAccess, SectionBots, SectionLimits, SectionRewrites, SectionProtectedPaths, SectionRedirectHosts,
		SectionCheckout, SectionOrigin, SectionHeaders, SectionWellKnown,
	}
}

// Limits, Rewrites, ProtectedPaths and RedirectHosts are the sections that are lists.
type (
	Limits struct {
		Limits []site.Limit `json:"limits"`
	}
	Rewrites struct {
		Rewrites []site.Rewrite `json:"rewrites"`
	}
	ProtectedPaths struct {
		Paths []string `json:"protected_paths"`
	}
	RedirectHosts struct {
		Hosts []string `json:"redirect_hosts"`
	}
)

// NewSection is an empty value of a section's type, to be read into: a pointer to site.Locales, site.Cache, site.Access,
// site.Bots, Limits, Rewrites, ProtectedPaths, RedirectHosts, site.Checkout, site.Origin, site.Headers or site.WellKnown; nil
// for a section that does not exist.
func NewSection(section string) any {
	switch section {
	case SectionLocales:
		return new(site.Locales)
	case SectionCache:
		return new(site.Cache)
	case SectionAccess:
		return new(site.Access)
	case SectionBots:
		return new(site.Bots)
	case SectionLimits:
		return new(Limits)
	case SectionRewrites:
		return new(Rewrites)
	case SectionOrigin:
		return new(site.Origin)
	case SectionHeaders:
		return new(site.Headers)
	case SectionCheckout:
		return new(site.Checkout)
	case SectionProtectedPaths:
		return new(ProtectedPaths)
	case SectionRedirectHosts:
		return new(RedirectHosts)
	case SectionWellKnown:
		return new(site.WellKnown)
	}
	return nil
}

// Setting is one section of one site.
type Setting struct {
	Site, Section string
	Value         any  // see NewSection
	Default       bool // Value is the house's: nobody has set another, or it was taken back
	Version       int  // 0: never set
	UpdatedBy     string
	UpdatedAt     time.Time
}

// apply puts a section into a document. The house's own pools and sources stay where a site says nothing else.
func (s Settings) apply(doc *site.Site, section string, value []byte) error {
	v := NewSection(section)
	if v == nil || isReset(value) {
		return nil // of a newer version of this program, or back to the default
	}
	if err := json.Unmarshal(value, v); err != nil {
		return fmt.Errorf("section %s: %w", section, err)
	}
	switch v := v.(type) {
	case *site.Locales:
		doc.Locales = *v
	case *site.Cache:
		doc.Cache = *v
	case *site.Access:
		doc.Access = *v
	case *site.Bots:
		doc.Bots = *v
	case *Limits:
		doc.Limits = v.Limits
	case *Rewrites:
		doc.Rewrites = v.Rewrites
	case *site.Origin:
		doc.Origin = *v
		if len(v.Pools) == 0 {
			doc.Origin.Pools = s.Origins
		}
	case *site.Headers:
		// The site's own come first, so that a fault's index is the one people see.
		doc.Headers.ConnectSrc = union(v.ConnectSrc, s.Headers.ConnectSrc)
		doc.Headers.ScriptSrc = union(v.ScriptSrc, s.Headers.ScriptSrc)
		doc.Headers.FrameSrc = union(v.FrameSrc, s.Headers.FrameSrc)
		doc.Headers.CORSOrigins = union(v.CORSOrigins, s.Headers.CORSOrigins)
		if v.HSTSMaxAge != 0 {
			doc.Headers.HSTSMaxAge = v.HSTSMaxAge
		}
	case *site.Checkout:
		doc.Checkout = *v
	case *ProtectedPaths:
		doc.ProtectedPaths = v.Paths
	case *RedirectHosts:
		doc.RedirectHosts = union(v.Hosts, s.RedirectHosts)
	case *site.WellKnown:
		if v.RobotsTxt != "" {
			doc.WellKnown.RobotsTxt = v.RobotsTxt
		}
		if v.SecurityTxt != "" {
			doc.WellKnown.SecurityTxt = v.SecurityTxt
		}
	}
	return nil
}

func union(first, second []string) []string {
	all := slices.Clone(first)
	for _, s := range second {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// Setting reads a section of a site.
func (e *Editor) Setting(ctx context.Context, brandID, section string) (Setting, error) {
	q := dbsqlc.New(e.DB)
	s := Setting{Site: brandID, Section: section, Value: NewSection(section)}
	if s.Value == nil {
		return s, refuse("there are no settings called %q", section)
	}
	if _, err := brandsOf(ctx, q, brandID); err != nil {
		return s, err
	}
	row, err := q.GetSiteSetting(ctx, dbsqlc.GetSiteSettingParams{BrandID: brandID, Section: section})
	if errors.Is(err, pgx.ErrNoRows) {
		s.Default = true
		s.Value = e.Settings.initial(section)
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("settings: %w", err)
	}
	return e.setting(row)
}

func (e *Editor) setting(row dbsqlc.SiteSetting) (Setting, error) {
	s := Setting{
		Site: row.BrandID, Section: row.Section, Value: NewSection(row.Section), Default: isReset(row.Value),
		Version: int(row.Version), UpdatedBy: row.UpdatedBy, UpdatedAt: row.UpdatedAt.UTC(),
	}
	if s.Default {
		s.Value = e.Settings.initial(row.Section)
		return s, nil
	}
	if err := json.Unmarshal(row.Value, s.Value); err != nil {
		return s, fmt.Errorf("settings: %w", err)
	}
	return s, nil
}

var errConflict = errors.New("conflict")

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	p, err1 := json.Marshal(x)
	q, err2 := json.Marshal(y)
	return err1 == nil && err2 == nil && bytes.Equal(p, q)
}

// FaultField is the part of a fault's field that lies in a section: "deny_prefixes[0]" of "access.deny_prefixes[0]",
// and "limits[1].period" of itself; ok is false when the fault lies elsewhere.
func FaultField(section, field string) (string, bool) {
	switch section {
	case SectionLimits, SectionRewrites, SectionProtectedPaths, SectionRedirectHosts:
		return field, field == section || strings.HasPrefix(field, section+"[")
	}
	return strings.CutPrefix(field, section+".")
}
