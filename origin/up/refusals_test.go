package up_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/up"
)

// refused runs `up` with a configuration that cannot work and returns what it says.
func refused(t *testing.T, change func(*up.Config)) string {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cfg := up.Config{
		Root: root(t), Data: filepath.Join(t.TempDir(), "data"), Ports: up.PortsFrom(freePorts(t, 9)), Out: out,
		Lookup: func(string) (string, bool) { return "", false },
	}
	change(&cfg)
	err = up.Run(t.Context(), cfg)
	if err == nil {
		t.Fatal("it ran")
	}
	if said, _ := os.ReadFile(out.Name()); strings.Contains(string(said), "✓") {
		t.Errorf("it started something before it refused:\n%s", said)
	}
	return err.Error()
}

func TestWhatIsMissingIsNamedAtOnce(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	said := refused(t, func(c *up.Config) { c.Root = t.TempDir() })
	for _, want := range []string{"node is not installed", "npm ci", "apt-get install redis-server"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
}

func TestATakenPortIsNamedWithWhoHasIt(t *testing.T) {
	t.Parallel()
	needsTheHouse(t)
	first := freePorts(t, 9)
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(first+6))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	said := refused(t, func(c *up.Config) { c.Ports = up.PortsFrom(first) })
	for _, want := range []string{strconv.Itoa(first + 6), "for Redis", strconv.Itoa(os.Getpid()), "--port"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
}

func TestPortsMustMakeSense(t *testing.T) {
	t.Parallel()
	said := refused(t, func(c *up.Config) { c.Ports = up.PortsFrom(65534).With(up.Ports{Redis: 65534}) })
	if !strings.Contains(said, "not between 1 and 65535") || !strings.Contains(said, "both the sites and Redis") {
		t.Errorf("it says: %s", said)
	}
}

func TestHalfOfAStripeAccountIsNone(t *testing.T) {
	t.Parallel()
	needsTheHouse(t)
	said := refused(t, func(c *up.Config) {
		c.Lookup = func(name string) (string, bool) { return "sk_test_x", name == "STRIPE_KEY" }
	})
	if !strings.Contains(said, "STRIPE_PUBLISHABLE_KEY") || !strings.Contains(said, "STRIPE_WEBHOOK_SECRET") {
		t.Errorf("it says: %s", said)
	}
}

func TestSomebodyElsesFolderIsNotUsed(t *testing.T) {
	t.Parallel()
	needsTheHouse(t)
	said := refused(t, func(c *up.Config) { c.Data = root(t) })
	if !strings.Contains(said, "was not made by Stagedoor") {
		t.Errorf("it says: %s", said)
	}
}
