package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/stagedoor/stagedoor/origin/process"
)

// initialise makes the data folder unless it is there. It is made under another name and renamed when complete, so an
// interrupted start leaves nothing half-made.
func (c Config) initialise(ctx context.Context, dir string, u *process.User) error {
	written, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if err == nil {
		if v := strings.TrimSpace(string(written)); v != strconv.Itoa(c.Binaries.Major) {
			return fmt.Errorf("%w: %s holds data of Postgres %s, and this is Postgres %s", ErrOtherVersion, dir, v, c.Binaries.Version)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("Postgres data folder: %w", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		return fmt.Errorf("Postgres data folder %s is not empty and holds no Postgres data", dir)
	}
	fresh := dir + initSuffix
	if err := errors.Join(os.RemoveAll(fresh), os.Mkdir(fresh, 0o700)); err != nil {
		return fmt.Errorf("make Postgres data folder: %w", err)
	}
	password := fresh + ".password"
	defer os.Remove(password)
	if err := os.WriteFile(password, []byte(c.Password+"\n"), 0o600); err != nil {
		return fmt.Errorf("make Postgres data folder: %w", err)
	}
	if err := errors.Join(give(fresh, u), give(password, u)); err != nil {
		return fmt.Errorf("make Postgres data folder: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(c.Binaries.Dir, "initdb"), "-D", fresh, "-U", superuser, "-A", "scram-sha-256",
		"--pwfile", password, "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	cmd.Env, cmd.Dir = environment(), "/"
	if u != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: u.UID, Gid: u.GID}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		os.RemoveAll(fresh) // best effort: the next start does it again
		return fmt.Errorf("make Postgres data folder: initdb: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make Postgres data folder: %w", err)
	}
	if err := os.Rename(fresh, dir); err != nil {
		return fmt.Errorf("make Postgres data folder: %w", err)
	}
	return nil
}

func give(path string, u *process.User) error {
	if u == nil {
		return nil
	}
	return os.Chown(path, int(u.UID), int(u.GID))
}

func owner(path string) (process.User, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return process.User{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return process.User{}, false
	}
	return process.User{Name: "#" + strconv.Itoa(int(st.Uid)), UID: st.Uid, GID: st.Gid}, true
}
