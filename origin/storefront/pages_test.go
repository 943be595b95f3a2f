package storefront_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/stagedoor/stagedoor/origin/show"
)

// Every page stands on its own: one heading of the first level, the landmarks, a language, a title, a name for every
// control and picture, and nothing that a strict Content-Security-Policy forbids.
func TestEveryPageIsWellMade(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	night := h.shows.night("lyceum", "hamlet", 0).ID.String()
	for _, c := range []struct {
		site, path string
		status     int
	}{
		{"lyceum", "/", 200}, {"stagedoor", "/", 200}, {"stagedoor", "/?city=bath", 200}, {"empty", "/", 200},
		{"lyceum", "/shows/hamlet", 200}, {"lyceum", "/shows/tosca", 200}, {"shubert", "/shows/candida", 200},
		{"lyceum", "/search?q=hamlet", 200}, {"stagedoor", "/search", 200}, {"lyceum", "/venue", 200}, {"lyceum", "/booking", 200},
		{"lyceum", "/privacy", 200}, {"lyceum", "/performances/" + night, 200},
		{"lyceum", "/nowhere", 404}, {"lyceum", "/shows/unknown", 404}, {"stagedoor", "/shows/hamlet", 404}, {"stagedoor", "/venue", 404},
		{"lyceum", "/performances/7", 404}, {"lyceum", "/performances/" + strings.ToUpper(night), 404}, {"shubert", "/performances/" + night, 404},
		{"lyceum", "/orders/LYC-1", 404}, {"lyceum", "/checkout/nothing", 404}, {"unheard-of", "/", 404},
	} {
		t.Run(c.site+c.path, func(t *testing.T) {
			answer := h.visitor(c.site).get(c.path).want(c.status)
			if kind := answer.header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
				t.Errorf("Content-Type %q", kind)
			}
			wellMade(t, answer)
		})
	}
}

// The edge may give one visitor's page to the next only where nothing on it is theirs, and nothing is missing from it.
func TestOnlyWhatIsEverybodysMayBeShared(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	night := h.shows.night("lyceum", "hamlet", 0).ID.String()
	for _, c := range []struct {
		site, path string
		shared     bool
	}{
		{"lyceum", "/", true}, {"stagedoor", "/", true}, {"lyceum", "/shows/hamlet", true}, {"lyceum", "/venue", true},
		{"lyceum", "/booking", true}, {"lyceum", "/privacy", true}, {"lyceum", "/search?q=hamlet", true},
		{"lyceum", "/performances/" + night, false}, {"lyceum", "/nowhere", false}, {"lyceum", "/checkout/nothing", false},
	} {
		answer := h.visitor(c.site).get(c.path)
		said := answer.header.Get("Cache-Control")
		if shared := strings.Contains(said, "public"); shared != c.shared || shared && answer.header.Get("Set-Cookie") != "" {
			t.Errorf("%s%s: Cache-Control %q", c.site, c.path, said)
		}
	}
}

func wellMade(t *testing.T, a *answer) {
	t.Helper()
	page := a.parse()
	for name, count := range map[string]int{"h1": 1, "main": 1, "title": 1} {
		if got := len(all(page, name)); got != count {
			t.Errorf("%d <%s>, want %d", got, name, count)
		}
	}
	for _, name := range []string{"header", "nav", "footer"} {
		if len(all(page, name)) == 0 {
			t.Errorf("no <%s>", name)
		}
	}
	if lang, _ := attribute(all(page, "html")[0], "lang"); lang == "" {
		t.Error("no language")
	}
	ids := map[string]bool{}
	for _, n := range all(page, "") {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("<%s %s>: inline code or style", n.Data, a.Key)
			}
			if (a.Key == "src" || a.Key == "href") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("id %q twice", a.Val)
				}
				ids[a.Val] = true
			}
		}
		if src, ok := attribute(n, "src"); ok && !strings.HasPrefix(src, "/") {
			t.Errorf("<%s src=%q> comes from elsewhere", n.Data, src)
		}
		switch n.Data {
		case "script":
			kind, _ := attribute(n, "type")
			if _, external := attribute(n, "src"); !external && !strings.Contains(kind, "json") {
				t.Error("an inline script")
			}
		case "style":
			t.Error("an inline style sheet")
		case "img":
			if _, ok := attribute(n, "alt"); !ok {
				t.Error("an image without alt")
			}
			for _, size := range []string{"width", "height"} {
				if _, ok := attribute(n, size); !ok {
					t.Errorf("an image without %s moves the page", size)
				}
			}
		}
	}
	labelled(t, page, ids)
}

