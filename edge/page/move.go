package page

import "github.com/stagedoor/stagedoor/edge/site"

// Move is the page by which a place in a queue goes to another device: on the
// first one it shows a Link, on the second it asks whether to take the place
// that a Token is for.
type Move struct {
	Locale    string
	Name      string // of what the room is for; "" hides it
	Link      string // absolute
	Token     string
	Path      string // of this page
	Back      string // where the queue is
	RequestID string
}

// AppendMove appends m as a page of the brand.
func AppendMove(dst []byte, s *site.Site, m *Move, nonce string) []byte {
	w := wordsIn(m.Locale)
	title, text := w.moveTitle, w.moveText
	if m.Token != "" {
		title, text = w.takeTitle, w.takeText
	}
	dst = appendHeadIn(dst, s, w.tag(m.Locale), "", title, nonce, queueSheet, 0)
	dst = append(append(append(dst, `</p><h1>`...), title...), `</h1>`...)
	if m.Name != "" {
		dst = append(append(dst, `<p class="for">`...), w.forWhat...)
		dst = append(appendText(append(dst, ` <strong>`...), m.Name), `</strong></p>`...)
	}
	dst = append(append(append(dst, `<p class="lead">`...), text...), `</p>`...)
	if m.Token != "" {
		// Signed text in base64url needs no escaping.
		dst = append(append(append(dst, `<form method="post" action="`...), m.Path...), `?t=`...)
		dst = append(append(append(dst, m.Token...), `"><button class="again">`...), w.take...)
		dst = append(dst, `</button></form>`...)
	} else {
		dst = append(append(append(dst, `<p class="when"><span>`...), w.moveLink...), `</span> <a class="link" href="`...)
		dst = append(appendText(dst, m.Link), `">`...)
		dst = append(appendText(dst, m.Link), `</a></p><p><a class="again" href="`...)
		dst = append(appendText(dst, m.Back), `">`...)
		dst = append(append(dst, w.queue...), `</a></p>`...)
	}
	return appendFootIn(dst, w.quote, m.RequestID)
}

// AppendFormPolicy is AppendPolicy for AppendMove's page.
func AppendFormPolicy(dst []byte, nonce string) []byte {
	dst = append(append(dst, policyStart...), nonce...)
	return append(dst, "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"...)
}
