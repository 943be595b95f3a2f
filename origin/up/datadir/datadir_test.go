package datadir_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/up/datadir"
)

var holder = datadir.Holder{PID: 4242, URL: "http://stagedoor.localhost:8787", Started: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}

func open(t *testing.T, path string) *datadir.Dir {
	t.Helper()
	d, err := datadir.Open(path, holder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestAFolderIsUsedByOneAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data")
	d := open(t, path)
	_, err := datadir.Open(path, datadir.Holder{PID: 1})
	var busy datadir.InUseError
	if !errors.As(err, &busy) || busy.PID != 4242 || !strings.Contains(err.Error(), holder.URL) {
		t.Errorf("second: %v", err)
	}
	if err := datadir.Reset(path, nil); !errors.As(err, &busy) {
		t.Errorf("reset while in use: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestAFolderOfSomethingElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	letter := filepath.Join(path, "letter.txt")
	if err := os.WriteFile(letter, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := datadir.Open(path, holder); err == nil || !strings.Contains(err.Error(), "not made by Stagedoor") {
		t.Errorf("open: %v", err)
	}
	if err := datadir.Reset(path, nil); err == nil || !strings.Contains(err.Error(), "not made by Stagedoor") {
		t.Errorf("reset: %v", err)
	}
	if _, err := os.Stat(letter); err != nil {
		t.Error(err)
	}
}

func TestAnotherFormatIsSaidAndCanBeReset(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d := open(t, path)
	if err := os.WriteFile(d.Path("format"), []byte("99\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := datadir.Open(path, holder); err == nil || !strings.Contains(err.Error(), "make reset") {
		t.Errorf("open: %v", err)
	}
	called := ""
	if err := datadir.Reset(path, func(p string) error { called = p; return nil }); err != nil || called != path {
		t.Errorf("reset: %v, first got %q", err, called)
	}
	if left, _ := os.ReadDir(path); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	open(t, path)
}

func TestKeysAreMadeOnce(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	a, err := d.Key("hop")
	if err != nil {
		t.Fatal(err)
	}
	b, errB := d.Key("hop")
	c, errC := d.Key("link")
	if errB != nil || errC != nil || len(a) != 64 || a != b || a == c {
		t.Errorf("%q %q %q, %v %v", a, b, c, errB, errC)
	}
	info, err := os.Stat(d.Path("keys", "hop"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(d.Path("keys", "hop"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Key("hop"); err == nil {
		t.Error("a damaged key was used")
	}
}

func TestRunningIsKnownOnlyWhileItRuns(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	var got struct{ Site string }
	if err := datadir.Running(path, &got); !errors.Is(err, datadir.ErrNotRunning) {
		t.Errorf("before: %v", err)
	}
	d := open(t, path)
	if err := datadir.Running(path, &got); !errors.Is(err, datadir.ErrNotRunning) {
		t.Errorf("while starting: %v", err)
	}
	if err := d.Announce(map[string]string{"Site": "http://x"}); err != nil {
		t.Fatal(err)
	}
	if err := datadir.Running(path, &got); err != nil || got.Site != "http://x" {
		t.Errorf("running: %+v, %v", got, err)
	}
	if err := d.Close(); err != nil { // as if killed: the announcement stays
		t.Fatal(err)
	}
	if err := datadir.Running(path, &got); !errors.Is(err, datadir.ErrNotRunning) {
		t.Errorf("after a kill: %v", err)
	}
}

func TestSpace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "not", "yet", "made")
	if err := datadir.Space(path, 1); err != nil {
		t.Error(err)
	}
	if err := datadir.Space(path, 1<<62); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("error = %v", err)
	}
	full := fmt.Errorf("write: %w", syscall.ENOSPC)
	if err := datadir.Explain(full, "/data"); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "is full") {
		t.Errorf("explained: %v", err)
	}
}
