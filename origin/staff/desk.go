package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Config is what a Desk works with.
type Config struct {
	DB     *pgxpool.Pool
	Logger *slog.Logger
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // nil: crypto/rand.Reader

	// Issuer is the OpenID provider; "" lets nobody in.
	Issuer, ClientID, ClientSecret string
	// RedirectURL is where the provider sends people back to, on the console.
	RedirectURL string
	// FirstAdmin is the address of who becomes admin of the whole group at sign-in while there is no admin.
	FirstAdmin string
	// Practice are the accounts of the practice provider, by subject, and what each is given at the first sign-in.
	// Only for the embedded provider.
	Practice map[string][]Grant
}

// Desk is the stage door's own: it lets staff in and out. It is safe for concurrent use.
type Desk struct {
	Config
	provider provider
}

// New makes a desk. It reaches for nothing; the provider is asked at the first sign-in.
func New(cfg Config) (*Desk, error) {
	if cfg.DB == nil || cfg.Logger == nil {
		return nil, errors.New("staff: DB and Logger are needed")
	}
	if cfg.Issuer != "" && (cfg.ClientID == "" || cfg.RedirectURL == "") {
		return nil, errors.New("staff: an OpenID provider needs a client ID and a redirect URL")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	return &Desk{Config: cfg}, nil
}

// secret makes a random text of 256 bits for a cookie or a link, and what the database keeps of it.
func (d *Desk) secret() (text string, hash []byte, err error) {
	var raw [32]byte
	if _, err := io.ReadFull(d.Random, raw[:]); err != nil {
		return "", nil, fmt.Errorf("staff: randomness: %w", err)
	}
	text = base64.RawURLEncoding.EncodeToString(raw[:])
	return text, hashOf(text), nil
}

// hashOf needs no salt: what is hashed is random already.
func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Session returns who is signed in with a cookie's value, or ErrNoSession.
func (d *Desk) Session(ctx context.Context, token string) (Session, error) {
	if token == "" || len(token) > 100 {
		return Session{}, ErrNoSession
	}
	q, now := dbsqlc.New(d.DB), d.Now().UTC()
	row, err := q.GetStaffSession(ctx, dbsqlc.GetStaffSessionParams{TokenHash: hashOf(token), Now: now, IdleSince: now.Add(-SessionIdle)})
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("staff session: %w", err)
	}
	s := session(row.StaffSession)
	if s.Person, err = d.withGrants(ctx, q, row.StaffPerson); err != nil {
		return Session{}, err
	}
	if now.Sub(s.SeenAt) >= time.Minute {
		if err := q.TouchStaffSession(ctx, dbsqlc.TouchStaffSessionParams{ID: s.ID, SeenAt: now}); err != nil {
			return Session{}, fmt.Errorf("staff session: %w", err)
		}
		s.SeenAt = now
	}
	return s, nil
}

// SignOut ends one session.
func (d *Desk) SignOut(ctx context.Context, id uuid.UUID) error {
	now := d.Now().UTC()
	if err := dbsqlc.New(d.DB).EndStaffSession(ctx, dbsqlc.EndStaffSessionParams{ID: id, EndedAt: &now}); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// SignOutEverywhere ends all sessions of a person and returns how many nobody had ended before; those that
// ran out are among them.
func (d *Desk) SignOutEverywhere(ctx context.Context, person uuid.UUID) (int, error) {
	now := d.Now().UTC()
	n, err := dbsqlc.New(d.DB).EndStaffSessions(ctx, dbsqlc.EndStaffSessionsParams{PersonID: person, EndedAt: &now})
	if err != nil {
		return 0, fmt.Errorf("sign out everywhere: %w", err)
	}
	return int(n), nil
}

// Sessions lists the live sessions of a person, the one seen last first.
func (d *Desk) Sessions(ctx context.Context, person uuid.UUID) ([]Session, error) {
	now := d.Now().UTC()
	rows, err := dbsqlc.New(d.DB).ListStaffSessions(ctx, dbsqlc.ListStaffSessionsParams{PersonID: person, Now: now, IdleSince: now.Add(-SessionIdle)})
	if err != nil {
		return nil, fmt.Errorf("staff sessions: %w", err)
	}
	list := make([]Session, len(rows))
	for i, row := range rows {
		list[i] = session(row)
	}
	return list, nil
}

// NoteSite remembers which site a session looked at last.
func (d *Desk) NoteSite(ctx context.Context, id uuid.UUID, site string) error {
	if err := dbsqlc.New(d.DB).NoteStaffSite(ctx, dbsqlc.NoteStaffSiteParams{ID: id, Site: site}); err != nil {
		return fmt.Errorf("staff session: %w", err)
	}
	return nil
}

// SetFlash leaves a message, as JSON, for the session's next page.
func (d *Desk) SetFlash(ctx context.Context, id uuid.UUID, message []byte) error {
	if err := dbsqlc.New(d.DB).SetStaffFlash(ctx, dbsqlc.SetStaffFlashParams{ID: id, Flash: message}); err != nil {
		return fmt.Errorf("staff session: %w", err)
	}
	return nil
}

// TakeFlash returns what SetFlash left, once; nil when there is nothing.
func (d *Desk) TakeFlash(ctx context.Context, id uuid.UUID) ([]byte, error) {
	message, err := dbsqlc.New(d.DB).TakeStaffFlash(ctx, id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("staff session: %w", err)
	}
	return message, nil
}

func session(row dbsqlc.StaffSession) Session {
	return Session{
		ID: row.ID, StartedAt: row.StartedAt.UTC(), SeenAt: row.SeenAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
		AuthenticatedAt: row.AuthenticatedAt.UTC(), IP: row.Ip, Agent: row.Agent, Site: row.Site,
	}
}

func (d *Desk) withGrants(ctx context.Context, q *dbsqlc.Queries, row dbsqlc.StaffPerson) (Person, error) {
	grants, err := q.ListStaffGrants(ctx, optional(row.ID))
	if err != nil {
		return Person{}, fmt.Errorf("staff grants: %w", err)
	}
	return person(row, grants), nil
}
