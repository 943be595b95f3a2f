package explain_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/explain"
	"github.com/stagedoor/stagedoor/edge/golden"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/wire"
)

const hopKey = "a hop key for tests, no secret"

// kv is an edge's KV.
type kv map[string]string

func (k kv) Get(_ context.Context, key string) ([]byte, bool, error) {
	value, found := k[key]
	return []byte(value), found, nil
}

// broken is a KV that cannot be reached.
type broken struct{}

var errDown = errors.New("KV is down")

func (broken) Get(context.Context, string) ([]byte, bool, error) { return nil, false, errDown }

func day(hour int) time.Time { return time.Date(2026, 11, 22, hour, 0, 0, 0, time.UTC) } // a Sunday

// house is a KV with the Lyceum in it, which closes on Sunday from ten to two.
func house(t *testing.T) kv {
	t.Helper()
	return kv{site.Key("lyceum.example"): document(t, nil)}
}

func document(t *testing.T, change func(*site.Site)) string {
	t.Helper()
	s := site.Site{
		ID: "lyceum", Name: "Lyceum Theatre", Hostname: "lyceum.example", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		Maintenance: []site.Window{{ID: "w", StartsAt: day(10), EndsAt: day(14), Message: "Back at two.", AllowCheckout: true}},
		Redirects:   []site.Redirect{{ID: "r", Match: site.MatchExact, Source: "/panto", Target: "/shows/cinderella"}},
		Origin:      site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}},
	}
	if change != nil {
		change(&s)
	}
	doc, err := site.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func ask(t *testing.T, k explain.Source, q explain.Question) *explain.Answer {
	t.Helper()
	a, err := explain.Explainer{HopKey: []byte(hopKey), Source: k}.Explain(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func step(t *testing.T, a *explain.Answer, filter string) explain.Step {
	t.Helper()
	i := slices.IndexFunc(a.Steps, func(s explain.Step) bool { return s.Filter == filter })
	if i < 0 {
		t.Fatalf("no step %s", filter)
	}
	return a.Steps[i]
}

func TestTheFutureIsExplained(t *testing.T) {
	k := house(t)
	tests := []struct {
		name, path string
		at         time.Time
		outcome    string
		filter     string
		reason     string
		then       string // the verdict of the origin filter
	}{
		{"before the window", "/", day(9), "goes to the origin: pool main, http://origin.example/.", "maintenance", "maintenance.none", "continue"},
		{"in the window", "/", day(11), "The edge answers 503 itself.", "maintenance", "maintenance.closed", explain.NotReached},
		{"after it", "/", day(14), "goes to the origin", "maintenance", "maintenance.none", "continue"},
		{"a redirect", "/panto?utm_source=x", day(9), "sent to http://lyceum.example/shows/cinderella?utm_source=x (302)", "redirect", "redirect.rule", explain.NotReached},
		{"a redirect in the window", "/panto", day(11), "503", "maintenance", "maintenance.closed", explain.NotReached},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := ask(t, k, explain.Question{URL: "http://lyceum.example" + test.path, At: test.at})
			if !strings.Contains(a.Outcome, test.outcome) {
				t.Errorf("outcome = %q", a.Outcome)
			}
			if s := step(t, a, test.filter); s.Reason != test.reason || s.Meaning != explain.Sentence(test.reason) {
				t.Errorf("%+v", s)
			}
			if s := step(t, a, "origin"); s.Verdict != test.then {
				t.Errorf("%+v", s)
			}
			if len(a.Steps) != len(chain.Order) {
				t.Errorf("%d steps", len(a.Steps))
			}
		})
	}
}

func TestEveryFilterIsThereWithItsDirectionAndPlace(t *testing.T) {
	a := ask(t, house(t), explain.Question{URL: "http://lyceum.example/", At: day(9)})
	for i, s := range a.Steps {
		if s.Filter != chain.Order[i].Filter || s.Place != i+1 || s.Why != chain.Order[i].Why {
			t.Errorf("%d: %+v", i, s)
		}
		if s.Fails != "open" && s.Fails != "closed" {
			t.Errorf("%s is %s and fails %q", s.Filter, s.Verdict, s.Fails)
		}
	}
}

