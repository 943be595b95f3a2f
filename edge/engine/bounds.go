package engine

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
)

// Bounds on a request. What is beyond them is answered at once, in plain text;
// a body that is too large is a problem document where the API is, as the
// origin's own bound on bodies there is.
const (
	MaxURL     = 16 << 10 // bytes
	MaxHeaders = 32 << 10 // bytes, all names and values
	MaxFields  = 128
	MaxBody    = 10 << 20 // bytes; the shell counts bodies that do not say their length

	// MaxRequest is how many bytes a request takes at most in wire form.
	MaxRequest = MaxURL + MaxHeaders + 4096
)

const (
	requestMalformed  chain.Reason = "request.malformed"
	requestURL        chain.Reason = "request.url-too-long"
	requestHeaders    chain.Reason = "request.headers-too-large"
	requestMethod     chain.Reason = "request.method-not-allowed"
	requestBody       chain.Reason = "request.body-too-large"
	requestAmbiguous  chain.Reason = "request.ambiguous-length"
	requestUnexpected chain.Reason = "request.unexpected-body"
)

// check answers a request that no filter should see, and says whether it did.
// A request that was cut is told what of it was too long, as far as that can
// be known.
func check(x *chain.Exchange, malformed error, cut bool, size int) (refused bool) {
	r := &x.Request
	url := len(r.Scheme) + 3 + len(r.Authority) + len(r.Path) + 1 + len(r.Query)
	size -= len(r.DownPools) + len(r.FailedPools) // the shell's, not the visitor's
	switch {
	case url > MaxURL || (cut && r.Authority == ""):
		refuse(x, 414, requestURL, "The address of this request is too long.\n")
	case cut || size-url > MaxHeaders || len(r.Fields) > MaxFields:
		refuse(x, 431, requestHeaders, "This request has too many or too large headers. Clearing the cookies for this site may help.\n")
	case malformed != nil:
		refuse(x, 400, requestMalformed, "This request is malformed.\n")
	default:
		return checkMethod(x) || checkBody(x)
	}
	return true
}

func checkMethod(x *chain.Exchange) (refused bool) {
	switch x.Request.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return false
	}
	refuse(x, 405, requestMethod, "This method is not allowed.\n")
	x.SetResponse("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
	return true
}

// checkBody refuses what two servers in a row could read differently, which is
// how requests are smuggled, and bodies that are too large.
func checkBody(x *chain.Exchange) (refused bool) {
	length := x.Request.Get("content-length")
	chunked := x.Request.Get("transfer-encoding")
	switch size, ok := contentLength(length); {
	case !ok || (length != "" && chunked != "") || (chunked != "" && chunked != "chunked"):
		refuse(x, 400, requestAmbiguous, "The length of this request's body is ambiguous.\n")
	case size > MaxBody:
		refuse(x, 413, requestBody, "The body of this request is too large.\n")
		if strings.HasPrefix(x.Request.Path, "/api/") {
			x.Plan.Body = append(x.Plan.Body[:0], bodyProblem...)
			x.SetResponse("content-type", "application/problem+json")
		}
	case x.IsRead() && (size > 0 || chunked != ""):
		refuse(x, 400, requestUnexpected, "This method takes no body.\n")
	default:
		return false
	}
	return true
}

// bodyProblem is what RFC 9457 has instead of a sentence. The shell says the
// same of bodies that do not announce their length.
const bodyProblem = `{"type":"/api/docs#body_too_large","title":"The body is too large","status":413,"code":"body_too_large","detail":"That is more than we can take in one request."}` + "\n"

// contentLength reads digits only; absent is 0. Two fields, joined by a comma,
// are not a number.
func contentLength(v string) (n int64, ok bool) {
	if len(v) > 15 {
		return 0, false
	}
	for i := 0; i < len(v); i++ {
		if v[i] < '0' || v[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(v[i]-'0')
	}
	return n, true
}

func refuse(x *chain.Exchange, status int, why chain.Reason, text string) {
	x.Plain(status, text)
	x.SetResponse("x-content-type-options", "nosniff")
	x.Trace = append(x.Trace, chain.Decision{Filter: "request", Verdict: chain.Respond(why)})
}
