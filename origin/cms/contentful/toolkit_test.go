package contentful_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

type toSign struct {
	Secret    string            `json:"secret"`
	Method    string            `json:"method"`
	Path      string            `json:"path"`
	Headers   map[string]string `json:"headers"`
	Body      string            `json:"body"`
	Timestamp int64             `json:"timestamp"`
}

// TestContentfulsOwnToolkitSigns has Contentful's npm package sign requests of every sort, and Verify take each of them
// and none that was altered.
func TestContentfulsOwnToolkitSigns(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs Node.js to run Contentful's toolkit")
	}
	var requests []toSign
	hexDigits := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789abcdef")), 64, 64, -1)
	path := rapid.StringMatching(`/[a-zA-Z0-9/._~!$&'()*+,;=:@%-]{0,30}`)
	query := rapid.StringMatching(`[a-zA-Z0-9/._~!$&'()*+,;=:@%-]{0,30}`)
	value := rapid.StringMatching(`[ -~]{0,40}`)
	one := rapid.Custom(func(t *rapid.T) toSign {
		r := toSign{
			Secret: hexDigits.Draw(t, "secret"), Method: "POST", Path: path.Draw(t, "path"), Body: rapid.String().Draw(t, "body"),
			Headers:   map[string]string{"X-Contentful-Topic": "ContentManagement.Entry.publish"},
			Timestamp: rapid.Int64Range(1577836800001, 4102444800000).Draw(t, "timestamp"),
		}
		if q := query.Draw(t, "query"); q != "" {
			r.Path += "?" + q
		}
		for _, name := range []string{"Content-Type", "X-Contentful-Webhook-Name", "x-contentful-crn", "X-Custom_1", "Accept"} {
			if rapid.Bool().Draw(t, name) {
				r.Headers[name] = value.Draw(t, "value")
			}
		}
		return r
	})
	for i := range 300 {
		requests = append(requests, one.Example(i))
	}
	requests = append(requests,
		toSign{strings.Repeat("a", 64), "POST", "/webhooks/contentful", map[string]string{"X-Contentful-Topic": "t", "Content-Type": "application/vnd.contentful.management.v1+json"}, `{"title":"Tête à tête – “q”"}`, 1795255200000},
		toSign{strings.Repeat("b", 64), "POST", "/webhooks/contentful?a=b%20c&d=e+f?g", map[string]string{"X-Contentful-Topic": "  spaced  "}, "", 1795255200000},
	)
	input, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), node, "toolkit_test.mjs")
	run.Stdin = bytes.NewReader(input)
	var told bytes.Buffer
	run.Stderr = &told
	output, err := run.Output()
	if err != nil {
		t.Fatalf("the toolkit: %v\n%s", err, told.String())
	}
	var answers []struct {
		Signed   map[string]string
		Verified bool
	}
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(requests) {
		t.Fatalf("the toolkit answers %d of %d: %v", len(answers), len(requests), err)
	}
	for i, request := range requests {
		t.Run(fmt.Sprint(i), func(t *testing.T) { checkSigned(t, request, answers[i].Signed, answers[i].Verified) })
	}
}

func checkSigned(t *testing.T, request toSign, signed map[string]string, verified bool) {
	if !verified {
		t.Fatalf("the toolkit refuses what it signed: %+v", request)
	}
	fresh := func() wire.Request {
		header := http.Header{}
		for name, value := range request.Headers {
			header.Set(name, value)
		}
		for name, value := range signed {
			header.Set(name, value)
		}
		return wire.Request{Method: request.Method, URI: request.Path, Header: header, Body: []byte(request.Body)}
	}
	now := time.UnixMilli(request.Timestamp)
	secrets := []string{"", strings.Repeat("0", 63) + "x", request.Secret}
	if err := contentful.Verify(fresh(), secrets, now, time.Minute); err != nil {
		t.Fatalf("not taken: %v\n%+v\n%v", err, request, signed)
	}
	for _, alter := range []struct {
		name string
		do   func(*wire.Request)
		want error
	}{
		{"body", func(r *wire.Request) { r.Body = append(r.Body, ' ') }, wire.ErrSignature},
		{"path", func(r *wire.Request) { r.URI = "/x" + r.URI }, wire.ErrSignature},
		{"method", func(r *wire.Request) { r.Method = "PUT" }, wire.ErrSignature},
		{"topic", func(r *wire.Request) { r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.delete") }, wire.ErrSignature},
		{"time", func(r *wire.Request) { r.Header.Set("X-Contentful-Timestamp", fmt.Sprint(request.Timestamp+1)) }, wire.ErrSignature},
		{"one header fewer", func(r *wire.Request) {
			r.Header.Set("X-Contentful-Signed-Headers", strings.Replace(r.Header.Get("X-Contentful-Signed-Headers"), "x-contentful-topic", "", 1))
		}, wire.ErrSignature},
		{"topic twice", func(r *wire.Request) { r.Header.Add("X-Contentful-Topic", "ContentManagement.Entry.delete") }, wire.ErrSignature},
		{"signature", func(r *wire.Request) { r.Header.Set("X-Contentful-Signature", strings.Repeat("0", 64)) }, wire.ErrSignature},
	} {
		r := fresh()
		alter.do(&r)
		if err := contentful.Verify(r, secrets, now, time.Minute); !errors.Is(err, alter.want) {
			t.Errorf("%s altered: %v", alter.name, err)
		}
	}
	for _, later := range []time.Duration{time.Minute + time.Millisecond, -time.Minute - time.Millisecond} {
		if err := contentful.Verify(fresh(), secrets, now.Add(later), time.Minute); !errors.Is(err, wire.ErrStale) {
			t.Errorf("%s later: %v", later, err)
		}
	}
}
