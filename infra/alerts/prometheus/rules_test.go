// Package prometheus has Prometheus itself read the alerts of the house, and judge series by them. It is a module of its
// own; the test of package alerts runs it.
package prometheus

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

const file = "../stagedoor.yml"

// rules are the expressions by alert. Prometheus reads the file as it would at its start: an unknown key, an expression,
// a template or a duration that it does not understand is an error.
func rules(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	read, faults := rulefmt.Parse(text)
	for _, fault := range faults {
		t.Error(fault)
	}
	if t.Failed() {
		t.FailNow()
	}
	out := map[string]string{}
	for _, group := range read.Groups {
		for _, rule := range group.Rules {
			out[rule.Alert.Value] = rule.Expr.Value
		}
	}
	return out
}

func TestPrometheusUnderstandsEveryRule(t *testing.T) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := rules(t)
	if n := strings.Count(string(text), "- alert:"); n == 0 || len(all) != n {
		t.Fatalf("Prometheus finds %d alerts, the file has %d", len(all), n)
	}
	for name, expr := range all {
		tree, err := parser.ParseExpr(expr)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tree.Type() != parser.ValueTypeVector {
			t.Errorf("%s: it is a %s: it would fire always, or never", name, tree.Type())
		}
	}
}

// now is when the alerts are judged, in seconds since 1970; each series has a value every 15 seconds of the hour before.
const (
	now  = 1_800_000_000
	step = 15
	hour = 3600
)

// series is one of them: its name and labels, and its value so many seconds before now.
type series struct {
	name  string
	value func(before int64) float64
}

func always(v float64) func(int64) float64 { return func(int64) float64 { return v } }

// grown is a counter that grew by one at each of these times, seconds before now.
func grown(at ...int64) func(int64) float64 {
	return func(before int64) float64 {
		n := 5.0
		for _, b := range at {
			if before <= b {
				n++
			}
		}
		return n
	}
}

func TestTheAlertsFireWhenTheyShould(t *testing.T) {
	const (
		failed  = `http_request_duration_seconds_count{route="POST /webhooks/stripe", status="5xx", instance="a"}`
		pages   = `http_request_duration_seconds_count{route="GET /", status="5xx", instance="a"}`
		taken   = `http_request_duration_seconds_count{route="POST /webhooks/contentful", status="2xx", instance="a"}`
		leads   = `stagedoor_outbox_leader{instance="a"}`
		idle    = `stagedoor_outbox_leader{instance="b"}`
		sweptUK = `stagedoor_cms_sweep_finished_timestamp_seconds{source="umbraco", instance="a"}`
		stale   = `stagedoor_cms_sweep_finished_timestamp_seconds{source="umbraco", instance="b"}`
		sweptUS = `stagedoor_cms_sweep_finished_timestamp_seconds{source="contentful", instance="a"}`
	)
	for _, c := range []struct {
		name, alert string
		have        []series
		want        []string // the labels of each that fires
	}{
		{"one leads", "StagedoorOutboxUnled", []series{{leads, always(1)}, {idle, always(0)}}, nil},
		{"nobody leads", "StagedoorOutboxUnled", []series{{leads, always(0)}, {idle, always(0)}}, []string{"{}"}},
		{"nobody tells: not for want of a leader", "StagedoorOutboxUnled", nil, nil},
		{"nobody tells", "StagedoorNoProcessTells", nil, []string{"{}"}},
		{"somebody tells", "StagedoorNoProcessTells", []series{{idle, always(0)}}, nil},
		{"webhooks are taken, a page failed", "StagedoorWebhooksFail", []series{{failed, always(5)}, {pages, grown(60)}, {taken, grown(30, 60)}}, nil},
		{"a webhook failed", "StagedoorWebhooksFail", []series{{failed, grown(60)}, {taken, grown(30)}}, []string{`{route="POST /webhooks/stripe"}`}},
		{"one failed long ago", "StagedoorWebhooksFail", []series{{failed, grown(1800)}}, nil},
		{"both swept", "StagedoorSweepLate", []series{{sweptUK, always(now - 300)}, {sweptUS, always(now - 7000)}}, nil},
		{"one is late, whichever process is asked", "StagedoorSweepLate", []series{{sweptUK, always(now - 8000)}, {stale, always(now - 9000)}, {sweptUS, always(now - 300)}}, []string{`{source="umbraco"}`}},
		{"one process has not heard yet", "StagedoorSweepLate", []series{{sweptUK, always(now - 300)}, {stale, always(0)}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			expr := rules(t)[c.alert]
			if expr == "" {
				t.Fatalf("there is no alert %s", c.alert)
			}
			if got := fires(t, expr, c.have); !slices.Equal(got, c.want) {
				t.Errorf("%s\nfires for %v, want %v", expr, got, c.want)
			}
		})
	}
}

// fires are the labels for which an expression has a value just now.
func fires(t *testing.T, expr string, have []series) []string {
	t.Helper()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 100_000, Timeout: 5 * time.Minute, LookbackDelta: 5 * time.Minute})
	query, err := engine.NewInstantQuery(t.Context(), queryable(t, have), nil, expr, time.Unix(now, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer query.Close()
	vector, err := query.Exec(t.Context()).Vector()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, one := range vector {
		out = append(out, one.Metric.String())
	}
	slices.Sort(out)
	return out
}

// queryable is a store of these series.
func queryable(t *testing.T, have []series) storage.Queryable {
	t.Helper()
	return &storage.MockQueryable{MockQuerier: &storage.MockQuerier{
		SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
			var out []storage.Series
			for _, one := range have {
				set, err := parser.ParseMetric(one.name)
				if err != nil {
					t.Error(err)
				}
				if slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(set.Get(m.Name)) }) {
					continue
				}
				var samples []chunks.Sample
				for before := int64(hour); before >= 0; before -= step {
					samples = append(samples, sample{(now - before) * 1000, one.value(before)})
				}
				out = append(out, storage.NewListSeries(set, samples))
			}
			return &found{all: out}
		},
	}}
}

// found implements storage.SeriesSet.
type found struct {
	all []storage.Series
	at  storage.Series
}

func (f *found) Next() bool {
	if len(f.all) == 0 {
		return false
	}
	f.at, f.all = f.all[0], f.all[1:]
	return true
}

func (f *found) At() storage.Series                { return f.at }
func (f *found) Err() error                        { return nil }
func (f *found) Warnings() annotations.Annotations { return nil }

// sample implements chunks.Sample.
type sample struct {
	milliseconds int64
	value        float64
}

func (s sample) T() int64                      { return s.milliseconds }
func (s sample) F() float64                    { return s.value }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