// labelled checks that what labels and descriptions refer to is there.
func labelled(t *testing.T, page *html.Node, ids map[string]bool) {
	t.Helper()
	for _, n := range all(page, "") {
		for _, name := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls"} {
			value, ok := attribute(n, name)
			for _, id := range strings.Fields(value) {
				if ok && !ids[id] {
					t.Errorf("<%s %s=%q> refers to nothing", n.Data, name, id)
				}
			}
		}
	}
}

// What a production is called is shown and nothing else, wherever it stands.
func TestHostileWordsStayWords(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("lyceum")
	night := h.shows.night("lyceum", "tosca", 0).ID.String()
	for _, path := range []string{
		"/", "/shows/tosca", "/performances/" + night, "/search?q=" + "%3Cscript%3Ealert(1)%3C/script%3E%22%27%26", "/shows/%3Cscript%3Ealert(1)",
	} {
		v.get(path).lacks("<script>alert(1)", "alert(1)</script>")
	}
	poster := v.get("/posters/tosca.svg").want(http.StatusOK)
	poster.lacks("<script")
	if kind := poster.header.Get("Content-Type"); kind != "image/svg+xml" {
		t.Errorf("poster is %q", kind)
	}
}

func TestShowPage(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.shows.night("lyceum", "hamlet", 3).Status = show.Cancelled
	h.shows.night("lyceum", "hamlet", 4).OnSaleAt = now.AddDate(0, 0, 2)
	a := h.visitor("lyceum").get("/shows/hamlet").want(http.StatusOK)
	a.has("Choose a performance", "7.30pm", "2 hours 30 minutes, 1 interval", "Ages 12+", "London time", "Captioned",
		"Book Saturday 21 November 2026, 7.30pm", "from £35", "from £42",
		"Cancelled", "On sale Mon 23 Nov", "£95", "Busiest performances", "Concession:", `og:image" content="http://lyceum.localhost:8787/posters/hamlet.svg?shape=wide"`)
	if got := strings.Count(a.body, `data-testid="performance"`); got != 8 {
		t.Errorf("%d bookable performances in November, want 8 of the 10", got)
	}
	december := h.visitor("lyceum").get("/shows/hamlet?month=2026-12").want(http.StatusOK)
	if got := strings.Count(december.body, `data-testid="performance"`); got != 2 {
		t.Errorf("%d performances in December, want 2", got)
	}
}

// Times are the theatre's, whatever UTC says: half past eight in New York is the next day in Greenwich.
func TestTimesAreTheTheatres(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.visitor("shubert").get("/shows/candida").want(http.StatusOK).
		has("Saturday, November 21, 2026 at 8:30 PM", "New York time", "1 intermission", `datetime="2026-11-21T20:30:00-05:00"`)
}

func TestEventData(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.shows.night("lyceum", "hamlet", 2).Status = show.Cancelled
	page := h.visitor("lyceum").get("/shows/hamlet").parse()
	for _, n := range all(page, "script") {
		if kind, _ := attribute(n, "type"); kind != "application/ld+json" {
			continue
		}
		var event struct {
			Context   string `json:"@context"`
			Type      string `json:"@type"`
			StartDate string
			Location  struct {
				Type    string `json:"@type"`
				Address struct{ AddressLocality string }
			}
			Offers   struct{ LowPrice, PriceCurrency string }
			SubEvent []struct{ StartDate, EndDate, EventStatus, URL string }
		}
		if err := json.Unmarshal([]byte(n.FirstChild.Data), &event); err != nil {
			t.Fatal(err)
		}
		if event.Context != "https://schema.org" || event.Type != "TheaterEvent" || event.StartDate != "2026-11-21" ||
			event.Location.Type != "PerformingArtsTheater" || event.Location.Address.AddressLocality != "London" ||
			event.Offers.LowPrice != "35.00" || event.Offers.PriceCurrency != "GBP" || len(event.SubEvent) != 10 {
			t.Errorf("%+v", event)
		}
		if first := event.SubEvent[0]; first.StartDate != "2026-11-21T19:30:00Z" || first.EndDate != "2026-11-21T22:00:00Z" || !strings.HasPrefix(first.URL, "http://lyceum.localhost:8787/performances/") {
			t.Errorf("%+v", first)
		}
		if event.SubEvent[2].EventStatus != "https://schema.org/EventCancelled" {
			t.Errorf("%+v", event.SubEvent[2])
		}
		return
	}
	t.Fatal("the page has no JSON-LD")
}

