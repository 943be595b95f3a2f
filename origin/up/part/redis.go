package part

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/process"
	"github.com/stagedoor/stagedoor/origin/up/keep"
)

// RedisConfig says how to run a redis-server.
type RedisConfig struct {
	Dir      string // for this server alone; its process works there
	Port     int
	Password string // no white space
	LogFile  string
}

// Redis is a running redis-server. It writes to its append-only file every second.
type Redis struct {
	*process.Process
	url string
}

var _ keep.Part = (*Redis)(nil)

// FindRedis returns the path of redis-server.
func FindRedis() (string, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return "", errors.New("redis-server is not installed: run `apt-get install redis-server`, or set REDIS_URL to a Redis that is running")
	}
	return path, nil
}

// StartRedis ends what a killed predecessor left in the folder, starts a server and returns once it answers.
func StartRedis(ctx context.Context, cfg RedisConfig) (*Redis, error) {
	path, err := FindRedis()
	if err != nil {
		return nil, err
	}
	if err := EndLeftover(cfg.Dir); err != nil {
		return nil, err
	}
	// In a file and not on the command line, which every user of the machine can read.
	conf := filepath.Join(cfg.Dir, "redis.conf")
	if err := os.WriteFile(conf, []byte(cfg.text()), 0o600); err != nil {
		return nil, fmt.Errorf("Redis: %w", err)
	}
	log, err := os.OpenFile(cfg.LogFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("Redis log: %w", err)
	}
	defer log.Close()
	from, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("Redis log: %w", err)
	}
	p, err := process.Start(process.Spec{Path: path, Args: []string{conf}, Dir: cfg.Dir, Output: log, OnDeath: syscall.SIGTERM})
	if err != nil {
		return nil, fmt.Errorf("Redis: %w", err)
	}
	r := &Redis{p, "redis://:" + cfg.Password + "@" + cfg.address() + "/0"}
	if err := r.ready(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("Redis did not start: %w%s", err, tail(cfg.LogFile, from)), r.Stop(context.WithoutCancel(ctx)))
	}
	return r, nil
}

func (c RedisConfig) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port)) }

func (c RedisConfig) text() string {
	return strings.Join([]string{
		"bind 127.0.0.1", "port " + strconv.Itoa(c.Port), "requirepass " + c.Password,
		"daemonize no", "dir ./", "save \"\"", "appendonly yes", "appendfsync everysec",
		"maxmemory-policy noeviction", // a hold must never make room for something else
		"",
	}, "\n")
}

// URL is the server's address, with the password in it.
func (r *Redis) URL() string { return r.url }

// Stop lets the server write everything down first.
func (r *Redis) Stop(ctx context.Context) error {
	return r.Process.Stop(ctx, process.Step{Signal: syscall.SIGTERM, Wait: 10 * time.Second})
}

func (r *Redis) ready(ctx context.Context, cfg RedisConfig) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: cfg.address(), Password: cfg.Password, MaxRetries: -1, DialTimeout: time.Second})
	defer client.Close()
	for {
		err := client.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-r.Done():
			return errors.New("it ended at once")
		case <-ctx.Done():
			return fmt.Errorf("%w; last try: %w", ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// EndLeftover ends processes that work in dir: those of a predecessor that was killed.
func EndLeftover(dir string) error {
	if len(process.InDirectory(dir)) == 0 {
		return nil
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range process.InDirectory(dir) {
			if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("end process %d, left in %s: %w", pid, dir, err)
			}
		}
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if len(process.InDirectory(dir)) == 0 {
				return nil
			}
		}
	}
	return fmt.Errorf("processes %v still work in %s", process.InDirectory(dir), dir)
}

// tail returns the last lines written to a log after an offset.
func tail(path string, from int64) string {
	body, err := os.ReadFile(path)
	if err != nil || int64(len(body)) <= from {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(body[from:])), "\n")
	return "\n  " + strings.Join(lines[max(0, len(lines)-10):], "\n  ")
}
