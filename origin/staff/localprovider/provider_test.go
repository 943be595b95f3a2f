package localprovider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/staff/localprovider"
)

const (
	secret   = "a secret of some length"
	back     = "http://console.localhost:8787/sign-in/done"
	verifier = "a-verifier-of-at-least-forty-three-characters"
)

func config() localprovider.Config {
	return localprovider.Config{
		Issuer: "http://127.0.0.1:8788/dev/sign-in", ClientID: "console", ClientSecret: secret, RedirectURL: back,
		Accounts: []localprovider.Account{{Subject: "one", Email: "one@example.org", Name: "One"}, {Subject: "two", Email: "two@example.org", Name: "Two"}},
		Now:      time.Now, Logger: slog.New(slog.DiscardHandler),
	}
}

// A sign-in without a check must never stand in front of real sites.
func TestOnlyOnThisMachine(t *testing.T) {
	t.Parallel()
	if _, err := localprovider.New(config()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"https://127.0.0.1:8788/dev/sign-in", "http://192.0.2.1/dev/sign-in", "http://stagedoor.example/dev/sign-in", "http://localhost.example/",
		"http://127.0.0.1.example/", "http://notlocalhost/", "//localhost/", "", "http://[2001:db8::1]/", "http://0.0.0.0/",
	} {
		cfg := config()
		cfg.Issuer = bad
		if _, err := localprovider.New(cfg); err == nil {
			t.Errorf("issuer %q is accepted", bad)
		}
		cfg = config()
		cfg.RedirectURL = bad
		if _, err := localprovider.New(cfg); err == nil {
			t.Errorf("redirect URL %q is accepted", bad)
		}
	}
}

// house is a provider with its clock.
type house struct {
	*localprovider.Provider
	t  *testing.T
	at time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	cfg := config()
	cfg.Now = func() time.Time { return h.at }
	var err error
	if h.Provider, err = localprovider.New(cfg); err != nil {
		t.Fatal(err)
	}
	return h
}

func asked() url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{
		"client_id": {"console"}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {"openid email"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
}

func (h *house) send(method, path string, form url.Values) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// code signs in as an account.
func (h *house) code(account string) string {
	h.t.Helper()
	res := h.send(http.MethodPost, "/dev/sign-in/authorize?"+asked().Encode(), url.Values{"account": {account}})
	to, err := res.Location()
	if err != nil || !strings.HasPrefix(to.String(), back+"?") || to.Query().Get("state") != "s" || to.Query().Get("code") == "" {
		h.t.Fatalf("%s leads to %v, %v", res.Status, to, err)
	}
	return to.Query().Get("code")
}

func exchange(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}, "client_id": {"console"}, "client_secret": {secret},
	}
}

func (h *house) token(form url.Values) (int, map[string]any) {
	h.t.Helper()
	res := h.send(http.MethodPost, "/dev/sign-in/token", form)
	var body map[string]any
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, body
}

func TestAuthorize(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tc := range []struct {
		name        string
		change      func(url.Values)
		wantCode    string // the error sent back; "" when nothing may be sent anywhere
		wantNowhere bool
	}{
		{"another client", func(v url.Values) { v.Set("client_id", "x") }, "", true},
		{"another address", func(v url.Values) { v.Set("redirect_uri", "http://evil.localhost/") }, "", true},
		{"an address that begins alike", func(v url.Values) { v.Set("redirect_uri", back+".evil.example") }, "", true},
		{"two addresses", func(v url.Values) { v.Add("redirect_uri", "http://evil.localhost/") }, "", true},
		{"a token at once", func(v url.Values) { v.Set("response_type", "token") }, "unsupported_response_type", false},
		{"no openid", func(v url.Values) { v.Set("scope", "email") }, "invalid_scope", false},
		{"no PKCE", func(v url.Values) { v.Del("code_challenge"); v.Del("code_challenge_method") }, "invalid_request", false},
		{"plain PKCE", func(v url.Values) { v.Set("code_challenge_method", "plain") }, "invalid_request", false},
		{"nobody may be asked", func(v url.Values) { v.Set("prompt", "none") }, "login_required", false},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			v := asked()
			tc.change(v)
			res := h.send(method, "/dev/sign-in/authorize?"+v.Encode(), url.Values{"account": {"one"}})
			to := res.Header.Get("Location")
			if tc.wantNowhere {
				if res.StatusCode != http.StatusBadRequest || to != "" {
					t.Errorf("%s, %s: %s to %q", tc.name, method, res.Status, to)
				}
				continue
			}
			if u, err := url.Parse(to); err != nil || u.Query().Get("error") != tc.wantCode || u.Query().Has("code") || !strings.HasPrefix(to, back+"?") {
				t.Errorf("%s, %s: %s to %q", tc.name, method, res.Status, to)
			}
		}
	}
	v := asked()
	v.Set("login_hint", "two@example.org")
	page, _ := io.ReadAll(h.send(http.MethodGet, "/dev/sign-in/authorize?"+v.Encode(), nil).Body)
	if first, second := strings.Index(string(page), `value="two"`), strings.Index(string(page), `value="one"`); first < 0 || second < first {
		t.Errorf("the account that was hinted at is not offered first:\n%s", page)
	}
	if res := h.send(http.MethodPost, "/dev/sign-in/authorize?"+asked().Encode(), url.Values{"account": {"three"}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("an account that is not there: %s", res.Status)
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tc := range []struct {
		name   string
		change func(url.Values)
		want   string
		status int
	}{
		{"another secret", func(v url.Values) { v.Set("client_secret", "guess") }, "invalid_client", http.StatusUnauthorized},
		{"no secret", func(v url.Values) { v.Del("client_secret") }, "invalid_client", http.StatusUnauthorized},
		{"another grant", func(v url.Values) { v.Set("grant_type", "password") }, "unsupported_grant_type", http.StatusBadRequest},
		{"another verifier", func(v url.Values) { v.Set("code_verifier", strings.Repeat("x", 43)) }, "invalid_grant", http.StatusBadRequest},
		{"no verifier", func(v url.Values) { v.Del("code_verifier") }, "invalid_grant", http.StatusBadRequest},
		{"another address", func(v url.Values) { v.Set("redirect_uri", "http://evil.localhost/") }, "invalid_grant", http.StatusBadRequest},
		{"a guess", func(v url.Values) { v.Set("code", "guess") }, "invalid_grant", http.StatusBadRequest},
	} {
		v := exchange(h.code("one"))
		tc.change(v)
		if status, body := h.token(v); status != tc.status || body["error"] != tc.want || body["id_token"] != nil {
			t.Errorf("%s: %d %v", tc.name, status, body)
		}
	}

	code := h.code("one")
	status, body := h.token(exchange(code))
	if status != http.StatusOK || body["id_token"] == nil {
		t.Fatalf("%d %v", status, body)
	}
	if status, body := h.token(exchange(code)); status != http.StatusBadRequest || body["error"] != "invalid_grant" {
		t.Errorf("a code is good twice: %d %v", status, body)
	}
	// A code that somebody tried without the verifier is spent.
	code = h.code("one")
	wrong := exchange(code)
	wrong.Set("code_verifier", strings.Repeat("x", 43))
	h.token(wrong)
	if status, _ := h.token(exchange(code)); status != http.StatusBadRequest {
		t.Error("a stolen code gets a second try")
	}
	code = h.code("one")
	h.at = h.at.Add(61 * time.Second)
	if status, _ := h.token(exchange(code)); status != http.StatusBadRequest {
		t.Error("a code is good after a minute")
	}
}
