package filter

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
	"pgregory.net/rapid"
)

// The file comes out byte for byte, on every hostname, whatever is closed or
// redirected.
func TestApplePayFileIsServedByteForByte(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		file := rapid.SliceOfN(rapid.Byte(), 1, 2000).Draw(rt, "file")
		h := newHouse(t, lyceum(t, func(s *site.Site) {
			s.ApplePay.Association = base64.StdEncoding.EncodeToString(file)
			s.HTTPS = true
			s.Maintenance = []site.Window{{ID: "all"}}
			s.Redirects = []site.Redirect{{ID: "all", Match: "prefix", Source: "/", Target: "/closed"}}
		}))
		hostname := rapid.SampledFrom([]string{"lyceum.example", "old.example", "OLD.example.:8080"}).Draw(rt, "hostname")
		x := h.ask("GET", hostname, applePayPath, "")
		if x.Plan.Status != 200 || !bytes.Equal(x.Plan.Body, file) {
			rt.Fatalf("%d, %d bytes of %d", x.Plan.Status, len(x.Plan.Body), len(file))
		}
		if _, n := header(x.Plan.Response, "set-cookie"); n != 0 {
			rt.Fatal("a cookie is set")
		}
	})
}
