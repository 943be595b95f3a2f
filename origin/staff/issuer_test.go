package staff_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	clientID     = "console"
	clientSecret = "a secret of some length"
)

// issuer is an OpenID provider that says whatever a test wants it to say. Unlike what it says, its token endpoint is
// strict: a code is good once, for the client's secret and the verifier that belongs to the challenge.
type issuer struct {
	*httptest.Server
	t     *testing.T
	key   *rsa.PrivateKey
	mu    sync.Mutex
	codes map[string]grant
}

// grant is what a code stands for.
type grant struct {
	challenge string
	claims    map[string]any
	key       *rsa.PrivateKey // that signs
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{t: t, key: rsaKey(), codes: map[string]grant{}}
	mux := http.NewServeMux()
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.say(w, http.StatusOK, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.say(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", i.token)
	return i
}

// agree is the person's consent: it returns what the provider sends the browser back with. twist changes what the ID
// token will say; nil changes nothing.
func (i *issuer) agree(authorize string, who account, at time.Time, twist func(*grant)) url.Values {
	i.t.Helper()
	u, err := url.Parse(authorize)
	if err != nil {
		i.t.Fatal(err)
	}
	asked := u.Query()
	if asked.Get("code_challenge_method") != "S256" || asked.Get("state") == "" || asked.Get("nonce") == "" {
		i.t.Fatalf("the authorize request lacks PKCE, state or nonce: %s", authorize)
	}
	g := grant{challenge: asked.Get("code_challenge"), key: i.key, claims: map[string]any{
		"iss": i.URL, "aud": clientID, "sub": who.subject, "email": who.email, "email_verified": !who.unverified, "name": who.name,
		"iat": at.Unix(), "exp": at.Add(5 * time.Minute).Unix(), "auth_time": at.Unix(), "nonce": asked.Get("nonce"),
	}}
	if twist != nil {
		twist(&g)
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = g
	i.mu.Unlock()
	return url.Values{"state": {asked.Get("state")}, "code": {code}, "iss": {i.URL}}
}

type account struct {
	subject, email, name string
	unverified           bool
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	i.mu.Lock()
	g, known := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || id != clientID || secret != clientSecret || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		i.say(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: g.key, KeyID: "k"}}, nil)
	if err != nil {
		i.t.Error(err)
		return
	}
	token, err := jwt.Signed(signer).Claims(g.claims).Serialize()
	if err != nil {
		i.t.Error(err)
		return
	}
	i.say(w, http.StatusOK, map[string]any{"access_token": "none", "token_type": "Bearer", "id_token": token})
}

func (i *issuer) say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client left: nothing to do
}
