package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/wire"
)

// FuzzParseRequest: no bytes crash the decoder; what it accepts is made of
// views of them and of nothing else, is within its ranges, and is read the same
// when it is written again.
func FuzzParseRequest(f *testing.F) {
	f.Add([]byte("GET\nhttps://lyceum.example/a?b\n203.0.113.7\nGB 64500 42 1 eu-west\nlondon\n*\naccept:text/html\ncookie:a=b\n"))
	f.Add([]byte("POST\nhttp://a\n\n- - - 0 -\n\n\n"))
	f.Add([]byte("\n\n\n\n\n\n\n"))
	f.Add([]byte("GET\nhttp://a/?\n::1\nGB 99999999999999999999 1e9 true x y z\n\n\n:\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		given := string(b)
		var r chain.Request
		if err := wire.ParseRequest(b, &r); err != nil {
			return
		}
		if string(b) != given {
			t.Fatal("the bytes were changed")
		}
		if r.Scheme != "http" && r.Scheme != "https" || r.Authority == "" || !strings.HasPrefix(r.Path, "/") || strings.Contains(r.Authority+r.Path+r.Query, "#") {
			t.Fatalf("URL %q %q %q %q", r.Scheme, r.Authority, r.Path, r.Query)
		}
		if n := r.Network; n.ASN < 0 || n.BotScore < 0 || n.BotScore > 99 {
			t.Fatalf("network %+v", n)
		}
		size := 0
		for _, field := range r.Fields {
			if field.Name == "" || strings.ContainsAny(field.Name, ":\n") || strings.Contains(field.Value, "\n") {
				t.Fatalf("field %q: %q", field.Name, field.Value)
			}
			size += len(field.Name) + len(field.Value)
		}
		if size > len(b) || bytes.Count(b, []byte("\n")) < len(r.Fields) {
			t.Fatalf("%d bytes of fields out of %d", size, len(b))
		}
		url := r.Scheme + "://" + r.Authority + r.Path
		if r.HasQuery {
			url += "?" + r.Query
		}
		var again chain.Request
		if err := wire.ParseRequest(wire.AppendRequest(nil, &r, url), &again); err != nil {
			t.Fatalf("written again: %v", err)
		}
		if again.Method != r.Method || again.Authority != r.Authority || again.Path != r.Path || again.Query != r.Query || again.RemoteIP != r.RemoteIP ||
			again.DownPools != r.DownPools || again.FailedPools != r.FailedPools || again.Network != r.Network || len(again.Fields) != len(r.Fields) {
			t.Fatalf("read %+v, then %+v", r, again)
		}
	})
}
