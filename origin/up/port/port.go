// Package port finds out which TCP ports of this machine are taken, and by whom.
package port

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Holder is a process that listens on a port.
type Holder struct {
	PID  int
	Name string // of the program
}

// TakenError means that somebody listens on a port that is wanted.
type TakenError struct {
	Port   int
	For    string  // what it is wanted for: "the sites"
	Holder *Holder // nil when it could not be found out
}

func (e TakenError) Error() string {
	by := "another program"
	if e.Holder != nil {
		by = fmt.Sprintf("%s (process %d)", e.Holder.Name, e.Holder.PID)
	}
	return fmt.Sprintf("port %d, for %s, is taken by %s", e.Port, e.For, by)
}

// Check reports a TakenError when nobody could listen on a port of 127.0.0.1 now.
func Check(port int, purpose string) error {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err == nil {
		return l.Close()
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return TakenError{port, purpose, find(port)}
	}
	return fmt.Errorf("port %d, for %s: %w", port, purpose, err)
}

// find reads /proc: a socket's inode from the list of listeners, then who has that socket open. Only root sees other
// users' processes.
func find(port int) *Holder {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		for _, inode := range listeners(table, port) {
			inodes["socket:["+inode+"]"] = true
		}
	}
	if len(inodes) == 0 {
		return nil
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is constant and valid
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || !inodes[target] {
			continue
		}
		proc := filepath.Dir(filepath.Dir(link))
		pid, err := strconv.Atoi(filepath.Base(proc))
		name, errName := os.ReadFile(filepath.Join(proc, "comm"))
		if err == nil && errName == nil {
			return &Holder{pid, strings.TrimSpace(string(name))}
		}
	}
	return nil
}

// listeners returns the inodes of the sockets listening on a port. A line of the table is: number, local address as
// hex "0100007F:2253", remote address, state (0A: listening), ..., inode (the tenth field).
func listeners(table string, port int) []string {
	f, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer f.Close()
	var inodes []string
	want := fmt.Sprintf(":%04X", port)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > 9 && fields[3] == "0A" && strings.HasSuffix(fields[1], want) {
			inodes = append(inodes, fields[9])
		}
	}
	return inodes
}
