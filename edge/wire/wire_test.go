package wire_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/wire"
	"pgregory.net/rapid"
)

func TestRequestRoundTrip(t *testing.T) {
	line := rapid.StringMatching(`[^\n\x00]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		want := chain.Request{
			Method: rapid.StringMatching(`[A-Z]{1,7}`).Draw(t, "method"), RemoteIP: line.Draw(t, "ip"), DownPools: line.Draw(t, "down"), FailedPools: line.Draw(t, "pools"),
			Scheme: "https", Authority: rapid.StringMatching(`[a-z.:0-9]{1,20}`).Draw(t, "authority"),
			Path: rapid.StringMatching(`/[^\n?#]{0,20}`).Draw(t, "path"), HasQuery: rapid.Bool().Draw(t, "has query"),
		}
		want.Network = chain.Network{
			Country: rapid.StringMatching(`([A-Z]{2})?`).Draw(t, "country"), ASN: rapid.IntRange(0, 400_000).Draw(t, "asn"),
			BotScore: rapid.IntRange(0, 99).Draw(t, "score"), VerifiedBot: rapid.Bool().Draw(t, "verified"),
			Region: rapid.StringMatching(`([a-z-]{2,9}[a-z])?`).Draw(t, "region"),
		}
		url := "https://" + want.Authority + want.Path
		if want.HasQuery {
			want.Query = rapid.StringMatching(`[^\n#]{0,20}`).Draw(t, "query")
			url += "?" + want.Query
		}
		want.Fields = make([]chain.Field, 0)
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			want.Fields = append(want.Fields, chain.Field{Name: rapid.StringMatching(`[a-z-]{1,10}`).Draw(t, "name"), Value: line.Draw(t, "value")})
		}
		got := chain.Request{Fields: make([]chain.Field, 0)}
		if err := wire.ParseRequest(wire.AppendRequest(nil, &want, url), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestMalformedRequests(t *testing.T) {
	tests := []struct{ name, text string }{
		{"nothing", ""}, {"method only", "GET"}, {"cut in the URL", "GET\nhttp://a/"}, {"no failed pools", "GET\nhttp://a/\nip\n- - - 0 -\n\n"},
		{"no scheme", "GET\na/b\n\n\n\n\n"}, {"another scheme", "GET\nws://a/\n\n\n\n\n"}, {"no authority", "GET\nhttp:///a\n\n\n\n\n"},
		{"fragment", "GET\nhttp://a/#b\n\n\n\n\n"}, {"field without colon", "GET\nhttp://a/\n\n\n\n\nname\n"},
		{"field without name", "GET\nhttp://a/\n\n\n\n\n:value\n"}, {"field cut", "GET\nhttp://a/\n\n\n\n\nname:val"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r chain.Request
			if err := wire.ParseRequest([]byte(test.text), &r); !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// A line of a plan stays one line, whatever a filter wrote.
func TestPlanKeepsItsLines(t *testing.T) {
	x := &chain.Exchange{}
	x.Reset()
	x.Plain(200, "body\nwith lines\n")
	x.SetResponse("x-a", "one\r\nset-cookie: two")
	p, err := wire.ParsePlan(append(wire.AppendPlan(nil, x, true), x.Plan.Body...))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Response) != 3 || strings.ContainsAny(p.Response[2], "\r\n") || p.Body != "body\nwith lines\n" {
		t.Errorf("plan = %+v", p)
	}
}

func TestParsePlanRefusesWhatIsCut(t *testing.T) {
	x := &chain.Exchange{}
	x.Reset()
	x.Plain(200, "body")
	whole := append(wire.AppendPlan(nil, x, true), x.Plan.Body...)
	for n := range whole {
		if _, err := wire.ParsePlan(whole[:n]); err == nil {
			t.Fatalf("no error after %d of %d bytes", n, len(whole))
		}
	}
}
