package tinygo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

//go:embed target.json
var targetJSON string

//go:embed wasm-opt.sh
var wasmOpt []byte

// compiler is a TinyGo that can build the edge.
type compiler struct {
	path    string
	version string
	target  string   // what follows -target
	env     []string // on top of the process's
}

// oldestOfficial is the first TinyGo release known to build the edge.
const oldestOfficial = 41 // 0.41

// compiler finds or builds one.
func (b Builder) compiler(ctx context.Context) (*compiler, error) {
	dir := filepath.Join(b.Root, "build", "tinygo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("tinygo: %w", err)
	}
	if c := official(ctx, dir); c != nil {
		return c, nil
	}
	return b.fromSource(ctx, dir)
}

var versionLine = regexp.MustCompile(`^tinygo version 0\.(\d+)\.`)

// official returns the tinygo on PATH if it is a release, recent enough and
// with its own libc (which distributions and plain `go install` leave out).
func official(ctx context.Context, dir string) *compiler {
	path, err := exec.LookPath("tinygo")
	if err != nil {
		return nil
	}
	out, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return nil
	}
	version := versionLine.FindSubmatch(out)
	if version == nil {
		return nil
	}
	if minor, err := strconv.Atoi(string(version[1])); err != nil || minor < oldestOfficial {
		return nil
	}
	root, err := exec.CommandContext(ctx, path, "env", "TINYGOROOT").Output()
	if err != nil || !exists(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasi-libc", "libc-top-half")) {
		return nil
	}
	target := filepath.Join(dir, "official.json")
	text := strings.Replace(targetJSON, `, "{libc}", "{builtins}"`, "", 1)
	text = strings.Replace(text, `"scheduler"`, `"libc": "wasi-libc", "rtlib": "compiler-rt", "scheduler"`, 1)
	if os.WriteFile(target, []byte(text), 0o644) != nil {
		return nil
	}
	return &compiler{path: path, version: strings.TrimSpace(string(out)), target: target}
}

// fromSource builds TinyGo from its module, once per version.
func (b Builder) fromSource(ctx context.Context, dir string) (*compiler, error) {
	libs, err := findLibraries()
	if err != nil {
		return nil, err
	}
	module, err := b.goTool(ctx, "list", "-modfile=infra/tools/go.mod", "-m", "-f", "{{.Version}} {{.Dir}}", "github.com/tinygo-org/tinygo")
	if err != nil {
		return nil, fmt.Errorf("tinygo: find the module: %w", err)
	}
	version, source, _ := strings.Cut(strings.TrimSpace(module), " ")
	if source == "" {
		b.say("fetching TinyGo %s", version)
		if _, err := b.goTool(ctx, "mod", "download", "-modfile=infra/tools/go.mod", "github.com/tinygo-org/tinygo"); err != nil {
			return nil, fmt.Errorf("tinygo: fetch the module: %w", err)
		}
		return b.fromSource(ctx, dir)
	}

	c := &compiler{
		path:    filepath.Join(dir, "tinygo"),
		version: "TinyGo " + version + " built from source",
		target:  filepath.Join(dir, "target.json"),
		env:     []string{"TINYGOROOT=" + filepath.Join(dir, "root")},
	}
	sum := version + " " + runtime.Version()
	if !stamped(c.path, sum) {
		b.say("building TinyGo %s from source (about a minute, once)", version)
		if _, err := b.goTool(ctx, "build", "-modfile=infra/tools/go.mod", "-tags", "llvm19", "-o", c.path, "github.com/tinygo-org/tinygo"); err != nil {
			return nil, fmt.Errorf("tinygo: build the compiler (it needs llvm-19-dev, clang-19, libclang-19-dev and a C++ compiler): %w", err)
		}
		if err := layRoot(source, filepath.Join(dir, "root")); err != nil {
			return nil, fmt.Errorf("tinygo: lay TINYGOROOT: %w", err)
		}
		if err := stamp(c.path, sum); err != nil {
			return nil, err
		}
	}
	text := strings.NewReplacer("{libc}", libs.libc, "{builtins}", libs.builtins).Replace(targetJSON)
	if err := os.WriteFile(c.target, []byte(text), 0o644); err != nil {
		return nil, fmt.Errorf("tinygo: %w", err)
	}
	if _, err := exec.LookPath("wasm-opt"); err != nil {
		script := filepath.Join(dir, "wasm-opt")
		if err := os.WriteFile(script, wasmOpt, 0o755); err != nil {
			return nil, fmt.Errorf("tinygo: %w", err)
		}
		c.env = append(c.env, "WASMOPT="+script)
	}
	return c, nil
}

// goTool runs the go command in the checkout and returns its output; an error
// carries what it printed.
func (b Builder) goTool(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.Root
	return run(cmd)
}

// build compiles one package to out, replacing it only when all went well.
func (c *compiler) build(ctx context.Context, root, out, pkg string) error {
	partial := out + ".partial.wasm"
	defer os.Remove(partial)
	cmd := exec.CommandContext(ctx, c.path, "build",
		"-target", c.target, "-opt=2", "-no-debug", "-panic=trap", "-o", partial, pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), c.env...)
	if _, err := run(cmd); err != nil {
		return fmt.Errorf("tinygo: build %s: %w", pkg, err)
	}
	if err := os.Rename(partial, out); err != nil {
		return fmt.Errorf("tinygo: %w", err)
	}
	return nil
}

func run(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}
