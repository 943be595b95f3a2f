// Package page renders the few pages the edge itself shows, in the brand's
// colours: closed for maintenance, and the origin cannot be reached. A page
// is one self-contained document: no script, no font, no picture to fetch.
//
// Programs get the same facts as problem+json (RFC 9457).
package page

import (
	"strconv"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
)

// Notice is what a page or a problem says.
type Notice struct {
	Status int
	Type   string // the problem's type, e.g. "maintenance"
	Title  string // the headline, and the problem's title
	Detail string // one or two sentences of plain text
	// Reopens is when to come back, as people at the venue read it; "" hides it.
	Reopens string
	// RetryAfter is in seconds; 0 if unknown.
	RetryAfter int
	RequestID  string
	Path       string // of the request, for "try again": canonical
}

// AppendProblem appends n as an RFC 9457 problem. Its type is a URN of ours.
func AppendProblem(dst []byte, n *Notice) []byte {
	dst = append(dst, `{"type":"urn:stagedoor:problem:`...)
	dst = append(dst, n.Type...)
	dst = append(dst, `","title":`...)
	dst = plainjson.AppendString(dst, n.Title)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(n.Status), 10)
	dst = append(dst, `,"code":"`...)
	for i := 0; i < len(n.Type); i++ { // as the API writes its codes
		if c := n.Type[i]; c == '-' {
			dst = append(dst, '_')
		} else {
			dst = append(dst, c)
		}
	}
	dst = append(dst, `","detail":`...)
	dst = plainjson.AppendString(dst, n.Detail)
	if n.RetryAfter > 0 {
		dst = append(dst, `,"retry_after":`...)
		dst = strconv.AppendInt(dst, int64(n.RetryAfter), 10)
	}
	dst = append(dst, `,"request_id":`...)
	dst = plainjson.AppendString(dst, n.RequestID)
	return append(dst, "}\n"...)
}

// AppendHTML appends n as a page of the brand. nonce is the one the page's
// Content-Security-Policy names.
func AppendHTML(dst []byte, s *site.Site, n *Notice, nonce string) []byte {
	dst = appendHead(dst, s, n.Title, nonce, "")
	dst = append(dst, `</p><h1>`...)
	dst = appendText(dst, n.Title)
	dst = append(dst, `</h1><p class="lead">`...)
	dst = appendText(dst, n.Detail)
	dst = append(dst, `</p>`...)
	if n.Reopens != "" {
		dst = append(dst, `<p class="when"><span>Doors open again</span> <strong>`...)
		dst = appendText(dst, n.Reopens)
		dst = append(dst, `</strong></p>`...)
	}
	dst = append(dst, `<p><a class="again" href="`...)
	dst = appendText(dst, n.Path)
	return appendFoot(append(dst, `">Try again</a></p>`...), n.RequestID)
}

// appendHead appends a page up to where its headline begins, after the brand.
func appendHead(dst []byte, s *site.Site, title, nonce, sheet string) []byte {
	return appendHeadIn(dst, s, s.Locale, "", title, nonce, sheet, 0)
}

// appendHeadIn is appendHead in a language, for a page that says in which phase
// it is and, without a script, loads itself again after so many seconds.
func appendHeadIn(dst []byte, s *site.Site, language, phase, title, nonce, sheet string, again int) []byte {
	dst = append(dst, `<!doctype html><html lang="`...)
	dst = appendText(dst, language)
	if phase != "" {
		dst = append(append(dst, `" data-phase="`...), phase...)
	}
	dst = append(dst, `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">`+
		`<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">`...)
	if again > 0 {
		dst = append(dst, `<noscript><meta http-equiv="refresh" content="`...)
		dst = append(strconv.AppendInt(dst, int64(again), 10), `"></noscript>`...)
	}
	dst = append(dst, `<title>`...)
	dst = appendText(dst, title)
	dst = append(dst, " · "...)
	dst = appendText(dst, s.Name)
	dst = append(dst, `</title><style nonce="`...)
	dst = append(dst, nonce...)
	dst = append(dst, `">`...)
	dst = append(appendStyle(dst, &s.Theme), sheet...)
	dst = append(dst, `</style></head><body><div class="house" aria-hidden="true"><i></i><b></b></div><main>`+
		`<p class="brand">`...)
	return appendText(dst, s.Name)
}

func appendFoot(dst []byte, requestID string) []byte {
	return appendFootIn(dst, languages[0].quote, requestID)
}

func appendFootIn(dst []byte, quote, requestID string) []byte {
	dst = append(append(dst, `<p class="id">`...), quote...)
	dst = append(dst, ` <code>`...)
	dst = appendText(dst, requestID)
	return append(dst, `</code>.</p></main></body></html>`+"\n"...)
}

// The Content-Security-Policy of a page of ours, around its nonce.
const policyStart, policyEnd = "default-src 'none'; style-src 'nonce-", "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// AppendPolicy appends the Content-Security-Policy for AppendHTML's page.
func AppendPolicy(dst []byte, nonce string) []byte {
	dst = append(dst, policyStart...)
	dst = append(dst, nonce...)
	return append(dst, policyEnd...)
}
