package golden

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
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

func buildWasm(t *testing.T) string {
	t.Helper()
	root, err := tinygo.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	wasm, err := tinygo.Builder{Root: root, Progress: os.Stderr}.EdgeWasm(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// node runs a script and returns what it printed.
func node(t *testing.T, stdin io.Reader, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not on PATH: install Node.js 20 or newer")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = stdin
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, stderr.String())
	}
	return out
}

// TestCorpusInWasm runs the same cases through the Worker's own loader and the
// module it ships, and compares with the native plans byte by byte.
func TestCorpusInWasm(t *testing.T) {
	wasm := buildWasm(t)
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

	out := node(t, &inputs, "replay.mjs", wasm, HopKey, RoomKeys)
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

// One instance lives as long as its isolate: what requests and reloads take,
// it gets back.
func TestMemoryDoesNotGrow(t *testing.T) {
	out := node(t, nil, "soak.mjs", buildWasm(t), HopKey, filepath.Join(testdata, "sites", "lyceum.json"))
	var memory struct {
		First int
		Then  []int
	}
	if err := json.Unmarshal(out, &memory); err != nil {
		t.Fatal(err)
	}
	for _, bytes := range memory.Then {
		if bytes > memory.First {
			t.Errorf("memory grew: %+v", memory)
		}
	}
	if t.Logf("%d bytes", memory.First); memory.First > 8<<20 {
		t.Errorf("%d bytes for one site", memory.First)
	}
}

func TestCorpusIsLargeEnough(t *testing.T) {
	perFilter := map[string]int{}
	total := 0
	for _, file := range load(t) {
		perFilter[strings.TrimSuffix(filepath.Base(file.Path), ".json")] += len(file.Cases)
		total += len(file.Cases)
	}
	if total < 300 {
		t.Errorf("the corpus has %d cases, want at least 300", total)
	}
	for _, filter := range []string{"request", "trace", "site", "applepay", "wellknown", "canonical", "maintenance", "redirect", "origin", "headers"} {
		if perFilter[filter] == 0 {
			t.Errorf("no case is about %s", filter)
		}
	}
	for _, filter := range []string{"staff", "access", "bot", "ratelimit", "rewrite", "locale", "waitingroom", "cache"} {
		if n := perFilter[filter]; n < 20 {
			t.Errorf("%d cases are about %s, want at least 20", n, filter)
		}
	}
	t.Log(fmt.Sprint(total, " cases: ", perFilter))
}
