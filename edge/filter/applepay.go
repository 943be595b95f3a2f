package filter

import (
	"encoding/base64"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
)

// ApplePay serves the domain association file, byte for byte. Apple fetches it
// from every hostname, follows no redirect and wants a 200, so the filter
// stands ahead of all that could answer otherwise. A site without a file
// answers 404. It fails closed: a wrong file is worse than none.
type ApplePay struct {
	file []byte
}

func (ApplePay) Name() string           { return "applepay" }
func (ApplePay) Needs() []string        { return []string{"site"} }
func (ApplePay) Fails() chain.Direction { return chain.FailClosed }

const applePayPath = "/.well-known/apple-developer-merchantid-domain-association"

const (
	applePayOther  chain.Reason = "applepay.other-path"
	applePayServed chain.Reason = "applepay.served"
	applePayAbsent chain.Reason = "applepay.absent"
)

func (f ApplePay) Bind(s *site.Site) (chain.Filter, error) {
	var err error
	f.file, err = base64.StdEncoding.DecodeString(s.ApplePay.Association)
	return f, err
}

func (f ApplePay) Decide(x *chain.Exchange) chain.Verdict {
	if x.Path != applePayPath {
		return chain.Continue(applePayOther)
	}
	if len(f.file) == 0 {
		x.Plain(404, "This site has no Apple Pay domain association.\n")
		return chain.Respond(applePayAbsent)
	}
	file(x, "application/octet-stream", "public, max-age=300", f.file)
	return chain.Respond(applePayServed)
}
