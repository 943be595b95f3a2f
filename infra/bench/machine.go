package bench

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
)

// FreePort asks the system for a port of the loopback that nobody listens on.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// FreePorts finds n free ports of the loopback in a row, below those that the system gives to clients.
func FreePorts(n int) (int, error) {
search:
	for first := 21000 + os.Getpid()%4000; first < 32000; first += n {
		for port := first; port < first+n; port++ {
			listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				continue search
			}
			_ = listener.Close()
		}
		return first, nil
	}
	return 0, fmt.Errorf("no %d free ports in a row", n)
}

// Build compiles the program of the repository at root into dir and returns where it is.
func Build(ctx context.Context, root, dir string) (string, error) {
	program := filepath.Join(dir, "stagedoor")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./origin/cmd/stagedoor")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile stagedoor: %w: %s", err, out)
	}
	return program, nil
}

// Profiled does the work and writes where its processor time went; nowhere if
// path is empty.
func Profiled(path string, work func() error) error {
	if path == "" {
		return work()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return work()
}
