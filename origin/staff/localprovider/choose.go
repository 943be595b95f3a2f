package localprovider

import (
	"crypto/rand"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed choose.gohtml
var source string

var page = template.Must(template.New("choose").Parse(source))

// ask is what a client asks of the authorize endpoint.
type ask struct{ State, Nonce, Challenge, Hint, Prompt string }

// read checks a request as far as to know where an error may be sent. fault is a sentence for the person when not even
// that is known; code is an OAuth error for the client.
func (p *Provider) read(values url.Values) (a ask, code, fault string) {
	for name, list := range values {
		if len(list) > 1 {
			return a, "", "The sign-in request names " + name + " twice."
		}
	}
	if values.Get("client_id") != p.ClientID || values.Get("redirect_uri") != p.RedirectURL {
		return a, "", "The sign-in request is not from this house’s console. It may have been restarted on another port: begin again from the console."
	}
	a = ask{values.Get("state"), values.Get("nonce"), values.Get("code_challenge"), values.Get("login_hint"), values.Get("prompt")}
	switch {
	case values.Get("response_type") != "code":
		code = "unsupported_response_type"
	case !slices.Contains(strings.Fields(values.Get("scope")), "openid"):
		code = "invalid_scope"
	case values.Get("code_challenge_method") != "S256" || len(a.Challenge) != 43:
		code = "invalid_request"
	case a.Prompt == "none":
		code = "login_required" // nobody is ever signed in here: each sign-in is a choice
	}
	return a, code, ""
}

// choose shows the accounts.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	a, code, fault := p.read(r.URL.Query())
	switch {
	case fault != "":
		http.Error(w, fault, http.StatusBadRequest)
		return
	case code != "":
		p.back(w, r, url.Values{"error": {code}, "state": {a.State}})
		return
	}
	// Who shows that it is still them is offered first.
	accounts := slices.Clone(p.Accounts)
	slices.SortStableFunc(accounts, func(x, y Account) int {
		switch {
		case x.Email == a.Hint && y.Email != a.Hint:
			return -1
		case y.Email == a.Hint && x.Email != a.Hint:
			return 1
		}
		return 0
	})
	nonce := rand.Text()
	redirect, _ := url.Parse(p.RedirectURL) // New read it
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+redirect.Scheme+"://"+redirect.Host)
	err := page.Execute(w, map[string]any{"Accounts": accounts, "Query": template.URL(r.URL.RawQuery), "Nonce": nonce, "Hint": a.Hint, "Base": p.base})
	if err != nil {
		p.Logger.WarnContext(r.Context(), "the practice accounts could not be shown", "error", err)
	}
}

// chosen sends the browser back with a code.
func (p *Provider) chosen(w http.ResponseWriter, r *http.Request) {
	a, code, fault := p.read(r.URL.Query())
	if fault != "" {
		http.Error(w, fault, http.StatusBadRequest)
		return
	}
	if code != "" {
		p.back(w, r, url.Values{"error": {code}, "state": {a.State}})
		return
	}
	i := slices.IndexFunc(p.Accounts, func(one Account) bool { return one.Subject == r.PostFormValue("account") })
	if i < 0 {
		http.Error(w, "There is no such practice account.", http.StatusBadRequest)
		return
	}
	given, err := p.issue(grant{account: p.Accounts[i], challenge: a.Challenge, nonce: a.Nonce, at: p.Now()})
	if err != nil {
		p.Logger.ErrorContext(r.Context(), "a code could not be made", "error", err)
		p.back(w, r, url.Values{"error": {"server_error"}, "state": {a.State}})
		return
	}
	p.back(w, r, url.Values{"code": {given}, "state": {a.State}})
}

func (p *Provider) back(w http.ResponseWriter, r *http.Request, values url.Values) {
	values.Set("iss", p.Issuer)
	http.Redirect(w, r, p.RedirectURL+"?"+values.Encode(), http.StatusSeeOther)
}
