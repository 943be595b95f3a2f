package wallet_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/smallstep/pkcs7"

	"github.com/stagedoor/stagedoor/origin/ticket/wallet"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func pass() wallet.Pass {
	return wallet.Pass{
		TicketID: uuid.MustParse("01a1fdf0-038a-7c54-88d5-d99aa8bf1b06"), Code: "SD1.ab12cd34." + strings.Repeat("x", 72) + "." + strings.Repeat("y", 86),
		Secret: []byte("12345678901234567890"), Short: "K7QP4MXW", Order: "LYC-7K4QPWR", OrderURL: "https://lyceum.example/orders/LYC-7K4QPWR?key=abc",
		Holder: "Łukasz Žižka-Παπαδόπουλος", Brand: "Lyceum Theatre", Title: "The Importance of Being Earnest", Venue: "Lyceum Theatre",
		Address: "21 Wellington Street, London", Latitude: 51.5, Longitude: -0.1, StartsAt: now.Add(30 * 24 * time.Hour), Ends: now.Add(31 * 24 * time.Hour),
		Zone: time.UTC, Section: "Dress circle", Row: "AA", Seat: "12", Type: "Concession", Background: "#ffffff", Accent: "#8c1c2b",
	}
}

func practice(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for range 2 { // the second time nothing is made
		if err := wallet.Practice(dir, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A pass is what Apple says one is: every file in the manifest by its SHA-1, the manifest signed, detached, with the
// certificates that a telephone needs.
func TestApplePass(t *testing.T) {
	t.Parallel()
	dir := practice(t)
	apple, err := wallet.OpenApple(filepath.Join(dir, wallet.AppleFile))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := apple.Pass(pass())
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	var manifest map[string]string
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil || len(manifest) != len(files)-2 {
		t.Fatalf("%d files, %d in the manifest, %v", len(files), len(manifest), err)
	}
	for name, want := range manifest {
		sum := sha1.Sum(files[name])
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s: %s in the manifest, is %s", name, want, got)
		}
	}
	signed, err := pkcs7.Parse(files["signature"])
	if err != nil || len(signed.Content) != 0 || len(signed.Certificates) != 2 {
		t.Fatalf("signature: %v, content of %d bytes, %d certificates", err, len(signed.Content), len(signed.Certificates))
	}
	roots := x509.NewCertPool()
	for _, c := range signed.Certificates {
		if c.IsCA {
			roots.AddCert(c)
		}
	}
	var at time.Time
	signed.Content = files["manifest.json"]
	if err := signed.VerifyWithChainAtTime(roots, time.Now()); err != nil {
		t.Errorf("signature: %v", err)
	}
	if err := signed.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &at); err != nil || at.IsZero() {
		t.Errorf("it does not say when it was signed: %v", err)
	}
	signed.Content = append([]byte(" "), files["manifest.json"]...)
	if err := signed.VerifyWithChainAtTime(roots, time.Now()); err == nil {
		t.Error("another manifest is believed")
	}
	var said struct {
		FormatVersion                                     int
		PassTypeIdentifier, TeamIdentifier, SerialNumber  string
		OrganizationName, Description, GroupingIdentifier string
		RelevantDate, BackgroundColor, ForegroundColor    string
		Barcodes                                          []struct{ Format, Message, MessageEncoding, AltText string }
		EventTicket                                       map[string][]struct{ Key, Label, Value string }
		SharingProhibited                                 bool
	}
	if err := json.Unmarshal(files["pass.json"], &said); err != nil {
		t.Fatal(err)
	}
	if said.FormatVersion != 1 || said.PassTypeIdentifier != "pass.example.stagedoor.practice" || said.TeamIdentifier != "PRACTICE00" ||
		said.SerialNumber != pass().TicketID.String() || said.OrganizationName == "" || said.Description == "" || !said.SharingProhibited {
		t.Errorf("%+v", said)
	}
	if len(said.Barcodes) != 1 || said.Barcodes[0].Format != "PKBarcodeFormatQR" || said.Barcodes[0].Message != pass().Code || said.Barcodes[0].MessageEncoding != "iso-8859-1" {
		t.Errorf("barcodes %+v", said.Barcodes)
	}
	if !regexp.MustCompile(`^rgb\(\d+, \d+, \d+\)$`).MatchString(said.BackgroundColor) || said.RelevantDate != "2026-12-21T12:00:00Z" {
		t.Errorf("%s, %s", said.BackgroundColor, said.RelevantDate)
	}
	keys := map[string]bool{}
	for _, fields := range said.EventTicket {
		for _, f := range fields {
			if f.Key == "" || f.Value == "" || keys[f.Key] {
				t.Errorf("field %+v", f)
			}
			keys[f.Key] = true
		}
	}
	for name, side := range map[string]int{"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87} {
		if picture, err := png.Decode(bytes.NewReader(files[name])); err != nil || picture.Bounds().Dx() != side {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGoogleLink(t *testing.T) {
	t.Parallel()
	path := filepath.Join(practice(t), wallet.GoogleFile)
	google, err := wallet.OpenGoogle(path, wallet.PracticeIssuer)
	if err != nil {
		t.Fatal(err)
	}
	link, err := google.Link(pass(), []string{"https://lyceum.example"}, now)
	if err != nil {
		t.Fatal(err)
	}
	token, ok := strings.CutPrefix(link, "https://pay.google.com/gp/v/save/")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		t.Fatalf("link %s", link)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]string
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(file["private_key"]))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&key.(*rsa.PrivateKey).PublicKey, crypto.SHA256, sum[:], signature); err != nil {
		t.Errorf("signature: %v", err)
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Iss, Aud, Typ string
		Iat           int64
		Origins       []string
		Payload       struct {
			EventTicketClasses, EventTicketObjects []map[string]any
		}
	}
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Iss != file["client_email"] || claims.Aud != "google" || claims.Typ != "savetowallet" || claims.Iat != now.Unix() || len(claims.Origins) != 1 {
		t.Errorf("%s", body)
	}
	class, object := claims.Payload.EventTicketClasses[0], claims.Payload.EventTicketObjects[0]
	if class["id"] != object["classId"] || !strings.HasPrefix(object["id"].(string), wallet.PracticeIssuer+".") || object["state"] != "ACTIVE" {
		t.Errorf("class %v, object %v", class, object)
	}
	code := object["rotatingBarcode"].(map[string]any)
	details := code["totpDetails"].(map[string]any)
	first := details["parameters"].([]any)[0].(map[string]any)
	if code["valuePattern"] != pass().Code+".{totp_value_0}" || details["algorithm"] != "TOTP_SHA1" || details["periodMillis"] != "30000" ||
		first["key"] != hex.EncodeToString(pass().Secret) || first["valueLength"] != "6" {
		t.Errorf("barcode %v", code)
	}
	t.Logf("the link has %d characters", len(link))
}

func TestPaper(t *testing.T) {
	t.Parallel()
	long := pass()
	long.TicketID = uuid.New()
	long.Title = strings.Repeat("The Importance of Being Earnest ", 4)
	long.Section, long.ScreensOnly = "Grand upper circle, restricted view", true
	printed, err := wallet.Paper([]wallet.Pass{pass(), long}, now)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(printed, []byte("%PDF-")) || bytes.Count(printed, []byte("/Type /Page\n")) != 2 {
		t.Errorf("%d bytes, %d pages", len(printed), bytes.Count(printed, []byte("/Type /Page\n")))
	}
	again, err := wallet.Paper([]wallet.Pass{pass(), long}, now)
	if err != nil || len(again) != len(printed) {
		t.Errorf("printed again it has %d bytes instead of %d, %v", len(again), len(printed), err)
	}
	if _, err := wallet.Paper(nil, now); err == nil {
		t.Error("no tickets are printed")
	}
	if folder := os.Getenv("SCREENSHOTS"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "tickets.pdf"), printed, 0o600); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatCannotSignIsRefused(t *testing.T) {
	t.Parallel()
	dir := practice(t)
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile(filepath.Join(dir, wallet.AppleFile))
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(whole)
	_, rest = pem.Decode(rest)
	for name, path := range map[string]string{
		"no file": filepath.Join(dir, "none"), "no PEM": write("a", "x", 0o600), "others may read it": write("a", string(whole), 0o644),
		"without Apple’s own": write("a", string(pem.EncodeToMemory(block))+string(rest), 0o600),
	} {
		if _, err := wallet.OpenApple(path); err == nil {
			t.Errorf("Apple, %s: taken", name)
		}
	}
	for name, path := range map[string]string{
		"no file": filepath.Join(dir, "none"), "no JSON": write("a", "x", 0o600), "no key": write("a", `{"client_email":"a@b"}`, 0o600),
		"another key": write("a", `{"client_email":"a@b","private_key":"`+strings.ReplaceAll(strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}))), "\n", "\\n")+`"}`, 0o600),
	} {
		if _, err := wallet.OpenGoogle(path, "1"); err == nil {
			t.Errorf("Google, %s: taken", name)
		}
	}
}
