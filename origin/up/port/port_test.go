package port_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/up/port"
)

func TestCheckNamesWhoHasThePort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	number := l.Addr().(*net.TCPAddr).Port
	err = port.Check(number, "the sites")
	var taken port.TakenError
	if !errors.As(err, &taken) || taken.Port != number || !strings.Contains(err.Error(), "the sites") {
		t.Fatalf("error = %v", err)
	}
	if taken.Holder == nil || taken.Holder.PID != os.Getpid() || taken.Holder.Name == "" {
		t.Errorf("holder = %+v, want this process", taken.Holder)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := port.Check(number, "the sites"); err != nil {
		t.Errorf("a free port: %v", err)
	}
}
