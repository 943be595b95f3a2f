package search_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/typesense/typesense-go/v3/typesense"
	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/search"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
	"github.com/stagedoor/stagedoor/search/swap"
)

// catalogue is forty shows.
type catalogue struct{}

func (catalogue) show(i int) index.Show {
	return index.Show{
		ID: fmt.Sprintf("%03d", i), BrandID: "lyceum", Brand: "Lyceum", Title: fmt.Sprintf("Play number %d", i), Genre: "Comedy", Venue: "Lyceum",
		City: "London", Country: "GB", Hostname: "h", URLPath: "/", Currency: "GBP", Availability: index.AvailabilityGood,
	}
}

func (catalogue) Count(context.Context) (int, error) { return 40, nil }

func (c catalogue) Documents(_ context.Context, after string) iter.Seq2[index.Show, error] {
	return func(yield func(index.Show, error) bool) {
		for i := range 40 {
			if s := c.show(i); s.ID > after && !yield(s, nil) {
				return
			}
		}
	}
}

func (c catalogue) ByID(_ context.Context, ids []string) ([]index.Show, error) {
	var out []index.Show
	for i := range 40 {
		if s := c.show(i); slices.Contains(ids, s.ID) {
			out = append(out, s)
		}
	}
	return out, nil
}

// changed is an index whose changes are kept in memory, and its audit log.
type changed struct {
	*swap.Swap
	store    *swap.Memory
	recorded []string
}

func (c *changed) Stop(ctx context.Context) (swap.State, error) {
	st, err := c.store.Current(ctx)
	if err == nil {
		err = c.store.Pause(ctx, st.ID, true)
	}
	return st, err
}

func (c *changed) History(ctx context.Context, n int) ([]swap.State, error) {
	return c.store.History(ctx, n)
}

// stage is the pages in a real frame, before a real index of an older schema.
type stage struct {
	t      *testing.T
	index  *changed
	client *typesense.Client
	search *httptest.Server
	web    *httptest.Server
}

