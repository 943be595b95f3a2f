package local_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/local"
)

func TestTheLifeOfAnEntry(t *testing.T) {
	t.Parallel()
	s, e := open(t), must[local.Entry](t)
	ctx := t.Context()
	a := e(s.Create(ctx, me, cms.Contentful, cms.Person, "shubert", fields(cms.Contentful, "name", "Ada", "nonsense", 1)))
	if a.State() != local.Draft || a.Title != "Ada" || len(a.ID) != 22 || a.Fields["nonsense"] != nil {
		t.Fatalf("a new entry is %+v", a)
	}
	a = e(s.Publish(ctx, me, a.Key, a.Version))
	if a.State() != local.Published || a.Revision != 1 {
		t.Errorf("a published entry is %s, revision %d", a.State(), a.Revision)
	}
	stale := a.Version
	a = e(s.Save(ctx, me, a.Key, a.Version, fields(cms.Contentful, "name", "Ada Marlowe")))
	if a.State() != local.Changed {
		t.Errorf("an entry saved after it was published is %s", a.State())
	}
	if _, err := s.Save(ctx, me, a.Key, stale, nil); !errors.Is(err, local.ErrChanged) {
		t.Errorf("saving over somebody else's version: %v", err)
	}
	a = e(s.Revert(ctx, me, a.Key, a.Version, 1))
	if a.Title != "Ada" {
		t.Errorf("back at version 1 it is called %q", a.Title)
	}
	a = e(s.Archive(ctx, me, a.Key, a.Version))
	if a.State() != local.Archived || a.Published != nil {
		t.Errorf("an archived entry is %s", a.State())
	}
	var refused local.Refused
	if _, err := s.Publish(ctx, me, a.Key, a.Version); !errors.As(err, &refused) {
		t.Errorf("publishing what is archived: %v", err)
	}
	a = e(s.Unarchive(ctx, me, a.Key, a.Version))
	if err := s.Delete(ctx, me, a.Key, a.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, a.Key); !errors.Is(err, local.ErrNotFound) {
		t.Errorf("a deleted entry: %v", err)
	}
	var actions []string
	for _, v := range must[[]local.Version](t)(s.Versions(ctx, a.Key, 100)) {
		actions = append(actions, v.Action)
	}
	if got := strings.Join(actions, " "); got != "delete unarchive archive unpublish revert save publish create" {
		t.Errorf("its history is %s", got)
	}
	var audited int
	if err := s.db.QueryRow(ctx, `select count(*) from staff_audit where actor = $1 and target = 'site:shubert'`, me).Scan(&audited); err != nil || audited != 8 {
		t.Errorf("%d changes are on record, want 8 (%v)", audited, err)
	}
}

func TestFinding(t *testing.T) {
	t.Parallel()
	s, e := open(t), must[local.Entry](t)
	ctx := t.Context()
	e(s.Create(ctx, me, cms.Umbraco, cms.Production, "lyceum", fields(cms.Umbraco, "title", "100% Hamlet")))
	b := e(s.Create(ctx, me, cms.Umbraco, cms.Person, "lyceum", fields(cms.Umbraco, "name", "Hamlet the actor")))
	b = e(s.Publish(ctx, me, b.Key, b.Version))
	e(s.Create(ctx, me, cms.Contentful, cms.Person, "", fields(cms.Contentful, "name", "Nobody")))
	for _, tt := range []struct {
		name  string
		query local.Query
		want  int
	}{
		{"all of the group", local.Query{Brands: []string{"lyceum"}, Group: true}, 3},
		{"one brand's", local.Query{Brands: []string{"lyceum"}}, 2},
		{"no brand's", local.Query{}, 0},
		{"a kind's", local.Query{Brands: []string{"lyceum"}, Kind: cms.Person}, 1},
		{"public ones", local.Query{Brands: []string{"lyceum"}, State: local.Published}, 1},
		{"drafts", local.Query{Brands: []string{"lyceum"}, State: local.Draft}, 1},
		{"a word", local.Query{Brands: []string{"lyceum"}, Text: "hamlet"}, 2},
		{"a word with a sign that patterns use", local.Query{Brands: []string{"lyceum"}, Text: "0% h"}, 1},
		{"an ID", local.Query{Brands: []string{"lyceum"}, Text: b.ID}, 1},
		{"nothing", local.Query{Brands: []string{"lyceum"}, Text: "_"}, 0},
	} {
		tt.query.Most = 1
		page, err := s.Find(ctx, tt.query)
		if err != nil || page.Total != tt.want || len(page.Entries) > 1 {
			t.Errorf("%s: %d of %d found, want %d (%v)", tt.name, len(page.Entries), page.Total, tt.want, err)
		}
	}
}

