package intake

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/contentful"
	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// plays is an Applier as strict as the real one: a table of what is public, which only newer changes alter, in which a
// title (a name of a person) is needed, and a "venue" must be known.
type plays struct {
	before func() error // called within the transaction
}

const playsTable = `create table plays (source text, id text, at timestamptz, revision bigint, action text, title text, changes int,
	primary key (source, id))`

func (p *plays) Apply(ctx context.Context, tx pgx.Tx, c cms.Change) error {
	if p.before != nil {
		if err := p.before(); err != nil {
			return err
		}
	}
	var title string
	if c.Action == cms.Publish {
		value := c.Fields["title"][c.DefaultLocale]
		if c.Kind == cms.Person {
			value = c.Fields["name"][c.DefaultLocale]
		}
		if err := json.Unmarshal(value, &title); err != nil || title == "" {
			return &InvalidError{Faults: []Fault{{Field: "title", Locale: c.DefaultLocale, Why: "It has no title, but \x00."}}, Err: errors.New("no title")}
		}
		if value := c.Fields["venue"][c.DefaultLocale]; value != nil {
			var ref cms.Ref
			if err := json.Unmarshal(value, &ref); err != nil {
				return err
			}
			var known bool
			if err := tx.QueryRow(ctx, "select exists (select from plays where source = $1 and id = $2)", c.Source, ref.ID).Scan(&known); err != nil {
				return err
			}
			if !known {
				return &WaitingError{Ref: ref, Err: fmt.Errorf("venue %s is not known", ref.ID)}
			}
		}
	}
	_, err := tx.Exec(ctx, `insert into plays values ($1, $2, $3, $4, $5, $6, 1)
		on conflict (source, id) do update set at = excluded.at, revision = excluded.revision, action = excluded.action, title = excluded.title, changes = plays.changes + 1
		where (plays.at, plays.revision) < (excluded.at, excluded.revision)`, c.Source, c.ID, c.Stamp.At, c.Stamp.Revision, c.Action, title)
	return err
}

const (
	secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	token  = "the token of the webhook"
	space  = "yadj1kx9rmg0"
)

// stage is an intake of both systems over a database of its own.
type stage struct {
	*Intake
	t          testing.TB
	db         *pgxpool.Pool
	plays      *plays
	contentful *contentful.System
	umbraco    *umbraco.System
}

func newStage(t testing.TB, change func(*Config)) *stage {
	t.Helper()
	return stageOn(t, pgtest.Pool(t), change)
}

