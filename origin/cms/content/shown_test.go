package content

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/show"
)

// What editors publish is what pages read, at the time it is meant for and in the site's language.
func TestWhatThePublicSees(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	shows := show.NewRepository(s.db)
	ctx := t.Context()
	listing, err := shows.Production(ctx, "rose", "doctor-faustus", now)
	if err != nil || listing.Title != "Doctor Faustus" || listing.DescriptionHTML != "<p>In blood.</p>" || listing.Coming != 3 || listing.PriceFrom != 4500 {
		t.Fatalf("%+v, %v", listing, err)
	}
	for locale, want := range map[string]string{
		"en-GB": "<p>Played <strong>everywhere</strong>.</p>", "en-US": "<p>Played at all theaters.</p>", "en-AU": "<p>Played <strong>everywhere</strong>.</p>", "de": "<p>Played <strong>everywhere</strong>.</p>",
	} {
		company, err := shows.Company(ctx, listing.ID, locale)
		if err != nil || len(company.Cast) != 1 || len(company.Creative) != 0 || company.Cast[0].Biography != want || company.Cast[0].Role != "Mephistophilis" {
			t.Errorf("in %s: %+v, %v", locale, company, err)
		}
	}
	articles, err := shows.Articles(ctx, "rose", listing.ID, 0, 10)
	if err != nil || len(articles) != 1 || articles[0].Slug != "on-devils" || articles[0].Body != "" {
		t.Errorf("articles %+v, %v", articles, err)
	}
	if some, err := shows.Articles(ctx, "rose", uuid.New(), 0, 10); err != nil || len(some) != 0 {
		t.Errorf("articles about another show: %+v, %v", some, err)
	}
	if article, err := shows.Article(ctx, "rose", "on-devils"); err != nil || article.Body != "<h2>Hell</h2><p>is <em>empty</em></p>" {
		t.Errorf("%+v, %v", article, err)
	}
	if _, err := shows.Article(ctx, "other", "on-devils"); !errors.Is(err, show.ErrNotFound) {
		t.Errorf("an article is on another brand's site: %v", err)
	}
	banners := func(production uuid.UUID, at time.Time) int {
		t.Helper()
		list, err := shows.Banners(ctx, "rose", production, at)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 && (list[0].LinkPath != "/shows/doctor-faustus" || list[0].Code != "WINTER-20") {
			t.Errorf("the banner is %+v", list[0])
		}
		return len(list)
	}
	for _, test := range []struct {
		name       string
		production uuid.UUID
		at         time.Time
		want       int
	}{
		{"at home", uuid.Nil, now, 1}, {"on its show's page", listing.ID, now, 1}, {"on another's", uuid.New(), now, 0},
		{"before it begins", uuid.Nil, now.AddDate(0, 0, -3), 0}, {"after it ends", uuid.Nil, now.AddDate(0, 2, 0), 0},
	} {
		if got := banners(test.production, test.at); got != test.want {
			t.Errorf("%s: %d banners, want %d", test.name, got, test.want)
		}
	}
	s.exec("update promo_codes set paused = true")
	if list, err := shows.Banners(ctx, "rose", uuid.Nil, now); err != nil || len(list) != 1 || list[0].Code != "" {
		t.Errorf("a banner names a code that nobody can use: %+v, %v", list, err)
	}
	s.must(gone(cms.Unpublish, cms.Production, "p-faustus", 2))
	if _, err := shows.Production(ctx, "rose", "doctor-faustus", now); !errors.Is(err, show.ErrNotFound) {
		t.Errorf("a show that was taken back is shown: %v", err)
	}
	if got := banners(uuid.Nil, now); got != 0 {
		t.Errorf("%d banners lead to a show that was taken back", got)
	}
}
