package content_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	pages "github.com/stagedoor/stagedoor/origin/console/content"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/staff"
)

var people = map[string][]staff.Grant{
	"marketer": {{Role: staff.Marketer, Brand: staff.Group}},
	"apollo":   {{Role: staff.Marketer, Brand: "apollo"}},
	"ops":      {{Role: staff.Ops, Brand: staff.Group}}, // may look
	"desk":     {{Role: staff.BoxOffice, Brand: staff.Group}},
}

// stage is the pages in a real frame over a real content system that sends nothing.
type stage struct {
	t   *testing.T
	db  *pgxpool.Pool
	cms *local.CMS
	f   *frame.Frame
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, db: pgtest.Pool(t)}
	logger := slog.New(slog.DiscardHandler)
	s.cms = local.New(local.Config{DB: s.db, Now: time.Now, Logger: logger, URL: "http://127.0.0.1/cms"})
	var err error
	s.f, err = frame.New(frame.Deps{Desk: &consoletest.Desk{People: people}, Brands: consoletest.Brands, Logger: logger, Now: time.Now},
		(&pages.Pages{CMS: s.cms, Check: content.Check, Hear: func(context.Context) error { return nil }, DB: s.db, Logger: logger}).Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request as a colleague, and follows where it leads.
func (s *stage) ask(who, method, path string, form url.Values) (status int, where, text string) {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "stagedoor_console", Value: who})
	w := httptest.NewRecorder()
	s.f.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), "console", "http://console.localhost:8787")))
	if w.Code == http.StatusSeeOther {
		to := w.Header().Get("Location")
		_, _, next := s.ask(who, http.MethodGet, to, nil)
		return w.Code, to, next
	}
	return w.Code, path, w.Body.String()
}

// says asks and looks for words in the answer, which is the next page's if it leads there.
func (s *stage) says(who, method, path string, form url.Values, status int, words ...string) string {
	s.t.Helper()
	got, where, text := s.ask(who, method, path, form)
	if got != status {
		s.t.Errorf("%s %s as %s: %d, want %d", method, path, who, got, status)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			s.t.Errorf("%s %s as %s does not say %q:\n%s", method, path, who, word, text)
		}
	}
	return where
}

// person is a form of a person's entry.
func person(name string, more ...string) url.Values {
	f := url.Values{"kind": {"person"}, "system": {"umbraco"}, "f.name.en-GB": {name}}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

func version(n string) url.Values { return url.Values{"version": {n}} }

func TestWritingAndPublishing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	home := "/sites/lyceum/content"
	s.says("marketer", "GET", home, nil, 200, "No entries yet", "New entry")
	s.says("marketer", "GET", home+"/new", nil, 200, "Performance schedule")
	s.says("marketer", "GET", home+"/new?kind=person", nil, 200, `id="f-name-en-GB"`, "American English")

	// A draft may be wrong: it says what is.
	entry := s.says("marketer", "POST", home+"/new", person("", "f.website.en-GB", "example"), 303, "Saved as a draft. Before it is published, 2 things need looking after", `id="f-website-en-GB-fault0"`)
	s.says("marketer", "POST", entry+"/publish", version("1"), 303, "Not published: 2 things need looking after first.", "anyway")
	s.says("marketer", "POST", entry, person("Ada Marlowe", "version", "1", "then", "publish"), 303, "Ada Marlowe", "It is new to visitors.")
	s.says("marketer", "POST", entry+"/publish", version("2"), 303, "Published.", "Told", "Undo")
	s.says("marketer", "GET", home+"?state=published&kind=person&q=marl", nil, 200, "1 to 1 of 1")
	s.says("marketer", "GET", home+"?state=draft", nil, 200, "Nothing fits")

	// Two at one entry.
	s.says("apollo", "GET", entry, nil, 403)
	s.says("marketer", "POST", entry, person("Ada M.", "version", "3"), 303, "Saved as a draft.", "Changes not published")
	s.says("marketer", "POST", entry, person("Ada Other", "version", "3"), 409, "changed this entry meanwhile", "Ada Other", `name="version" value="4"`)
	s.says("marketer", "POST", entry+"/publish", version("3"), 303, "Nothing was done: somebody changed this entry meanwhile.")

	// Going back, by history and by the button beside the message.
	s.says("marketer", "GET", entry+"/history", nil, 200, "Version 4", "saved a draft", "Public")
	s.says("marketer", "GET", entry+"/history/4", nil, 200, "Ada Marlowe", "Ada M.")
	s.says("marketer", "POST", entry+"/revert", url.Values{"version": {"4"}, "to": {"2"}}, 303, "The draft is as version 2 was.", `value="Ada Marlowe"`)
	s.says("marketer", "POST", entry, person("Ada N.", "version", "5"), 303)
	s.says("marketer", "POST", entry+"/publish", version("6"), 303, `name="to" value="3"`)
	s.says("marketer", "POST", entry+"/undo", url.Values{"version": {"7"}, "to": {"3"}}, 303, "it is published as it was before", `value="Ada Marlowe"`)

	s.says("marketer", "POST", entry+"/archive", version("9"), 303, "In the archive.", "Take it out of the archive")
	s.says("marketer", "POST", entry+"/unarchive", version("11"), 303, "Out of the archive")
	s.says("marketer", "POST", entry+"/delete", version("12"), 303, "tick “I am sure” first")
	s.says("marketer", "POST", entry+"/delete", url.Values{"version": {"12"}, "sure": {"yes"}}, 303, "is deleted.")
	s.says("marketer", "GET", entry, nil, 404)
}

