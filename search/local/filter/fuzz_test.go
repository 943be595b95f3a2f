package filter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/filter"
	"github.com/stagedoor/stagedoor/search/local/memory"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// shows is a Source.
type shows []schema.Document

func (d shows) Number(id string) (uint32, bool) {
	i := slices.IndexFunc(d, func(doc schema.Document) bool { return doc["id"] == id })
	return uint32(max(i, 0)), i >= 0
}

func (d shows) Body(n uint32) ([]byte, error) { return schema.Encode(d[n]) }

func (d shows) Document(n uint32) (schema.Document, error) { return d[n], nil }

// house makes a few documents with fields of all types.
func house(t testing.TB) filter.Run {
	t.Helper()
	decode := func(s string, into any) {
		if err := schema.Decode([]byte(s), into); err != nil {
			t.Fatal(err)
		}
	}
	var request map[string]any
	decode(`{"name":"shows","enable_nested_fields":true,"fields":[{"name":"title","type":"string"},{"name":"tags","type":"string[]","facet":true,"optional":true},
		{"name":"price","type":"int32"},{"name":"big","type":"int64","optional":true},{"name":"rating","type":"float"},{"name":"open","type":"bool"},
		{"name":"days","type":"int32[]"},{"name":"at","type":"geopoint","optional":true},{"name":"doors","type":"geopoint[]","optional":true},
		{"name":"seats","type":"object[]","optional":true},{"name":"seats.area","type":"string[]","optional":true},{"name":"seats.price","type":"int32[]","optional":true}]}`, &request)
	c, err := schema.Parse(request)
	if err != nil {
		t.Fatal(err)
	}
	run := filter.Run{Index: memory.New(c), MaxWords: 4}
	var docs shows
	for _, line := range []string{
		`{"id":"a","title":"Hamlet","tags":["family","new writing"],"price":20,"big":9007199254740993,"rating":4.5,"open":true,"days":[1,2,3],"at":[51.5,-0.1],"seats":[{"area":"Stalls","price":80},{"area":"Box","price":20}]}`,
		`{"id":"b","title":"King Lear","price":-5,"rating":-0.5,"open":false,"days":[],"doors":[[48.8,2.3],[51.5,-0.1]]}`,
		`{"id":"c && d","title":"x || y","tags":["(a)"],"price":0,"rating":0,"open":true,"days":[2],"seats":[]}`,
	} {
		var doc schema.Document
		decode(line, &doc)
		run.Index.Put(uint32(len(docs)), run.Index.Schema().Record(doc), 0)
		docs = append(docs, doc)
	}
	run.Source = docs
	return run
}

// Whatever is written as a filter is either refused with a message or finds some of the documents, and finds the same
// when it is asked twice at once.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		"title:=Hamlet && price:<30", "(open:true || tags:=[family,`new writing`]) && days:[1..2]", "price:[20..30,95]", "days:!=[1..2]", "days:[3..1]",
		"at:(51.5, -0.1, 2 km)", "doors:([48.8, 2.3], radius: 3 mi, exact_filter_radius: 1 km)", "at:(1,1, 2,2, 1,2)", "id:=`c && d`", "id:!=[a,b]", "id:*",
		"seats.{area:=Stalls && price:>30}", "title:Ha*", "price:..", "price:[..", "rating:>=-0.5", "big:9007199254740993", "open:!=false", "((", "a:b:c", "`", "title:``", "{", "\x00", "días:=ñ",
	} {
		f.Add(s)
	}
	run := house(f)
	f.Fuzz(func(t *testing.T, s string) {
		node, err := filter.Parse(run.Index.Schema(), s, filter.Options{})
		if err != nil {
			if fault.Of(err).Message == "" {
				t.Fatalf("%q is refused without a word", s)
			}
			return
		}
		found, err := run.Find(node)
		if err != nil {
			return
		}
		if more := run.Repeats(node, found); more < 0 {
			t.Fatalf("%q: %d fewer than it finds", s, -more)
		}
		for id := range found.Each {
			if !run.Index.Live().Has(id) {
				t.Fatalf("%q finds document %d, which is not there", s, id)
			}
		}
		if strings.ContainsAny(s, "`{") { // what is not closed takes the rest with it
			return
		}
		twice, err := filter.Parse(run.Index.Schema(), "("+s+") && ("+s+")", filter.Options{})
		if err != nil || node == nil {
			return
		}
		again, err := run.Find(twice)
		if err != nil || !slices.Equal(again, found) {
			t.Fatalf("%q finds %v, and with itself %v: %v", s, slices.Collect(found.Each), slices.Collect(again.Each), err)
		}
		if run.Repeats(twice, again) != 0 {
			t.Fatalf("%q with itself counts documents twice", s)
		}
	})
}
