package page_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

func TestPreferred(t *testing.T) {
	tests := []struct {
		name, accept, path string
		want               page.Form
	}{
		{"browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "/", page.HTML},
		{"browser on the API", "text/html,*/*;q=0.8", "/api/v1/shows", page.HTML},
		{"none", "", "/", page.HTML},
		{"none on the API", "", "/api/v1/shows", page.JSON},
		{"anything", "*/*", "/", page.HTML},
		{"anything on the API", "*/*", "/api/", page.JSON},
		{"JSON", "application/json", "/", page.JSON},
		{"problem", "application/problem+json", "/", page.JSON},
		{"any application", "application/*", "/", page.JSON},
		{"JSON less", "application/json;q=0.8, text/html;q=0.9", "/api/", page.HTML},
		{"JSON more", "text/html;q=0.123, application/json;q=0.124", "/", page.JSON},
		{"JSON not at all", "application/json;q=0, */*", "/api/", page.HTML},
		{"more specific counts", "text/html;q=0.1, text/*;q=0.9, application/json;q=0.5", "/", page.JSON},
		{"case and spaces", " Application/JSON ; charset=utf-8 ; Q=1.000 , text/html;q=0.999", "/", page.JSON},
		{"q is no number", "application/json;q=x, text/html;q=0.001", "/", page.HTML},
		{"q is too large", "application/json;q=5, text/html;q=0.001", "/", page.HTML},
		{"q is too fine", "application/json;q=0.0001, text/html;q=0.001", "/", page.HTML},
		{"stream", "text/event-stream", "/api/v1/x", page.JSON},
		{"garbage", ",,;;q=,/", "/", page.HTML},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := page.Preferred(test.accept, test.path); got != test.want {
				t.Errorf("Preferred(%q) = %v", test.accept, got)
			}
		})
	}
}

func FuzzPreferred(f *testing.F) {
	f.Add("text/html;q=0.5,*/*;q=0.1")
	f.Fuzz(func(t *testing.T, accept string) {
		// A space before it changes nothing but how it is read.
		if page.Preferred(accept, "/") != page.Preferred(" "+accept, "/") {
			t.Fatalf("what begins with HTML is read otherwise: %q", accept)
		}
		page.Preferred(accept, "/api/")
	})
}

// Whatever staff or visitors write, it stays text: the page has the elements
// it was given and no more.
func TestPageTextStaysText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"<script>", `"onload="x`, "</style>", "&lt;", "'>"}))
		s := site.Site{Name: word.Draw(t, "name"), Locale: "en-GB"}
		s.SetDefaults()
		n := page.Notice{Title: word.Draw(t, "title"), Detail: word.Draw(t, "detail"), Reopens: word.Draw(t, "reopens"), Path: word.Draw(t, "path"), RequestID: word.Draw(t, "id")}
		document, err := html.Parse(strings.NewReader(string(page.AppendHTML(nil, &s, &n, "nonce"))))
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for node := range document.Descendants() {
			if node.Type == html.ElementNode {
				counts[node.Data]++
				for _, a := range node.Attr {
					if strings.HasPrefix(a.Key, "on") {
						t.Fatalf("attribute %s", a.Key)
					}
				}
			}
		}
		if counts["script"] != 0 || counts["style"] != 1 || counts["h1"] != 1 || counts["main"] != 1 || counts["a"] != 1 {
			t.Fatalf("elements: %v", counts)
		}
	})
}

func TestProblemIsJSONForAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := page.Notice{Status: 503, Type: "maintenance", Title: rapid.String().Draw(t, "title"), Detail: rapid.String().Draw(t, "detail"), RetryAfter: 7}
		var got struct {
			Title, Detail string
			RetryAfter    int `json:"retry_after"`
		}
		if err := json.Unmarshal(page.AppendProblem(nil, &n), &got); err != nil {
			t.Fatal(err)
		}
		if got.Title != n.Title || got.Detail != n.Detail || got.RetryAfter != 7 {
			t.Fatalf("got %+v, want %+v", got, n)
		}
	})
}
