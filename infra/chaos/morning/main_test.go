package morning

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// natsVariable has this test binary be the NATS server of the house.
const natsVariable = "STAGEDOOR_TEST_NATS"

type natsConfig struct {
	Port int
	Dir  string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(natsVariable); text != "" {
		if err := serveNATS(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if err := closeHouse(); err != nil {
		fmt.Fprintln(os.Stderr, "close the house:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// serveNATS serves until it is killed.
func serveNATS(text string) error {
	signal.Ignore(syscall.SIGXFSZ) // a file that may not grow is an error like a full disk's
	var c natsConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: c.Port, JetStream: true, StoreDir: c.Dir, NoSigs: true, SyncAlways: true, MaxPayload: 1 << 20,
	})
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		return errors.New("it is not ready for connections")
	}
	s.WaitForShutdown()
	return errors.New("it was shut down")
}

// opened is the one house that all tests use, one after the other. It stands longer than any of them.
var opened struct {
	once  sync.Once
	house *house
	err   error
}

// theHouse opens the house, or finds it as the test before left it: whole, or this one fails.
func theHouse(t *testing.T) *house {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: opens a whole house")
	}
	opened.once.Do(func() { opened.house, opened.err = openHouse(t) })
	if opened.err != nil {
		t.Fatal(opened.err)
	}
	// A test that failed may have left something that is not running.
	if err := opened.house.heal(t.Context()); err != nil {
		t.Fatalf("the house is not whole, as the test before left it: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			opened.house.tellLogs(t)
		}
	})
	return opened.house
}

func closeHouse() error {
	if opened.house == nil {
		return nil
	}
	return opened.house.close()
}

// tellLogs says what the parts said last.
func (h *house) tellLogs(t *testing.T) {
	t.Helper()
	logs, _ := filepath.Glob(filepath.Join(h.dir, "*.log")) // the pattern is valid
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err == nil {
			t.Logf("%s:\n%s", filepath.Base(log), text[max(0, len(text)-3000):])
		}
	}
}
