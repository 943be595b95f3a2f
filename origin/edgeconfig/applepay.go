package edgeconfig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// MaxApplePayFile is the most bytes an Apple Pay association file may have. Apple's has about 9 KB. The Site document
// carries it as base64 within the same bound.
const MaxApplePayFile = 48 << 10

// applePayRecord is what the audit keeps of a file: enough to tell which one it was.
type applePayRecord struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// SetApplePayFile stores the file that proves to Apple that brandID's hostname (or, with AllSites, every hostname)
// takes Apple Pay. It is served byte for byte. Empty content removes it. The result is what UndoApplePay takes back.
func (e *Editor) SetApplePayFile(ctx context.Context, actor, brandID string, content []byte) (uuid.UUID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return id, fmt.Errorf("Apple Pay file: %w", err)
	}
	if len(content) > MaxApplePayFile {
		return id, refuse("the file has %d bytes; at most %d are allowed", len(content), MaxApplePayFile)
	}
	return id, e.edit(ctx, actor, brandID, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		return e.setApplePay(ctx, q, actor, b, id, content)
	})
}

// setApplePay gives a site its file, as a part of the change id.
func (e *Editor) setApplePay(ctx context.Context, q *dbsqlc.Queries, actor string, b dbsqlc.Brand, id uuid.UUID, content []byte) ([]change, error) {
	was, err := applePayOf(ctx, q, b)
	if err != nil || bytes.Equal(was, content) {
		return nil, err
	}
	c := change{action: "applepay.set", after: describe(content)}
	if was != nil {
		c.before = describe(was)
	}
	now := e.Now().UTC()
	if len(content) == 0 {
		c.action, c.after, content = "applepay.remove", nil, nil
		_, err = q.DeleteApplePayFile(ctx, b.ID)
	} else {
		err = q.SetApplePayFile(ctx, dbsqlc.SetApplePayFileParams{BrandID: b.ID, Content: content, UpdatedAt: now})
	}
	err = errors.Join(err,
		q.AddApplePayChange(ctx, dbsqlc.AddApplePayChangeParams{ID: id, BrandID: b.ID, Before: was, After: content, Actor: actor, At: now}),
		q.ForgetApplePayChanges(ctx, b.ID))
	if err != nil {
		return nil, fmt.Errorf("Apple Pay file: %w", err)
	}
	return []change{c}, nil
}

// applePayOf is the file that a site has, nil for none.
func applePayOf(ctx context.Context, q *dbsqlc.Queries, b dbsqlc.Brand) ([]byte, error) {
	old, err := q.ListApplePayFiles(ctx, b.ID)
	if err != nil {
		return nil, fmt.Errorf("Apple Pay file: %w", err)
	}
	if len(old) == 0 {
		return nil, nil
	}
	return old[0].Content, nil
}

// UndoApplePay gives brandID (or, with AllSites, every site that a change gave another file) the file it had before the
// change. A site whose file was changed since keeps that one; kept counts those. The result is a change itself.
func (e *Editor) UndoApplePay(ctx context.Context, actor, brandID string, id uuid.UUID) (restored, kept int, undo uuid.UUID, err error) {
	if undo, err = uuid.NewV7(); err != nil {
		return 0, 0, undo, fmt.Errorf("Apple Pay file: %w", err)
	}
	err = e.edit(ctx, actor, brandID, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		made, err := q.GetApplePayChange(ctx, dbsqlc.GetApplePayChangeParams{ID: id, BrandID: b.ID})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("Apple Pay file: %w", err)
		}
		now, err := applePayOf(ctx, q, b)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(now, made.After) {
			kept++
			return nil, nil
		}
		restored++
		return e.setApplePay(ctx, q, actor, b, undo, made.Before)
	})
	if err == nil && restored+kept == 0 {
		err = refuse("that change of the Apple Pay file is not known any more")
	}
	return restored, kept, undo, err
}

// ApplePayChange is one change of the file, of one site or of several at once.
type ApplePayChange struct {
	ID    uuid.UUID
	Actor string
	At    time.Time
	Site  string // of one of them
	Sites int    // how many it changed, of those asked about
	// Standing is how many of those are as the change left them: these can be taken back.
	Standing int
	// Replaced is how many had a file before, Given how many had one afterwards.
	Replaced, Given int
}

// ApplePayChanges lists the latest changes of one site or of AllSites, the newest first.
func (e *Editor) ApplePayChanges(ctx context.Context, brandID string) ([]ApplePayChange, error) {
	if brandID == AllSites {
		brandID = ""
	}
	rows, err := dbsqlc.New(e.DB).ListApplePayChanges(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("Apple Pay files: %w", err)
	}
	list := make([]ApplePayChange, len(rows))
	for i, r := range rows {
		list[i] = ApplePayChange{r.ID, r.Actor, r.At.UTC(), r.Site, int(r.Sites), int(r.Standing), int(r.Replaced), int(r.Given)}
	}
	return list, nil
}

func describe(content []byte) applePayRecord {
	sum := sha256.Sum256(content)
	return applePayRecord{Bytes: len(content), SHA256: hex.EncodeToString(sum[:])}
}

// ApplePayFile says which file a site has.
type ApplePayFile struct {
	Site      string
	Content   []byte
	SHA256    string // hex
	UpdatedAt time.Time
}

// ApplePayFiles lists the files of one site or of AllSites, by site; a site without one is not in it.
func (e *Editor) ApplePayFiles(ctx context.Context, brandID string) ([]ApplePayFile, error) {
	if brandID == AllSites {
		brandID = ""
	}
	rows, err := dbsqlc.New(e.DB).ListApplePayFiles(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("Apple Pay files: %w", err)
	}
	list := make([]ApplePayFile, len(rows))
	for i, row := range rows {
		list[i] = ApplePayFile{Site: row.BrandID, Content: row.Content, SHA256: describe(row.Content).SHA256, UpdatedAt: row.UpdatedAt.UTC()}
	}
	return list, nil
}

// Host is a hostname and the site that is served there.
type Host struct{ Name, Site string }

// Hostnames lists every hostname of one site or of AllSites.
func (e *Editor) Hostnames(ctx context.Context, brandID string) ([]Host, error) {
	brands, err := brandsOf(ctx, dbsqlc.New(e.DB), brandID)
	if err != nil {
		return nil, err
	}
	var list []Host
	for _, b := range brands {
		list = append(list, Host{b.ID + "." + e.Settings.Domain, b.ID})
		if b.IsGroup {
			for _, alias := range e.Settings.GroupAliases {
				list = append(list, Host{alias, b.ID})
			}
		}
	}
	return list, nil
}
