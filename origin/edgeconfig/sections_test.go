package edgeconfig_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func TestASectionIsSavedTakenBackAndReset(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	first, err := h.SaveSetting(ctx, "olivia", "lyceum", edgeconfig.SectionCache, &site.Cache{PageTTL: 60}, 0)
	if err != nil || first.Version != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	h.publish(t)
	if got := h.published(t, "lyceum.localhost").Cache.PageTTL; got != 60 {
		t.Errorf("published page_ttl = %d", got)
	}
	// Saving the same again is no change.
	if same, err := h.SaveSetting(ctx, "olivia", "lyceum", edgeconfig.SectionCache, &site.Cache{PageTTL: 60}, 1); err != nil || same.Version != 1 {
		t.Errorf("the same: %+v, %v", same, err)
	}
	second, err := h.SaveSetting(ctx, "oscar", "lyceum", edgeconfig.SectionCache, &site.Cache{PageTTL: 90}, 1)
	if err != nil || second.Version != 2 {
		t.Fatalf("%+v, %v", second, err)
	}
	// Who knows an older version overwrites nothing and takes nothing back.
	var conflict edgeconfig.Conflict
	if _, err := h.SaveSetting(ctx, "olivia", "lyceum", edgeconfig.SectionCache, &site.Cache{PageTTL: 5}, 1); !errors.As(err, &conflict) || conflict.UpdatedBy != "oscar" {
		t.Errorf("an old form: %v", err)
	}
	if _, err := h.UndoSetting(ctx, "olivia", "lyceum", edgeconfig.SectionCache, 1); !errors.As(err, &conflict) {
		t.Errorf("an old undo: %v", err)
	}
	page := func(version int, byDefault bool, ttl int) {
		t.Helper()
		now, err := h.Setting(ctx, "lyceum", edgeconfig.SectionCache)
		if err != nil || now.Version != version || now.Default != byDefault || now.Value.(*site.Cache).PageTTL != ttl {
			t.Errorf("%+v, %v; want version %d, default %v, %d s", now, err, version, byDefault, ttl)
		}
	}
	page(2, false, 90)
	for _, step := range []struct {
		version   int
		byDefault bool
		ttl       int
	}{{3, false, 60}, {4, false, 90}} { // an undo can be undone
		if _, err := h.UndoSetting(ctx, "oscar", "lyceum", edgeconfig.SectionCache, step.version-1); err != nil {
			t.Fatal(err)
		}
		page(step.version, step.byDefault, step.ttl)
	}
	if _, err := h.ResetSetting(ctx, "oscar", "lyceum", edgeconfig.SectionCache, 4); err != nil {
		t.Fatal(err)
	}
	page(5, true, 0)
	h.publish(t)
	if got := h.published(t, "lyceum.localhost").Cache; got.PageTTL != 0 {
		t.Errorf("after the reset: %+v", got)
	}
	if _, err := h.UndoSetting(ctx, "oscar", "lyceum", edgeconfig.SectionCache, 5); err != nil {
		t.Fatal(err)
	}
	page(6, false, 90)
	want := []string{"olivia settings.cache", "oscar settings.cache", "oscar settings.cache", "oscar settings.cache", "oscar settings.cache", "oscar settings.cache"}
	if got := h.audited(t, "lyceum"); !slices.Equal(got, want) {
		t.Errorf("audited %q", got)
	}
}

func TestTheFirstChangeIsTakenBackToTheDefault(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	// The house's own limits stand where a site says nothing; a site may say "none".
	h.Editor.Settings.Limits = edgeconfig.DefaultLimits()
	if _, err := h.SaveSetting(t.Context(), "olivia", "lyceum", edgeconfig.SectionLimits, &edgeconfig.Limits{Limits: []site.Limit{}}, 0); err != nil {
		t.Fatal(err)
	}
	now, err := h.UndoSetting(t.Context(), "olivia", "lyceum", edgeconfig.SectionLimits, 1)
	if err != nil || !now.Default {
		t.Fatalf("%+v, %v", now, err)
	}
	read, err := h.Setting(t.Context(), "lyceum", edgeconfig.SectionLimits)
	if err != nil || len(read.Value.(*edgeconfig.Limits).Limits) != len(edgeconfig.DefaultLimits()) || read.Version != 2 {
		t.Errorf("%+v, %v", read, err)
	}
	if list, err := h.SettingsOf(t.Context(), edgeconfig.AllSites); err != nil || len(list) != 1 || !list[0].Default {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestSettingsThatMakeNoSenseChangeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tc := range []struct {
		name, brand, section string
		value                any
		fault                string
	}{
		{"a country twice", "lyceum", edgeconfig.SectionAccess, &site.Access{DenyCountries: []string{"FR", "FR"}}, "repeats FR"},
		{"everybody denied", "lyceum", edgeconfig.SectionAccess, &site.Access{DenyOthers: true}, "denies everybody"},
		{"no pool", "lyceum", edgeconfig.SectionOrigin, &site.Origin{}, "at least one pool"},
		{"a pool with a path", "lyceum", edgeconfig.SectionOrigin, &site.Origin{Pools: []site.Pool{{ID: "a", BaseURL: "https://a.example/x"}}}, "no path"},
		{"no such site", "globe", edgeconfig.SectionCache, &site.Cache{}, "no site"},
		{"all sites", edgeconfig.AllSites, edgeconfig.SectionCache, &site.Cache{}, "belong to one site"},
		{"no such section", "lyceum", "colours", &site.Theme{}, "no settings called"},
	} {
		_, err := h.SaveSetting(t.Context(), "olivia", tc.brand, tc.section, tc.value, 0)
		var refused edgeconfig.Refused
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, tc.fault) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if list, err := h.SettingsOf(t.Context(), edgeconfig.AllSites); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if got := h.audited(t, "lyceum"); len(got) != 0 {
		t.Errorf("audited %q", got)
	}
}
