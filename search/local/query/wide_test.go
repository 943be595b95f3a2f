package query

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/search/local/curate"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// documents is a Source.
type documents []schema.Document

func (d documents) Number(id string) (uint32, bool) {
	for i := range d {
		if d[i]["id"] == id {
			return uint32(i), true
		}
	}
	return 0, false
}

func (d documents) Body(n uint32) ([]byte, error) { return schema.Encode(d[n]) }

func (d documents) Document(n uint32) (schema.Document, error) { return d[n], nil }

// sample is a corpus of n documents whose texts have few different words.
func sample(t testing.TB, n int, seed uint64) *Corpus {
	t.Helper()
	var request map[string]any
	err := schema.Decode([]byte(`{"name":"shows","fields":[{"name":"title","type":"string"},{"name":"tags","type":"string[]","facet":true},
		{"name":"about","type":"string"},{"name":"price","type":"int32"},{"name":"rating","type":"float"}]}`), &request)
	if err != nil {
		t.Fatal(err)
	}
	c, err := schema.Parse(request)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 2))
	words := strings.Fields("king lear queen kings learn hamlet night dream of the")
	text := func() string {
		out := make([]string, 1+r.IntN(4))
		for i := range out {
			out[i] = words[min(r.IntN(len(words)), r.IntN(len(words)))]
		}
		return strings.Join(out, " ")
	}
	// a long text, so that words stand too far apart to count as near
	long := func() string { return text() + strings.Repeat(" and", r.IntN(15)) + " " + text() }
	var docs documents
	for i := range n {
		docs = append(docs, schema.Document{
			"id": fmt.Sprint(i), "title": text(), "tags": []any{text(), text()}, "about": long(),
			"price": json.Number(fmt.Sprint(r.IntN(20))), "rating": json.Number("0.5"),
		})
	}
	return indexed(c, docs)
}

// indexed is a corpus of documents.
func indexed(c schema.Collection, docs documents) *Corpus {
	corpus := &Corpus{Index: memory.New(c), Synonyms: &curate.Synonyms{}, Overrides: &curate.Overrides{}, Source: docs}
	for i, doc := range docs {
		corpus.Index.Put(uint32(i), corpus.Index.Schema().Record(doc), 0)
	}
	return corpus
}

// Words that stand far apart in one text count more than words in two texts, also when the best of them are found last.
func TestWordsFarApartAreNotPassedOver(t *testing.T) {
	var docs documents
	for i := range 900 {
		doc := schema.Document{"id": fmt.Sprint(i), "title": "king", "about": "lear", "price": json.Number(fmt.Sprint(i)), "rating": json.Number("1")}
		if i < 20 || i >= 500 {
			doc["title"], doc["about"] = "play", "king"+strings.Repeat(" and", 14)+" lear"
		}
		docs = append(docs, doc)
	}
	c := indexed(*sample(t, 0, 1).Index.Schema(), docs)
	values := map[string]string{"q": "king lear", "query_by": "title,about", "query_by_weights": "1,1", "per_page": "40", "sort_by": "_text_match:desc,price:asc"}
	narrow, wide := outcome(t, c, values, math.MaxInt), outcome(t, c, values, 1)
	if !reflect.DeepEqual(narrow, wide) || !strings.HasPrefix(wide[1], "0 ") {
		t.Errorf("narrow %v\nwide   %v", narrow[:4], wide[:4])
	}
}

// Common words are searched in another way than rare ones; what comes out must not
// differ.
func TestWideIsNarrow(t *testing.T) {
	queries := []string{"king", "lear", "king lear", "the king of", "kin", "quene", "night king lear dream", "king king", "hamlet xyz", "-lear king", "king lear queen", "the the"}
	settings := []map[string]string{
		{}, {"prioritize_token_position": "true"}, {"text_match_type": "max_weight"}, {"text_match_type": "sum_score"},
		{"sort_by": "price:asc"}, {"sort_by": "_text_match:asc"}, {"sort_by": "_text_match:desc,price:desc"}, {"filter_by": "price:>5"},
		{"query_by_weights": "1,3,3"}, {"group_by": "tags", "group_limit": "2"}, {"drop_tokens_threshold": "1000"}, {"exhaustive_search": "true"},
		{"prioritize_exact_match": "false"}, {"prioritize_num_matching_fields": "false"}, {"per_page": "3"},
		{"sort_by": "_text_match:desc"}, {"sort_by": "_text_match:desc,price:asc"}, {"sort_by": "_text_match:desc,rating:desc,price:asc"},
		{"sort_by": "_text_match:desc,price:asc", "query_by_weights": "2,2,2", "prioritize_num_matching_fields": "false"},
	}
	for seed, n := range []int{3, 200, 5000} {
		c := sample(t, n, uint64(seed))
		for i, q := range queries {
			for j, extra := range settings {
				if n > 1000 && (extra["exhaustive_search"] != "" || (i+j)%4 != 0) { // a part of them, for the time it takes
					continue
				}
				values := map[string]string{"q": q, "query_by": "title,tags,about", "per_page": "40"}
				for k, v := range extra {
					values[k] = v
				}
				narrow, wide := outcome(t, c, values, math.MaxInt), outcome(t, c, values, 1)
				if !reflect.DeepEqual(narrow, wide) {
					t.Errorf("%d documents, %v:\nnarrow %v\nwide   %v", n, values, narrow, wide)
				}
			}
		}
	}
}

func outcome(t *testing.T, c *Corpus, values map[string]string, wideFrom int) []string {
	t.Helper()
	p, err := ParseParams(values)
	if err != nil {
		t.Fatal(err)
	}
	s, err := prepare(c, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.order(); err != nil {
		t.Fatal(err)
	}
	s.words()
	s.wideFrom = wideFrom
	if err := s.execute(); err != nil {
		t.Fatal(err)
	}
	out := []string{fmt.Sprint("found ", s.count, s.found.Len(), s.queriesFound)}
	for _, place := range s.ranked() {
		for _, h := range place.hits {
			out = append(out, fmt.Sprintf("%d %v %d %d", h.Doc, h.Keys, h.Match, h.Query))
		}
	}
	return out
}
