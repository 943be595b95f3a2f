package morning

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
)

// house is everything that a sale needs, in processes that tests kill.
type house struct {
	dir     string
	program string // the binary that people run
	env     []string
	hopKey  string

	clock               *clock // of Postgres and Redis
	dataDisk, natsDisk  *disk  // of Postgres and of JetStream
	postgres            *pgserver.Server
	db                  *pgxpool.Pool // the tests' own
	redis, nats, search *part
	origins             []*part // any of them answers; all of them work

	bank    *sandbox.Sandbox
	bankAt  string
	closers []func() error // the last one first

	evening uuid.UUID // the first, which others are made after
	made    int
}

// openHouse makes and starts everything. What it returns must be closed, with an error too.
func openHouse(t *testing.T) (h *house, err error) {
	ctx := t.Context()
	h = &house{hopKey: rand.Text()}
	// Not t.TempDir: the house outlives the test, and Postgres's user must get there.
	if h.dir, err = os.MkdirTemp("", "stagedoor-morning-*"); err != nil {
		return h, err
	}
	h.closing(func() error { return os.RemoveAll(h.dir) })
	if err := os.Chmod(h.dir, 0o711); err != nil {
		return h, err
	}
	h.program = filepath.Join(h.dir, "stagedoor")
	if out, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", h.program, "github.com/stagedoor/stagedoor/origin/cmd/stagedoor").CombinedOutput(); err != nil {
		return h, fmt.Errorf("build stagedoor: %w\n%s", err, out)
	}
	if h.clock, err = newClock(h.dir); err != nil {
		return h, err
	}
	for _, d := range []struct {
		disk      **disk
		name      string
		megabytes int
	}{{&h.dataDisk, "postgres", 512}, {&h.natsDisk, "nats", 64}} {
		if *d.disk, err = newDisk(d.name, d.megabytes); err != nil {
			return h, err
		}
		h.closing((*d.disk).remove)
	}
	for _, open := range []func(context.Context) error{h.openPostgres, h.openStores, h.openBank, h.openOrigins} {
		if err := open(ctx); err != nil {
			return h, err
		}
	}
	built := bookingtest.Build(t, h.db)
	h.evening = built.Performance(time.Now())
	return h, h.run(ctx, "search", "fill")
}

func (h *house) closing(f func() error) { h.closers = append(h.closers, f) }

func (h *house) close() error {
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i]())
	}
	return errors.Join(errs...)
}

// openPostgres starts a server whose commits are safe once they are acknowledged, and whose clock can be stepped.
func (h *house) openPostgres(ctx context.Context) error {
	binaries, err := pgserver.Find(filepath.Join("..", "..", ".."))
	if err != nil {
		return err
	}
	port, err := freeport.One()
	if err != nil {
		return err
	}
	settings := pgserver.Fast()
	settings["synchronous_commit"], settings["full_page_writes"] = "on", "on"
	settings["max_wal_size"], settings["min_wal_size"] = "128MB", "32MB" // it has a small disk
	settings["max_connections"] = "150"
	data := filepath.Join(h.dataDisk.dir, "data")
	h.postgres, err = pgserver.Start(ctx, pgserver.Config{
		Binaries: binaries, Dir: data, Port: port, Password: rand.Text(), Settings: settings,
		LogFile: filepath.Join(h.dir, "postgres.log"), Env: h.clock.env(),
	})
	if err != nil {
		return err
	}
	h.closing(func() error {
		return errors.Join(h.postgres.Kill(context.Background()), pgserver.Remove(data))
	})
	config, err := pgxpool.ParseConfig(h.postgres.URL("postgres"))
	if err != nil {
		return err
	}
	config.MaxConns = 4
	if h.db, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	h.closing(func() error { h.db.Close(); return nil })
	return nil
}

// openStores starts Redis, NATS and search.
func (h *house) openStores(ctx context.Context) (err error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return errors.New("redis-server is not on PATH (Debian package redis-server)")
	}
	if h.redis, err = newPart("redis", h.dir, path, func(ctx context.Context, p *part) error {
		client := redis.NewClient(&redis.Options{Addr: p.address(), MaxRetries: -1})
		defer client.Close()
		return client.Ping(ctx).Err()
	}); err != nil {
		return err
	}
	h.redis.args = []string{"--bind", "127.0.0.1", "--port", strconv.Itoa(h.redis.port), "--dir", h.dir, "--save", "", "--appendonly", "yes", "--appendfsync", "no"}
	h.redis.env = h.clock.env()

	self, err := os.Executable()
	if err != nil {
		return err
	}
	if h.nats, err = newPart("nats", h.dir, self, func(ctx context.Context, p *part) error {
		conn, err := nats.Connect("nats://" + p.address())
		if err != nil {
			return err
		}
		defer conn.Close()
		js, err := jetstream.New(conn)
		if err != nil {
			return err
		}
		_, err = js.AccountInfo(ctx)
		return err
	}); err != nil {
		return err
	}
	config, err := json.Marshal(natsConfig{Port: h.nats.port, Dir: h.natsDisk.dir})
	if err != nil {
		return err
	}
	h.nats.env = []string{natsVariable + "=" + string(config)}

	if h.search, err = newPart("search", h.dir, h.program, func(ctx context.Context, p *part) error {
		return answers(ctx, "http://"+p.address()+"/health")
	}); err != nil {
		return err
	}
	h.search.args = []string{"search", "serve", "--addr", h.search.address(), "--data", filepath.Join(h.dir, "search")}
	h.search.env = []string{"TYPESENSE_API_KEY=" + searchKey}
	for _, p := range []*part{h.redis, h.nats, h.search} {
		if err := p.start(ctx); err != nil {
			return err
		}
		h.closing(func() error { p.kill(); return nil })
	}
	return nil
}

