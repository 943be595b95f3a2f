package swap_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/swap"
)

// note writes metadata at a collection, as people do with the API.
func (s *stage) note(t *testing.T, collection, body string) {
	t.Helper()
	raw := s.raw(t)
	answer, err := raw.UpdateCollectionWithBody(t.Context(), collection, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
}

func (s *stage) raw(t *testing.T) *api.Client {
	t.Helper()
	raw, err := index.Raw(index.Config{URL: s.url, APIKey: key, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (s *stage) noted(t *testing.T, collection string) string {
	t.Helper()
	answer, err := s.raw(t).GetCollection(t.Context(), collection)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var c struct{ Metadata json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&c); err != nil {
		t.Fatal(err)
	}
	return string(c.Metadata)
}

// TestWhatPeopleSetIsCarried: synonyms, overrides and metadata belong to a collection. Those of the old one are those of
// the new one, also if they change while it is filled; what the new one had of its own is gone.
func TestWhatPeopleSetIsCarried(t *testing.T) {
	t.Parallel()
	s, ctx := alone(t, 40), t.Context()
	synonym := func(collection, id string, words ...string) {
		t.Helper()
		if _, err := s.client.Collection(collection).Synonyms().Upsert(ctx, id, &api.SearchSynonymSchema{Synonyms: words}); err != nil {
			t.Fatal(err)
		}
	}
	override := func(collection, name, query string, show int) {
		t.Helper()
		if _, err := s.client.Collection(collection).Overrides().Upsert(ctx, name, &api.SearchOverrideSchema{
			Rule:     api.SearchOverrideRule{Query: ptr(query), Match: ptr(api.Exact)},
			Includes: &[]api.SearchOverrideInclude{{Id: id(show), Position: 1}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	synonym("shows_v8", "stays", "musical", "singing")
	synonym("shows_v8", "changes", "panto", "pantomime")
	synonym("shows_v8", "goes", "circus", "acrobats")
	override("shows_v8", "pinned", "best", 3)
	s.note(t, "shows_v8", `{"metadata": {"owner": "marketing", "since": 2024}}`)
	s.hook(swap.Checking, func() {
		synonym("shows_v8", "changes", "panto", "christmas")
		if _, err := s.client.Collection("shows_v8").Synonym("goes").Delete(ctx); err != nil {
			t.Error(err)
		}
		synonym("shows_v9", "of its own", "one", "two")
		override("shows_v8", "pinned", "best", 7)
		s.note(t, "shows_v8", `{"metadata": {"owner": "box office"}}`)
	})
	if st, err := s.swap.Apply(ctx, swap.Options{Progress: s.progress}); err != nil || st.Phase != swap.Swapped {
		t.Fatalf("%v, %+v", err, st)
	}
	synonyms, err := s.client.Collection("shows_v9").Synonyms().Retrieve(ctx)
	if err != nil || len(synonyms) != 2 {
		t.Fatalf("%+v, %v", synonyms, err)
	}
	for _, v := range synonyms {
		want := map[string]string{"stays": "musical singing", "changes": "panto christmas"}[*v.Id]
		if got := strings.Join(v.Synonyms, " "); got != want {
			t.Errorf("%s: %s", *v.Id, got)
		}
	}
	found, err := index.NewSearcher(s.client).Search(ctx, index.Query{Text: "best"})
	if err != nil || len(found.Hits) == 0 || found.Hits[0].Show.ID != id(7) {
		t.Errorf("what was pinned last: %+v, %v", found, err)
	}
	if got := s.noted(t, "shows_v9"); got != `{"owner":"box office"}` {
		t.Errorf("metadata %s", got)
	}
}
