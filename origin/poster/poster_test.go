package poster_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/origin/poster"
	"github.com/stagedoor/stagedoor/origin/seed/data"
	"github.com/stagedoor/stagedoor/origin/seed/season"
)

// mostBytes is how large a poster may be.
const mostBytes = 20 << 10

func printer(t testing.TB) *poster.Printer {
	t.Helper()
	pr, err := poster.NewPrinter()
	if err != nil {
		t.Fatal(err)
	}
	return pr
}

func TestEveryProductionHasAPoster(t *testing.T) {
	house, err := data.Load(data.Files())
	if err != nil {
		t.Fatal(err)
	}
	runs, err := season.Plan(house, 1, time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	pr := printer(t)
	looks := map[string]bool{}
	for _, run := range runs {
		p := poster.Poster{Title: run.Work.Title, Author: run.Work.Author, Venue: run.Theatre.Name, Seed: run.PosterSeed}
		for _, drawn := range [][]byte{pr.SVG(p), pr.Landscape(p)} {
			if texts := check(t, drawn, p); texts != 2 {
				t.Errorf("%q: %d lines of words, want author and venue", p.Title, texts)
			}
			looks[string(drawn)] = true
		}
		if !bytes.Equal(pr.SVG(p), pr.SVG(p)) {
			t.Errorf("%s at %s: two different posters", p.Title, p.Venue)
		}
	}
	if len(looks) != 2*len(runs) {
		t.Errorf("%d different drawings for %d productions", len(looks), len(runs))
	}
}

// check holds a drawing to what is promised (well-formed, small, complete in itself, words inside the sheet) and
// counts its lines of small words.
func check(t testing.TB, drawn []byte, p poster.Poster) (texts int) {
	t.Helper()
	p.Title = p.Title[:min(len(p.Title), 40)] // in messages
	if len(drawn) > mostBytes {
		t.Errorf("%q: %d bytes", p.Title, len(drawn))
	}
	var width float64
	ids := map[string]bool{}
	decoder := xml.NewDecoder(bytes.NewReader(drawn))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%q: not well-formed: %v\n%s", p.Title, err, drawn)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]string{}
		for _, a := range element.Attr {
			at[a.Name.Local] = a.Value
			if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
				t.Fatalf("%q: %s=%q", p.Title, a.Name.Local, a.Value)
			}
		}
		number := func(name string) float64 {
			n, err := strconv.ParseFloat(at[name], 64)
			if err != nil {
				t.Fatalf("%q: <%s %s=%q>", p.Title, element.Name.Local, name, at[name])
			}
			return n
		}
		switch element.Name.Local {
		case "svg":
			width = number("width")
		case "path", "clipPath":
			if id := at["id"]; id != "" && ids[id] {
				t.Errorf("%q: id %s is used twice", p.Title, id)
			} else {
				ids[id] = true
			}
		case "use":
			if id := strings.TrimPrefix(at["href"], "#"); !ids[id] {
				t.Errorf("%q: use of an unknown %s", p.Title, id)
			}
		case "text":
			texts++
			if x, end := number("x"), number("x")+number("textLength"); x < 20 || end > width-20 {
				t.Errorf("%q: a line of words from %.0f to %.0f on a sheet %.0f wide", p.Title, x, end, width)
			}
		case "script", "image", "style", "foreignObject":
			t.Errorf("%q: <%s>", p.Title, element.Name.Local)
		}
	}
	return texts
}

func TestStrangeWords(t *testing.T) {
	pr := printer(t)
	tests := map[string]poster.Poster{
		"nothing":          {},
		"blanks":           {Title: " \n\t ", Author: " ", Venue: " "},
		"markup":           {Title: `<script>alert("1")</script> & Juliet`, Author: `"><img src=x>`, Venue: "&amp;"},
		"one endless word": {Title: strings.Repeat("A", 500)},
		"endless words":    {Title: strings.Repeat("to be or not ", 60), Author: strings.Repeat("W", 200), Venue: strings.Repeat("w ", 200)},
		"other scripts":    {Title: "Три сестры 三人姉妹 🎭", Author: "Антон Чехов", Venue: "劇場"},
		"control letters":  {Title: "Ham\x00let\x1b\ufffe\xff", Author: "\x07", Venue: "\u202e"},
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			for seed := range int64(36) {
				p.Seed = seed
				for _, drawn := range [][]byte{pr.SVG(p), pr.Landscape(p)} {
					check(t, drawn, p)
					if !utf8.Valid(drawn) {
						t.Fatal("not UTF-8")
					}
				}
			}
		})
	}
}

var idPattern = regexp.MustCompile(` id="([^"]+)"`)

// Posters are put into pages side by side: their identifiers must not meet.
func TestPostersShareNoIdentifiers(t *testing.T) {
	pr := printer(t)
	seen := map[string]string{}
	for seed := range int64(40) {
		p := poster.Poster{Title: "Hamlet", Author: "William Shakespeare", Venue: "Lyceum Theatre", Seed: seed}
		for kind, drawn := range map[string][]byte{"upright": pr.SVG(p), "lying": pr.Landscape(p)} {
			name := fmt.Sprint(seed, kind)
			for _, m := range idPattern.FindAllSubmatch(drawn, -1) {
				if other, found := seen[string(m[1])]; found {
					t.Fatalf("%s is in %s and in %s", m[1], other, name)
				}
				seen[string(m[1])] = name
			}
		}
	}
}

func TestPrintersAreShared(t *testing.T) {
	pr := printer(t)
	p := poster.Poster{Title: "The Comedy of Errors", Author: "William Shakespeare", Venue: "Criterion Theatre", Seed: 3}
	want := pr.SVG(p)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for seed := range int64(20) {
				pr.Landscape(poster.Poster{Title: fmt.Sprint("Number ", seed), Seed: seed})
				if !bytes.Equal(pr.SVG(p), want) {
					t.Error("the poster changed")
				}
			}
		})
	}
	all.Wait()
}

func FuzzSVG(f *testing.F) {
	f.Add("Hamlet", "William Shakespeare", "Lyceum Theatre", int64(1))
	f.Add("", "<>&\"'", "\x00", int64(-1))
	pr := printer(f)
	f.Fuzz(func(t *testing.T, title, author, venue string, seed int64) {
		p := poster.Poster{Title: title, Author: author, Venue: venue, Seed: seed}
		check(t, pr.SVG(p), poster.Poster{Title: title})
		check(t, pr.Landscape(p), poster.Poster{Title: title})
	})
}

func BenchmarkSVG(b *testing.B) {
	pr := printer(b)
	p := poster.Poster{Title: "Six Characters in Search of an Author", Author: "Luigi Pirandello", Venue: "The Old Vic"}
	for b.Loop() {
		p.Seed++
		pr.SVG(p)
	}
}
