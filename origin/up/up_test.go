package up_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stagedoor/stagedoor/origin/process"
	"github.com/stagedoor/stagedoor/origin/up/port"
)

// TestTheHouseThroughItsTroubles opens a house and does to it what happens to houses.
func TestTheHouseThroughItsTroubles(t *testing.T) {
	t.Parallel()
	needsTheHouse(t)
	data, first := filepath.Join(t.TempDir(), "house"), freePorts(t, 9)
	h := open(t, data, first)
	h.answers("/", 200)

	t.Run("nobody else may use its folder or its ports", func(t *testing.T) {
		for _, try := range []struct {
			args []string
			says string
		}{
			{[]string{"up", "--data", data, "--port", fmt.Sprint(first + 100)}, fmt.Sprintf("already running in %s: process %d", data, h.cmd.Process.Pid)},
			{[]string{"up", "--data", data + "-2", "--port", fmt.Sprint(first)}, fmt.Sprintf("port %d, for the sites, is taken by", first)},
			{[]string{"reset", "--data", data}, "already running"},
		} {
			if code, out := h.run(try.args...); code != 1 || !strings.Contains(out, try.says) {
				t.Errorf("%q: %d, %s", try.args, code, out)
			}
		}
	})
	t.Run("it tells every figure that an alert looks at", h.tellsWhatAlertsLookAt)
	t.Run("a part that is killed comes back", func(t *testing.T) {
		for _, folder := range []string{"redis", "pg"} {
			pids := process.InDirectory(filepath.Join(data, folder))
			if len(pids) == 0 {
				t.Fatalf("nothing runs in %s", folder)
			}
			for _, pid := range pids {
				if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
					t.Fatal(err)
				}
			}
		}
		for _, name := range []string{"Redis", "Postgres"} {
			h.until(name+" is back", func() bool {
				out := h.out.String()
				return strings.Contains(out, name+" ended unexpectedly") && strings.Contains(out, name+" is back")
			})
		}
		h.answers("/", 200)
	})
	t.Run("staff close it and open it again", func(t *testing.T) {
		steps := []struct {
			args   []string
			says   string
			path   string
			status int
		}{
			{[]string{"maintenance", "on", "--site", "lyceum", "--message", "Back at two."}, "lyceum is closed now, until it is ended", "/", 503},
			{[]string{"maintenance", "off", "--site", "lyceum"}, "lyceum is open again", "/", 200},
			{[]string{"redirects", "add", "--site", "lyceum", "/panto", "/shows/cinderella"}, "/panto now leads to /shows/cinderella", "/panto", 302},
		}
		for _, s := range steps {
			args := append(s.args[:2:2], append([]string{"--data", data}, s.args[2:]...)...)
			if code, out := h.run(args...); code != 0 || !strings.Contains(out, s.says) || !strings.Contains(out, "Published") {
				t.Fatalf("%q: %d, %s", args, code, out)
			}
			h.answers(s.path, s.status)
		}
		if code, out := h.run("maintenance", "list", "--data", data); code != 0 || !strings.Contains(out, "Everything is open.") {
			t.Errorf("list: %d, %s", code, out)
		}
		if code, out := h.run("redirects", "add", "--data", data, "--site", "lyceum", "/x", "https://evil.example/"); code != 1 || !strings.HasPrefix(out, "Nothing was changed: ") {
			t.Errorf("a redirect to anywhere: %d, %s", code, out)
		}
	})
	t.Run("killed and started again it has everything", func(t *testing.T) {
		if err := h.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-h.ended
	})
	h = open(t, data, first)
	h.answers("/panto", 302)
	if code, out := h.run("audit", "--data", data); code != 0 || !strings.Contains(out, "clean") {
		t.Errorf("audit: %d, %s", code, out)
	}

	h.interrupt()
	for n := range 8 {
		if err := port.Check(first+n, "this test"); err != nil {
			t.Errorf("after it closed: %v", err)
		}
	}
	for _, folder := range []string{"redis", "pg"} {
		if left := process.InDirectory(filepath.Join(data, folder)); len(left) > 0 {
			t.Errorf("after it closed, %v still run in %s", left, folder)
		}
	}
	if code, out := h.run("reset", "--data", data); code != 0 {
		t.Fatalf("reset: %d, %s", code, out)
	}
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("reset leaves %v, %v", left, err)
	}
}

// TestInterruptedWhileOpening stops a house before it is open; nothing of it may be left.
func TestInterruptedWhileOpening(t *testing.T) {
	t.Parallel()
	needsTheHouse(t)
	data, first := filepath.Join(t.TempDir(), "house"), freePorts(t, 9)
	h := opening(t, data, first)
	h.until("Postgres is up", func() bool { return strings.Contains(h.out.String(), "✓ Postgres") })
	h.interrupt()
	for n := range 8 {
		if err := port.Check(first+n, "this test"); err != nil {
			t.Errorf("after it closed: %v", err)
		}
	}
}
