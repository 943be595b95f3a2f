package tinygo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// wasmSources are the folders the modules are built from, and notInWasm those
// in them that they are not. A test holds the lists against `go list -deps`.
var (
	wasmSources = []string{"edge", "waitingroom", "infra/tinygo"}
	notInWasm   = []string{"edge/explain", "edge/local", "edge/golden", "edge/ops", "waitingroom/sim"}
)

// sourcesSum hashes every file the modules are made from: Go files that are not
// tests, and the recipe itself.
func sourcesSum(root string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version())
	for _, dir := range wasmSources {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil {
				return err
			}
			name := d.Name()
			if d.IsDir() {
				rel, err := filepath.Rel(root, path)
				if err != nil {
					return err
				}
				if name == "testdata" || slices.Contains(notInWasm, filepath.ToSlash(rel)) {
					return filepath.SkipDir
				}
				return nil
			}
			recipe := dir == "infra/tinygo" && !strings.HasSuffix(name, ".go")
			source := dir != "infra/tinygo" && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
			if !recipe && !source {
				return nil
			}
			return hashFile(h, root, path)
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hashFile(w io.Writer, root, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s %d\n", filepath.ToSlash(rel), len(content))
	_, err = w.Write(content)
	return err
}

// stamped says whether product exists and was made from what sum stands for.
func stamped(product, sum string) bool {
	got, err := os.ReadFile(product + ".stamp")
	return err == nil && string(got) == sum && exists(product)
}

func stamp(product, sum string) error {
	if err := os.WriteFile(product+".stamp", []byte(sum), 0o644); err != nil {
		return fmt.Errorf("tinygo: %w", err)
	}
	return nil
}