func stageOn(t testing.TB, db *pgxpool.Pool, change func(*Config)) *stage {
	t.Helper()
	s := &stage{t: t, db: db, plays: &plays{}, contentful: ofContentful(), umbraco: ofUmbraco()}
	if _, err := s.db.Exec(t.Context(), playsTable); err != nil && !strings.Contains(err.Error(), "already exists") {
		t.Fatal(err)
	}
	cfg := Config{DB: s.db, Systems: []System{s.contentful, s.umbraco}, Applier: s.plays, Logger: slog.New(slog.DiscardHandler), Poll: 20 * time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	var err error
	if s.Intake, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func ofContentful() *contentful.System {
	return &contentful.System{Secrets: []string{secret}, Reader: contentful.Reader{Space: space, Environments: []string{"master"}, Locale: "en-US"}}
}

func ofUmbraco() *umbraco.System {
	return &umbraco.System{Tokens: []string{token}, Reader: umbraco.Reader{Locales: []string{"en-GB", "cy"}, Zone: time.UTC}}
}

// entry is an entry as Contentful sends it.
func entry(id, kind, title string, at time.Time, revision int, more string) string {
	return fmt.Sprintf(`{"metadata":{"tags":[]},"sys":{"type":"Entry","id":%q,"space":{"sys":{"type":"Link","linkType":"Space","id":%q}},`+
		`"environment":{"sys":{"id":"master","type":"Link","linkType":"Environment"}},"contentType":{"sys":{"type":"Link","linkType":"ContentType","id":%q}},`+
		`"createdBy":{"sys":{"type":"Link","linkType":"User","id":"u1"}},"updatedBy":{"sys":{"type":"Link","linkType":"User","id":"u1"}},"revision":%d,`+
		`"createdAt":"2026-01-05T10:00:00.000Z","updatedAt":%q,"publishedVersion":7},"fields":{"title":{"en-US":%q}%s}}`,
		id, space, kind, revision, at.UTC().Format("2006-01-02T15:04:05.000Z"), title, more)
}

// tombstone is what Contentful sends of an entry that is public no more.
func tombstone(id, kind string, at time.Time, revision int) string {
	when := at.UTC().Format("2006-01-02T15:04:05.000Z")
	return fmt.Sprintf(`{"sys":{"type":"DeletedEntry","id":%q,"space":{"sys":{"type":"Link","linkType":"Space","id":%q}},`+
		`"environment":{"sys":{"id":"master","type":"Link","linkType":"Environment"}},"contentType":{"sys":{"type":"Link","linkType":"ContentType","id":%q}},`+
		`"revision":%d,"createdAt":%q,"updatedAt":%q,"deletedAt":%q}}`, id, space, kind, revision, when, when, when)
}

// linkTo is a field that links to an entry.
func linkTo(field, id string) string {
	return fmt.Sprintf(`,%q:{"en-US":{"sys":{"type":"Link","linkType":"Entry","id":%q}}}`, field, id)
}

// sign signs a request as Contentful's documentation says: written anew here, so that Verify has something to disagree with.
func sign(r *http.Request, body, with string, at time.Time) {
	r.Header.Set("Content-Type", "application/vnd.contentful.management.v1+json")
	r.Header.Set("X-Contentful-Timestamp", strconv.FormatInt(at.UnixMilli(), 10))
	r.Header.Set("X-Contentful-Signed-Headers", "content-type,x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic")
	mac := hmac.New(sha256.New, []byte(with))
	fmt.Fprintf(mac, "POST\n%s\ncontent-type:%s;x-contentful-signed-headers:%s;x-contentful-timestamp:%s;x-contentful-topic:%s\n%s", r.URL.Path,
		r.Header.Get("Content-Type"), r.Header.Get("X-Contentful-Signed-Headers"), r.Header.Get("X-Contentful-Timestamp"), r.Header.Get("X-Contentful-Topic"), body)
	r.Header.Set("X-Contentful-Signature", hex.EncodeToString(mac.Sum(nil)))
}

// send has Contentful say something, and returns the answer's status.
func (s *stage) send(verb, body string) int {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/webhooks/contentful", strings.NewReader(body))
	r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry."+verb)
	sign(r, body, secret, time.Now())
	return s.answer(s.contentful, r).Code
}

// tell has Umbraco say something.
func (s *stage) tell(event, body string) int {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/webhooks/umbraco", strings.NewReader(body))
	r.Header.Set("Umb-Webhook-Event", event)
	r.Header.Set("Umb-Webhook-RetryCount", "0")
	r.Header.Set("User-Agent", "Umbraco-Cms/16.1.0")
	r.Header.Set("Authorization", "Bearer "+token)
	return s.answer(s.umbraco, r).Code
}

func (s *stage) answer(system System, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.Listener(system).ServeHTTP(w, r.WithContext(s.t.Context()))
	return w
}

// finish acts upon everything that is due.
func (s *stage) finish() {
	s.t.Helper()
	for {
		acted, err := s.drain(s.t.Context(), s.sources...)
		if err != nil {
			s.t.Fatal(err)
		}
		if acted == 0 {
			return
		}
	}
}

// public is what the public sees: "title (times changed)", or how it ended.
func (s *stage) public(id string) string {
	s.t.Helper()
	var action, title string
	var changes int
	err := s.db.QueryRow(s.t.Context(), "select action, title, changes from plays where id = $1", id).Scan(&action, &title, &changes)
	if errors.Is(err, pgx.ErrNoRows) {
		return "unknown"
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if action != string(cms.Publish) {
		title = action
	}
	return fmt.Sprintf("%s (%d)", title, changes)
}

func (s *stage) wantPublic(id, want string) {
	s.t.Helper()
	if got := s.public(id); got != want {
		s.t.Errorf("the public sees of %s: %q, want %q", id, got, want)
	}
}

// states are the deliveries, of one entry or all, in the order of their arrival: "state outcome".
func (s *stage) states(entry ...string) []string {
	s.t.Helper()
	rows, err := s.db.Query(s.t.Context(), "select trim(state || ' ' || outcome) from cms_deliveries where $1::text[] is null or entry_id = any($1) order by id", entry)
	if err != nil {
		s.t.Fatal(err)
	}
	states, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.t.Fatal(err)
	}
	return states
}

func (s *stage) wantStates(want ...string) {
	s.t.Helper()
	if got := s.states(); strings.Join(got, ", ") != strings.Join(want, ", ") {
		s.t.Errorf("deliveries: %q, want %q", got, want)
	}
}

// item is content as Umbraco's Delivery API and its legacy payload of version 14 and later have it.
func item(id, kind, title string, at time.Time) string {
	return fmt.Sprintf(`{"contentType":%q,"name":%q,"createDate":"2026-01-05T10:00:00","updateDate":%q,"route":{"path":"/x/","startItem":{"id":"dc1f43da-49c6-4d87-b104-a5864eca8152","path":"home"}},`+
		`"id":%q,"properties":{"title":%q},"cultures":{}}`, kind, title, at.UTC().Format("2006-01-02T15:04:05.9999999"), id, title)
}

// pascal is a payload of version 13.
func pascal(body string) string {
	for _, name := range []string{"contentType", "name", "createDate", "updateDate", "route", "path", "startItem", "id", "properties"} {
		body = strings.ReplaceAll(body, `"`+name+`":`, `"`+strings.ToUpper(name[:1])+name[1:]+`":`)
	}
	return strings.Replace(body, `,"cultures":{}`, "", 1)
}

// sweepAll asks until the pass under way has ended.
func (s *stage) sweepAll(system System) {
	s.t.Helper()
	if err := s.SweepSoon(s.t.Context(), system); err != nil {
		s.t.Fatal(err)
	}
	for {
		more, err := s.sweepPage(s.t.Context(), system)
		if err != nil {
			s.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// sweepPageDue asks for one page, now.
func (s *stage) sweepPageDue(system System) (bool, error) {
	s.t.Helper()
	if err := s.SweepSoon(s.t.Context(), system); err != nil {
		s.t.Fatal(err)
	}
	return s.sweepPage(s.t.Context(), system)
}

// hasten has what is tried again later tried now.
func (s *stage) hasten() {
	s.t.Helper()
	if _, err := s.db.Exec(s.t.Context(), "update cms_deliveries set next_at = now() - interval '1 second' where state in ('due', 'waiting')"); err != nil {
		s.t.Fatal(err)
	}
}
