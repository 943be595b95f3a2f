// Package freeport finds ports of the loopback for servers that tests and benchmarks start, stop and start again.
//
// The system's own way, port 0, gives out ports of the range from which every connection of the machine gets one as well:
// a server that comes back may find its port in use. These lie below that range, and are kept until the process that asked
// ends, so that of two processes that ask at the same time none is given the other's.
package freeport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// The range: above it the system takes ports for connections (from 32768 on Linux), below it known services live.
const (
	lowest  = 12000
	highest = 31999
)

var (
	mu   sync.Mutex
	next = lowest + os.Getpid()*37%(highest-lowest) // where the search goes on; processes begin apart
	kept []*os.File                                 // locks, let go when the process ends
)

// One returns a port on which nobody listens.
func One() (int, error) { return Row(1) }

// Row returns the first of n ports in a row, n at most 100, on which nobody listens.
func Row(n int) (int, error) {
	mu.Lock()
	defer mu.Unlock()
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("stagedoor-ports-%d", os.Geteuid())) // another user's locks can't be opened
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, fmt.Errorf("free port: %w", err)
	}
	for range highest - lowest {
		first := next
		if next++; first+n-1 > highest {
			next = lowest
			continue
		}
		locks, err := claim(folder, first, n)
		if err != nil {
			return 0, err
		}
		if locks == nil {
			continue
		}
		next, kept = first+n, append(kept, locks...)
		return first, nil
	}
	return 0, fmt.Errorf("no %d free ports in a row between %d and %d", n, lowest, highest)
}

// claim locks n ports and sees that all are free; nil if one is not.
func claim(folder string, first, n int) (locks []*os.File, err error) {
	give := func() {
		for _, lock := range locks {
			_ = lock.Close()
		}
	}
	for port := first; port < first+n; port++ {
		lock, err := os.OpenFile(filepath.Join(folder, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR, 0o666)
		if err != nil {
			give()
			return nil, fmt.Errorf("free port: %w", err)
		}
		locks = append(locks, lock)
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			err = free(port)
		}
		switch {
		case err == nil:
		case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EADDRINUSE), errors.Is(err, syscall.EACCES):
			give()
			return nil, nil
		default:
			give()
			return nil, fmt.Errorf("free port: %w", err)
		}
	}
	return locks, nil
}

func free(port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return listener.Close()
}
