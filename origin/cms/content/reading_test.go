package content

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/promo"
)

func TestArticle(t *testing.T) {
	t.Parallel()
	checkFaults(t, Check(with(anArticle(), fields{"title": nil, "slug": "On Devils", "body": "<script>1</script>", "publishedOn": "2026-13-01", "productions": []any{ref("p"), "x"}})),
		"title: must be filled in", "slug: must be lower-case", "body (en-GB): must be filled in", "publishedOn: must be a date", "productions: line 2 must be a link")
	s := newStage(t)
	s.must(house()...)
	document := json.RawMessage(`{"nodeType":"document","data":{},"content":[{"nodeType":"paragraph","data":{},"content":[{"nodeType":"text","value":"Less ","marks":[],"data":{}},{"nodeType":"text","value":"is more","marks":[{"type":"bold"}],"data":{}}]}]}`)
	s.must(later(with(anArticle(), fields{"body": document, "productions": nil, "slug": "of-devils"}), 2))
	if got := s.text("select slug || body_html || (select count(*) from article_productions) from articles"); got != "of-devils<p>Less <strong>is more</strong></p>0" {
		t.Errorf("got %s", got)
	}
	if n := s.count("select count(*) from cache_changes where brand_id = 'rose' and tag = 'page'"); n == 0 {
		t.Error("edge caches are not told")
	}
	other := with(anArticle(), fields{"slug": "of-devils"})
	other.ID = "a-other"
	s.refused(other, "slug: is taken on this site by On devils")
	s.must(gone(cms.Unpublish, cms.Article, "a-devils", 3))
	if n := s.count("select count(*) from articles"); n != 0 {
		t.Error("an article that was taken back is there")
	}
	s.must(other, later(anArticle(), 4))
}

func TestALinkStaysOnTheSite(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"//elsewhere.example", "/\t/elsewhere.example", "/\x01/x", "/\x7f", "/\u0085/x", "/\u202e/x", "/a b", "/\\elsewhere.example", "shows"} {
		checkFaults(t, Check(with(aPromotion(), fields{"linkPath": path})), "linkPath: must be a path on the site")
	}
	for _, path := range []string{"/", "/shows/hamlet?from=banner#prices", "/shows/siân"} {
		if err := Check(with(aPromotion(), fields{"linkPath": path})); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestPromotion(t *testing.T) {
	t.Parallel()
	checkFaults(t, Check(with(aPromotion(), fields{"endsAt": "2026-11-19T00:00:00Z", "code": "§", "percentOff": 20, "amountOff": 100, "linkPath": "https://elsewhere.example", "mostUses": -1})),
		"endsAt: must be after the beginning", "code: must be 3 to 40", "percentOff: must be either a percentage or an amount", "linkPath: must be a path on the site", "mostUses: must be between")
	checkFaults(t, Check(with(aPromotion(), fields{"code": nil, "headline": nil})), "headline: must be filled in, or else a promo code")
	s := newStage(t)
	s.must(house()...)
	s.must(later(with(aPromotion(), fields{"percentOff": nil, "amountOff": 500, "production": nil}), 2))
	if got := s.text("select code || amount || currency || coalesce(percent::text, '-') from promo_codes"); got != "WINTER-20500GBP-" {
		t.Errorf("the code is %s", got)
	}
	s.exec("update promo_codes set uses = 2")
	s.refused(later(with(aPromotion(), fields{"code": "OTHER"}), 3), "code: was WINTER-20 and can't change")
	s.refused(later(with(aPromotion(), fields{"mostUses": 1}), 3), "mostUses: is less than it has been used")
	s.exec(`insert into promo_codes (id, code, brand_id, percent, starts_at, created_at, created_by) values (gen_random_uuid(), 'SPRING', 'rose', 1, now(), now(), 'somebody')`)
	rival := with(aPromotion(), fields{"code": "spring"})
	rival.ID = "m-rival"
	s.refused(rival, "code: SPRING is in use already")

	s.must(gone(cms.Unpublish, cms.Promotion, "m-winter", 4))
	if got := s.text("select (select count(*) from promotions) || ' ' || paused || ' ' || uses from promo_codes where code = 'WINTER-20'"); got != "0 true 2" {
		t.Errorf("banners, paused, uses are %s", got)
	}
	s.must(later(aPromotion(), 5))
	if got := s.text("select (select count(*) from promotions) || ' ' || paused || ' ' || uses from promo_codes where code = 'WINTER-20'"); got != "1 false 2" {
		t.Errorf("banners, paused, uses are %s", got)
	}
	s.must(later(with(aPromotion(), fields{"code": nil, "percentOff": nil}), 6))
	if s.text("select paused::text from promo_codes where code = 'WINTER-20'") != "true" {
		t.Error("a code that its promotion does without any more can be used")
	}
}

// A code is paused by its entry or by staff, and only whoever paused it lets it go on.
func TestACodeThatStaffPausedStaysPaused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	book := promo.Book{DB: s.db, Now: func() time.Time { return now }}
	pause := func(paused bool) {
		t.Helper()
		if err := book.Pause(t.Context(), "WINTER-20", paused, "somebody"); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what, paused string) {
		t.Helper()
		if got := s.text("select paused::text from promo_codes where code = 'WINTER-20'"); got != paused {
			t.Errorf("%s: paused is %s, want %s", what, got, paused)
		}
	}
	pause(true)
	s.must(later(with(aPromotion(), fields{"headline": "A fifth off!"}), 2))
	want("published anew", "true")
	s.must(gone(cms.Unpublish, cms.Promotion, "m-winter", 3), later(aPromotion(), 4))
	want("taken back and published anew", "true")
	pause(false)
	s.must(gone(cms.Unpublish, cms.Promotion, "m-winter", 5))
	want("taken back", "true")
	s.must(later(aPromotion(), 6))
	want("published again", "false")
	s.must(gone(cms.Unpublish, cms.Promotion, "m-winter", 7))
	pause(false)
	pause(true)
	s.must(later(aPromotion(), 8))
	want("paused by staff while it was taken back", "true")
}