// The answer is the engine's own: for the cases of the golden corpus it shows
// the very trace and plan that the corpus holds both builds to.
func TestAgreesWithTheGoldenCorpus(t *testing.T) {
	const testdata = "../testdata"
	files, err := golden.Load(testdata)
	if err != nil {
		t.Fatal(err)
	}
	compared, total := 0, 0
	for _, file := range files {
		for i := range file.Cases {
			c := &file.Cases[i]
			total++
			in, err := c.Prepare(testdata)
			if err != nil {
				t.Fatal(err)
			}
			q, ok := question(c, in)
			if !ok {
				continue // about what no question can bring about: a cut request, an old document, one request too many
			}
			compared++
			source := kv{site.Key(in.Hostname): string(in.Document)}
			for id, published := range in.Rooms {
				if string(published) != "null" {
					source[site.RoomKey(id)] = string(published)
				}
			}
			a, err := explain.Explainer{HopKey: []byte(golden.HopKey), RoomKeys: golden.RoomKeys, Source: source}.Explain(t.Context(), q)
			if err != nil {
				t.Errorf("%s/%s: %v", filepath.Base(file.Path), c.Name, err)
				continue
			}
			var trace []string
			for _, s := range a.Steps {
				if s.Reason != "" {
					trace = append(trace, s.Filter+" "+s.Verdict+" "+s.Reason)
				}
			}
			out, err := golden.Decide(in)
			if err != nil {
				t.Fatal(err)
			}
			want, err := wire.ParsePlan(out)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(trace, want.Trace) || a.Plan.Action != want.Action || a.Plan.Status != want.Status || a.Plan.Pool != want.Pool || a.Plan.Target != want.Target {
				t.Errorf("%s/%s: got %s %d %q %q, want %s %d %q %q", filepath.Base(file.Path), c.Name,
					a.Plan.Action, a.Plan.Status, a.Plan.Pool, trace, want.Action, want.Status, want.Pool, want.Trace)
			}
		}
	}
	if t.Logf("%d of %d cases compared", compared, total); compared < total*3/4 {
		t.Errorf("only %d of %d cases could be asked about", compared, total)
	}
}

// question asks what a case shows.
func question(c *golden.Case, in golden.Input) (explain.Question, bool) {
	var r chain.Request
	if in.Knows != "" || in.Cut || in.Again || in.NoRoomKeys || in.Answers != nil || strings.HasPrefix(c.Want.Action, "load") || len(in.AskedBefore) > 0 || in.LoadedAt != in.Now || wire.ParseRequest(in.Request, &r) != nil {
		return explain.Question{}, false
	}
	if _, err := netip.ParseAddr(r.RemoteIP); err != nil {
		return explain.Question{}, false // a question says so itself
	}
	q := explain.Question{
		URL: r.Scheme + "://" + r.Authority + r.Path, Method: r.Method, At: c.Now, IP: r.RemoteIP, Network: r.Network, Header: http.Header{},
		Bare: true, DownPools: r.DownPools, FailedPools: r.FailedPools,
	}
	if r.HasQuery {
		q.URL += "?" + r.Query
	}
	for _, f := range r.Fields {
		if q.Header.Get(f.Name) != "" {
			return q, false // the runtime joins them; here they are told apart
		}
		q.Header.Set(f.Name, f.Value)
	}
	hostname, err := explain.Hostname(q.URL)
	if err != nil || hostname != in.Hostname || r.Method != strings.ToUpper(r.Method) {
		return q, false
	}
	return q, true
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	k := house(t)
	k[site.Key("newer.example")] = `{"version":99}`
	k[site.Key("damaged.example")] = `{"version":1`
	tests := []struct {
		name, url, outcome, reason, fault string
	}{
		{"no such site", "http://nobody.example/", "421", "site.unknown", ""},
		{"a document of a newer version", "http://newer.example/", "503", "site.unavailable", "schema version"},
		{"a damaged document", "http://damaged.example/", "503", "site.unavailable", "not valid JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := ask(t, k, explain.Question{URL: test.url, At: day(9)})
			if s := step(t, a, "site"); s.Reason != test.reason || !strings.Contains(a.Outcome, test.outcome) {
				t.Errorf("%q, %+v", a.Outcome, s)
			}
			if test.fault != "" && (a.Site == nil || !strings.Contains(a.Site.Fault, test.fault) || len(a.Notes) == 0) {
				t.Errorf("site %+v, notes %q", a.Site, a.Notes)
			}
			if test.fault == "" && a.Site != nil {
				t.Errorf("site %+v", a.Site)
			}
		})
	}
	if _, err := (explain.Explainer{HopKey: []byte(hopKey), Source: broken{}}).Explain(t.Context(), explain.Question{URL: "http://lyceum.example/", At: day(9)}); !errors.Is(err, errDown) {
		t.Errorf("KV down: %v", err)
	}
	if _, err := (explain.Explainer{HopKey: []byte("short"), Source: k}).Explain(t.Context(), explain.Question{URL: "http://lyceum.example/", At: day(9)}); err == nil {
		t.Error("a short key is no error")
	}
}

