package staff

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Client is who asks, as far as a request tells.
type Client struct {
	IP    string
	Agent string // User-Agent
}

// Start is a sign-in about to begin.
type Start struct {
	Client   Client
	Browser  string // value of the browser's sign-in cookie, "" for a new one
	ReturnTo string // path on the console to come back to
	// StepUp is the session whose person shows that it is still them; nil for a sign-in.
	StepUp *Session
}

// Begun is a sign-in under way.
type Begun struct {
	URL     string // of the provider, where the person goes
	Browser string // value of the browser's sign-in cookie
}

// Begin notes a sign-in and says where the person goes. ErrTooMany and ErrNoProvider are for the person's eyes.
func (d *Desk) Begin(ctx context.Context, s Start) (Begun, error) {
	if err := d.count(ctx, s.Client.IP); err != nil {
		return Begun{}, err
	}
	p, err := d.provider.get(ctx, d.Config)
	if err != nil {
		return Begun{}, err
	}
	state, stateHash, err1 := d.secret()
	nonce, _, err2 := d.secret()
	if err := errors.Join(err1, err2); err != nil {
		return Begun{}, err
	}
	browser := s.Browser
	if len(browser) != len(state) {
		if browser, _, err = d.secret(); err != nil {
			return Begun{}, err
		}
	}
	verifier := oauth2.GenerateVerifier()
	now := d.Now().UTC()
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("nonce", nonce)}
	var session uuid.UUID
	if s.StepUp != nil {
		session = s.StepUp.ID
		// max_age=0 and prompt=login ask the same; some providers know only one of them.
		options = append(options, oauth2.SetAuthURLParam("max_age", "0"), oauth2.SetAuthURLParam("prompt", "login"),
			oauth2.SetAuthURLParam("login_hint", s.StepUp.Person.Email))
	}
	err = dbsqlc.New(d.DB).InsertStaffSignIn(ctx, dbsqlc.InsertStaffSignInParams{
		StateHash: stateHash, BrowserHash: hashOf(browser), Nonce: nonce, Verifier: verifier, ReturnTo: LocalPath(s.ReturnTo),
		SessionID: optional(session), BeganAt: now, ExpiresAt: now.Add(signInLife),
	})
	if err != nil {
		return Begun{}, fmt.Errorf("sign-in: %w", err)
	}
	return Begun{URL: p.oauth.AuthCodeURL(state, options...), Browser: browser}, nil
}

// Done is a sign-in that succeeded.
type Done struct {
	Session  Session
	Token    string // for the session cookie; also after a step-up, which changes it
	ReturnTo string
}

// Finish takes what the provider sent the browser back with. Refused says what went wrong; a sign-in that failed must
// begin anew.
func (d *Desk) Finish(ctx context.Context, answer url.Values, browser string, client Client) (Done, error) {
	q, now := dbsqlc.New(d.DB), d.Now().UTC()
	row, err := q.TakeStaffSignIn(ctx, hashOf(answer.Get("state")))
	if errors.Is(err, pgx.ErrNoRows) {
		return Done{}, Refused{"This sign-in was used already, or took too long. Please begin again."}
	}
	if err != nil {
		return Done{}, fmt.Errorf("sign-in: %w", err)
	}
	// Somebody else's answer, slipped to this browser, would sign this person in as them.
	if subtle.ConstantTimeCompare(row.BrowserHash, hashOf(browser)) != 1 {
		return Done{}, Refused{"This sign-in began in another browser. Please begin again here."}
	}
	if !row.ExpiresAt.After(now) {
		return Done{}, Refused{"This sign-in took too long. Please begin again."}
	}
	if code := answer.Get("error"); code != "" {
		d.Logger.WarnContext(ctx, "the OpenID provider refused a sign-in", "error", code, "ip", client.IP)
		return Done{}, Refused{"You were not signed in: the sign-in service stopped. Please begin again."}
	}
	p, err := d.provider.get(ctx, d.Config)
	if err != nil {
		return Done{}, err
	}
	if iss := answer.Get("iss"); iss != "" && iss != d.Issuer { // RFC 9207
		return Done{}, Refused{"The answer came from another sign-in service. Please begin again."}
	}
	who, err := p.exchange(ctx, answer.Get("code"), row.Verifier, row.Nonce)
	if err != nil {
		d.Logger.WarnContext(ctx, "a sign-in failed", "error", err, "ip", client.IP)
		return Done{}, Refused{"You could not be signed in: the sign-in service’s answer is not valid. Please begin again."}
	}
	if row.SessionID.Valid {
		return d.stepUp(ctx, row, who, now)
	}
	return d.enter(ctx, row, who, client, now)
}

