package index_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/index"
)

func TestTimes(t *testing.T) {
	t.Parallel()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		at   time.Time
		day  int32
		want []string
	}{
		"a Saturday's matinee":           {time.Date(2026, 12, 19, 14, 30, 0, 0, london), 20261219, []string{"matinee", "sat", "sat_matinee"}},
		"late on Midsummer's Eve":        {time.Date(2026, 6, 23, 23, 30, 0, 0, time.UTC).In(london), 20260624, []string{"matinee", "wed", "wed_matinee"}},
		"an evening":                     {time.Date(2026, 12, 25, 17, 0, 0, 0, london), 20261225, []string{"evening", "fri", "fri_evening"}},
		"the night the clocks go back":   {time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC).In(london), 20261025, []string{"matinee", "sun", "sun_matinee"}},
		"the morning after, at midnight": {time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC).In(london), 20261026, []string{"matinee", "mon", "mon_matinee"}},
	} {
		if got := index.Times(tt.at); !slices.Equal(got, tt.want) || index.Day(tt.at) != tt.day {
			t.Errorf("%s: %d %v", name, index.Day(tt.at), got)
		}
	}
}

// A show is found on the days on which it is played, not on those between; a day that is sold out is no open one.
func TestSearchByDay(t *testing.T) {
	t.Parallel()
	x, s, _ := open(t, t.TempDir())
	if _, err := x.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := shows()[:2]
	all[0].Days, all[0].OpenDays = []int32{20261201, 20261210}, []int32{20261210}
	all[0].Times, all[0].AccessDays = []string{"evening", "tue", "tue_evening"}, []string{index.AccessDay("relaxed", 20261210)}
	all[0].Cast = []string{"Sarah Bernhardt"}
	all[0].Performances = []index.Performance{{ID: "p", Day: 20261201, Clock: "19:30"}}
	all[1].Days, all[1].OpenDays = []int32{20261205}, []int32{20261205}
	if report, err := x.Upsert(t.Context(), all); err != nil || report.Err() != nil {
		t.Fatal(err, report.Err())
	}
	for name, tt := range map[string]struct {
		q    index.Query
		want []string
	}{
		"on the day":             {index.Query{FromDay: 20261201, ToDay: 20261201}, []string{"1"}},
		"between two days":       {index.Query{FromDay: 20261202, ToDay: 20261204}, nil},
		"between two, one there": {index.Query{FromDay: 20261202, ToDay: 20261206}, []string{"2"}},
		"sold out that day":      {index.Query{FromDay: 20261201, ToDay: 20261204, OnlyOpen: true}, nil},
		"some days":              {index.Query{FromDay: 20261201, ToDay: 20261231}, []string{"1", "2"}},
		"open from a day on":     {index.Query{FromDay: 20261201, OnlyOpen: true}, []string{"1", "2"}},
		"from a day on":          {index.Query{FromDay: 20261206}, []string{"1"}},
		"up to a day":            {index.Query{ToDay: 20261204}, []string{"1"}},
		"open at all":            {index.Query{OnlyOpen: true}, []string{"1", "2"}},
		"on a Tuesday evening":   {index.Query{Times: []string{"tue_evening"}}, []string{"1"}},
		"who is in it":           {index.Query{Text: "bernhard"}, []string{"1"}},
		"in a language":          {index.Query{Language: "fr"}, nil},
	} {
		got, err := s.Search(t.Context(), tt.q)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Found != len(got.Hits) { // Typesense counts the days of a show, if it is asked carelessly
			t.Errorf("%s: found %d, but shows %d", name, got.Found, len(got.Hits))
		}
		var ids []string
		for _, h := range got.Hits {
			ids = append(ids, h.Show.ID)
			if len(h.Show.Performances) > 0 {
				t.Errorf("%s: performances came along uncalled for", name)
			}
		}
		slices.Sort(ids)
		if !slices.Equal(ids, tt.want) {
			t.Errorf("%s: found %v, want %v", name, ids, tt.want)
		}
	}
	if got, err := s.Search(t.Context(), index.Query{Text: "hamlet", Performances: true}); err != nil || len(got.Hits) != 1 || len(got.Hits[0].Show.Performances) != 1 {
		t.Errorf("with performances: %+v, %v", got.Hits, err)
	}
}
