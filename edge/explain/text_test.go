package explain_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/explain"
)

var update = flag.Bool("update", false, "write what comes out into testdata")

// What people read, as they read it. Run with -update and read the files.
func TestText(t *testing.T) {
	tests := []struct {
		file string
		q    explain.Question
	}{
		{"proxied.txt", explain.Question{URL: "http://lyceum.example/whats-on?day=2", At: day(9)}},
		{"closed.txt", explain.Question{URL: "http://lyceum.example/", At: day(11), Network: chain.Network{Country: "GB"}}},
		{"redirected.txt", explain.Question{URL: "http://lyceum.example/panto", At: day(9), As: "crawler"}},
		{"unknown.txt", explain.Question{URL: "http://nobody.example/", At: day(9)}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			var out strings.Builder
			if err := ask(t, house(t), test.q).Write(&out, explain.Style{}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", test.file)
			if *update {
				if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", &out, want)
			}
		})
	}
}
