package notify_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/notify"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

func get(t *testing.T, handler http.Handler, address string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))
	return w
}

func addMail(t *testing.T, db *pgxpool.Pool, to, subject, html string) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	_, err := db.Exec(t.Context(), "insert into mails (id, brand_id, recipient, subject, body_html, body_text) values ($1, 'lyceum', $2, $3, $4, 'as text <b>')", id, to, subject, html)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	db := pgtest.Pool(t)
	box := notify.NewMailbox(db, "/dev/mail", time.Now, quiet)
	const origin = "http://127.0.0.1:8788"

	if w := get(t, box, origin+"/dev/mail"); w.Code != 200 || !strings.Contains(w.Body.String(), "No e-mail yet") {
		t.Fatalf("empty: %d\n%s", w.Code, w.Body)
	}
	first := addMail(t, db, "ada@example.org", "First <i>night</i>", "<html><head></head><body><script>alert(1)</script><a href='https://a.example'>x</a></body></html>")
	addMail(t, db, "Ben@example.org", "Second night", "<p>two</p>")

	for _, test := range []struct {
		name, path string
		code       int
		has, not   []string
	}{
		{"list", "/dev/mail", 200, []string{"First &lt;i&gt;night&lt;/i&gt;", "Second night", "just now"}, []string{"<i>night"}},
		{"list with a slash", "/dev/mail/", 200, []string{"Second night"}, nil},
		{"of one recipient", "/dev/mail?to=BEN%40", 200, []string{"Second night"}, []string{"ada@"}},
		{"a percent sign is no wildcard", "/dev/mail?to=%25", 200, []string{"No e-mail to"}, []string{"ada@"}},
		{"of nobody", "/dev/mail?to=%22%3E%3Cscript%3E", 200, []string{"No e-mail to"}, []string{`"><script>`}},
		{"message", fmt.Sprintf("/dev/mail/%s", first), 200, []string{"ada@example.org", `sandbox="allow-popups`, fmt.Sprintf("/dev/mail/%s/body", first)}, nil},
		{"message as text", fmt.Sprintf("/dev/mail/%s?as=text", first), 200, []string{"as text &lt;b&gt;"}, []string{"<iframe"}},
		{"body", fmt.Sprintf("/dev/mail/%s/body", first), 200, []string{`<base target="_blank">`}, nil},
		{"unknown", "/dev/mail/" + uuid.NewString(), 404, []string{"No such e-mail"}, nil},
		{"nonsense", "/dev/mail/x", 404, []string{"No such e-mail"}, nil},
		{"body of nonsense", "/dev/mail/x/body", 404, []string{"No such e-mail"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := get(t, box, origin+test.path)
			if w.Code != test.code {
				t.Fatalf("answered %d", w.Code)
			}
			for _, want := range test.has {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%q is missing from\n%s", want, w.Body)
				}
			}
			for _, not := range test.not {
				if strings.Contains(w.Body.String(), not) {
					t.Errorf("%q is there", not)
				}
			}
			policy := w.Header().Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", w.Header())
			}
			if strings.HasSuffix(test.path, "/body") && test.code == 200 && !strings.HasPrefix(policy, "sandbox ") {
				t.Errorf("the body is not in a sandbox: %s", policy)
			}
		})
	}
	for host, code := range map[string]int{
		"127.0.0.1:8788": 200, "[::1]:8788": 200, "localhost": 200, "lyceum.localhost:8787": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "192.168.1.7:8788": 421, "": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/dev/mail", nil)
		r.Host = host
		w := httptest.NewRecorder()
		box.ServeHTTP(w, r)
		if w.Code != code {
			t.Errorf("host %q: %d, want %d", host, w.Code, code)
		}
	}
	db.Close()
	if w := get(t, box, origin+"/dev/mail"); w.Code != 503 || strings.Contains(w.Body.String(), "closed pool") {
		t.Errorf("without a database: %d\n%s", w.Code, w.Body)
	}
}