func TestBadQuestions(t *testing.T) {
	good := explain.Question{URL: "http://lyceum.example/", At: day(9)}
	tests := []struct {
		name  string
		field string
		ask   func(*explain.Question)
	}{
		{"no URL", "url", func(q *explain.Question) { q.URL = "" }},
		{"not http", "url", func(q *explain.Question) { q.URL = "ftp://lyceum.example/" }},
		{"no host", "url", func(q *explain.Question) { q.URL = "http:///x" }},
		{"line break", "question", func(q *explain.Question) { q.URL += "\nx" }},
		{"no moment", "at", func(q *explain.Question) { q.At = time.Time{} }},
		{"nobody", "as", func(q *explain.Question) { q.As = "a ghost" }},
		{"staff without a name", "as", func(q *explain.Question) { q.As = "staff" }},
		{"staff with a bad name", "as", func(q *explain.Question) { q.As = "staff:a\nb" }},
		{"address", "ip", func(q *explain.Question) { q.IP = "next door" }},
		{"country", "country", func(q *explain.Question) { q.Network.Country = "Britain" }},
		{"header", "header", func(q *explain.Question) { q.Header = http.Header{"X": {"a\r\nb"}} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := good
			test.ask(&q)
			var wrong explain.QuestionError
			if _, err := (explain.Explainer{HopKey: []byte(hopKey), Source: house(t)}).Explain(t.Context(), q); !errors.As(err, &wrong) || wrong.Field != test.field {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// Who reads an explanation must not be able to use what is in it.
func TestAnAnswerHoldsNoSecret(t *testing.T) {
	k := house(t)
	for _, q := range []explain.Question{
		{URL: "http://lyceum.example/", At: day(9), As: "staff:Ana"},
		{URL: "http://lyceum.example/", At: day(11), As: "api-key:hush-hush"},
		{URL: "http://lyceum.example/shows?x=1", At: day(9), Header: http.Header{"Cookie": {"session=hush-hush"}}},
	} {
		a := ask(t, k, q)
		body, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := a.Write(&out, explain.Style{Colour: true}); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(body), out.String()} {
			for _, secret := range []string{"v1=", "hush-hush", "stagedoor_staff=", hopKey} {
				if strings.Contains(text, secret) {
					t.Errorf("%s holds %q:\n%s", q.URL, secret, text)
				}
			}
		}
	}
}

// The clock is read around each filter, and never to decide.
func TestTimesAreTheCallersClocks(t *testing.T) {
	var now time.Time
	clock := func() time.Time { now = now.Add(time.Microsecond); return now }
	a, err := explain.Explainer{HopKey: []byte(hopKey), Source: house(t), Clock: clock}.Explain(t.Context(), explain.Question{URL: "http://lyceum.example/panto", At: day(9)})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range a.Steps {
		switch {
		case s.Filter == "headers": // only its part in the response phase ran
			if s.Nanoseconds == nil || *s.Nanoseconds != 1000 || !s.Response || s.Verdict != explain.NotReached {
				t.Errorf("%+v", s)
			}
		case s.Verdict == "continue" || s.Verdict == "respond":
			if s.Nanoseconds == nil || *s.Nanoseconds < 1000 {
				t.Errorf("%s was not measured", s.Filter)
			}
		}
	}
	if a := ask(t, house(t), explain.Question{URL: "http://lyceum.example/", At: day(9)}); step(t, a, "trace").Nanoseconds != nil {
		t.Error("measured without a clock")
	}
}

func TestAClockThatStandsStillIsSaid(t *testing.T) {
	a, err := explain.Explainer{HopKey: []byte(hopKey), Source: house(t), Clock: func() time.Time { return day(9) }}.Explain(t.Context(), explain.Question{URL: "http://lyceum.example/", At: day(9)})
	if err != nil || !slices.Contains(a.Notes, explain.NoTimes) || step(t, a, "trace").Nanoseconds != nil {
		t.Errorf("%q, %v", a.Notes, err)
	}
}

// A millisecond passes now and then, which no filter took.
func TestAClockInLongStepsMeasuresNothing(t *testing.T) {
	ticks := 0
	clock := func() time.Time { ticks++; return day(9).Add(time.Duration(ticks/1000) * time.Millisecond) }
	a, err := explain.Explainer{HopKey: []byte(hopKey), Source: house(t), Clock: clock}.Explain(t.Context(), explain.Question{URL: "http://lyceum.example/", At: day(9)})
	if err != nil || ticks < 2000 || !slices.Contains(a.Notes, explain.NoTimes) || step(t, a, "trace").Nanoseconds != nil {
		t.Errorf("%d ticks, %q, %v", ticks, a.Notes, err)
	}
}
