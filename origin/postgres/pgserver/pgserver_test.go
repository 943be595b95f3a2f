package pgserver

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/process"
)

func TestServerSurvivesWhatHappensToIt(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(openTemp(t), "elsewhere")
	// t.TempDir is private to this user, as a checkout below /root would be.
	cfg := Config{Binaries: installed(t), Dir: filepath.Join(t.TempDir(), "pg"), Port: port(t), Password: "secret 'quoted'",
		Settings: Fast(), LogFile: filepath.Join(t.TempDir(), "log")}
	run := func(do func(s *Server, conn *pgx.Conn)) {
		t.Helper()
		s, err := start(t.Context(), cfg, elsewhere)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		do(s, conn)
		conn.Close(t.Context())
		if err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	run(func(_ *Server, conn *pgx.Conn) {
		if _, err := conn.Exec(t.Context(), "create table kept as select 1 as n"); err != nil {
			t.Fatal(err)
		}
	})
	run(func(s *Server, conn *pgx.Conn) { // killed without warning, leaving its backend and its pid file
		if err := s.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		if _, err := os.Stat(filepath.Join(s.Dir(), "postmaster.pid")); err != nil {
			t.Fatal(err)
		}
	})
	run(func(_ *Server, conn *pgx.Conn) {
		var n int
		if err := conn.QueryRow(t.Context(), "select n from kept").Scan(&n); err != nil || n != 1 {
			t.Errorf("after a kill: %d, %v", n, err)
		}
	})

	other := cfg
	other.Binaries.Major++
	if _, err := start(t.Context(), other, elsewhere); !errors.Is(err, ErrOtherVersion) {
		t.Errorf("data of another version: %v", err)
	}
	wrong := cfg
	wrong.Password = "another"
	if _, err := start(t.Context(), wrong, elsewhere); err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("another password: %v", err)
	}
	if err := Remove(cfg.Dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(elsewhere, "data-*")); len(left) > 0 {
		t.Errorf("Remove leaves %q", left)
	}
}

func TestASecondServerOnThePortSaysSo(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = start(t.Context(), Config{Binaries: installed(t), Dir: filepath.Join(openTemp(t), "pg"), Port: l.Addr().(*net.TCPAddr).Port,
		Password: "x", Settings: Fast(), LogFile: filepath.Join(t.TempDir(), "log")}, filepath.Join(openTemp(t), "elsewhere"))
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error = %v", err)
	}
}

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in, version string
		major             int
		bad               bool
	}{
		{name: "npm", in: "postgres (PostgreSQL) 17.10\n", version: "17.10", major: 17},
		{name: "Debian", in: "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", version: "15.18", major: 15},
		{name: "beta", in: "postgres (PostgreSQL) 18beta1", version: "18beta1", major: 18},
		{name: "empty", in: "", bad: true},
		{name: "something else", in: "redis server v=7", bad: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			version, major, err := parseVersion(tc.in)
			if version != tc.version && !tc.bad || major != tc.major || (err != nil) != tc.bad {
				t.Errorf("= %q, %d, %v", version, major, err)
			}
		})
	}
}

func TestHydrateMakesLinksAndStaysInside(t *testing.T) {
	t.Parallel()
	prefix := filepath.Join(t.TempDir(), "native")
	if err := os.MkdirAll(filepath.Join(prefix, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	links := filepath.Join(prefix, "pg-symlinks.json")
	write := func(body string) {
		t.Helper()
		if err := os.WriteFile(links, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(`[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"}]`)
	for range 2 { // the second time they are there already
		if err := hydrate(prefix); err != nil {
			t.Fatal(err)
		}
	}
	if to, err := os.Readlink(filepath.Join(prefix, "lib", "libpq.so.5")); err != nil || to != "libpq.so.5.17" {
		t.Errorf("link leads to %q, %v", to, err)
	}
	write(`[{"source":"native/lib/x","target":"../../outside"}]`)
	if err := hydrate(prefix); err == nil {
		t.Error("a link outside the package was accepted")
	}
}

func TestPlaceForgetsCheckoutsThatAreGone(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs Postgres as another user")
	}
	u, err := process.FindUser("nobody")
	if err != nil {
		t.Fatal(err)
	}
	private, elsewhere := t.TempDir(), filepath.Join(openTemp(t), "elsewhere")
	if err := os.Chmod(private, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(private, "checkout", "pg")
	first, err := place(link, elsewhere, &u)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := place(link, elsewhere, &u); err != nil || again != first {
		t.Errorf("placed again at %s, %v", again, err)
	}
	if err := os.RemoveAll(filepath.Join(private, "checkout")); err != nil {
		t.Fatal(err)
	}
	second, err := place(link, elsewhere, &u)
	if err != nil || second == first {
		t.Fatalf("a new checkout is given the old one's data: %s, %v", second, err)
	}
	if _, err := os.Stat(filepath.Dir(first)); err == nil {
		t.Error("the old data is still there")
	}
}

func installed(t *testing.T) Binaries {
	t.Helper()
	b, err := Find(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Skipf("needs Postgres: %v", err)
	}
	return b
}

// openTemp is a temporary folder that every user may enter.
func openTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pgserver-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func port(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestReapRemovesAStalePidFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "postmaster.pid"), []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Reap(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the stale pid file is still there")
	}
}