func TestWhoMayWrite(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	entry := s.says("marketer", "POST", "/sites/lyceum/content/new", person("Ada"), 303)
	s.says("ops", "GET", entry, nil, 200, "Ada")
	for _, path := range []string{entry, entry + "/publish", entry + "/unpublish", entry + "/archive", entry + "/delete", entry + "/revert", entry + "/undo", "/sites/lyceum/content/new", "/sites/all/webhooks"} {
		for _, who := range []string{"ops", "apollo", "desk"} {
			s.says(who, "POST", path, url.Values{"version": {"1"}, "sure": {"yes"}, "kind": {"person"}, "system": {"umbraco"}}, 403)
		}
	}
	s.says("desk", "GET", "/sites/lyceum/content", nil, 403)
	s.says("ops", "GET", "/sites/lyceum/content/new", nil, 403)
	// Nor by the address of a site that is theirs.
	theirs := strings.Replace(entry, "/lyceum/", "/apollo/", 1)
	s.says("apollo", "GET", theirs, nil, 404)
	s.says("apollo", "POST", theirs+"/delete", url.Values{"version": {"1"}, "sure": {"yes"}}, 404)
	s.says("apollo", "GET", "/sites/apollo/content", nil, 200, "No entries yet")
	s.says("apollo", "GET", "/sites/apollo/webhooks", nil, 200, "Nothing was told yet")
	for _, path := range []string{"/sites/lyceum/content/other/x", "/sites/lyceum/content/umbraco/x", "/sites/lyceum/webhooks/x", entry + "/history/99", entry + "/history/x"} {
		s.says("marketer", "GET", path, nil, 404)
	}
}

