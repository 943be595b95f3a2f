package edgeconfig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// SaveSetting replaces a section of a site, provided that it still has the version known, 0 being never set. If not, the
// error is a Conflict whose Theirs is the Setting as it is now; if the site would not be valid, Faults, whose fields
// begin with the section ("access.deny_prefixes[0]"). In either case nothing changes.
func (e *Editor) SaveSetting(ctx context.Context, actor, brandID, section string, value any, known int) (Setting, error) {
	saved := Setting{Site: brandID, Section: section, Value: value, Version: known, UpdatedBy: actor, UpdatedAt: e.Now().UTC()}
	if NewSection(section) == nil {
		return saved, refuse("there are no settings called %q", section)
	}
	if brandID == AllSites {
		return saved, refuse("settings belong to one site")
	}
	if origin, ok := value.(*site.Origin); ok && len(origin.Pools) == 0 {
		// Without this the house's own pools would quietly take their place.
		return saved, Faults{Site: brandID, List: site.Faults{{Field: "origin.pools", Problem: "must have at least one pool"}}}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return saved, fmt.Errorf("settings: %w", err)
	}
	if bytes.Contains(text, []byte(`\u0000`)) {
		return saved, refuse("the settings must be text without control characters")
	}
	if texts, ok := value.(*site.WellKnown); ok {
		if faults := textFaults(texts, e.Now()); len(faults) > 0 {
			return saved, Faults{Site: brandID, List: faults}
		}
	}
	return e.writeSetting(ctx, saved, text)
}

// writeSetting writes what a section is to be, "null" being the default.
func (e *Editor) writeSetting(ctx context.Context, saved Setting, text []byte) (Setting, error) {
	actor, brandID, section, known := saved.UpdatedBy, saved.Site, saved.Section, saved.Version
	err := e.editTx(ctx, actor, brandID, func(tx pgx.Tx, q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		old, err := q.GetSiteSetting(ctx, dbsqlc.GetSiteSettingParams{BrandID: b.ID, Section: section})
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return nil, fmt.Errorf("settings: %w", err)
		}
		was := json.RawMessage(reset)
		if err == nil {
			was = old.Value
		}
		if int(old.Version) == known && sameJSON(was, text) {
			return nil, nil
		}
		n, err := q.SetSiteSetting(ctx, dbsqlc.SetSiteSettingParams{
			BrandID: b.ID, Section: section, Value: text, Known: int32(known), UpdatedBy: actor, UpdatedAt: saved.UpdatedAt,
		})
		if err != nil {
			return nil, fmt.Errorf("settings: %w", err)
		}
		if n == 0 {
			return nil, errConflict
		}
		if section == SectionProtectedPaths || section == SectionRedirectHosts {
			if err := e.standInTheWay(ctx, tx, q, b, section); err != nil {
				return nil, err
			}
		}
		saved.Version = known + 1
		return []change{{action: "settings." + section, before: recorded(was), after: recorded(text)}}, nil
	})
	if errors.Is(err, errConflict) {
		now, err := e.Setting(ctx, brandID, section)
		if err != nil {
			return saved, err
		}
		return saved, Conflict{Theirs: now, UpdatedBy: now.UpdatedBy, UpdatedAt: now.UpdatedAt}
	}
	return saved, err
}

// reset is what is stored of a section that was taken back to the house's default. The row stays, so that versions go on
// and an old form is still known to be old.
const reset = "null"

func isReset(value []byte) bool { return string(bytes.TrimSpace(value)) == reset }

// recorded is what the audit keeps of a section: nothing for the default.
func recorded(value []byte) any {
	if isReset(value) {
		return nil
	}
	return json.RawMessage(value)
}

// initial is what a section is where a site says nothing.
func (s Settings) initial(section string) any {
	value := NewSection(section)
	switch v := value.(type) {
	case *site.Origin:
		v.Pools = slices.Clone(s.Origins)
	case *Limits:
		v.Limits = slices.Clone(s.Limits)
	case *site.Checkout:
		v.Paths = slices.Clone(site.DefaultCheckoutPaths)
	case *site.WellKnown:
		v.RobotsTxt, v.SecurityTxt = site.DefaultRobotsTxt, s.securityText()
	}
	return value
}

// ResetSetting takes a section back to the house's default, under the same terms as SaveSetting.
func (e *Editor) ResetSetting(ctx context.Context, actor, brandID, section string, known int) (Setting, error) {
	saved := Setting{Site: brandID, Section: section, Default: true, Version: known, UpdatedBy: actor, UpdatedAt: e.Now().UTC()}
	if saved.Value = e.Settings.initial(section); saved.Value == nil {
		return saved, refuse("there are no settings called %q", section)
	}
	if brandID == AllSites {
		return saved, refuse("settings belong to one site")
	}
	return e.writeSetting(ctx, saved, []byte(reset))
}

// UndoSetting makes a section what it was before the change that made it version known. It is refused as a Conflict when
// somebody has changed it since.
func (e *Editor) UndoSetting(ctx context.Context, actor, brandID, section string, known int) (Setting, error) {
	now, err := e.Setting(ctx, brandID, section)
	if err != nil {
		return now, err
	}
	if now.Version != known || known == 0 {
		return now, Conflict{Theirs: now, UpdatedBy: now.UpdatedBy, UpdatedAt: now.UpdatedAt}
	}
	var before []byte
	err = e.DB.QueryRow(ctx, "select before from staff_audit where target = $1 and action = $2 order by id desc limit 1",
		"site:"+brandID, "settings."+section).Scan(&before)
	if err != nil {
		return now, fmt.Errorf("settings: %w", err)
	}
	if before == nil {
		return e.ResetSetting(ctx, actor, brandID, section, known)
	}
	value := NewSection(section)
	if err := json.Unmarshal(before, value); err != nil {
		return now, fmt.Errorf("settings: %w", err)
	}
	return e.SaveSetting(ctx, actor, brandID, section, value, known)
}

// SettingsOf lists the sections that sites (one, or AllSites) have set themselves, by site.
func (e *Editor) SettingsOf(ctx context.Context, brandID string) ([]Setting, error) {
	if brandID == AllSites {
		brandID = ""
	}
	rows, err := dbsqlc.New(e.DB).ListSiteSettings(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	list := make([]Setting, 0, len(rows))
	for _, row := range rows {
		if NewSection(row.Section) == nil {
			continue // of a newer version of this program
		}
		s, err := e.setting(row)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}
