package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// stream is what go test -json writes, shortened.
const stream = `{"Action":"start","Package":"m/a"}
{"Action":"run","Package":"m/a","Test":"TestGood"}
{"Action":"pass","Package":"m/a","Test":"TestGood","Elapsed":0.1}
{"Action":"run","Package":"m/a","Test":"TestBad"}
{"Action":"output","Package":"m/a","Test":"TestBad","Output":"    a_test.go:7: one is not two\n"}
{"Action":"fail","Package":"m/a","Test":"TestBad","Elapsed":0}
{"Action":"run","Package":"m/a","Test":"TestAway"}
{"Action":"output","Package":"m/a","Test":"TestAway","Output":"=== RUN   TestAway\n"}
{"Action":"output","Package":"m/a","Test":"TestAway","Output":"    a_test.go:9: needs Chromium:\n"}
{"Action":"output","Package":"m/a","Test":"TestAway","Output":"        none is on PATH\n"}
{"Action":"output","Package":"m/a","Test":"TestAway","Output":"--- SKIP: TestAway (0.00s)\n"}
{"Action":"skip","Package":"m/a","Test":"TestAway","Elapsed":0}
{"Action":"fail","Package":"m/a","Elapsed":1.5}
{"ImportPath":"m/b [m/b.test]","Action":"build-output","Output":"b.go:3:1: undefined: x\n"}
{"ImportPath":"m/b [m/b.test]","Action":"build-fail"}
{"Action":"fail","Package":"m/b","Elapsed":0,"FailedBuild":"m/b [m/b.test]"}
{"Action":"run","Package":"m/c","Test":"TestStuck"}
{"Action":"output","Package":"m/c","Test":"TestStuck","Output":"waiting for the moon\n"}
{"Action":"output","Package":"m/c","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"m/c","Elapsed":600}
{"Action":"skip","Package":"m/d","Elapsed":0}
`

func TestTally(t *testing.T) {
	t.Parallel()
	tally := &Tally{}
	for line := range strings.Lines(stream) {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		tally.Add(e)
	}
	if tally.Passed != 1 || len(tally.Failures) != 3 || len(tally.Skips) != 1 || len(tally.Packages) != 4 {
		t.Fatalf("%+v", tally)
	}
	for i, want := range []struct{ name, output string }{
		{"m/a.TestBad", "one is not two"}, {"m/b", "undefined: x"}, {"m/c", "waiting for the moon"},
	} {
		if f := tally.Failures[i]; f.Name != want.name || !strings.Contains(f.Output, want.output) {
			t.Errorf("failure %d: %+v", i, f)
		}
	}
	if s := tally.Skips[0]; s.Name != "m/a.TestAway" || s.Reason != "needs Chromium: none is on PATH" {
		t.Errorf("skip: %+v", s)
	}
	if p := tally.Packages[0]; p.Tests != 3 || p.Result != "fail" || p.Took.Seconds() != 1.5 {
		t.Errorf("package: %+v", p)
	}
}

func TestASkipWithoutAReasonSaysSo(t *testing.T) {
	t.Parallel()
	if r := reason("=== RUN   TestX\n--- SKIP: TestX (0.00s)\n"); r != "no reason given" {
		t.Errorf("reason = %q", r)
	}
}

func TestARaceToldToATestThatPassedIsShown(t *testing.T) {
	t.Parallel()
	tally := &Tally{}
	for _, e := range []Event{
		{Action: "output", Package: "m/a", Test: "TestGood", Output: "WARNING: DATA RACE\nWrite at a.go:3\n"},
		{Action: "pass", Package: "m/a", Test: "TestGood"},
		{Action: "fail", Package: "m/a", Test: "TestBad"},
		{Action: "fail", Package: "m/a"},
	} {
		tally.Add(e)
	}
	if tally.Passed != 0 || len(tally.Failures) != 2 || !strings.Contains(tally.Failures[0].Output, "a.go:3") {
		t.Errorf("%+v", tally)
	}
}