func TestGroupPage(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("stagedoor")
	v.get("/").want(http.StatusOK).has("3 theatres, one season", "http://shubert.localhost:8787/shows/candida", "/posters/shubert/candida.svg", "Empty House", "/?city=New+York")
	v.get("/?city=new+york").has("What’s on in New York", "Candida").lacks("hamlet.svg", "Empty House")
	v.get("/?city=bath").has("Nothing is announced there")
	v.get("/?city=atlantis").has("hamlet.svg")
	v.get("/posters/shubert/candida.svg").want(http.StatusOK)
	v.get("/posters/shubert/hamlet.svg").want(http.StatusNotFound)
	if to := v.get("/performances/" + h.shows.night("lyceum", "hamlet", 0).ID.String()).want(http.StatusSeeOther).header.Get("Location"); !strings.HasPrefix(to, "http://lyceum.localhost:8787/performances/") {
		t.Errorf("sent to %q", to)
	}
}

func TestAHouseBetweenSeasons(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.visitor("empty").get("/").want(http.StatusOK).has("Between seasons", "http://stagedoor.localhost:8787/", "The house")
	h.clock.pass(30 * 24 * time.Hour)
	h.visitor("lyceum").get("/shows/hamlet").want(http.StatusOK).has("This run has finished").lacks("Choose a performance")
}

func TestPartsThatAreDown(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	h.visitor("lyceum").get("/").want(http.StatusOK) // the brand is known by now
	h.shows.err = errors.New("connection refused")
	for _, path := range []string{"/", "/shows/hamlet", "/venue", "/performances/" + h.shows.night("lyceum", "hamlet", 0).ID.String(), "/sitemap.xml"} {
		a := h.visitor("lyceum").get(path).want(http.StatusServiceUnavailable).has("A short interval").lacks("connection refused")
		if a.header.Get("Retry-After") == "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, a.header)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("lyceum")
	home := v.get("/").body
	start := strings.Index(home, "/assets/brand/lyceum.css?v=")
	sheet := home[start : start+strings.IndexByte(home[start:], '"')]
	a := v.get(sheet).want(http.StatusOK).has("--accent:", "prefers-color-scheme:dark")
	if cache := a.header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("Cache-Control %q", cache)
	}
	if cache := v.get("/assets/brand/lyceum.css?v=old").want(http.StatusOK).header.Get("Cache-Control"); strings.Contains(cache, "immutable") {
		t.Errorf("another version: Cache-Control %q", cache)
	}
	v.get("/assets/brand/shubert.css").want(http.StatusNotFound)
	v.get("/favicon.svg").want(http.StatusOK).has(">L</text>", "#8c1c2b")
	if icon := v.get("/favicon.ico").want(http.StatusOK); icon.header.Get("Content-Type") != "image/x-icon" || icon.header.Get("Set-Cookie") != "" {
		t.Errorf("favicon.ico: %v", icon.header)
	}
	v.get("/sitemap.xml").want(http.StatusOK).has("<loc>http://lyceum.localhost:8787/shows/hamlet</loc>")
	v.get("/posters/hamlet.png").want(http.StatusNotFound)
}

// An address that ends in a slash by mistake leads to the page without it, and never to another site.
func TestTrailingSlash(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	v := h.visitor("lyceum")
	for _, c := range []struct{ path, want string }{
		{"/shows/hamlet/", "/shows/hamlet"}, {"/shows/hamlet//", ""}, {"/venue/?utm_source=poster&a=%2F", "/venue?utm_source=poster&a=%2F"},
		{"/shows/h%C3%A9l%C3%A8ne/", "/shows/h%C3%A9l%C3%A8ne"}, {"/nowhere/", ""}, {"/nowhere/deeper/", ""}, {"//evil.example/", ""}, {"/%2Fevil.example/", ""}, {"/%5Cevil.example/", ""}, {"/api/nothing/", ""},
	} {
		answer := v.get(c.path)
		if c.want == "" {
			if to := answer.header.Get("Location"); answer.status == http.StatusPermanentRedirect || strings.Contains(to, "//") {
				t.Errorf("%s: %d to %q", c.path, answer.status, to)
			}
			continue
		}
		if to := answer.want(http.StatusPermanentRedirect).header.Get("Location"); to != c.want {
			t.Errorf("%s leads to %q", c.path, to)
		}
	}
	// Nothing else is read into it.
	v.post("/shows/hamlet/", "a=b").want(http.StatusNotFound)
	v.get("/").want(http.StatusOK)
}
