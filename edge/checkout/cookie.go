//go:build !tinygo

package checkout

import (
	"net/http"
	"strconv"
	"time"
)

// Cookie makes a pass for the site that is good until expires, which is at
// most MaxLife seconds ahead. secure is whether the site is served over https.
func Cookie(key []byte, siteID string, expires time.Time, secure bool) (*http.Cookie, error) {
	v, err := NewVerifier(key)
	if err != nil {
		return nil, err
	}
	at := expires.Unix()
	return &http.Cookie{
		Name: CookieName, Value: strconv.FormatInt(at, 10) + "." + string(v.sign(siteID, at)),
		Path: "/", Expires: expires, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}, nil
}
