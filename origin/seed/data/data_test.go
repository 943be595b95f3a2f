package data_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stagedoor/stagedoor/origin/seed/data"
	"github.com/stagedoor/stagedoor/origin/venue/layout"
)

func TestTheCommittedHouse(t *testing.T) {
	h, err := data.Load(data.Files())
	if err != nil {
		t.Fatal(err)
	}
	markets := map[string]int{}
	for _, theatre := range h.Theatres {
		markets[theatre.Market]++
		plan, err := layout.Draw(theatre.Name, theatre.Capacity, theatre.Plan)
		if err != nil {
			t.Error(err)
			continue
		}
		if plan.Count() != theatre.Capacity {
			t.Errorf("%s: the plan has %d places, the house %d", theatre.ID, plan.Count(), theatre.Capacity)
		}
		for field, degrees := range map[string]float64{"latitude": theatre.Latitude, "longitude": theatre.Longitude} {
			if math.Abs(degrees*1e4-math.Round(degrees*1e4)) > 1e-6 {
				t.Errorf("%s: %s has more than four decimals", theatre.ID, field)
			}
		}
	}
	if len(h.Theatres) < 44 || markets[data.WestEnd] < 20 || markets[data.Touring] < 10 || markets[data.Broadway] < 12 {
		t.Errorf("%d theatres: %v", len(h.Theatres), markets)
	}
	if len(h.Works) < 60 {
		t.Errorf("%d works, want at least 60", len(h.Works))
	}
	for _, work := range h.Works {
		if sentences := strings.Count(work.Description, ". ") + 1; sentences < 2 || sentences > 5 {
			t.Errorf("%s: the description has %d sentences", work.ID, sentences)
		}
	}
}

// TestFaults damages one committed file at a time and looks for the fault's file, record and field.
func TestFaults(t *testing.T) {
	tests := map[string]struct {
		file, old, new string
		want           data.Fault
	}{
		"wrong type": {"theatres-london.json", `"capacity": 2100`, `"capacity": "many"`,
			data.Fault{File: "theatres-london.json", Record: "lyceum", Field: "capacity", Reason: "is a string"}},
		"misspelt field": {"theatres-london.json", `"capacity": 2100`, `"capcity": 2100`,
			data.Fault{File: "theatres-london.json", Record: "lyceum", Field: "capcity", Reason: "not a known field"}},
		"not on earth": {"theatres-broadway.json", `"latitude": 40.7581`, `"latitude": 4.7581`,
			data.Fault{File: "theatres-broadway.json", Record: "shubert", Field: "latitude", Reason: "not in US"}},
		"no contrast": {"theatres-london.json", `"ink": "#2c1a18"`, `"ink": "#eeeeee"`,
			data.Fault{File: "theatres-london.json", Record: "lyceum", Field: "theme.ink", Reason: "contrast"}},
		"plan can't be drawn": {"theatres-london.json", `"boxes": 8`, `"boxes": 7`,
			data.Fault{File: "theatres-london.json", Record: "lyceum", Field: "plan.boxes", Reason: "even number"}},
		"ID used twice": {"theatres-regions.json", `"id": "leeds-grand"`, `"id": "lyceum"`,
			data.Fault{File: "theatres-regions.json", Record: "lyceum", Field: "id", Reason: "stands in theatres-london.json"}},
		"hostname can't be made": {"theatres-regions.json", `"id": "leeds-grand"`, `"id": "Leeds Grand"`,
			data.Fault{File: "theatres-regions.json", Record: "Leeds Grand", Field: "id", Reason: "lower-case"}},
		"another country's money": {"theatres-broadway.json", `"currency": "USD"`, `"currency": "GBP"`,
			data.Fault{File: "theatres-broadway.json", Record: "shubert", Field: "currency", Reason: "USD"}},
		"unknown zone": {"theatres-broadway.json", `America/New_York`, `America/Broadway`,
			data.Fault{File: "theatres-broadway.json", Record: "shubert", Field: "time_zone", Reason: "IANA"}},
		"work without a summary": {"works.json", `"summary": "Three promises, one murder, no sleep."`, `"summary": " "`,
			data.Fault{File: "works.json", Record: "macbeth", Field: "summary", Reason: "empty"}},
		"unknown genre": {"works.json", `"genre": "History"`, `"genre": "Mystery"`,
			data.Fault{File: "works.json", Record: "richard-iii", Field: "genre", Reason: "Mystery"}},
		"too long to play twice": {"works.json", `"running_minutes": 205`, `"running_minutes": 305`,
			data.Fault{File: "works.json", Record: "hamlet", Field: "running_minutes", Reason: "305"}},
		"no adult price": {"prices.json", `"adult"`, `"grown-up"`,
			data.Fault{File: "prices.json", Field: "price_types", Reason: "adult"}},
		"cut off": {"works.json", "\n  ]\n}", "",
			data.Fault{File: "works.json", Reason: "unexpected"}},
		"another brand for the group": {"group.json", `"stagedoor"`, `"backdoor"`,
			data.Fault{File: "group.json", Record: "backdoor", Field: "id", Reason: "stagedoor"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fsys := committed(t)
			before := string(fsys[tt.file].Data)
			after := strings.Replace(before, tt.old, tt.new, 1)
			if after == before {
				t.Fatalf("%s has no %s", tt.file, tt.old)
			}
			fsys[tt.file].Data = []byte(after)
			_, err := data.Load(fsys)
			var faulty *data.Error
			if !errors.As(err, &faulty) {
				t.Fatalf("Load: %v", err)
			}
			for _, f := range faulty.Faults {
				if f.File == tt.want.File && f.Record == tt.want.Record && f.Field == tt.want.Field &&
					strings.Contains(f.Reason, tt.want.Reason) {
					return
				}
			}
			t.Errorf("the fault %q is not among: %v", tt.want, err)
		})
	}
}

func TestMissingFiles(t *testing.T) {
	_, err := data.Load(fstest.MapFS{})
	for _, name := range []string{"group.json", "theatres-*.json", "works.json", "prices.json"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error doesn't name %s: %v", name, err)
		}
	}
}

func committed(t testing.TB) fstest.MapFS {
	t.Helper()
	names, err := fs.Glob(data.Files(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	for _, name := range names {
		content, err := fs.ReadFile(data.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: content}
	}
	return out
}

// FuzzLoad feeds a damaged theatres file: whatever stands in it, Load returns faults or a house that can be drawn.
func FuzzLoad(f *testing.F) {
	files := committed(f)
	var whole struct {
		Theatres []json.RawMessage `json:"theatres"`
	}
	if err := json.Unmarshal(files["theatres-london.json"].Data, &whole); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"theatres":[` + string(whole.Theatres[0]) + `]}`))
	f.Add([]byte(`{"theatres":[{"id":"x","capacity":1e9}]}`))
	f.Add([]byte(`{"theatres":null}`))
	f.Fuzz(func(t *testing.T, theatres []byte) {
		fsys := fstest.MapFS{}
		for name, file := range files {
			if !strings.HasPrefix(name, "theatres-") {
				fsys[name] = file
			}
		}
		fsys["theatres-any.json"] = &fstest.MapFile{Data: theatres}
		h, err := data.Load(fsys)
		if err != nil {
			return
		}
		for _, theatre := range h.Theatres {
			plan, err := layout.Draw(theatre.Name, theatre.Capacity, theatre.Plan)
			if err != nil || plan.Count() != theatre.Capacity {
				t.Errorf("%s passed the checks and can't be drawn: %v", theatre.ID, err)
			}
		}
	})
}
