package contentful_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	old   = "0000000000000000000000000000000000000000000000000000000000000000"
	young = "1111111111111111111111111111111111111111111111111111111111111111"
)

// signed is a request as it is documented, with the headers that names lists.
func signed(secret string, at time.Time, names string) wire.Request {
	r := wire.Request{Method: "POST", URI: "/webhooks/contentful", Header: http.Header{}, Body: []byte(`{}`)}
	r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.publish")
	r.Header.Set("X-Contentful-Timestamp", fmt.Sprint(at.UnixMilli()))
	r.Header.Set("X-Contentful-Signed-Headers", names)
	var lines []string
	for name := range strings.SplitSeq(names, ",") {
		lines = append(lines, name+":"+r.Header.Get(name))
	}
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "POST\n/webhooks/contentful\n%s\n{}", strings.Join(lines, ";"))
	r.Header.Set("X-Contentful-Signature", hex.EncodeToString(mac.Sum(nil)))
	return r
}

const names = "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic"

func TestVerify(t *testing.T) {
	t.Parallel()
	without := func(name string) wire.Request {
		r := signed(young, noon, names)
		r.Header.Del(name)
		return r
	}
	with := func(name, value string) wire.Request {
		r := signed(young, noon, names)
		r.Header.Set(name, value)
		return r
	}
	for _, c := range []struct {
		name    string
		request wire.Request
		secrets []string
		want    error
	}{
		{"signed", signed(young, noon, names), []string{young}, nil},
		{"the older of two secrets", signed(old, noon, names), []string{young, old}, nil},
		{"a secret that is no longer one", signed(old, noon, names), []string{young}, wire.ErrSignature},
		{"no secret is set", signed("", noon, names), nil, wire.ErrSignature},
		{"an empty secret is none", signed("", noon, names), []string{""}, wire.ErrSignature},
		{"the topic is not signed", signed(young, noon, "x-contentful-signed-headers,x-contentful-timestamp"), []string{young}, wire.ErrSignature},
		{"the time is not signed", signed(young, noon, "x-contentful-signed-headers,x-contentful-topic"), []string{young}, wire.ErrSignature},
		{"the list is not signed", signed(young, noon, "x-contentful-timestamp,x-contentful-topic"), []string{young}, wire.ErrSignature},
		{"five minutes old", signed(young, noon.Add(-contentful.Tolerance), names), []string{young}, nil},
		{"older", signed(young, noon.Add(-contentful.Tolerance-time.Millisecond), names), []string{young}, wire.ErrStale},
		{"ahead of us", signed(young, noon.Add(contentful.Tolerance+time.Millisecond), names), []string{young}, wire.ErrStale},
		{"no signature", without("X-Contentful-Signature"), []string{young}, wire.ErrSignature},
		{"no list", without("X-Contentful-Signed-Headers"), []string{young}, wire.ErrSignature},
		{"no time", without("X-Contentful-Timestamp"), []string{young}, wire.ErrSignature},
		{"no topic", without("X-Contentful-Topic"), []string{young}, wire.ErrSignature},
		{"half a signature", with("X-Contentful-Signature", "00ff"), []string{young}, wire.ErrSignature},
		{"no hexadecimal", with("X-Contentful-Signature", strings.Repeat("x", 64)), []string{young}, wire.ErrSignature},
		{"many headers", with("X-Contentful-Signed-Headers", strings.Repeat("a,", 1000)+names), []string{young}, wire.ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := contentful.Verify(c.request, c.secrets, noon, contentful.Tolerance); !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("POST", "/webhooks/contentful?a=b", names, "1795262400000", "00", "topic", []byte("{}"))
	f.Add("", "%", ",,,", "-1", strings.Repeat("0", 64), "\xff", []byte{0})
	f.Fuzz(func(t *testing.T, method, uri, list, timestamp, signature, topic string, body []byte) {
		r := wire.Request{Method: method, URI: uri, Body: body, Header: http.Header{
			"X-Contentful-Signed-Headers": {list}, "X-Contentful-Timestamp": {timestamp}, "X-Contentful-Signature": {signature}, "X-Contentful-Topic": {topic},
		}}
		if contentful.Verify(r, []string{young}, noon, contentful.Tolerance) == nil {
			t.Errorf("somebody without the secret signed: %+v", r)
		}
	})
}
