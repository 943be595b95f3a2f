package process_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/process"
)

const parentEnv = "STAGEDOOR_TEST_PARENT"

// TestMain lets this test binary play the parent that is killed.
func TestMain(m *testing.M) {
	if os.Getenv(parentEnv) == "" {
		os.Exit(m.Run())
	}
	p, err := process.Start(process.Spec{Path: "/bin/sleep", Args: []string{"300"}})
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(strconv.Itoa(p.PID()) + "\n")
	<-p.Done()
}

func TestAChildDiesWithItsKilledParent(t *testing.T) {
	t.Parallel()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	for end := time.Now().Add(30 * time.Second); alive(child); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the child outlived its parent")
		}
	}
}

// alive is false for a zombie too: in a container nobody may be there to collect it.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestStopInsists(t *testing.T) {
	t.Parallel()
	p, err := process.Start(process.Spec{Path: "/bin/sh", Args: []string{"-c", `trap "" TERM; while :; do sleep 0.05; done`}})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // let it set the trap; without it the test still passes
	if err := p.Stop(t.Context(), process.Step{Signal: syscall.SIGTERM, Wait: 200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	default:
		t.Error("Stop returned and the child still runs")
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("signal to an ended child: %v", err)
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := process.Start(process.Spec{Path: "/no/such/program"})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("error = %v", err)
	}
}

func TestInDirectoryFindsProcessesByWhereTheyWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := process.Start(process.Spec{Path: "/bin/sleep", Args: []string{"300"}, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if found := process.InDirectory(link); !slices.Equal(found, []int{p.PID()}) {
		t.Errorf("found %v, want %d", found, p.PID())
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := process.InDirectory(link); len(found) > 0 {
		t.Errorf("found %v after the end", found)
	}
}

func TestCanReachReadsEveryFolderAbove(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "closed", "open"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(root, "closed"), 0o700); err != nil {
		t.Fatal(err)
	}
	me := process.User{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
	if !me.CanReach(filepath.Join(root, "closed", "open", "file")) {
		t.Error("the owner cannot reach their own file")
	}
	stranger := process.User{UID: 4294967, GID: 4294967}
	if stranger.CanReach(filepath.Join(root, "closed", "open", "file")) {
		t.Error("a stranger reaches below a private folder")
	}
	if !stranger.CanReach("/etc/hosts") {
		t.Error("a stranger cannot reach /etc/hosts")
	}
}

func TestBackgroundChildrenGetWhatOthersLeave(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux does a child in the background have another priority")
	}
	of := func(background bool) string {
		t.Helper()
		p, err := process.Start(process.Spec{Path: "/bin/sleep", Args: []string{"300"}, Background: background})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := p.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(stat), ") ") // behind the name; the nice value is the 19th field in all
		return strings.Fields(after)[16]
	}
	if got := of(true); got != "19" {
		t.Errorf("a child in the background has the nice value %s, not 19", got)
	}
	if got := of(false); got == "19" {
		t.Error("the next child has it too")
	}
}
