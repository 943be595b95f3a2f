package morning

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// clock is the time of day of the programs that are started with its environment. The origin's own is not among them: Go
// asks the kernel itself. It disagrees with them, as machines do.
type clock struct {
	library, file string
}

// newClock makes a clock that is right, in a folder that every user can read.
func newClock(dir string) (*clock, error) {
	c := &clock{library: filepath.Join(dir, "clock.so"), file: filepath.Join(dir, "clock")}
	compiler := ""
	for _, name := range []string{"cc", "gcc", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			compiler = path
			break
		}
	}
	if compiler == "" {
		return nil, errors.New("a C compiler is needed to step the clock of Postgres and Redis (Debian package gcc)")
	}
	out, err := exec.Command(compiler, "-shared", "-fPIC", "-O1", "-o", c.library, filepath.Join("testdata", "clock.c"), "-ldl").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("compile the clock: %w\n%s", err, out)
	}
	return c, errors.Join(os.Chmod(c.library, 0o755), c.step(0))
}

// step sets the clock ahead of the true time, or behind it.
func (c *clock) step(ahead time.Duration) error {
	f, err := os.OpenFile(c.file, os.O_CREATE|os.O_WRONLY, 0o644) // not truncated: it is mapped
	if err != nil {
		return err
	}
	_, err = f.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(ahead)), 0)
	return errors.Join(err, f.Close(), os.Chmod(c.file, 0o644))
}

func (c *clock) env() []string {
	return []string{"LD_PRELOAD=" + c.library, "STAGEDOOR_TEST_CLOCK=" + c.file}
}