func TestWhatAnAPIGives(t *testing.T) {
	t.Parallel()
	s, e := open(t), must[local.Entry](t)
	ctx := t.Context()
	const space, bearer = "/contentful/spaces/house/environments/master", "Bearer delivery"
	var people []local.Entry
	for _, name := range []string{"Ada", "Bea", "Cy"} {
		p := e(s.Create(ctx, me, cms.Contentful, cms.Person, "", fields(cms.Contentful, "name", name)))
		people = append(people, e(s.Publish(ctx, me, p.Key, p.Version)))
	}
	e(s.Create(ctx, me, cms.Contentful, cms.Person, "", fields(cms.Contentful, "name", "A draft")))

	for _, tt := range []struct {
		path, header, value string
		status              int
	}{
		{space + "/entries", "Authorization", "Bearer wrong", 401},
		{space + "/entries", "Authorization", bearer, 200},
		{"/contentful/spaces/other/environments/master/entries", "Authorization", bearer, 404},
		{space + "/entries?limit=1001", "Authorization", bearer, 400},
		{space + "/sync", "Authorization", bearer, 400},
		{space + "/sync?sync_token=nonsense", "Authorization", bearer, 400},
		{space + "/entries/" + people[0].ID + "?locale=de-DE", "Authorization", bearer, 400},
		{space + "/assets", "Authorization", bearer, 404},
		{"/umbraco/umbraco/delivery/api/v2/content", "Api-Key", "wrong", 401},
		{"/umbraco/umbraco/delivery/api/v2/content?filter=colour:red", "Api-Key", "key", 400},
		{"/umbraco/umbraco/delivery/api/v2/content?sort=updateDate:up", "Api-Key", "key", 400},
		{"/umbraco/umbraco/delivery/api/v2/content/item/unknown", "Api-Key", "key", 404},
	} {
		if status, body := s.ask(tt.path, tt.header, tt.value); status != tt.status {
			t.Errorf("%s with %s: %d, want %d: %v", tt.path, tt.value, status, tt.status, body)
		}
	}

	// The first synchronisation, in pages; what changes while it goes on is for the next.
	_, page := s.ask(space+"/sync?initial=true&limit=2", "Authorization", bearer)
	if n := len(page["items"].([]any)); n != 2 || page["nextPageUrl"] == nil {
		t.Fatalf("the first page has %d items and goes on at %v", n, page["nextPageUrl"])
	}
	e(s.Unpublish(ctx, me, people[2].Key, people[2].Version))
	_, page = s.ask(page["nextPageUrl"].(string), "Authorization", bearer)
	if n := len(page["items"].([]any)); n != 0 || page["nextSyncUrl"] == nil {
		t.Fatalf("the second page has %d items and ends at %v", n, page["nextSyncUrl"])
	}
	e(s.Publish(ctx, me, people[0].Key, people[0].Version))
	_, page = s.ask(page["nextSyncUrl"].(string), "Authorization", bearer)
	if len(page["items"].([]any)) != 2 || at(page, "items", 0, "sys", "type") != "DeletedEntry" || at(page, "items", 0, "sys", "id") != people[2].ID ||
		at(page, "items", 1, "fields", "name", "en-US") != "Ada" || at(page, "items", 1, "sys", "revision") != 2.0 {
		t.Errorf("the next synchronisation tells %v", page["items"])
	}
	_, page = s.ask(page["nextSyncUrl"].(string), "Authorization", bearer)
	if len(page["items"].([]any)) != 0 || page["nextSyncUrl"] == nil {
		t.Errorf("when nothing changed it tells %v", page)
	}
	_, entry := s.ask(space+"/entries/"+people[1].ID+"?locale=*", "Authorization", bearer)
	if at(entry, "fields", "name", "en-US") != "Bea" || at(entry, "sys", "contentType", "sys", "id") != "person" {
		t.Errorf("an entry in all locales is %v", entry)
	}
	if _, entry = s.ask(space+"/entries/"+people[1].ID, "Authorization", bearer); at(entry, "fields", "name") != "Bea" {
		t.Errorf("an entry in one locale is %v", entry)
	}
	if status, _ := s.ask(space+"/entries/"+people[2].ID, "Authorization", bearer); status != http.StatusNotFound {
		t.Errorf("what is not public any more is answered %d", status)
	}
}
