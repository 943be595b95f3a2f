//go:build !tinygo

package staffpass

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/stagedoor/stagedoor/edge/site"
)

// ErrUnfit is wrapped by the errors of Cookie for a pass that no cookie can
// carry.
var ErrUnfit = errors.New("staffpass: the pass cannot be made")

// Pass says who may pass where, and until when.
type Pass struct {
	// Name is how the person is shown to colleagues: 1 to MaxName bytes of
	// UTF-8 without control characters.
	Name string
	// Sites are site IDs, or Every alone.
	Sites []string
	// Expires is at most MaxLife seconds ahead; the Verifier refuses more.
	Expires time.Time
}

// Cookie makes the cookie for a pass. secure is whether the site is served
// over https. The error is hop.ErrShortKey or wraps ErrUnfit.
func Cookie(key []byte, p Pass, secure bool) (*http.Cookie, error) {
	v, err := NewVerifier(key)
	if err != nil {
		return nil, err
	}
	payload, err := p.payload()
	if err != nil {
		return nil, err
	}
	return &http.Cookie{
		Name: CookieName, Value: strict.EncodeToString(payload) + "." + string(v.sign(payload)),
		Path: "/", Expires: p.Expires, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}, nil
}

func (p Pass) payload() ([]byte, error) {
	if !isName(p.Name) || !utf8.ValidString(p.Name) {
		return nil, fmt.Errorf("%w: the name must be 1 to %d bytes without control characters", ErrUnfit, MaxName)
	}
	if len(p.Sites) == 0 {
		return nil, fmt.Errorf("%w: it is for no site", ErrUnfit)
	}
	for _, id := range p.Sites {
		if id != Every && !site.IsID(id) || id == Every && len(p.Sites) > 1 {
			return nil, fmt.Errorf("%w: %q is not a site", ErrUnfit, id)
		}
	}
	sites := strings.Join(p.Sites, ",")
	if len(sites) > maxSites {
		return nil, fmt.Errorf("%w: it names too many sites", ErrUnfit)
	}
	expiry := strconv.FormatInt(p.Expires.Unix(), 10)
	if _, ok := seconds(expiry); !ok {
		return nil, fmt.Errorf("%w: it expires at no sensible time", ErrUnfit)
	}
	return []byte(p.Name + "\n" + sites + "\n" + expiry), nil
}
