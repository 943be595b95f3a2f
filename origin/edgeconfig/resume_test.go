package edgeconfig_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// cloud is Cloudflare's bulk API in front of a map.
type cloud struct {
	mu     sync.Mutex
	values map[string]string
	wrote  map[string]int
	bulks  int
	// onBulk, when set, is called before a bulk write is taken; false loses it.
	onBulk func(n int) bool
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var pairs []struct{ Key, Value string }
	if err := json.Unmarshal(body, &pairs); err != nil || r.Method != http.MethodPut {
		http.Error(w, "only bulk writes are expected here", http.StatusTeapot)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bulks++
	if c.onBulk != nil && !c.onBulk(c.bulks) {
		return
	}
	for _, p := range pairs {
		c.values[p.Key] = p.Value
		c.wrote[p.Key]++
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"success":true,"errors":[],"messages":[],"result":{"successful_key_count":%d,"unsuccessful_keys":[]}}`, len(pairs))
}

const publishFrom, publishTo = "STAGEDOOR_TEST_PUBLISH_FROM", "STAGEDOOR_TEST_PUBLISH_TO"

// TestPublishingProcess is the process that the next test kills. By itself it does nothing.
func TestPublishingProcess(t *testing.T) {
	from, to := os.Getenv(publishFrom), os.Getenv(publishTo)
	if from == "" {
		return
	}
	db, err := postgres.Open(t.Context(), from, postgres.Config{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := publisherTo(to)
	p.DB = db
	if _, err := p.Publish(t.Context(), edgeconfig.Options{}); err != nil {
		t.Fatal(err)
	}
}

func publisherTo(address string) *edgeconfig.Publisher {
	return &edgeconfig.Publisher{
		Store:    edgeconfig.Cloudflare{BaseURL: address, Token: "secret", Account: "acc", Namespace: "ns"},
		Settings: settings, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler), Pause: func(time.Duration) {},
	}
}

func TestAPublicationKilledBetweenBatchesGoesOn(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	db, err := postgres.Open(t.Context(), address, postgres.Config{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const brands = 1200 // three batches
	if _, err := db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme, is_group)
		select 'brand' || n, 'Brand ' || n, 'GB', 'en-GB', 'GBP', 'Europe/London', '{}', false from generate_series(1, $1::integer) n`, brands); err != nil {
		t.Fatal(err)
	}
	kv := &cloud{values: map[string]string{}, wrote: map[string]int{}}
	server := httptest.NewServer(kv)
	defer server.Close()
	// What happens in another process orders nothing here: the map and the hook are touched under the lock alone.
	locked := func(do func()) {
		kv.mu.Lock()
		defer kv.mu.Unlock()
		do()
	}

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPublishingProcess$")
	child.Env = append(os.Environ(), publishFrom+"="+address, publishTo+"="+server.URL)
	started := make(chan struct{})
	locked(func() {
		kv.onBulk = func(n int) bool {
			if n < 2 {
				return true
			}
			<-started
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
			return false
		}
	})
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	var died *exec.ExitError
	if err := child.Wait(); !errors.As(err, &died) || died.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the process was not killed: %v", err)
	}
	locked(func() {
		kv.onBulk = nil
		if len(kv.values) != 500 {
			t.Errorf("%d documents were written before it died, want one batch", len(kv.values))
		}
	})

	p := publisherTo(server.URL)
	p.DB = db
	report, err := p.Publish(t.Context(), edgeconfig.Options{})
	if err != nil || report.Written != brands-500 || report.Unchanged != 500 {
		t.Fatalf("the rest: %+v, %v", report, err)
	}
	locked(func() {
		for key, times := range kv.wrote {
			if times != 1 {
				t.Errorf("%s was written %d times", key, times)
			}
		}
		if len(kv.values) != brands || !strings.Contains(kv.values["site:brand1200.localhost"], `"Brand 1200"`) {
			t.Errorf("%d documents", len(kv.values))
		}
	})
}