func newStage(t *testing.T) *stage {
	t.Helper()
	engine, err := local.Open(local.Config{Dir: t.TempDir(), APIKey: "k", Sync: store.SyncNever})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, search: httptest.NewServer(engine)}
	t.Cleanup(func() { s.search.Close(); _ = engine.Close() })
	if s.client, err = index.Connect(index.Config{URL: s.search.URL, APIKey: "k", Timeout: 2 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	old := index.Schema("shows_v0")
	old.Fields = slices.DeleteFunc(old.Fields, func(f api.Field) bool { return f.Name == "times" })
	if _, err := s.client.Collections().Create(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Aliases().Upsert(t.Context(), index.Alias, &api.CollectionAliasSchema{CollectionName: "shows_v0"}); err != nil {
		t.Fatal(err)
	}
	store := &swap.Memory{}
	s.index = &changed{store: store, Swap: swap.New(swap.Config{Client: s.client, Store: store, Source: catalogue{}, Now: time.Now, Batch: 10})}
	pages := &search.Pages{Index: s.index, Logger: slog.New(slog.DiscardHandler), Record: func(_ context.Context, actor, action string, _ swap.State) error {
		s.index.recorded = append(s.index.recorded, actor+" "+action)
		return nil
	}}
	f, err := frame.New(frame.Deps{
		Desk: &consoletest.Desk{People: map[string][]staff.Grant{
			"ops": {{Role: staff.Ops, Brand: staff.Group}}, "one": {{Role: staff.Ops, Brand: "lyceum"}}, "door": {{Role: staff.VenueStaff, Brand: staff.Group}},
		}},
		Brands: consoletest.Brands, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	}, pages.Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	s.web = consoletest.Serve(t, f)
	return s
}

func (s *stage) send(who, method, path string, fields ...string) (int, string, http.Header) {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.web.URL+"/search-index"+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.AddCookie(&http.Cookie{Name: frame.CookieName(false), Value: who})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

// holds fails unless the page has all of these, and none of those after "not".
func (s *stage) holds(who, path string, want ...string) {
	s.t.Helper()
	code, body, _ := s.send(who, http.MethodGet, path)
	if code != http.StatusOK {
		s.t.Fatalf("%s: %d", path, code)
	}
	for _, text := range want {
		no, absent := strings.CutPrefix(text, "not ")
		if absent == strings.Contains(body, no) {
			s.t.Errorf("%q: wanted it there: %t\n%s", no, !absent, body)
		}
	}
}

func (s *stage) post(who, path string, want int, fields ...string) {
	s.t.Helper()
	if code, body, _ := s.send(who, http.MethodPost, path, fields...); code != want {
		s.t.Fatalf("%s by %s: %d %s", path, who, code, body)
	}
}

func TestSearchIsChangedFromThePage(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.holds("ops", "", "A change is due", "times", "Added", "shows_v0", "Change it", "not Undo")
	s.holds("one", "", "Ops may change it", "not Change it")
	s.post("one", "/apply", http.StatusForbidden)
	s.post("door", "/apply", http.StatusForbidden)
	if code, _, _ := s.send("door", http.MethodGet, ""); code != http.StatusForbidden {
		t.Errorf("the door sees it: %d", code)
	}
	s.post("ops", "/apply", http.StatusSeeOther)
	s.holds("ops", "", "Under way", "Stop for now", `hx-get="/search-index/live"`)
	// A worker carries it out; somebody looks, and stops it.
	if _, err := s.index.Resume(t.Context(), func(st swap.State) {
		if st.Phase == swap.Filling && st.Fill.Done == 20 {
			s.holds("ops", "/live", "50 %", "20 of 40 shows")
			s.post("ops", "/stop", http.StatusSeeOther)
		}
	}); err == nil {
		t.Fatal("it did not stop")
	}
	if _, _, header := s.send("ops", http.MethodGet, "/live"); header.Get("HX-Refresh") != "true" {
		t.Error("the page is not told that it stopped")
	}
	s.holds("ops", "", "Stopped for now", "Go on", "Give the new one up")
	s.post("ops", "/apply", http.StatusSeeOther)
	if st, err := s.index.Resume(t.Context(), nil); err != nil || st.Phase != swap.Swapped {
		t.Fatalf("%+v, %v", st, err)
	}
	s.holds("ops", "", "In place", "Undo", "Everybody searches shows_v0 again, at once", "Yes, undo", "Yes, delete it", "Kept", "not refused meanwhile")
	s.post("ops", "/rollback", http.StatusSeeOther)
	s.holds("ops", "", "Rolled back", "Go forth again", "<code>shows_v0</code> again", "not Undo")
	s.post("ops", "/apply", http.StatusSeeOther)
	if st, err := s.index.Resume(t.Context(), nil); err != nil || st.Phase != swap.Swapped {
		t.Fatalf("%+v, %v", st, err)
	}
	s.post("ops", "/drop", http.StatusSeeOther)
	s.holds("ops", "", "Nothing to do", "Build it anew all the same", "shows_v0 is gone", "What was done")
	want := "ops@example.com search.apply, ops@example.com search.stop, ops@example.com search.apply, ops@example.com search.rollback, " +
		"ops@example.com search.apply, ops@example.com search.drop"
	if got := strings.Join(s.index.recorded, ", "); got != want {
		t.Errorf("recorded %s", got)
	}
	s.post("ops", "/drop", http.StatusSeeOther)
	s.holds("ops", "", "Nothing was changed: there is nothing to drop")
	s.search.Close()
	s.holds("ops", "", "does not answer just now", "not Build it anew")
}

// TestWhatIsFoundCanBeOverruled: the page names what differs, and puts the new index in place for whoever says why. What
// the kept one refuses is shown.
func TestWhatIsFoundCanBeOverruled(t *testing.T) {
	t.Parallel()
	s, ctx := newStage(t), t.Context()
	s.index.Pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	old := catalogue{}.show(3)
	old.Title = "As it was"
	if report, err := index.NewIndexer(s.client).UpsertInto(ctx, "shows_v0", []index.Show{old}); err != nil || report.Err() != nil {
		t.Fatal(err, report.Err())
	}
	s.post("ops", "/apply", http.StatusSeeOther)
	if _, err := s.index.Resume(ctx, nil); err == nil {
		t.Fatal("it is in place")
	}
	s.holds("ops", "", "Not put in place", "1 show says something else in shows_v0, which people search now", "003", "Look again", "Put it in place all the same")
	s.post("one", "/apply", http.StatusForbidden, "despite", "I want to")
	s.post("ops", "/apply", http.StatusSeeOther, "despite", strings.Repeat("x", 501))
	s.holds("ops", "", "say why in fewer words")
	s.post("ops", "/apply", http.StatusSeeOther, "despite", "I know", "seen", "another")
	s.holds("ops", "", "Nothing was changed: what it stops for is called")
	status, err := s.index.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seen := status.Last.Seen
	s.holds("ops", "", `name="seen" value="`+seen+`"`)
	s.post("ops", "/apply", http.StatusSeeOther, "despite", " it is <b>one</b> show ", "seen", seen)
	if st, err := s.index.Resume(ctx, nil); err != nil || st.Phase != swap.Swapped {
		t.Fatalf("%+v, %v", st, err)
	}
	if err := s.index.store.Missed(ctx, "shows_v0", 1203); err != nil {
		t.Fatal(err)
	}
	s.holds("ops", "", "<strong>ops@example.com</strong> had it put in place", "because: it is &lt;b&gt;one&lt;/b&gt; show",
		"Going back would show older shows", "Writes that it refused meanwhile", "1,203")
	if got := strings.Join(s.index.recorded, ", "); got != "ops@example.com search.apply, ops@example.com search.overrule" {
		t.Errorf("recorded %s", got)
	}
}
