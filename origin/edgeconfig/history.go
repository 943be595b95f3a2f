package edgeconfig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Past is what a section was set to by one change of it.
type Past struct {
	ID    int64 // of the audit record
	Value any   // see NewSection
	// Default says that the change took the section back to the house's; Value is the house's of today.
	Default bool
	By      string
	At      time.Time
}

const showPast = 10

// SettingHistory lists the latest changes of a section, the newest first: it is how the section stands now, if it was
// ever set.
func (e *Editor) SettingHistory(ctx context.Context, brandID, section string) ([]Past, error) {
	if NewSection(section) == nil {
		return nil, refuse("there are no settings called %q", section)
	}
	rows, err := e.DB.Query(ctx, "select id, after, actor, at from staff_audit where target = $1 and action = $2 order by id desc limit $3",
		"site:"+brandID, "settings."+section, showPast)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Past, error) {
		var past Past
		var after []byte
		if err := row.Scan(&past.ID, &after, &past.By, &past.At); err != nil {
			return past, err
		}
		past.At = past.At.UTC()
		return past, e.past(&past, section, after)
	})
}

func (e *Editor) past(past *Past, section string, after []byte) error {
	if after == nil || isReset(after) {
		past.Default, past.Value = true, e.Settings.initial(section)
		return nil
	}
	past.Value = NewSection(section)
	if err := json.Unmarshal(after, past.Value); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}

// RestoreSetting sets a section to what a change of the past set it to, under the same terms as SaveSetting.
func (e *Editor) RestoreSetting(ctx context.Context, actor, brandID, section string, change int64, known int) (Setting, error) {
	past := Past{ID: change}
	if NewSection(section) == nil {
		return Setting{}, refuse("there are no settings called %q", section)
	}
	var after []byte
	err := e.DB.QueryRow(ctx, "select after from staff_audit where id = $1 and target = $2 and action = $3",
		change, "site:"+brandID, "settings."+section).Scan(&after)
	if errors.Is(err, pgx.ErrNoRows) {
		return Setting{}, refuse("that change is not in the history of %s", brandID)
	}
	if err != nil {
		return Setting{}, fmt.Errorf("settings: %w", err)
	}
	if err := e.past(&past, section, after); err != nil {
		return Setting{}, err
	}
	if past.Default {
		return e.ResetSetting(ctx, actor, brandID, section, known)
	}
	return e.SaveSetting(ctx, actor, brandID, section, past.Value, known)
}
