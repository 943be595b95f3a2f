package local_test

import (
	"slices"
	"testing"

	"github.com/cloudflare/cloudflare-go/v6/cache"
	"github.com/cloudflare/cloudflare-go/v6/option"
	"github.com/stagedoor/stagedoor/edge/site"
)

// A purge is published like any other change of a site: it counts from when
// the document is in use, for what it names, and for nobody else.
func TestPurge(t *testing.T) {
	a, b := sharing(t), sharing(t)
	a.site.CacheEpochs.Config = "1"
	a.publish()
	hamlet, tosca, home := a.counting("/shows/hamlet", nil), a.counting("/shows/tosca", nil), a.counting("/{$}", nil)
	other := b.counting("/shows/hamlet", nil)
	for _, path := range []string{"/shows/hamlet", "/shows/tosca", "/"} {
		a.isKept(path)
	}
	b.isKept("/shows/hamlet")
	before := [...]int64{hamlet.Load(), tosca.Load(), home.Load(), other.Load()}

	purge := func(tags map[string]int64) {
		t.Helper()
		a.site.CacheEpochs.Tags = tags
		a.publish()
	}
	anew := func(what string, path string, asked func() int64, before int64) {
		t.Helper()
		a.eventually(what, func() bool {
			a.get(path)
			return asked() > before
		})
	}
	purge(map[string]int64{a.site.ID + "-" + site.TagShow + "hamlet": 1})
	anew("the show's page is made anew", "/shows/hamlet", hamlet.Load, before[0])
	a.isKept("/shows/hamlet") // and kept again
	a.get("/shows/tosca")
	a.get("/")
	if tosca.Load() != before[1] || home.Load() != before[2] {
		t.Error("what belongs to another show, or to none, was made anew as well")
	}

	purge(map[string]int64{a.site.ID: 1})
	anew("the whole site is made anew", "/", home.Load, before[2])
	anew("the whole site is made anew", "/shows/tosca", tosca.Load, before[1])

	kept := hamlet.Load()
	a.site.CacheEpochs.Config = "2"
	a.publish()
	anew("other settings are another generation", "/shows/hamlet", hamlet.Load, kept)
	if b.get("/shows/hamlet"); other.Load() != before[3] {
		t.Error("a site that was not purged lost what it had")
	}
}

// The local API purges as Cloudflare does, as far as its own client can tell.
func TestPurgeAPI(t *testing.T) {
	b := sharing(t)
	page := b.counting("/about", nil)
	b.isKept("/about")
	before := page.Load()
	purge := func(token, zone string, tags ...string) error {
		body := with(cache.CachePurgeParamsBodyCachePurgeFlexPurgeByTags{}, map[string]any{"Tags": tags})
		service := cache.NewCacheService(option.WithBaseURL(b.edge.APIURL), option.WithAPIToken(token), option.WithMaxRetries(0))
		_, err := service.Purge(t.Context(), with(cache.CachePurgeParams{Body: body}, map[string]any{"ZoneID": zone}))
		return err
	}
	for _, test := range []struct {
		name, token, zone string
		tags              []string
		code              int
	}{
		{"another token", "another token altogether", "local", []string{"a"}, 10000},
		{"another zone", token, "other", []string{"a"}, 10000},
		{"nothing to purge", token, "local", nil, 1012},
		{"a tag of nothing", token, "local", []string{""}, 1012},
		{"too many tags", token, "local", slices.Repeat([]string{"a"}, 101), 1094},
	} {
		if err := purge(test.token, test.zone, test.tags...); code(err) != test.code {
			t.Errorf("%s: %v, want code %d", test.name, err, test.code)
		}
	}
	if b.get("/about"); page.Load() != before {
		t.Error("a purge that was refused dropped something")
	}
	if err := purge(token, "local", b.site.ID); err != nil {
		t.Fatal(err)
	}
	b.eventually("what was kept is gone", func() bool {
		b.get("/about")
		return page.Load() > before
	})
}
