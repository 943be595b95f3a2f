package freeport_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/freeport"
)

func TestMain(m *testing.M) {
	if os.Getenv("FREEPORT_ASKS") == "" {
		os.Exit(m.Run())
	}
	freeport.BeginAt(13_000)
	for range 20 {
		port, err := freeport.One()
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(port)
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // the ports are its own until it ends
}

func TestAPortIsGivenOnce(t *testing.T) {
	given := map[int]bool{}
	add := func(port int) {
		t.Helper()
		if given[port] {
			t.Errorf("%d was given twice", port)
		}
		given[port] = true
		if port < 1024 || port >= 32768 {
			t.Errorf("%d is not for servers of tests", port)
		}
	}
	// Processes that begin at the same place ask at the same time as this one.
	for range 3 {
		asks := exec.Command(os.Args[0])
		asks.Env = append(os.Environ(), "FREEPORT_ASKS=yes")
		stdin, err := asks.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := asks.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := asks.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stdin.Close(); _ = asks.Wait() })
		for range 20 {
			var line string
			if _, err := fmt.Fscanln(out, &line); err != nil {
				t.Fatal(err)
			}
			port, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatal(line)
			}
			add(port)
		}
	}
	freeport.BeginAt(13_000)
	first, err := freeport.Row(9)
	if err != nil {
		t.Fatal(err)
	}
	for port := first; port < first+9; port++ {
		add(port)
	}
}

func TestAPortInUseIsPassedOver(t *testing.T) {
	first, err := freeport.Row(1)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody who never asked listens where the search would go on.
	taken, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(first+3))
	if err == nil { // or somebody else does already
		defer taken.Close()
	}
	row, err := freeport.Row(5)
	if err != nil {
		t.Fatal(err)
	}
	if row <= first+3 && first+3 < row+5 {
		t.Errorf("%d to %d has %d, which is taken", row, row+4, first+3)
	}
}
