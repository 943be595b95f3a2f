// Package localprovider is a small OpenID provider for a house on one machine: anybody who can reach it may be any of
// its practice accounts, by one click. It is the real protocol (discovery, JWKS, Authorization Code with PKCE, a client
// secret, signed ID tokens) with nobody guarding the door, so it refuses to be made for anything but this machine.
package localprovider

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Account is somebody anybody may be.
type Account struct {
	Subject string // the provider's name for them
	Email   string
	Name    string
	About   string // what they may do, for the page on which one is chosen
}

// Config is what a Provider works with.
type Config struct {
	Issuer                 string // http://127.0.0.1:8788/dev/sign-in
	ClientID, ClientSecret string
	RedirectURL            string // the only one: http://console.localhost:8787/sign-in/done
	Accounts               []Account
	Now                    func() time.Time
	Random                 io.Reader // nil: crypto/rand.Reader
	Logger                 *slog.Logger
}

// Provider answers below its issuer's path. It is safe for concurrent use. Codes and the key live in memory: after a
// restart a sign-in under way begins anew.
type Provider struct {
	Config
	base string // path of the issuer
	keys jose.JSONWebKeySet
	sign jose.Signer
	mux  *http.ServeMux

	mu    sync.Mutex
	codes map[[32]byte]grant
}

// grant is what a code stands for.
type grant struct {
	account   Account
	challenge string
	nonce     string
	at        time.Time // of the choice
}

const (
	codeLife  = time.Minute
	tokenLife = 5 * time.Minute
	mostCodes = 1000
)

// New makes a provider with a key of its own. Anything but plain http on this machine is refused: that would be a
// sign-in without a check in front of real sites.
func New(cfg Config) (*Provider, error) {
	if err := errors.Join(onThisMachine("the issuer", cfg.Issuer), onThisMachine("the redirect URL", cfg.RedirectURL)); err != nil {
		return nil, err
	}
	if cfg.ClientID == "" || len(cfg.ClientSecret) < 16 || len(cfg.Accounts) == 0 || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("localprovider: a client ID, a secret of 16 characters, accounts, Now and Logger are needed")
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	issuer, err := url.Parse(cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("localprovider: issuer: %w", err)
	}
	key, err := rsa.GenerateKey(cfg.Random, 2048)
	if err != nil {
		return nil, fmt.Errorf("localprovider: key: %w", err)
	}
	name := sha256.Sum256(key.N.Bytes())
	jwk := jose.JSONWebKey{Key: key, KeyID: base64.RawURLEncoding.EncodeToString(name[:9]), Algorithm: string(jose.RS256), Use: "sig"}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jwk}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("localprovider: signer: %w", err)
	}
	p := &Provider{
		Config: cfg, base: strings.TrimSuffix(issuer.Path, "/"), sign: signer, mux: http.NewServeMux(),
		keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{jwk.Public()}}, codes: map[[32]byte]grant{},
	}
	p.mux.HandleFunc("GET "+p.base+"/.well-known/openid-configuration", p.discovery)
	p.mux.HandleFunc("GET "+p.base+"/keys", p.jwks)
	p.mux.HandleFunc("GET "+p.base+"/authorize", p.choose)
	p.mux.HandleFunc("POST "+p.base+"/authorize", p.chosen)
	p.mux.HandleFunc("POST "+p.base+"/token", p.token)
	return p, nil
}

// ServeHTTP answers one request.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	p.mux.ServeHTTP(w, r)
}

// onThisMachine refuses an address that others could use.
func onThisMachine(what, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return fmt.Errorf("localprovider: %s %q is not an address", what, address)
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	local := host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
	if u.Scheme != "http" || !local {
		return fmt.Errorf("localprovider: %s %s is not on this machine; practice accounts are for development alone: name an OpenID provider with OIDC_ISSUER", what, address)
	}
	return nil
}

// issue makes a code for a choice.
func (p *Provider) issue(g grant) (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(p.Random, raw[:]); err != nil {
		return "", fmt.Errorf("localprovider: randomness: %w", err)
	}
	code := base64.RawURLEncoding.EncodeToString(raw[:])
	p.mu.Lock()
	defer p.mu.Unlock()
	for hash, old := range p.codes {
		if len(p.codes) >= mostCodes || g.at.Sub(old.at) > codeLife {
			delete(p.codes, hash)
		}
	}
	p.codes[sha256.Sum256([]byte(code))] = g
	return code, nil
}

// take returns what a code stands for, once.
func (p *Provider) take(code string) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	hash := sha256.Sum256([]byte(code))
	g, ok := p.codes[hash]
	delete(p.codes, hash)
	return g, ok && p.Now().Sub(g.at) <= codeLife
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
