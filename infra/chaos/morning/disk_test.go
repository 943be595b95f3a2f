package morning

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// disk is a small file system of its own, where this user may mount one. Elsewhere it is a folder, and it is full when no
// file of the processes that write there may grow any more (RLIMIT_FSIZE).
type disk struct {
	dir     string
	mounted bool
	ballast string
}

// diskPrefix is what the names of disks begin with, the process that made them after it.
const diskPrefix = "stagedoor-test-disk-"

func newDisk(name string, megabytes int) (*disk, error) {
	dropForgottenDisks()
	d := &disk{dir: filepath.Join(os.TempDir(), diskPrefix+strconv.Itoa(os.Getpid())+"-"+name)}
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return nil, err
	}
	// Where it can't be mounted, and by whoever wants to try the other way, a limit takes its place.
	if os.Getenv("STAGEDOOR_TEST_NO_MOUNT") == "" {
		d.mounted = unix.Mount("tmpfs", d.dir, "tmpfs", unix.MS_NODEV|unix.MS_NOSUID, fmt.Sprintf("size=%dm,mode=755", megabytes)) == nil
	}
	d.ballast = filepath.Join(d.dir, "ballast")
	return d, nil
}

// fill leaves no room: not a byte on a disk of its own, and otherwise none beyond the longest file there is for the
// processes named. It says what it did.
func (d *disk) fill(writers func() []int) (string, error) {
	if !d.mounted {
		n := 0
		for _, pid := range writers() {
			// One block: pages within a file that is longer are refused as well, as a file system does that copies on write.
			if err := limitFiles(pid, 8<<10); err != nil {
				return "", err
			}
			n++
		}
		return fmt.Sprintf("no file of its %d processes may grow beyond 8 KB (RLIMIT_FSIZE)", n), nil
	}
	f, err := os.OpenFile(d.ballast, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var written int64
	for block := make([]byte, 64<<10); len(block) > 0; {
		n, err := f.Write(block)
		written += int64(n)
		switch {
		case errors.Is(err, syscall.ENOSPC):
			block = block[:len(block)/2]
		case err != nil:
			return "", err
		}
	}
	return fmt.Sprintf("its file system was filled with %d KB to the last byte (ENOSPC)", written>>10), nil
}

// free gives the room back.
func (d *disk) free(writers func() []int) error {
	if d.mounted {
		if err := os.Remove(d.ballast); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	for _, pid := range writers() {
		if err := limitFiles(pid, unix.RLIM_INFINITY); err != nil {
			return err
		}
	}
	return nil
}

// limitFiles sets the soft limit alone, so that it can be lifted again. A process that is gone writes nothing.
func limitFiles(pid int, bytes uint64) error {
	var old unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &old); err != nil && !errors.Is(err, syscall.EPERM) {
		return ignoreGone(err)
	}
	err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: min(bytes, old.Max), Max: old.Max}, nil)
	if !errors.Is(err, syscall.EPERM) {
		return ignoreGone(err)
	}
	// Not even root may, in some containers, but the process's own user may.
	var of syscall.Stat_t
	if err := syscall.Stat("/proc/"+strconv.Itoa(pid), &of); err != nil {
		return nil // it is gone
	}
	limit := "unlimited"
	if bytes != unix.RLIM_INFINITY {
		limit = strconv.FormatUint(bytes, 10)
	}
	cmd := exec.Command("prlimit", "--pid", strconv.Itoa(pid), "--fsize="+limit+":")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: of.Uid, Gid: of.Gid}}
	if out, err := cmd.CombinedOutput(); err != nil && syscall.Kill(pid, 0) == nil {
		return fmt.Errorf("limit the files of process %d: %w: %s", pid, err, out)
	}
	return nil
}

func ignoreGone(err error) error {
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

func (d *disk) remove() error {
	if d.mounted {
		if err := unix.Unmount(d.dir, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", d.dir, err)
		}
	}
	return os.RemoveAll(d.dir)
}

// dropForgottenDisks removes those of test binaries that were killed before they could.
func dropForgottenDisks() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), diskPrefix+"*")) // the pattern is valid
	for _, dir := range dirs {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), diskPrefix), "-")
		if pid, err := strconv.Atoi(owner); err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = unix.Unmount(dir, unix.MNT_DETACH) // it may be a folder
			_ = os.RemoveAll(dir)
		}
	}
}