// searchKey opens the search server of this house alone.
const searchKey = "morning"

// openBank opens the payment sandbox, which tells the first origin of payments; and what stands for Cloudflare's KV, which
// takes whatever is published.
func (h *house) openBank(ctx context.Context) (err error) {
	for n := range 2 {
		origin, err := newPart(fmt.Sprint("origin-", n+1), h.dir, h.program, func(ctx context.Context, p *part) error {
			return answers(ctx, "http://"+p.address()+"/readyz")
		})
		if err != nil {
			return err
		}
		origin.args = []string{"serve", "--https=false", "--listen", origin.address()}
		h.origins = append(h.origins, origin)
	}
	bank := httptest.NewUnstartedServer(nil)
	h.bankAt = "http://" + bank.Listener.Addr().String()
	webhooks, err := h.balance()
	if err != nil {
		return err
	}
	h.bank, err = sandbox.Open(sandbox.Config{
		Dir: filepath.Join(h.dir, "bank"), PublicURL: h.bankAt, WebhookURL: webhooks + "/webhooks/stripe",
		Backoff: func(int) (time.Duration, bool) { return 200 * time.Millisecond, true },
	})
	if err != nil {
		return err
	}
	bank.Config.Handler = h.bank.Handler()
	bank.Start()
	h.closing(func() error { bank.Close(); return h.bank.Close() })
	kv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var entries []any
		_ = json.NewDecoder(r.Body).Decode(&entries)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"success":true,"errors":[],"messages":[],"result":{"successful_key_count":%d,"unsuccessful_keys":[]}}`, len(entries))
	}))
	h.closing(func() error { kv.Close(); return nil })
	keys := h.bank.Keys()
	h.env = []string{
		"DATABASE_URL=" + h.postgres.URL("postgres"), "REDIS_URL=redis://" + h.redis.address() + "/0", "NATS_URL=nats://" + h.nats.address(),
		"TYPESENSE_URL=http://" + h.search.address(), "TYPESENSE_API_KEY=" + searchKey,
		"STRIPE_KEY=" + keys.Secret, "STRIPE_PUBLISHABLE_KEY=" + keys.Publishable, "STRIPE_WEBHOOK_SECRET=" + keys.Webhook, "STRIPE_URL=" + h.bankAt,
		"STAGEDOOR_LINK_KEY=" + rand.Text() + rand.Text(), "STAGEDOOR_TICKET_KEYS=" + filepath.Join(h.dir, "keys"), "STAGEDOOR_HOP_KEY=" + h.hopKey,
		"STAGEDOOR_DOMAIN=localhost", "STAGEDOOR_ORIGIN_URL=http://" + h.origins[0].address(), "STAGEDOOR_LONE_SEATS=8760h",
		"CLOUDFLARE_API_URL=" + kv.URL, "CLOUDFLARE_API_TOKEN=morning", "CLOUDFLARE_ACCOUNT_ID=morning", "CLOUDFLARE_KV_NAMESPACE_ID=morning",
	}
	return nil
}

func (h *house) openOrigins(ctx context.Context) error {
	if err := h.run(ctx, "migrate"); err != nil {
		return err
	}
	for _, origin := range h.origins {
		origin.env = h.env
		if err := origin.start(ctx); err != nil {
			return err
		}
		h.closing(func() error { origin.kill(); return nil })
	}
	return nil
}

// balance is one address for all origins, as a load balancer gives: a connection goes to the first that takes it.
func (h *house) balance() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	h.closing(listener.Close)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for _, origin := range h.origins {
					if to, err := net.Dial("tcp", origin.address()); err == nil {
						couple(conn, to)
						return
					}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String(), nil
}

// couple carries what each says to the other, until either is gone.
func couple(a, b net.Conn) {
	defer b.Close()
	go func() { _, _ = io.Copy(b, a); _ = b.Close() }()
	_, _ = io.Copy(a, b)
}

// answers asks for a page and wants 200.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d", url, got.StatusCode)
	}
	return nil
}

// command prepares the program with another command, in the house's surroundings.
func (h *house) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.program, args...)
	cmd.Dir, cmd.Env = h.dir, append(os.Environ(), h.env...)
	return cmd
}

func (h *house) run(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if out, err := h.command(ctx, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("stagedoor %v: %w\n%s", args, err, out)
	}
	return nil
}

// heal starts what is not running, and reports what is not well.
func (h *house) heal(ctx context.Context) error {
	select {
	case <-h.postgres.Done():
		if err := h.postgres.Restart(ctx); err != nil {
			return err
		}
	default:
	}
	for _, p := range append([]*part{h.redis, h.nats, h.search}, h.origins...) {
		if p.pid() == 0 {
			if err := p.start(ctx); err != nil {
				return err
			}
		}
	}
	var faults []error
	for _, p := range append([]*part{h.redis, h.nats, h.search}, h.origins...) {
		if err := p.ready(ctx); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	return errors.Join(faults...)
}
