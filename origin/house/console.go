package house

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/staffpass"
	"github.com/stagedoor/stagedoor/origin/console"
	"github.com/stagedoor/stagedoor/origin/console/deadletters"
	"github.com/stagedoor/stagedoor/origin/console/maintenance"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/edgeconfig/importing"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/staff/localprovider"
)

// ConsoleURL is the public address of the staff console.
func (e Edge) ConsoleURL() string { return e.SiteURL(edgeconfig.ConsoleSite) }

// openConsole makes the staff console and the way to sign in.
func (h *House) openConsole() (err error) {
	cfg := staff.Config{
		DB: h.db, Logger: h.logger, Now: h.now, Issuer: h.cfg.Staff.Issuer, ClientID: h.cfg.Staff.ClientID, ClientSecret: h.cfg.Staff.ClientSecret,
		RedirectURL: h.cfg.Edge.ConsoleURL() + "/sign-in/done", FirstAdmin: h.cfg.Staff.FirstAdmin,
	}
	practice := h.cfg.Staff.Practice && cfg.Issuer == ""
	if practice {
		// The secret is between two parts of this process; it need not outlive it.
		cfg.Issuer, cfg.ClientID, cfg.ClientSecret = strings.TrimSuffix(h.cfg.Edge.OriginURL, "/")+PracticePath, "console", rand.Text()
		accounts, grants := practiceAccounts()
		cfg.Practice = grants
		h.practice, err = localprovider.New(localprovider.Config{
			Issuer: cfg.Issuer, ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, RedirectURL: cfg.RedirectURL,
			Accounts: accounts, Now: h.now, Logger: h.logger,
		})
		if err != nil {
			return err
		}
	}
	if h.desk, err = staff.New(cfg); err != nil {
		return err
	}
	h.importer = importing.New(importing.Config{DB: h.db, Editor: h.Editor, Publish: h.publish, Now: h.now, Logger: h.logger})
	h.closing(h.importer.Close)
	h.console, err = console.New(console.Deps{
		More: slices.Concat(h.edgePages(), h.roomPages(), h.doorPages(), h.boxOfficePages(), h.promoPages(), h.searchPages(), h.letterPages(), h.termsPages()),
		Desk: h.desk, Editor: h.Editor, Brands: h.shows.Brands, Buyers: h.buyers, Logger: h.logger, Now: h.now, Practice: practice,
		Publish:     h.publish,
		DeadLetters: func(ctx context.Context) (int, error) { return deadletters.Count(ctx, h.db) },
		Probe:       maintenance.HTTPProbe(h.cfg.Edge.client(), h.cfg.Edge.SiteURL),
		FormTargets: h.cfg.Edge.SiteURL("*"),
		Pass: func(name string, sites []string, expires time.Time, secure bool) (*http.Cookie, error) {
			return staffpass.Cookie([]byte(h.cfg.Edge.HopKey), staffpass.Pass{Name: name, Sites: sites, Expires: expires}, secure)
		},
	})
	if err != nil {
		return err
	}
	h.closing(func(context.Context) error { h.console.Stop(); return nil })
	return nil
}

// practiceAccounts are one for each role, and what each may do.
func practiceAccounts() ([]localprovider.Account, map[string][]staff.Grant) {
	var accounts []localprovider.Account
	grants := map[string][]staff.Grant{}
	for _, one := range []struct {
		role  staff.Role
		about string
		sites []string
	}{
		{staff.VenueStaff, "Scans tickets at the Lyceum and the Shubert, closes and opens their sites.", []string{"lyceum", "shubert"}},
		{staff.Marketer, "Writes redirects for every site.", []string{staff.Group}},
		{staff.Ops, "Keeps every site running.", []string{staff.Group}},
		{staff.BoxOffice, "Sells at the Lyceum, looks orders up, scans tickets.", []string{"lyceum"}},
		{staff.Admin, "May do everything, and says who may do what.", []string{staff.Group}},
	} {
		name := ""
		for _, info := range staff.Roles() {
			if info.Role == one.role {
				name = info.Name
			}
		}
		subject := "practice-" + string(one.role)
		accounts = append(accounts, localprovider.Account{Subject: subject, Email: string(one.role) + "@stagedoor.example", Name: name, About: one.about})
		for _, site := range one.sites {
			grants[subject] = append(grants[subject], staff.Grant{Role: one.role, Brand: site})
		}
	}
	return accounts, grants
}

// bySite leads the console's requests to the console, and every other site's to its visitors' pages.
func (h *House) bySite(consolePages, visitors http.Handler) http.Handler {
	guarded := sameSite(consolePages)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case session.Site(r.Context()) == edgeconfig.ConsoleSite:
			guarded.ServeHTTP(w, r)
		case r.URL.Path == staff.EnterPath:
			h.console.Enter.ServeHTTP(w, r)
		default:
			visitors.ServeHTTP(w, r)
		}
	})
}

// client reaches the public addresses. Browsers take *.localhost for this machine; not every resolver does. Each look
// is a connection of its own, as a new visitor's is.
func (e Edge) client() *http.Client {
	t := &http.Transport{DisableKeepAlives: true, TLSHandshakeTimeout: 5 * time.Second}
	if e.Domain == "localhost" {
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		}
	}
	return &http.Client{Transport: t, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// buyers counts who is in the middle of buying on some sites: who keeps seats, in Redis, and who has gone on to pay.
func (h *House) buyers(ctx context.Context, brands []string) (maintenance.Buyers, error) {
	var b maintenance.Buyers
	q := dbsqlc.New(h.db)
	orders, err := q.CountOrdersBeingPaid(ctx, dbsqlc.CountOrdersBeingPaidParams{BrandIds: brands, Now: h.now()})
	if err != nil {
		return b, err
	}
	b.Orders = int(orders)
	live, err := h.holds.Live(ctx)
	if err != nil {
		return b, err
	}
	wanted := map[string]bool{}
	for _, brand := range brands {
		wanted[brand] = true
	}
	ids := make([]uuid.UUID, 0, len(live))
	for id := range live {
		ids = append(ids, id)
	}
	rows, err := q.BrandsOfPerformances(ctx, ids)
	if err != nil {
		return b, err
	}
	for _, row := range rows {
		if wanted[row.BrandID] {
			b.Holds += live[row.ID]
		}
	}
	return b, nil
}
