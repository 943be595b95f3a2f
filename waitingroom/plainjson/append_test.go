package plainjson

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever a string holds, JSON readers have the same back, and nothing in it
// is markup.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", `a "b" \\ c`, "<script>&</script>", "é—日本🎭", "\xff\xfe", "line\nline\t\x00\x7f", strings.Repeat("x", 300) + "\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := AppendString([]byte("before"), s)
		var back string
		if err := json.Unmarshal(text[len("before"):], &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); back != want && utf8.ValidString(s) {
			t.Errorf("%q came back as %q", s, back)
		}
		if strings.ContainsAny(string(text), "<>&\n") || !utf8.Valid(text) {
			t.Errorf("%q is written as %s", s, text)
		}
	})
}
