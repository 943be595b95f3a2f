package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// clockSkew is how far the provider's clock may be from ours.
const clockSkew = time.Minute

// provider is the OpenID provider, discovered at the first sign-in and kept. A discovery that failed is tried again.
type provider struct {
	mu    sync.Mutex
	known *client
}

// client talks to the provider.
type client struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	http     *http.Client
	now      func() time.Time
}

// claims is who the provider says somebody is.
type claims struct {
	Subject         string
	Email           string
	Verified        bool // the address
	Name            string
	AuthenticatedAt time.Time
}

func (p *provider) get(ctx context.Context, cfg Config) (*client, error) {
	if cfg.Issuer == "" {
		return nil, ErrNoProvider
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	// The discovery's client is also the one that fetches keys later: it must not end with this request.
	c := &client{http: &http.Client{Timeout: 10 * time.Second}, now: cfg.Now}
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), c.http), cfg.Issuer)
	if err != nil {
		cfg.Logger.ErrorContext(ctx, "the OpenID provider cannot be asked", "issuer", cfg.Issuer, "error", err)
		return nil, fmt.Errorf("%w: %w", ErrNoProvider, err)
	}
	c.oauth = oauth2.Config{
		ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: cfg.RedirectURL,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
	c.verifier = found.Verifier(&oidc.Config{ClientID: cfg.ClientID, Now: cfg.Now})
	p.known = c
	return c, nil
}

// exchange turns the code into claims that are verified: signature, issuer, audience, time, nonce.
func (c *client) exchange(ctx context.Context, code, verifier, nonce string) (claims, error) {
	if code == "" {
		return claims{}, errors.New("there is no code")
	}
	ctx = oidc.ClientContext(ctx, c.http)
	token, err := c.oauth.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return claims{}, fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return claims{}, errors.New("the answer holds no ID token")
	}
	id, err := c.verifier.Verify(ctx, raw)
	if err != nil {
		return claims{}, fmt.Errorf("verify the ID token: %w", err)
	}
	if nonce == "" || id.Nonce != nonce {
		return claims{}, errors.New("the ID token has another nonce")
	}
	var said struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"name"`
		AuthTime int64  `json:"auth_time"`
	}
	if err := id.Claims(&said); err != nil {
		return claims{}, fmt.Errorf("read the ID token: %w", err)
	}
	who := claims{Subject: id.Subject, Email: said.Email, Verified: said.Verified, Name: strings.Map(printable, said.Name)}
	if who.Subject == "" || len(who.Subject) > 255 || !strings.Contains(who.Email, "@") || len(who.Email) > 200 {
		return claims{}, errors.New("the ID token does not say who it is, with an e-mail address")
	}
	if who.Name = cut(who.Name, 100); strings.TrimSpace(who.Name) == "" {
		who.Name = cut(who.Email, 100)
	}
	// Without the claim nobody can tell when the person was last seen: long ago, for all that matters. A time in the
	// future would make a step-up last longer.
	if said.AuthTime > 0 {
		who.AuthenticatedAt = time.Unix(said.AuthTime, 0).UTC()
	}
	if now := c.now().UTC(); who.AuthenticatedAt.After(now) {
		who.AuthenticatedAt = now
	}
	return who, nil
}

func printable(r rune) rune {
	if control(r) {
		return -1
	}
	return r
}
