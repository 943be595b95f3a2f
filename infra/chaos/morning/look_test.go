package morning

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
)

// until waits for something that comes by itself.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// rest leaves things as they are for a long run, in which buyers take their time.
func (s *sale) rest(d time.Duration) {
	if d == 0 {
		return
	}
	s.pace.Store(int64(5 * time.Second))
	time.Sleep(d)
	s.pace.Store(int64(usual))
}

func (h *house) count(t *testing.T, sql string) int {
	t.Helper()
	var n int
	if err := h.db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// waiting is how many facts have not left the outbox.
func (h *house) waiting(t *testing.T) int {
	t.Helper()
	return h.count(t, "select count(*) from outbox_waiting")
}

// relayed waits until some fact is in the stream.
func (h *house) relayed(t *testing.T) {
	t.Helper()
	until(t, "twenty facts are in the stream", func() bool {
		return h.count(t, "select count(*) from outbox_relayed") >= 20
	})
}

// newestInStream is the highest place in the stream that was acknowledged and written down.
func (h *house) newestInStream(t *testing.T) int {
	t.Helper()
	return h.count(t, "select coalesce(max(stream_seq), 0) from outbox_relayed")
}

var restored = regexp.MustCompile(`Restored ([0-9,]+) messages for stream '.* > STAGEDOOR'`)

// restoredAt is how many messages the server says it found in the stream's files when it started last.
func (h *house) restoredAt(t *testing.T) int {
	t.Helper()
	found := restored.FindAllStringSubmatch(h.said(t, h.nats.log), -1)
	if len(found) == 0 {
		t.Fatal("NATS does not say how many messages it has restored")
	}
	n, err := strconv.Atoi(strings.ReplaceAll(found[len(found)-1][1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (h *house) said(t *testing.T, log string) string {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ended reports whether a server has ended.
func ended(s *pgserver.Server) bool {
	select {
	case <-s.Done():
		return true
	default:
		return false
	}
}

var noRoom = regexp.MustCompile(`(?i)no space left on device|file too large`)

// complaints counts how often a log says that there was no room.
func (h *house) complaints(t *testing.T, log string) int {
	t.Helper()
	return len(noRoom.FindAllString(h.said(t, log), -1))
}

func (h *house) redisKeys(t *testing.T) int64 {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: h.redis.address()})
	defer client.Close()
	n, err := client.DBSize(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// clocks asks who has a clock of their own what time it is.
func (h *house) clocks(t *testing.T) map[string]time.Time {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: h.redis.address()})
	defer client.Close()
	inRedis, err := client.Time(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	var inPostgres time.Time
	if err := h.db.QueryRow(t.Context(), "select now()").Scan(&inPostgres); err != nil {
		t.Fatal(err)
	}
	return map[string]time.Time{"Redis": inRedis, "Postgres": inPostgres}
}

// truncateLastBlock cuts bytes off the end of the file with the stream's newest messages, and removes what the server noted
// about its files, which it would believe. The server must not be running.
func truncateLastBlock(dir string, bytes int64) (file string, cut int64, err error) {
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "STAGEDOOR", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		return "", 0, errors.Join(errors.New("the stream has no files"), err)
	}
	last := slices.MaxFunc(blocks, func(a, b string) int { // 10.blk is after 9.blk
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	info, err := os.Stat(last)
	if err != nil {
		return "", 0, err
	}
	cut = min(bytes, info.Size()/2)
	if err := os.Truncate(last, info.Size()-cut); err != nil {
		return "", 0, err
	}
	err = os.Remove(filepath.Join(filepath.Dir(last), "index.db"))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return filepath.Base(last), cut, err
}
