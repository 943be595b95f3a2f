package plainjson

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// strict is RFC 3339. The standard library also takes a comma, an hour of one
// digit and offsets of more than a day.
var strict = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// Instants are read as the standard library reads them, where it is strict.
func FuzzInstantAsInTheStandardLibrary(f *testing.F) {
	for _, text := range []string{
		"2026-11-21T10:00:00Z", "2026-11-21T10:00:00.123456789Z", "2026-11-21T10:00:00.1234567891Z", "2026-11-21T10:00:00,5Z",
		"2026-11-21T10:00:00+01:00", "2026-11-21T10:00:00-08:30", "2026-11-21T10:00:00+24:00", "2026-11-21T10:00:00+23:60",
		"2026-02-29T00:00:00Z", "2028-02-29T00:00:00Z", "0000-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-21T24:00:00Z",
		"2026-11-21T23:59:60Z", "2026-11-21T10:00Z", "2026-11-21", "2026-11-21T10:00:00", "2026-11-21T10:00:00.Z", "2026-11-21T1:00:00Z",
		"2026-11-21t10:00:00z", "2026-11-21 10:00:00Z", " 2026-11-21T10:00:00Z", "2026-11-21T10:00:00Zx", "9999-12-31T23:59:59-23:59", "", "x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := ParseInstant(text)
		want, err := time.Parse(time.RFC3339, text)
		if ok != (err == nil && strict.MatchString(text)) || ok && (!got.Equal(want) || got.Location() != time.UTC) {
			t.Errorf("%q: got %v, %v, want %v, %v", strings.ToValidUTF8(text, "?"), got, ok, want, err)
		}
	})
}
