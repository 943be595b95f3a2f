// Package promo keeps promo codes: what they take off, for whom, when and how often. A use is counted in the transaction
// that writes the order, on the locked row of the code, so that any number of buyers racing for the last one have one
// winner; it is given back when the order comes to nothing.
package promo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Code is a promo code.
type Code struct {
	ID           uuid.UUID
	Code         string // as printed: "SPRING-20"
	About        string // for staff
	BrandID      string // whose tickets; venue.GroupBrand is everybody's
	ProductionID uuid.UUID
	Production   string // its title, where codes are listed
	Rate         int64  // millionths off; 0 when it is an Amount
	Amount       int64  // minor units of Currency off the order
	Currency     string
	StartsAt     time.Time
	EndsAt       time.Time // zero: never
	MostUses     int       // 0: as often as one likes
	MostPerEmail int
	Stackable    bool // goes together with other stackable codes
	Paused       bool
	Uses         int
	CreatedAt    time.Time
	CreatedBy    string
}

// Discount is what the code does to prices.
func (c Code) Discount() pricing.Discount {
	return pricing.Discount{Code: c.Code, Rate: c.Rate, Amount: c.Amount}
}

// Most is how many codes one order may come with.
const Most = 5

// RefusedError says why a code is not taken, in words for the buyer.
type RefusedError struct {
	At   int // which of the codes asked for
	Code string
	Why  string
}

func (e *RefusedError) Error() string { return "promo: " + e.Code + " " + e.Why }

// ErrExists: there is a code of that name.
var ErrExists = errors.New("promo: there is a code of that name")

// ErrNotFound: there is no such code.
var ErrNotFound = errors.New("promo: no such code")

var printed = regexp.MustCompile(`^[A-Z0-9-]{3,40}$`)

// Normalise writes a code as it is stored, whatever a person made of its case and spaces.
func Normalise(code string) string { return strings.ToUpper(strings.Join(strings.Fields(code), "")) }

// NormaliseAll does so for a list, and leaves out what is empty or repeated.
func NormaliseAll(codes []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range codes {
		if c = Normalise(c); c != "" && !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}

// InvalidError holds every fault of a code to be made, by field.
type InvalidError struct{ Faults map[string]string }

func (e *InvalidError) Error() string { return fmt.Sprintf("promo: %v", e.Faults) }

// Validate reports every fault of a code to be made.
func (c Code) Validate() error {
	faults := map[string]string{}
	if !printed.MatchString(c.Code) {
		faults["code"] = "must be 3 to 40 letters A to Z, digits and hyphens"
	}
	if len(c.About) > 200 {
		faults["about"] = "must not be longer than 200 bytes"
	}
	if c.BrandID == "" {
		faults["brand"] = "must be a site"
	}
	switch {
	case (c.Rate == 0) == (c.Amount == 0):
		faults["off"] = "must be either a percentage or an amount"
	case c.Rate < 0 || c.Rate > pricing.Million:
		faults["off"] = "must be more than 0% and at most 100%"
	case c.Amount < 0 || c.Amount > 100_000_00:
		faults["off"] = "must be more than nothing and at most 100,000"
	case c.Amount > 0 && c.Currency != "GBP" && c.Currency != "USD":
		faults["currency"] = "must be GBP or USD"
	case c.Rate > 0 && c.Currency != "":
		faults["currency"] = "goes with an amount, not with a percentage"
	}
	if c.StartsAt.IsZero() {
		faults["starts_at"] = "must be set"
	}
	if !c.EndsAt.IsZero() && !c.EndsAt.After(c.StartsAt) {
		faults["ends_at"] = "must be after the beginning"
	}
	if c.MostUses < 0 || c.MostUses > 1_000_000_000 {
		faults["most_uses"] = "must be a number of uses"
	}
	if c.MostPerEmail < 0 || c.MostPerEmail > 1_000_000_000 {
		faults["most_per_email"] = "must be a number of uses"
	}
	if c.ProductionID != uuid.Nil && c.BrandID == venue.GroupBrand {
		faults["production"] = "belongs to a theatre: choose its site"
	}
	if len(faults) > 0 {
		return &InvalidError{faults}
	}
	return nil
}

// emailHash is what is kept of an address to count its uses.
func emailHash(email string) []byte {
	hash := sha256.Sum256([]byte("promo use v1\x00" + strings.ToLower(strings.TrimSpace(email))))
	return hash[:]
}

// FromRow reads a code as it is stored.
func FromRow(row dbsqlc.PromoCode) Code {
	c := Code{
		ID: row.ID, Code: row.Code, About: row.About, BrandID: row.BrandID, Currency: row.Currency, StartsAt: row.StartsAt.UTC(),
		Stackable: row.Stackable, Paused: row.Paused, Uses: int(row.Uses), CreatedAt: row.CreatedAt.UTC(), CreatedBy: row.CreatedBy,
	}
	if row.ProductionID.Valid {
		c.ProductionID = row.ProductionID.Bytes
	}
	if row.Percent != nil {
		c.Rate = int64(*row.Percent)
	}
	if row.Amount != nil {
		c.Amount = *row.Amount
	}
	if row.EndsAt != nil {
		c.EndsAt = row.EndsAt.UTC()
	}
	if row.MostUses != nil {
		c.MostUses = int(*row.MostUses)
	}
	if row.MostPerEmail != nil {
		c.MostPerEmail = int(*row.MostPerEmail)
	}
	return c
}
