package booking

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"unicode"

	"github.com/google/uuid"
)

func TestNewNumber(t *testing.T) {
	t.Parallel()
	for brand, prefix := range map[string]string{"lyceum": "LYC-", "st-james": "STJ-", "a-1": "A1-", "stagedoor": "STA-"} {
		seen := map[string]bool{}
		for range 200 {
			number, err := newNumber(rand.Reader, brand)
			if err != nil {
				t.Fatal(err)
			}
			digits, ok := strings.CutPrefix(number, prefix)
			if !ok || len(digits) != numberLength || strings.Trim(digits, numberAlphabet) != "" {
				t.Fatalf("%s: number %q", brand, number)
			}
			if seen[number] {
				t.Errorf("%s came twice within 200", number)
			}
			seen[number] = true
			if got := NormaliseNumber(" " + strings.ToLower(number[:6]) + " " + number[6:] + "\n"); got != number {
				t.Errorf("read back as %q, want %q", got, number)
			}
		}
	}
	if _, err := newNumber(bytes.NewReader(nil), "lyceum"); err == nil {
		t.Error("a number without randomness")
	}
	if strings.ContainsAny(numberAlphabet, "0O1IL5S8B2ZAEU") {
		t.Error("the alphabet has characters that are mistaken for others, or vowels")
	}
}

func TestAccessKeysDiffer(t *testing.T) {
	t.Parallel()
	one, other := uuid.New(), uuid.New()
	key := bytes.Repeat([]byte("k"), 32)
	if accessKey(key, one) == accessKey(key, other) || accessKey(key, one) == accessKey(bytes.Repeat([]byte("l"), 32), one) {
		t.Error("an access key opens more than one order, or does not depend on the secret")
	}
	if !opens(key, one, accessKey(key, one)) || opens(key, one, accessKey(key, other)) || opens(key, one, "") {
		t.Error("a key opens what it should not, or does not open what it should")
	}
}

func FuzzAddressable(f *testing.F) {
	for _, seed := range []string{"ada@example.org", "a@b", "\"a b\"@example.org", "a@[127.0.0.1]", "a@example.org\r\nBcc: b@c.de", "Ada <a@example.org>", "@.", "a@.org."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, email string) {
		if !addressable(email) {
			return
		}
		if strings.ContainsFunc(email, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) || strings.ContainsAny(email, "<>,;") && !strings.Contains(email, `"`) {
			t.Errorf("%q would be written into a header", email)
		}
	})
}