// stepUp renews a session whose person showed that it is still them. The cookie's value changes.
func (d *Desk) stepUp(ctx context.Context, row dbsqlc.StaffSignIn, who claims, now time.Time) (Done, error) {
	// A provider that ignores max_age would make this check an empty one.
	if who.AuthenticatedAt.Before(row.BeganAt.Add(-clockSkew)) {
		return Done{}, Refused{"The sign-in service did not ask you again who you are, so nothing was unlocked."}
	}
	q := dbsqlc.New(d.DB)
	current, err := q.GetStaffSessionByID(ctx, dbsqlc.GetStaffSessionByIDParams{ID: row.SessionID.Bytes, Now: now})
	if errors.Is(err, pgx.ErrNoRows) {
		return Done{}, ErrNoSession
	}
	if err != nil {
		return Done{}, fmt.Errorf("step-up: %w", err)
	}
	if current.StaffPerson.Subject == nil || *current.StaffPerson.Subject != who.Subject || current.StaffPerson.Issuer != d.Issuer {
		return Done{}, Refused{"That is another account than the one you are signed in with."}
	}
	token, hash, err := d.secret()
	if err != nil {
		return Done{}, err
	}
	n, err := q.RenewStaffSession(ctx, dbsqlc.RenewStaffSessionParams{
		ID: row.SessionID.Bytes, AuthenticatedAt: now, PersonID: current.StaffPerson.ID, TokenHash: hash, Now: now,
	})
	if err != nil {
		return Done{}, fmt.Errorf("step-up: %w", err)
	}
	if n == 0 {
		return Done{}, ErrNoSession
	}
	s, err := d.Session(ctx, token)
	return Done{Session: s, Token: token, ReturnTo: row.ReturnTo}, err
}

// count notes an attempt of a client and refuses one too many. Clients of one IPv6 network count as one.
func (d *Desk) count(ctx context.Context, ip string) error {
	client := ip
	if address, err := netip.ParseAddr(ip); err == nil {
		if address = address.Unmap(); address.Is6() {
			if network, err := address.WithZone("").Prefix(64); err == nil {
				client = network.String()
			}
		}
	}
	q, now := dbsqlc.New(d.DB), d.Now().UTC()
	if _, err := q.CountStaffAttempt(ctx, dbsqlc.CountStaffAttemptParams{Client: client, Minute: now.Truncate(time.Minute)}); err != nil {
		return fmt.Errorf("sign-in: %w", err)
	}
	n, err := q.CountStaffAttempts(ctx, dbsqlc.CountStaffAttemptsParams{Client: client, Since: now.Add(-attemptsWithin)})
	if err != nil {
		return fmt.Errorf("sign-in: %w", err)
	}
	if n > mostAttempts {
		return ErrTooMany
	}
	if n == 1 { // a newcomer pays for the cleaning
		before := now.Add(-time.Hour)
		if err := errors.Join(q.ForgetStaffAttempts(ctx, before), q.ForgetStaffSignIns(ctx, before), q.ForgetStaffEntries(ctx, before)); err != nil {
			return fmt.Errorf("sign-in: %w", err)
		}
	}
	return nil
}

const (
	mostAttempts   = 20 // of one client
	attemptsWithin = 5 * time.Minute
)

// LocalPath is path when it leads to a page of the console itself, else "/": what a link says must not lead anywhere.
func LocalPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || len(path) > 1000 ||
		!strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
