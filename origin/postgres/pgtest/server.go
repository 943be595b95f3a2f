package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
)

// shared is what this test binary has found out about its server. It lives as long as the binary, and with it the lock
// on users.lock that keeps the server alive.
var shared struct {
	once  sync.Once
	url   string
	err   error
	users *os.File
}

// server returns the address of the test server's maintenance database, starting the server if need be.
func server(ctx context.Context) (string, error) {
	shared.once.Do(func() {
		if url := os.Getenv("TEST_DATABASE_URL"); url != "" {
			shared.url = url
			return
		}
		shared.url, shared.users, shared.err = attach(ctx)
	})
	return shared.url, shared.err
}

// note is what the starter of a server leaves for the others.
type note struct {
	URL    string `json:"url"`
	PID    int    `json:"pid"`
	BootID string `json:"boot_id"` // without fsync, data does not survive the machine's fall
}

func attach(ctx context.Context) (string, *os.File, error) {
	binaries, err := pgserver.Find(repositoryRoot())
	if err != nil {
		return "", nil, err
	}
	home, err := folder(binaries)
	if err != nil {
		return "", nil, err
	}
	// Holding users.lock says "somebody uses this server"; the watch stops it once nobody does. It is taken first, so
	// that the server cannot be stopped between being found and being used.
	users, err := locked(filepath.Join(home, "users.lock"), syscall.LOCK_SH)
	if err != nil {
		return "", nil, err
	}
	starting, err := locked(filepath.Join(home, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return "", nil, err
	}
	defer starting.Close()
	if n, ok := read(home); ok && answers(ctx, n.URL) {
		dropForgotten(ctx, n.URL)
		return n.URL, users, nil
	}
	url, err := startServer(ctx, binaries, home)
	return url, users, err
}

func startServer(ctx context.Context, binaries pgserver.Binaries, home string) (string, error) {
	data := filepath.Join(home, "data")
	// Always a new folder: nothing in it was meant to last, and a kept one would grow and might be broken.
	if err := errors.Join(pgserver.Reap(data), pgserver.Remove(data)); err != nil {
		return "", err
	}
	var errs error
	for range 3 { // somebody else may take the free port first
		port, err := freeport.One()
		if err != nil {
			return "", err
		}
		s, err := pgserver.Start(ctx, pgserver.Config{
			Binaries: binaries, Dir: data, Port: port, Password: rand.Text(), Settings: pgserver.Fast(),
			LogFile: filepath.Join(home, "postgres.log"), Detached: true,
		})
		if err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		n := note{URL: s.URL("postgres"), PID: s.PID(), BootID: bootID()}
		if err := watch(home, s.Dir(), s.PID()); err != nil {
			return "", errors.Join(err, s.Stop(ctx))
		}
		body, err := json.Marshal(n)
		if err != nil {
			return "", err
		}
		return n.URL, os.WriteFile(filepath.Join(home, "server.json"), body, 0o600)
	}
	return "", errs
}

// folder is the shared server's home: one per user and version of Postgres.
func folder(b pgserver.Binaries) (string, error) {
	key := sha256.Sum256([]byte(b.Dir + " " + b.Version))
	name := fmt.Sprintf("stagedoor-test-postgres-%d-%s", os.Geteuid(), hex.EncodeToString(key[:4]))
	home := filepath.Join(place(), name)
	for _, at := range []string{memory, os.TempDir()} { // one that is there is used, however scarce memory is by now
		if _, ok := read(filepath.Join(at, name)); ok {
			home = filepath.Join(at, name)
			break
		}
	}
	if err := os.MkdirAll(home, 0o711); err != nil {
		return "", err
	}
	info, err := os.Lstat(home)
	if err != nil {
		return "", err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s belongs to somebody else", home)
	}
	return home, os.Chmod(home, 0o711)
}

func locked(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

func read(home string) (note, bool) {
	body, err := os.ReadFile(filepath.Join(home, "server.json"))
	var n note
	return n, err == nil && json.Unmarshal(body, &n) == nil && n.BootID == bootID()
}

func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx) == nil
		}
		var refused *net.OpError
		if errors.As(err, &refused) || strings.Contains(err.Error(), "28P01") {
			return false
		}
		time.Sleep(100 * time.Millisecond) // starting, or out of connections
	}
	return false
}

// dropForgotten removes the databases of test binaries that were killed before they could.
func dropForgotten(ctx context.Context, admin string) {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return // only tidiness is lost
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `select datname from pg_database where datname ~ '^test_\d+_'`)
	if err != nil {
		return
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return
	}
	for _, name := range names {
		pid, err := strconv.Atoi(strings.Split(name, "_")[1])
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_, _ = conn.Exec(ctx, "drop database if exists "+name+" with (force)") // another may have done it
		}
	}
}

func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without /proc every start counts as the same
	return strings.TrimSpace(string(id))
}

// repositoryRoot is the nearest folder upwards that holds go.mod; tests run in their package's folder.
func repositoryRoot() string {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return "."
}
