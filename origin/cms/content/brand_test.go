package content

import (
	"testing"

	"github.com/stagedoor/stagedoor/origin/cms"
)

func TestBrandSaysEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	poor := with(aBrand(), fields{"theme": fields{"background": "#ffffff", "ink": "#fefefe", "accent": "red", "dark_background": "#000000", "dark_ink": "#ffffff", "dark_accent": "#ffffff", "heading": "loud"}})
	for _, test := range []struct {
		name   string
		change cms.Change
		want   []string
	}{
		{"nothing filled in", publish(cms.Brand, "b", 1, nil), []string{"slug: must be filled in", "name: must be filled in", "country: must be filled in",
			"locale: must be filled in", "currency: must be filled in", "timeZone: must be filled in", "theme: must be filled in"}},
		{"wrong everywhere", with(aBrand(), fields{"slug": "The Rose", "name": tr{"en-GB": "Rose", "en-US": 7}, "country": "FR", "currency": "EUR", "timeZone": "Southwark"}), []string{
			"slug: lower-case", "name (en-US): must be a text", "country: one of GB, US", "currency: one of GBP", "timeZone: not the name of a time zone"}},
		{"unreadable", poor, []string{"theme: ink: #fefefe on #ffffff has a contrast"}},
		{"the console's address", with(aBrand(), fields{"slug": "console"}), []string{"slug: can't be console: that address is the house's own"}},
		{"the group's address", with(aBrand(), fields{"slug": "www"}), []string{"slug: can't be www"}},
		{"all sites", with(aBrand(), fields{"slug": "all"}), []string{"slug: can't be all"}},
		{"another kind", publish("poem", "b", 1, nil), []string{`: nobody here knows entries of the kind "poem"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, Check(test.change), test.want...)
		})
	}
}

func TestBrand(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must(house()...)
	s.facts()

	s.must(later(with(aBrand(), fields{"name": "The Rose Theatre"}), 2))
	told := s.facts()
	if len(about(told, "site.changed")) != 1 || len(about(told, "show.changed")) != 1 {
		t.Errorf("a new name tells %q, want one site and the one show it stands on", told)
	}
	s.must(later(with(aBrand(), fields{"name": "The Rose Theatre"}), 3))
	if told := s.facts(); len(told) != 1 {
		t.Errorf("nothing new tells %q, want content.changed alone", told)
	}
	s.refused(later(with(aBrand(), fields{"slug": "thorn"}), 4), "slug: was rose and can't change")
	s.refused(later(with(aBrand(), fields{"currency": "USD"}), 4), "currency: is GBP and can't change")
	other := aBrand()
	other.ID = "b-other"
	s.refused(other, "slug: the site rose belongs to the entry b-rose of umbraco")

	s.must(gone(cms.Unpublish, cms.Brand, "b-rose", 5), gone(cms.Delete, cms.Brand, "b-rose", 6))
	if n := s.count("select count(*) from performances where status = 'on_sale'"); n != 2 {
		t.Errorf("%d performances on sale after the brand's entry was deleted, want the 2 there were: no editor closes a site", n)
	}
	s.must(other)
	if name := s.text("select name from brands"); name != "The Rose" {
		t.Errorf("the brand is called %q after another entry took it over", name)
	}
}