// An entry of one brand points at that brand's and at the group's, whatever a form says.
func TestNoBrandReachesIntoAnother(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	make := func(kind cms.Kind, brand string, fields local.Fields) string {
		t.Helper()
		e, err := s.cms.Create(t.Context(), "test", cms.Umbraco, kind, brand, fields)
		if err != nil {
			t.Fatal(err)
		}
		return e.ID
	}
	slug := func(of string) local.Fields { return local.Fields{"slug": {"en-GB": []byte(`"` + of + `"`)}} }
	lyceum, apollo := make(cms.Brand, "lyceum", slug("lyceum")), make(cms.Brand, "", slug("apollo"))
	show, own, everybodys := make(cms.Production, "lyceum", nil), make(cms.Production, "apollo", nil), make(cms.Production, "", nil)
	someone := make(cms.Person, "lyceum", nil)

	for _, tc := range []struct {
		name, kind, field, target string
		ok                        bool
	}{
		{"a promotion of another brand", "promotion", "brand", lyceum, false},
		{"a promotion for another's show", "promotion", "production", show, false},
		{"a schedule of another's show", "performanceSchedule", "production", show, false},
		{"prices of another's show", "priceList", "production", show, false},
		{"an article about another's show", "article", "productions", show, false},
		{"a promotion of one's own", "promotion", "brand", apollo, true},
		{"a promotion for one's own show", "promotion", "production", own, true},
		{"a promotion for the group's show", "promotion", "production", everybodys, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			form := url.Values{"kind": {tc.kind}, "system": {"umbraco"}, "f." + tc.field + ".en-GB": {tc.target}}
			s := &stage{t: t, db: s.db, cms: s.cms, f: s.f}
			if tc.ok {
				s.says("apollo", "POST", "/sites/apollo/content/new", form, 303, "Saved as a draft")
				return
			}
			s.says("apollo", "POST", "/sites/apollo/content/new", form, 422, "Not saved", `id="f-`+tc.field+`-en-GB-fault0"`, "points at an entry of another brand")
			empty := url.Values{"kind": {tc.kind}, "system": {"umbraco"}}
			entry := s.says("apollo", "POST", "/sites/apollo/content/new", empty, 303)
			form.Set("version", "1")
			s.says("apollo", "POST", entry, form, 422, "Not saved")

			// A draft from before there was this rule is not published, and not gone back to.
			id := entry[strings.LastIndex(entry, "/")+1:]
			value := `{"$ref":"` + tc.target + `"}`
			if tc.field == "productions" {
				value = "[" + value + "]"
			}
			fields := `{"` + tc.field + `":{"en-GB":` + value + `}}`
			for _, sql := range []string{"update local_cms_entries set fields = $2 where id = $1", "update local_cms_versions set fields = $2 where entry_id = $1"} {
				if _, err := s.db.Exec(t.Context(), sql, id, fields); err != nil {
					t.Fatal(err)
				}
			}
			s.says("apollo", "GET", entry+"/publish", nil, 200, "points at an entry of another brand")
			s.says("apollo", "POST", entry+"/publish", url.Values{"version": {"1"}, "anyway": {"yes"}}, 303, "points at an entry of another brand")
			s.says("apollo", "POST", entry+"/revert", url.Values{"version": {"1"}, "to": {"1"}}, 303, "points at an entry of another brand")
			if e, err := s.cms.Get(t.Context(), local.Key{Source: cms.Umbraco, ID: id}); err != nil || e.Version != 1 || e.Published != nil {
				t.Errorf("the entry is %+v (%v)", e, err)
			}
		})
	}
	cast := url.Values{"kind": {"production"}, "system": {"umbraco"}, "f.cast.en-GB": {`[{"person": {"$ref": "` + someone + `"}, "role": "Hamlet"}]`}}
	s.says("apollo", "POST", "/sites/apollo/content/new", cast, 422, "points at an entry of another brand")
	s.says("marketer", "POST", "/sites/all/content/new", cast, 303, "Saved as a draft")

	// What a site is and where it plays is for those who look after all sites.
	for _, kind := range []string{"brand", "venue"} {
		form := url.Values{"kind": {kind}, "system": {"umbraco"}}
		s.says("apollo", "GET", "/sites/apollo/content/new?kind="+kind, nil, 403)
		s.says("apollo", "POST", "/sites/apollo/content/new", form, 403)
		entry := s.says("marketer", "POST", "/sites/apollo/content/new", form, 303)
		s.says("apollo", "GET", entry, nil, 200)
		form.Set("version", "1")
		for _, path := range []string{entry, entry + "/publish", entry + "/archive", entry + "/delete", entry + "/revert"} {
			s.says("apollo", "POST", path, form, 403)
		}
		s.says("apollo", "GET", entry+"/publish", nil, 403)
	}
	if _, _, text := s.ask("apollo", "GET", "/sites/apollo/content/new", nil); strings.Contains(text, "kind=venue") || !strings.Contains(text, "kind=promotion") {
		t.Errorf("it offers %s", text)
	}
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	entry := s.says("marketer", "POST", "/sites/lyceum/content/new", person("Ada"), 303)
	set := url.Values{"system": {"umbraco"}, "generation": {"13"}, "payload": {"minimal"}, "lose": {"1"}}
	s.says("marketer", "POST", "/sites/lyceum/webhooks", set, 403) // they are of all sites
	s.says("marketer", "POST", "/sites/all/webhooks", url.Values{"system": {"umbraco"}, "generation": {"12"}}, 422, "version 13, or of 14")
	s.says("marketer", "POST", "/sites/all/webhooks", set, 303, "saved")
	if got, err := s.cms.Settings(t.Context(), cms.Umbraco); err != nil || got.Generation != 13 || got.Lose != 1 {
		t.Errorf("the settings are %+v (%v)", got, err)
	}
	s.says("marketer", "POST", entry+"/publish", version("1"), 303, "A rehearsal lost this webhook.")
	_, _, text := s.ask("marketer", "GET", "/sites/lyceum/webhooks", nil)
	link := regexp.MustCompile(`/sites/lyceum/webhooks/[0-9a-f-]{36}`).FindString(text)
	if link == "" || !strings.Contains(text, "Lost") {
		t.Fatalf("the log says %s", text)
	}
	s.says("ops", "GET", link, nil, 200, "Umbraco.ContentPublish", "&#34;Id&#34;")
	s.says("apollo", "GET", strings.Replace(link, "lyceum", "apollo", 1), nil, 404)
	s.says("ops", "POST", link+"/again", nil, 403)
	s.says("marketer", "POST", link+"/again", nil, 303, "It is on its way again.", "sent again")
}
