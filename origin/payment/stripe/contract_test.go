package stripe_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stagedoor/stagedoor/origin/payment/paymenttest"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
)

func TestContractOnTheSandbox(t *testing.T) {
	s, baseURL := openSandbox(t, sandbox.Config{})
	gateway := newGateway(t, stripe.Config{SecretKey: s.Keys().Secret, BaseURL: baseURL})
	paymenttest.Run(t, paymenttest.Provider{Gateway: gateway, Stateful: true, Confirm: paymenttest.Confirmer(baseURL, s.Keys().Secret)})
	paymenttest.RunRegistry(t, gateway, true)
}

// stripe-mock checks every request against Stripe's own OpenAPI description.
func TestContractOnStripeMock(t *testing.T) {
	baseURL := startStripeMock(t)
	key := "sk_test_" + "stripemock" // it takes any key of this shape
	// It does check: a parameter that Stripe doesn't have is refused.
	bogus, err := http.NewRequest(http.MethodGet, baseURL+"/v1/payment_intents?colour=red", nil)
	if err != nil {
		t.Fatal(err)
	}
	bogus.Header.Set("Authorization", "Bearer "+key)
	if answer, err := http.DefaultClient.Do(bogus); err != nil || answer.StatusCode != http.StatusBadRequest {
		t.Fatalf("stripe-mock takes anything: %v %v", answer, err)
	}
	gateway := newGateway(t, stripe.Config{SecretKey: key, BaseURL: baseURL})
	paymenttest.Run(t, paymenttest.Provider{Gateway: gateway, Confirm: paymenttest.Confirmer(baseURL, key)})
	paymenttest.RunRegistry(t, gateway, false)
}

// With a key of Stripe's test mode in STRIPE_TEST_KEY, the same suite runs on Stripe.
func TestContractOnStripe(t *testing.T) {
	key := os.Getenv("STRIPE_TEST_KEY")
	if key == "" {
		t.Log("not run on Stripe itself: STRIPE_TEST_KEY is not set")
		return
	}
	gateway := newGateway(t, stripe.Config{SecretKey: key})
	paymenttest.Run(t, paymenttest.Provider{Gateway: gateway, Stateful: true, Confirm: paymenttest.Confirmer("https://api.stripe.com", key)})
	paymenttest.RunRegistry(t, gateway, false) // what it registers stays there: hostnames of nobody's
}

func newGateway(t *testing.T, c stripe.Config) *stripe.Gateway {
	t.Helper()
	g, err := stripe.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// openSandbox serves a sandbox in a folder of its own, or in c.Dir.
func openSandbox(t *testing.T, c sandbox.Config) (*sandbox.Sandbox, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	c.PublicURL = "http://" + server.Listener.Addr().String()
	s, err := sandbox.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = s.Handler()
	server.Start()
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	return s, c.PublicURL
}

// startStripeMock builds stripe-mock from the tools' module and runs it on a free port.
func startStripeMock(t *testing.T) string {
	t.Helper()
	root := moduleRoot(t)
	binary := filepath.Join(root, "build", "stripe-mock")
	if _, err := os.Stat(binary); err != nil {
		binary = filepath.Join(t.TempDir(), "stripe-mock")
		build := exec.CommandContext(t.Context(), "go", "build", "-modfile=infra/tools/go.mod", "-o", binary, "github.com/stripe/stripe-mock")
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("building stripe-mock: %v\n%s", err, out)
		}
	}
	run := exec.CommandContext(t.Context(), binary, "-http-addr", "127.0.0.1:0")
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		run.Process.Kill()
		run.Wait()
	})
	address := regexp.MustCompile(`address: (\S+)`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			go io.Copy(io.Discard, out)
			baseURL := "http://" + found[1]
			if answer, err := http.Get(baseURL); err != nil {
				t.Fatal(err)
			} else {
				answer.Body.Close()
			}
			return baseURL
		}
	}
	t.Fatal("stripe-mock did not say where it listens")
	return ""
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above the test")
	return ""
}
