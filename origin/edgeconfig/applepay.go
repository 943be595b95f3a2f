package edgeconfig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

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
// takes Apple Pay. It is served byte for byte. Empty content removes it.
func (e *Editor) SetApplePayFile(ctx context.Context, actor, brandID string, content []byte) error {
	if len(content) > MaxApplePayFile {
		return refuse("the file has %d bytes; at most %d are allowed", len(content), MaxApplePayFile)
	}
	return e.edit(ctx, actor, brandID, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		old, err := q.ListApplePayFiles(ctx, b.ID)
		if err != nil {
			return nil, fmt.Errorf("Apple Pay file: %w", err)
		}
		c := change{action: "applepay.set"}
		if len(old) > 0 {
			if bytes.Equal(old[0].Content, content) {
				return nil, nil
			}
			c.before = describe(old[0].Content)
		}
		if len(content) == 0 {
			if len(old) == 0 {
				return nil, nil
			}
			c.action = "applepay.remove"
			_, err = q.DeleteApplePayFile(ctx, b.ID)
		} else {
			c.after = describe(content)
			err = q.SetApplePayFile(ctx, dbsqlc.SetApplePayFileParams{BrandID: b.ID, Content: content, UpdatedAt: e.Now().UTC()})
		}
		if err != nil {
			return nil, fmt.Errorf("Apple Pay file: %w", err)
		}
		return []change{c}, nil
	})
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
