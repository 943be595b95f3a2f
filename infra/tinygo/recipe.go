// Package tinygo builds the edge's Wasm modules, build/edge.wasm and
// build/room.wasm, and the TinyGo compiler it takes to do so.
//
// An official tinygo on PATH is used when it is recent enough. Otherwise the
// compiler is built from its Go module (a tool of infra/tools/go.mod) against
// the distribution's LLVM 19. The module lacks TinyGo's git submodules, so
// three things are laid in their place:
//
//   - TINYGOROOT is a tree of links into the module cache plus an empty
//     src/net/http, which the compiler insists on;
//   - the target description, target.json, links the distribution's wasi-libc
//     and compiler-rt instead of building them;
//   - wasm-opt.sh passes modules through where Binaryen is not installed.
//
// Everything lands under build/, and nothing is done twice: a stamp beside
// each product holds a hash of what it was made from. Builds of one tree are
// serialised by a file lock, so that tests of several packages may ask at once.
package tinygo

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Builder builds in one checkout.
type Builder struct {
	// Root is the module's root folder. FindRoot finds it.
	Root string
	// Progress receives a line per step that takes time. Nil: none.
	Progress io.Writer
}

// modules are what is built, under build/, and from which package.
var modules = []struct{ file, from string }{
	{"edge.wasm", "./edge/wasm"},     // the edge's decision
	{"room.wasm", "./edge/roomwasm"}, // the Durable Objects of waiting rooms
}

// EdgeWasm returns the path of build/edge.wasm, building it, build/room.wasm
// beside it, and the compiler, where they are missing or older than their
// sources. Errors name the Debian package to install when one is missing.
func (b Builder) EdgeWasm(ctx context.Context) (string, error) {
	build := filepath.Join(b.Root, "build")
	edge := filepath.Join(build, modules[0].file)
	sum, err := sourcesSum(b.Root)
	if err != nil {
		return "", fmt.Errorf("tinygo: hash the edge's sources: %w", err)
	}
	if allStamped(build, sum) {
		return edge, nil
	}
	unlock, err := lock(build)
	if err != nil {
		return "", fmt.Errorf("tinygo: %w", err)
	}
	defer unlock()
	if allStamped(build, sum) { // another process built them meanwhile
		return edge, nil
	}
	compiler, err := b.compiler(ctx)
	if err != nil {
		return "", err
	}
	for _, m := range modules {
		out := filepath.Join(build, m.file)
		if stamped(out, sum) {
			continue
		}
		b.say("building build/%s with %s", m.file, compiler.version)
		if err := compiler.build(ctx, b.Root, out, m.from); err != nil {
			return "", err
		}
		if err := stamp(out, sum); err != nil {
			return "", err
		}
	}
	return edge, nil
}

func allStamped(build, sum string) bool {
	for _, m := range modules {
		if !stamped(filepath.Join(build, m.file), sum) {
			return false
		}
	}
	return true
}

func (b Builder) say(format string, args ...any) {
	if b.Progress != nil {
		fmt.Fprintf(b.Progress, format+"\n", args...)
	}
}

// FindRoot walks up from dir to the folder that holds both go.mod and
// infra/tinygo.
func FindRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if exists(filepath.Join(at, "go.mod")) && exists(filepath.Join(at, "infra", "tinygo")) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("tinygo: %s is not inside a Stagedoor checkout", dir)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// lock takes the one build lock of a checkout and returns how to release it.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, ".tinygo.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return func() { f.Close() }, nil
}
