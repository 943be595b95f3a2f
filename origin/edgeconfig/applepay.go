package edgeconfig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

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
