package text

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	tests := map[string]struct {
		a    *Analyzer
		in   string
		want []string
	}{
		"folds case and accents":      {NewAnalyzer(nil, nil, "", false), "Les Misérables – ÉCLAIR", []string{"les", "miserables", "eclair"}},
		"drops punctuation in a word": {NewAnalyzer(nil, nil, "", false), "O'Neill's non-stick 100%", []string{"oneills", "nonstick", "100"}},
		"spells out letters":          {NewAnalyzer(nil, nil, "", false), "Große Œuvre Søren", []string{"grosse", "oeuvre", "soren"}},
		"keeps other scripts":         {NewAnalyzer(nil, nil, "", false), "Чайка 歌舞伎 🎸", []string{"Чайка", "歌舞伎", "🎸"}},
		"symbols and separators":      {NewAnalyzer([]string{"+", "#"}, []string{"-", "."}, "", false), "C++ stage-door C#.x", []string{"c++", "stage", "door", "c#", "x"}},
		"stems":                       {NewAnalyzer(nil, nil, "", true), "running actors", []string{"run", "actor"}},
		"a locale keeps accents":      {NewAnalyzer(nil, nil, "fr", false), "L'Été, c'est Paris", []string{"l'Été", "c'est", "paris"}},
		"empty":                       {NewAnalyzer(nil, nil, "", false), " -- ", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.a.Words(tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("Words(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestTokensLieInTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		locale := rapid.SampledFrom([]string{"", "fr", "ja"}).Draw(t, "locale")
		last := 0
		for _, tok := range NewAnalyzer(nil, nil, locale, false).Tokens(s) {
			if tok.Start < last || tok.End <= tok.Start || tok.End > len(s) {
				t.Fatalf("token %+v of %q after %d", tok, s, last)
			}
			last = tok.End
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add("L'Été à Paris", "fr")
	f.Add("\xff\xc3(", "")
	f.Fuzz(func(t *testing.T, s, locale string) {
		for _, w := range NewAnalyzer([]string{"&"}, []string{"-"}, locale, false).Words(s) {
			_ = Stem(w)
		}
	})
}

func dictionary(words ...string) *Dictionary[int] {
	d := NewDictionary(func(n int) int { return n })
	for i, w := range words {
		d.Put(w, int64(len(words)-i), 0).Value++
	}
	return d
}

func found(d *Dictionary[int], q Query[int]) []string {
	q.Seen = map[string]bool{}
	q.Limit = cmp.Or(q.Limit, 10)
	var out []string
	for _, l := range d.Find(q) {
		out = append(out, l.Word)
	}
	return out
}

func TestFind(t *testing.T) {
	d := dictionary("hamlet", "ham", "hamburg", "macbeth", "king", "kings", "strawberry", "tempest")
	tests := map[string]struct {
		q    Query[int]
		want []string
	}{
		"the word":                   {Query[int]{Word: "hamlet"}, []string{"hamlet"}},
		"no such word":               {Query[int]{Word: "lear", MaxTypos: 1}, nil},
		"a prefix, the word first":   {Query[int]{Word: "ham", Prefix: true}, []string{"ham", "hamlet", "hamburg"}},
		"a letter left out":          {Query[int]{Word: "hamlt", MinTypos: 1, MaxTypos: 1}, []string{"hamlet"}},
		"a letter too many":          {Query[int]{Word: "hammlet", MinTypos: 1, MaxTypos: 1}, []string{"hamlet"}},
		"two letters swapped":        {Query[int]{Word: "macbteh", MinTypos: 1, MaxTypos: 1}, []string{"macbeth"}},
		"a swap at the start is two": {Query[int]{Word: "ahmlet", MinTypos: 2, MaxTypos: 2}, []string{"hamlet"}},
		"two typos":                  {Query[int]{Word: "tenpezt", MinTypos: 2, MaxTypos: 2}, []string{"tempest"}},
		"longer than the word":       {Query[int]{Word: "strawberries", MinTypos: 2, MaxTypos: 2}, nil},
		"an unfinished misspelling":  {Query[int]{Word: "makbe", MinTypos: 1, MaxTypos: 1, Prefix: true}, []string{"macbeth"}},
		"a limit":                    {Query[int]{Word: "h", Prefix: true, Limit: 2}, []string{"hamlet", "ham"}},
		"only accepted ones": {Query[int]{Word: "king", Prefix: true, Accept: func(l *Leaf[int]) bool {
			return strings.HasSuffix(l.Word, "s")
		}}, []string{"king", "kings"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := found(d, tt.q)
			if !slices.Equal(got, tt.want) {
				t.Errorf("Find(%+v) = %q, want %q", tt.q.Word, got, tt.want)
			}
		})
	}
}

// The tree must hold what a map would.
func TestDictionaryIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, model := NewDictionary(func(n int) int { return n }), map[string]int{}
		word := rapid.StringMatching(`[abc]{0,6}`)
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			w := word.Draw(t, "word")
			if rapid.Bool().Draw(t, "delete") {
				d.Delete(w)
				delete(model, w)
			} else {
				d.Put(w, 1, 1).Value = i
				model[w] = i
			}
		}
		if d.Len() != len(model) {
			t.Fatalf("Len = %d, want %d", d.Len(), len(model))
		}
		var last *Leaf[int]
		d.Each(func(l *Leaf[int]) bool {
			if v, ok := model[l.Word]; !ok || v != l.Value || last != nil && last.Word >= l.Word {
				t.Fatalf("leaf %+v after %+v, model %v", l, last, model)
			}
			last = l
			return true
		})
		for w := range model {
			if l := d.Get(w); l == nil || l.Word != w {
				t.Fatalf("Get(%q) = %v", w, l)
			}
		}
	})
}

func TestSortLikeSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.IntRange(0, 9), 0, 200).Draw(t, "s")
		want := slices.Clone(s)
		slices.Sort(want)
		sortLike(s, func(a, b int) bool { return a < b })
		if !slices.Equal(s, want) {
			t.Fatalf("got %v, want %v", s, want)
		}
	})
}
