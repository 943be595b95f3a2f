package wallet

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"time"

	"github.com/smallstep/pkcs7"
)

// Apple signs passes for Apple Wallet with the certificate of a pass type.
type Apple struct {
	certificate *x509.Certificate
	chain       []*x509.Certificate // Apple's own intermediate, which telephones do not look up
	key         crypto.PrivateKey
	passType    string
	team        string
}

// OpenApple reads a PEM file: the certificate of the pass type, its key, and Apple's WWDR intermediate behind it. The pass
// type and the team are read from the certificate, where Apple writes them: user ID and organisational unit.
func OpenApple(path string) (*Apple, error) {
	pair, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		return nil, fmt.Errorf("wallet: Apple pass certificate: %w", err)
	}
	a := &Apple{key: pair.PrivateKey}
	for i, raw := range pair.Certificate {
		certificate, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, fmt.Errorf("wallet: Apple pass certificate: %w", err)
		}
		if i == 0 {
			a.certificate = certificate
			continue
		}
		a.chain = append(a.chain, certificate)
	}
	userID := asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1} // RFC 4519
	for _, name := range a.certificate.Subject.Names {
		if name.Type.Equal(userID) {
			a.passType, _ = name.Value.(string)
		}
	}
	if len(a.certificate.Subject.OrganizationalUnit) > 0 {
		a.team = a.certificate.Subject.OrganizationalUnit[0]
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("wallet: %s holds a key and others may read it (mode %04o): make it 0600", path, info.Mode().Perm())
	}
	if a.passType == "" || a.team == "" || len(a.chain) == 0 {
		return nil, errors.New("wallet: the Apple pass certificate names no pass type (user ID) or team (organisational unit), or Apple’s intermediate is not behind it")
	}
	return a, nil
}

// field is a line on a pass.
type field struct {
	Key   string `json:"key"`
	Label string `json:"label,omitempty"`
	Value string `json:"value"`
}

// Pass makes a .pkpass file (media type application/vnd.apple.pkpass).
func (a *Apple) Pass(p Pass) ([]byte, error) {
	description, err := json.Marshal(a.describe(p))
	if err != nil {
		return nil, fmt.Errorf("wallet: pass.json: %w", err)
	}
	files := map[string][]byte{"pass.json": description}
	names := []string{"pass.json"} // in one order, so that the same pass is the same file
	for _, picture := range []struct {
		name          string
		width, height int
	}{{"icon.png", 29, 29}, {"icon@2x.png", 58, 58}, {"icon@3x.png", 87, 87}, {"logo.png", 50, 50}, {"logo@2x.png", 100, 100}} {
		var encoded bytes.Buffer
		if err := png.Encode(&encoded, mark(colour(p.Accent), picture.width, picture.height)); err != nil {
			return nil, fmt.Errorf("wallet: %s: %w", picture.name, err)
		}
		files[picture.name] = encoded.Bytes()
		names = append(names, picture.name)
	}
	sums := map[string]string{}
	for name, content := range files {
		sum := sha1.Sum(content) // as Apple says; what proves anything is the signature
		sums[name] = hex.EncodeToString(sum[:])
	}
	if files["manifest.json"], err = json.Marshal(sums); err != nil {
		return nil, fmt.Errorf("wallet: manifest: %w", err)
	}
	if files["signature"], err = a.sign(files["manifest.json"]); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, name := range append(names, "manifest.json", "signature") {
		// Stored: pictures are compressed already, and every reader of passes takes it.
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("wallet: pack %s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("wallet: pack: %w", err)
	}
	return out.Bytes(), nil
}

// sign makes a detached PKCS #7 signature with the time of signing, which Wallet wants.
func (a *Apple) sign(manifest []byte) ([]byte, error) {
	signed, err := pkcs7.NewSignedData(manifest)
	if err != nil {
		return nil, fmt.Errorf("wallet: sign: %w", err)
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := signed.AddSignerChain(a.certificate, a.key, a.chain, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, fmt.Errorf("wallet: sign: %w", err)
	}
	signed.Detach()
	signature, err := signed.Finish()
	if err != nil {
		return nil, fmt.Errorf("wallet: sign: %w", err)
	}
	return signature, nil
}

// describe is pass.json.
func (a *Apple) describe(p Pass) map[string]any {
	background := colour(p.Accent)
	front := rgb(readable(background))
	back := []field{
		{"order", "Order", p.Order}, {"holder", "Booked by", p.Holder}, {"address", "Where", p.Venue + ", " + p.Address},
		{"once", "At the door", "Admits one person, once. If the code can’t be read, the door types " + p.Short + "."},
	}
	if p.OrderURL != "" {
		back = append(back, field{"page", "Your order", p.OrderURL})
	}
	if p.ScreensOnly {
		back = append(back, field{"live", "Please note", "This performance asks for the live ticket page of your order, not for this pass."})
	}
	return map[string]any{
		"formatVersion": 1, "passTypeIdentifier": a.passType, "teamIdentifier": a.team, "serialNumber": p.TicketID.String(),
		"organizationName": p.Brand, "description": "Ticket for " + p.Title, "logoText": p.Brand, "groupingIdentifier": p.Order,
		"foregroundColor": front, "labelColor": front, "backgroundColor": rgb(background), "sharingProhibited": true,
		"relevantDate": p.StartsAt.UTC().Format(time.RFC3339), "expirationDate": p.Ends.UTC().Format(time.RFC3339),
		"locations": []map[string]any{{"latitude": p.Latitude, "longitude": p.Longitude, "relevantText": p.Title + " at " + p.Venue}},
		"barcodes": []map[string]string{{
			"format": "PKBarcodeFormatQR", "message": p.Code, "messageEncoding": "iso-8859-1", "altText": p.Short,
		}},
		"eventTicket": map[string][]field{
			"headerFields":    {{"time", p.StartsAt.In(p.Zone).Format("2 Jan"), p.StartsAt.In(p.Zone).Format("15:04")}},
			"primaryFields":   {{"title", p.Venue, p.Title}},
			"secondaryFields": {{"section", "Part", p.Section}, {"row", "Row", p.Row}, {"seat", "Seat", p.Seat}},
			"auxiliaryFields": {{"when", "Begins", p.when()}, {"type", "Ticket", p.Type}},
			"backFields":      back,
		},
	}
}
