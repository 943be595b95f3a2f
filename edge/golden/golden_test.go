package golden

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/wire"
	"github.com/stagedoor/stagedoor/infra/tinygo"
)

var update = flag.Bool("update", false, "write what comes out into the corpus")

const testdata = "../testdata"

func load(t testing.TB) []File {
	t.Helper()
	files, err := Load(testdata)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func prepare(t testing.TB, c *Case) Input {
	t.Helper()
	in, err := c.Prepare(testdata)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return in
}

func TestCorpus(t *testing.T) {
	for _, file := range load(t) {
		names := map[string]bool{}
		for i := range file.Cases {
			c := &file.Cases[i]
			t.Run(filepath.Base(file.Path)+"/"+c.Name, func(t *testing.T) {
				if names[c.Name] {
					t.Errorf("the name is there twice")
				}
				names[c.Name] = true
				out, err := Decide(prepare(t, c))
				if err != nil {
					t.Fatal(err)
				}
				plan, err := wire.ParsePlan(out)
				if err != nil {
					t.Fatal(err)
				}
				got := shorten(plan, c.Full)
				if *update {
					c.Want = got
					return
				}
				if !reflect.DeepEqual(got, c.Want) {
					t.Errorf("got  %s\nwant %s", indent(got), indent(c.Want))
				}
			})
		}
		if *update {
			if err := file.Save(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func indent(p wire.Plan) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(p)
	return out.String()
}

// TestCorpusInWasm runs the same cases through the Worker's own loader and the
// module it ships, and compares with the native plans byte by byte.
func TestCorpusInWasm(t *testing.T) {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	wasm, err := tinygo.Builder{Root: root, Progress: os.Stderr}.EdgeWasm(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not on PATH: install Node.js 20 or newer")
	}

	var inputs bytes.Buffer
	var names []string
	var want [][]byte
	for _, file := range load(t) {
		for i := range file.Cases {
			c := &file.Cases[i]
			in := prepare(t, c)
			line, err := json.Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			inputs.Write(append(line, '\n'))
			plan, err := Decide(in)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, filepath.Base(file.Path)+"/"+c.Name)
			want = append(want, plan)
		}
	}

	cmd := exec.CommandContext(t.Context(), node, "replay.mjs", wasm, HopKey)
	cmd.Stdin = &inputs
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("replay.mjs: %v\n%s", err, stderr.String())
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("replay.mjs answered %d of %d cases", len(lines), len(want))
	}
	for i, line := range lines {
		var got []byte
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%s: %v", names[i], err)
		}
		if !bytes.Equal(got, want[i]) {
			t.Errorf("%s: Wasm and native differ:\nwasm   %q\nnative %q", names[i], got, want[i])
		}
	}
}

func TestCorpusIsLargeEnough(t *testing.T) {
	perFilter := map[string]int{}
	total := 0
	for _, file := range load(t) {
		perFilter[strings.TrimSuffix(filepath.Base(file.Path), ".json")] += len(file.Cases)
		total += len(file.Cases)
	}
	if total < 80 {
		t.Errorf("the corpus has %d cases, want at least 80", total)
	}
	for _, filter := range []string{"request", "trace", "site", "applepay", "wellknown", "canonical", "maintenance", "redirect", "origin", "headers"} {
		if perFilter[filter] == 0 {
			t.Errorf("no case is about %s", filter)
		}
	}
	t.Log(fmt.Sprint(total, " cases: ", perFilter))
}
