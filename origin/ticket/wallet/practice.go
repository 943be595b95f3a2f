package wallet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// The names of practice files in their folder, and the issuer that goes with them.
const (
	AppleFile      = "apple-practice.pem"
	GoogleFile     = "google-practice.json"
	PracticeIssuer = "3388000000000000000"
)

// Practice makes, once, what a house on one machine signs its passes with: a certificate and a service account of nobody's.
// The files have the form of the real ones; telephones do not take passes that are signed with them.
func Practice(dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("wallet: practice keys: %w", err)
	}
	for name, make := range map[string]func(time.Time) ([]byte, error){AppleFile: practiceApple, GoogleFile: practiceGoogle} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		content, err := make(now)
		if err != nil {
			return fmt.Errorf("wallet: practice keys: %w", err)
		}
		if err := place(path, content); err != nil {
			return fmt.Errorf("wallet: practice keys: %w", err)
		}
	}
	return nil
}

// place puts a whole file there or none; of two processes that start together, one's is kept.
func place(path string, content []byte) error {
	unfinished, err := os.CreateTemp(filepath.Dir(path), "new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(unfinished.Name())
	_, err = unfinished.Write(content)
	if err = errors.Join(err, unfinished.Close()); err != nil {
		return err
	}
	if err := os.Link(unfinished.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func practiceApple(now time.Time) ([]byte, error) {
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Practice authority, not Apple"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	above, err := x509.CreateCertificate(rand.Reader, authority, authority, root.Public(), root)
	if err != nil {
		return nil, err
	}
	const passType = "pass.example.stagedoor.practice"
	below, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		Subject: pkix.Name{
			CommonName: "Pass Type ID: " + passType, OrganizationalUnit: []string{"PRACTICE00"},
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, Value: passType}},
		},
	}, authority, leaf.Public(), root)
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(leaf)
	if err != nil {
		return nil, err
	}
	var file []byte
	for _, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: below}, {Type: "CERTIFICATE", Bytes: above}, {Type: "PRIVATE KEY", Bytes: key}} {
		file = append(file, pem.EncodeToMemory(block)...)
	}
	return file, nil
}

func practiceGoogle(time.Time) ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]string{
		"type": "service_account", "client_email": "wallet@practice.example", "private_key_id": "practice",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
	})
}
