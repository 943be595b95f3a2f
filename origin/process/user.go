package process

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// User is somebody to run a program as.
type User struct {
	Name     string
	UID, GID uint32
}

// FindUser returns the first of the names that this machine knows.
func FindUser(names ...string) (User, error) {
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return User{Name: name, UID: uint32(uid), GID: uint32(gid)}, nil
		}
	}
	return User{}, fmt.Errorf("none of the users %q exists on this machine", names)
}

// CanReach reports whether u may enter every directory above path. It reads permission bits, not ACLs. A part of path
// that does not exist yet counts as reachable.
func (u User) CanReach(path string) bool {
	abs, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		abs = filepath.Join(real, filepath.Base(abs))
	}
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && !u.canEnter(info) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

func (u User) canEnter(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	switch mode := info.Mode().Perm(); {
	case u.UID == 0:
		return true
	case st.Uid == u.UID:
		return mode&0o100 != 0
	case st.Gid == u.GID:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}
