package terms_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/console/consoletest"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/terms"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// office is the pages in a real frame, over a real database.
type office struct {
	t       *testing.T
	house   *bookingtest.House
	service *booking.Service
	frame   http.Handler
}

func open(t *testing.T) *office {
	t.Helper()
	db := pgtest.Pool(t)
	o := &office{t: t, house: bookingtest.Build(t, db)}
	o.house.Performance(time.Now())
	if _, err := db.Exec(t.Context(), "delete from sale_terms"); err != nil { // what the test house has set
		t.Fatal(err)
	}
	shows := show.NewRepository(db)
	var err error
	o.service, err = booking.New(booking.Config{
		DB: db, Holds: bookingtest.NewHolds(time.Now), Payments: bookingtest.NewProvider(time.Now), Shows: shows, Signer: bookingtest.Signer{},
		LinkKey: bytes.Repeat([]byte("k"), 32), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := frame.New(frame.Deps{
		Desk: &consoletest.Desk{People: map[string][]staff.Grant{
			"ops": {{Role: staff.Ops, Brand: staff.Group}}, "marketer": {{Role: staff.Marketer, Brand: "lyceum"}},
			"box": {{Role: staff.BoxOffice, Brand: "lyceum"}}, "usher": {{Role: staff.VenueStaff, Brand: "lyceum"}},
		}}, Brands: consoletest.Brands, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	}, (&terms.Pages{Terms: o.service, Shows: shows}).Pages()...)
	if err != nil {
		t.Fatal(err)
	}
	o.frame = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), "console", "http://console.localhost")))
	})
	return o
}

func (o *office) send(who, method, path string, form url.Values) (int, string) {
	o.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.AddCookie(&http.Cookie{Name: "stagedoor_console", Value: who})
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	o.frame.ServeHTTP(w, r)
	if to := w.Header().Get("Location"); w.Code == http.StatusSeeOther && strings.HasPrefix(to, "/") {
		return o.send(who, http.MethodGet, to, nil)
	}
	text, err := io.ReadAll(w.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return w.Code, string(text)
}

func (o *office) wants(code, want int, text string, says ...string) {
	o.t.Helper()
	if code != want {
		o.t.Fatalf("%d, want %d:\n%s", code, want, text)
	}
	for _, one := range says {
		if !strings.Contains(text, one) {
			o.t.Fatalf("it does not say %q:\n%s", one, text[max(0, strings.Index(text, "<main")):])
		}
	}
}

var known = regexp.MustCompile(`name="known" value="(\d*)"`)

// drawn is the hidden field by which a form tells what it was drawn from.
func (o *office) drawn(text string) string {
	o.t.Helper()
	found := known.FindStringSubmatch(text)
	if found == nil {
		o.t.Fatalf("no form:\n%s", text)
	}
	return found[1]
}

func TestTermsAreSetBySiteAndByShow(t *testing.T) {
	t.Parallel()
	o := open(t)
	code, text := o.send("marketer", "GET", "/sites/lyceum/terms", nil)
	o.wants(code, 200, text, "nothing was set", "at most 12 seats a buyer for a performance", "The Importance of Being Earnest")
	code, text = o.send("marketer", "GET", "/sites/lyceum/terms/site", nil)
	o.wants(code, 200, text, "usual terms of its country", `id="limit_performance"`)
	form := url.Values{"known": {o.drawn(text)}, "ticket_fee": {"1.50"}, "refund_hours": {"48"}, "exchange_hours": {""}, "limit_performance": {"6"}}

	code, text = o.send("marketer", "POST", "/sites/lyceum/terms/site", with(form, "ticket_fee", "a lot"))
	o.wants(code, 422, text, "Nothing was saved", "Write an amount", `value="a lot"`)
	code, text = o.send("marketer", "POST", "/sites/lyceum/terms/site", form)
	o.wants(code, 200, text, "Saved.", `value="1.50"`, `value="6"`)
	// From a page that is out of date: nothing is lost, theirs or ours.
	code, text = o.send("ops", "POST", "/sites/lyceum/terms/site", with(form, "limit_performance", "8"))
	o.wants(code, 409, text, "marketer@example.com changed these terms meanwhile", "Save mine over it", `value="8"`)
	code, text = o.send("ops", "POST", "/sites/lyceum/terms/site", with(with(form, "limit_performance", "8"), "known", o.drawn(text)))
	o.wants(code, 200, text, "Saved.")

	code, text = o.send("ops", "GET", "/sites/lyceum/terms?production="+o.house.ProductionID.String(), nil)
	o.wants(code, 200, text, "goes by the site’s terms", `value="8"`)
	own := "/sites/lyceum/terms/" + o.house.ProductionID.String()
	code, text = o.send("ops", "POST", own, url.Values{"known": {o.drawn(text)}, "limit_performance": {"2"}, "limit_production": {"4"}})
	o.wants(code, 200, text, "Saved.", "The Importance of Being Earnest")
	list, err := o.service.TermsOfBrand(t.Context(), "lyceum")
	if err != nil || len(list) != 2 || list[0].Limit.Performance != 8 || list[1].Limit.Production != 4 || !list[1].Refunds.Never || list[0].TicketFee != 150 {
		t.Fatalf("%+v, %v", list, err)
	}
	code, text = o.send("ops", "POST", own+"/remove", url.Values{"known": {o.drawn(text)}})
	o.wants(code, 200, text, "goes by the site’s terms again", "Every show goes by")
}

func with(form url.Values, name, value string) url.Values {
	out := url.Values{}
	for k, v := range form {
		out[k] = v
	}
	out.Set(name, value)
	return out
}

func TestWhoMaySeeAndChangeTerms(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, c := range []struct {
		name, who, method, path string
		want                    int
	}{
		{"the box office looks", "box", "GET", "/sites/lyceum/terms/site", 200},
		{"and changes nothing", "box", "POST", "/sites/lyceum/terms/site", 403},
		{"an usher has no business here", "usher", "GET", "/sites/lyceum/terms", 403},
		{"a marketer of one site", "marketer", "POST", "/sites/apollo/terms/site", 403},
		{"all sites at once", "ops", "GET", "/sites/all/terms/site", 404},
		{"a show of another site", "ops", "GET", "/sites/apollo/terms/" + o.house.ProductionID.String(), 404},
		{"no show", "ops", "GET", "/sites/lyceum/terms/earnest", 404},
	} {
		path := strings.Replace(c.path, "/sites/all/", "/sites/"+staff.Group+"/", 1)
		if code, text := o.send(c.who, c.method, path, url.Values{}); code != c.want {
			t.Errorf("%s: %d, want %d: %s", c.name, code, c.want, text[max(0, strings.Index(text, "<main")):])
		}
	}
}
