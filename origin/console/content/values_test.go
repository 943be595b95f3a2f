package content

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
)

func london(t *testing.T) *time.Location {
	t.Helper()
	place, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func TestWhatIsTyped(t *testing.T) {
	t.Parallel()
	place := london(t)
	for _, tt := range []struct {
		name  string
		field content.Field
		typed url.Values // by what stands after the control's name
		kept  string     // "" is nothing
		shown string     // "" is what was typed
	}{
		{"text", content.Field{Form: content.Text}, url.Values{"": {" Hamlet "}}, `"Hamlet"`, "Hamlet"},
		{"nothing", content.Field{Form: content.Text}, url.Values{"": {"  "}}, "", ""},
		{"lines", content.Field{Form: content.LongText}, url.Values{"": {"a\r\nb"}}, `"a\nb"`, "a\nb"},
		{"a whole number", content.Field{Form: content.Integer}, url.Values{"": {"150"}}, `150`, ""},
		{"no whole number", content.Field{Form: content.Integer}, url.Values{"": {"1.5"}}, `"1.5"`, ""},
		{"a number", content.Field{Form: content.Number}, url.Values{"": {"1.5"}}, `1.5`, ""},
		{"no number", content.Field{Form: content.Number}, url.Values{"": {"NaN"}}, `"NaN"`, ""},
		{"money", content.Field{Form: content.Money}, url.Values{"": {"£95.5"}}, `9550`, "95.50"},
		{"no money", content.Field{Form: content.Money}, url.Values{"": {"95.555"}}, `"95.555"`, ""},
		{"a time in summer", content.Field{Form: content.Instant}, url.Values{"": {"2026-07-01T10:00"}}, `"2026-07-01T09:00:00Z"`, ""},
		{"no time", content.Field{Form: content.Instant}, url.Values{"": {"soon"}}, `"soon"`, ""},
		{"a link", content.Field{Form: content.Link}, url.Values{"": {"b1"}}, `{"$ref":"b1"}`, ""},
		{"links", content.Field{Form: content.Links}, url.Values{"": {"a", "", "b"}}, `[{"$ref":"a"},{"$ref":"b"}]`, `[{"$ref":"a"},{"$ref":"b"}]`},
		{"tags", content.Field{Form: content.Tags}, url.Values{"": {"a, ,b"}}, `["a","b"]`, "a, b"},
		{"JSON", content.Field{Form: content.JSON}, url.Values{"": {"[{\"a\": 1},\n 2]"}}, `[{"a":1},2]`, "[\n  {\"a\":1},\n  2\n]"},
		{"no JSON", content.Field{Form: content.JSON}, url.Values{"": {"[1,"}}, `"[1,"`, ""},
		{"a place", content.Field{Form: content.Location}, url.Values{".lat": {"51.5"}, ".lon": {"-0.1"}}, `{"lat":51.5,"lon":-0.1}`, `{"lat":51.5,"lon":-0.1}`},
		{"no place", content.Field{Form: content.Location}, url.Values{".lat": {"north"}, ".lon": {""}}, `"north, "`, "north, "},
		{"yes", content.Field{Form: content.Boolean}, url.Values{"": {"true"}}, `true`, ""},
		{"a cast", content.Field{Form: content.JSON, LinksTo: []cms.Kind{cms.Person}}, url.Values{".who": {"p1", "", ""}, ".role": {"Hamlet", "", "Ghost"}},
			`[{"person":{"$ref":"p1"},"role":"Hamlet"},{"person":{"$ref":""},"role":"Ghost"}]`, "[\n  {\"person\":{\"$ref\":\"p1\"},\"role\":\"Hamlet\"},\n  {\"person\":{\"$ref\":\"\"},\"role\":\"Ghost\"}\n]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := url.Values{}
			for after, values := range tt.typed {
				form["c"+after] = values
			}
			kept := readValue(tt.field, form, "c", place)
			if string(kept) != tt.kept {
				t.Fatalf("kept is %s, want %s", kept, tt.kept)
			}
			want := tt.shown
			if want == "" {
				want = tt.typed.Get("")
			}
			if shown := shownValue(tt.field, kept, place); tt.kept != "" && shown != want {
				t.Errorf("shown is %q, want %q", shown, want)
			}
			if !json.Valid(append([]byte{}, kept...)) && kept != nil {
				t.Errorf("kept is no JSON: %s", kept)
			}
		})
	}
}

func TestWhatChanges(t *testing.T) {
	t.Parallel()
	fields := func(pairs ...string) local.Fields {
		out := local.Fields{}
		for i := 0; i < len(pairs); i += 3 {
			if out[pairs[i]] == nil {
				out[pairs[i]] = map[string]json.RawMessage{}
			}
			out[pairs[i]][pairs[i+1]] = json.RawMessage(pairs[i+2])
		}
		return out
	}
	before := fields("title", "en-GB", `"Hamlet"`, "venue", "en-GB", `{"$ref":"v1"}`, "cast", "en-GB", `[{"a":1},{"b":2}]`, "runningMinutes", "en-GB", `150`)
	after := fields("title", "en-GB", `"Hamlet"`, "title", "en-US", `"Prince"`, "venue", "en-GB", `{"$ref":"v2"}`, "cast", "en-GB", `[{"b": 2}, {"c":3}]`, "runningMinutes", "en-GB", ` 150`)
	got := compare(cms.Production, cms.Umbraco, before, after, func(id string) string { return "the " + id }, london(t))
	if len(got) != 3 {
		t.Fatalf("there are %d differences: %+v", len(got), got)
	}
	if got[0].Locale != "en-US" || got[0].Before != "" || got[0].After != "Prince" {
		t.Errorf("the title: %+v", got[0])
	}
	if got[1].Before != "the v1" || got[1].After != "the v2" {
		t.Errorf("the venue: %+v", got[1])
	}
	if len(got[2].Lines) != 2 || got[2].Lines[0] != (line{false, `{"a":1}`}) || got[2].Lines[1] != (line{true, `{"c":3}`}) {
		t.Errorf("the cast: %+v", got[2])
	}
}
