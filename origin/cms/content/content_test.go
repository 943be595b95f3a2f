package content

import (
	"testing"
)

func TestAHouseFromNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	for _, want := range []struct{ sql, text string }{
		{"select name || ' ' || currency from brands where id = 'rose'", "The Rose GBP"},
		{"select brand_id || ' ' || city || ' ' || capacity from venues where slug = 'rose'", "rose London 4"},
		{"select version || ' ' || seats from seating_plans", "1 4"},
		{"select title || ' / ' || description || ' / ' || description_html || ' ' || interval_count from productions", "Doctor Faustus / In blood. / <p>In blood.</p> 1"},
		{"select string_agg(tier || band || price_type || amount, ' ' order by amount) from prices", "standardAchild2500 standardAadult4500 peakAadult5500"},
		{"select string_agg(starts_at at time zone 'Europe/London' || ' ' || status || ' ' || price_tier || ' ' || array_to_string(access, ','), '; ' order by starts_at) from performances",
			"2026-12-01 19:30:00 on_sale peak captioned; 2026-12-02 19:30:00 on_sale standard ; 2027-03-28 19:30:00 scheduled standard "},
		{"select h.name || ' as ' || c.role || h.biography::text from production_people c join people h using (source, entry_id)",
			`Ada Marlowe as Mephistophilis{"en-gb": "<p>Played <strong>everywhere</strong>.</p>", "en-us": "<p>Played at all theaters.</p>"}`},
		{"select slug || body_html from articles a join article_productions x on x.article_id = a.id", "on-devils<h2>Hell</h2><p>is <em>empty</em></p>"},
		{"select headline || code || percent || created_by from promotions m join promo_codes c on c.id = m.promo_id", "A fifth offWINTER-20200000cms:umbraco:m-winter"},
	} {
		if got := s.text(want.sql); got != want.text {
			t.Errorf("%s:\n got %s\nwant %s", want.sql, got, want.text)
		}
	}
	facts := s.facts()
	if got := len(about(facts, "content.changed")); got != len(house()) {
		t.Errorf("%d content.changed, want one for each of %d entries", got, len(house()))
	}
	if got := len(about(facts, "show.changed")); got != 3 {
		t.Errorf("%d show.changed, want one each for production, prices and schedule: %q", got, facts)
	}
	if got := about(facts, "site.changed"); len(got) != 1 {
		t.Errorf("told %q, want one site.changed", got)
	}
}
