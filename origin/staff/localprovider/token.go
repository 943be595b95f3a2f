package localprovider

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/go-jose/go-jose/v4/jwt"
)

// discovery is OpenID Connect Discovery 1.0, section 3.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"}, "grant_types_supported": []string{"authorization_code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported": []string{"openid", "email", "profile"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"claims_supported":                               []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "email", "email_verified", "name"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, p.keys) }

// token exchanges a code for an ID token: RFC 6749, section 4.1.3, with RFC 7636.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "the form cannot be read")
		return
	}
	id, secret, basic := r.BasicAuth()
	if basic { // RFC 6749, section 2.3.1: both are form-encoded first
		var err1, err2 error
		id, err1 = url.QueryUnescape(id)
		secret, err2 = url.QueryUnescape(secret)
		basic = err1 == nil && err2 == nil
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if !same(id, p.ClientID) || !same(secret, p.ClientSecret) {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		refuse(w, http.StatusUnauthorized, "invalid_client", "the client is not known or its secret is wrong")
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "only authorization_code")
		return
	}
	// The code is spent whatever else is wrong: a stolen one gets one try.
	g, ok := p.take(r.PostForm.Get("code"))
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	switch {
	case !ok:
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code is not known, was used, or is too old")
		return
	case r.PostForm.Get("redirect_uri") != p.RedirectURL:
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code was for another redirect_uri")
		return
	case len(r.PostForm.Get("code_verifier")) < 43 || !same(base64.RawURLEncoding.EncodeToString(challenge[:]), g.challenge):
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code_verifier does not match")
		return
	}
	now := p.Now()
	id, err := jwt.Signed(p.sign).Claims(jwt.Claims{
		Issuer: p.Issuer, Subject: g.account.Subject, Audience: jwt.Audience{p.ClientID},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(tokenLife)),
	}).Claims(map[string]any{
		"nonce": g.nonce, "auth_time": g.at.Unix(), "email": g.account.Email, "email_verified": true, "name": g.account.Name,
	}).Serialize()
	if err != nil {
		p.Logger.ErrorContext(r.Context(), "an ID token could not be signed", "error", err)
		refuse(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
		return
	}
	// There is nothing else to get here, so the access token opens nothing.
	answer(w, http.StatusOK, map[string]any{"access_token": "none", "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "id_token": id})
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	answer(w, status, map[string]string{"error": code, "error_description": description})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client left: nothing to do
}
