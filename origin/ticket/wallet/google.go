package wallet

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/ticket"
)

// Google makes links that save passes to Google Wallet.
type Google struct {
	issuer  string // the issuer's ID in Google's console
	account string // the service account's address
	keyID   string
	key     *rsa.PrivateKey
}

// saveURL is where a signed pass is saved.
const saveURL = "https://pay.google.com/gp/v/save/"

// OpenGoogle reads a service account's key file, as Google gives it out.
func OpenGoogle(path, issuer string) (*Google, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("wallet: Google service account: %w", err)
	}
	var file struct {
		Email string `json:"client_email"`
		KeyID string `json:"private_key_id"`
		Key   string `json:"private_key"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, errors.New("wallet: the Google service account’s file is not the JSON that Google gives out")
	}
	block, _ := pem.Decode([]byte(file.Key))
	if block == nil || file.Email == "" || issuer == "" {
		return nil, errors.New("wallet: the Google service account’s file lacks client_email or private_key, or no issuer is named")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("wallet: the Google service account’s key: %w", err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("wallet: the Google service account’s key is not an RSA key")
	}
	return &Google{issuer: issuer, account: file.Email, keyID: file.KeyID, key: key}, nil
}

// Link is the address that saves a pass, signed at an instant for the sites that show it. The pass and its class are in it,
// so that nothing has to be written at Google beforehand.
func (g *Google) Link(p Pass, origins []string, at time.Time) (string, error) {
	header := map[string]string{"alg": "RS256", "typ": "JWT"}
	if g.keyID != "" {
		header["kid"] = g.keyID
	}
	class := g.issuer + "." + suffix(p.TicketID.String()[:8]+p.StartsAt.UTC().Format("200601021504"))
	claims := map[string]any{
		"iss": g.account, "aud": "google", "typ": "savetowallet", "iat": at.Unix(), "origins": origins,
		"payload": map[string]any{"eventTicketClasses": []any{g.class(class, p)}, "eventTicketObjects": []any{g.object(class, p)}},
	}
	first, err1 := json.Marshal(header)
	second, err2 := json.Marshal(claims)
	if err := errors.Join(err1, err2); err != nil {
		return "", fmt.Errorf("wallet: Google pass: %w", err)
	}
	signed := base64.RawURLEncoding.EncodeToString(first) + "." + base64.RawURLEncoding.EncodeToString(second)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, g.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("wallet: sign the Google pass: %w", err)
	}
	return saveURL + signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func (g *Google) class(id string, p Pass) map[string]any {
	return map[string]any{
		"id": id, "issuerName": p.Brand, "reviewStatus": "UNDER_REVIEW", "eventName": localized(p.Title),
		"venue":    map[string]any{"name": localized(p.Venue), "address": localized(p.Address)},
		"dateTime": map[string]any{"start": p.StartsAt.In(p.Zone).Format(time.RFC3339)},
	}
}

// object is the ticket. Its code rotates as that of the ticket page does: the wallet counts along.
func (g *Google) object(class string, p Pass) map[string]any {
	return map[string]any{
		"id": g.issuer + "." + suffix(p.TicketID.String()), "classId": class, "state": "ACTIVE", "ticketNumber": p.Order, "ticketHolderName": p.Holder,
		"seatInfo": map[string]any{"section": localized(p.Section), "row": localized(p.Row), "seat": localized(p.Seat)},
		"rotatingBarcode": map[string]any{
			"type": "QR_CODE", "valuePattern": p.Code + ".{totp_value_0}", "alternateText": p.Short,
			"totpDetails": map[string]any{
				"algorithm": "TOTP_SHA1", "periodMillis": fmt.Sprint(ticket.Step.Milliseconds()),
				"parameters": []any{map[string]string{"key": hex.EncodeToString(p.Secret), "valueLength": "6"}},
			},
		},
	}
}

func localized(text string) map[string]any {
	return map[string]any{"defaultValue": map[string]string{"language": "en", "value": text}}
}

// suffix keeps what Google takes in an ID: letters, digits, dots, underscores and dashes.
func suffix(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, text)
}
