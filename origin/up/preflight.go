package up

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
	"github.com/stagedoor/stagedoor/origin/up/part"
	"github.com/stagedoor/stagedoor/origin/up/port"
)

// tools checks, before anything is touched, that what will be started is installed, and names all that is missing.
func (c Config) tools() error {
	var faults []error
	if _, err := exec.LookPath("node"); err != nil {
		faults = append(faults, errors.New("node is not installed: the edge runs in workerd, through Node 20 or newer (https://nodejs.org)"))
	}
	if _, err := os.Stat(filepath.Join(c.Root, "node_modules", "miniflare")); err != nil {
		faults = append(faults, errors.New("the Node packages are not installed: run `npm ci`, or start with `make up`"))
	}
	if !c.given("REDIS_URL") {
		if _, err := part.FindRedis(); err != nil {
			faults = append(faults, err)
		}
	}
	if !c.given("DATABASE_URL") {
		if _, err := pgserver.Find(c.Root); err != nil {
			faults = append(faults, err)
		}
	}
	for _, need := range []struct{ given, also []string }{
		{[]string{"STRIPE_KEY"}, []string{"STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"}},
		{[]string{"TYPESENSE_URL"}, []string{"TYPESENSE_API_KEY"}},
	} {
		for _, other := range need.also {
			if c.given(need.given[0]) && !c.given(other) {
				faults = append(faults, fmt.Errorf("%s is set and %s is not: the one is of no use without the other", need.given[0], other))
			}
		}
	}
	return errors.Join(faults...)
}

// reclaim ends what a killed predecessor left running in the data folder, and waits for its ports to come free.
func (c Config) reclaim(d *datadir.Dir) error {
	if err := pgserver.Reap(d.Path("pg")); err != nil {
		return err
	}
	if err := part.EndLeftover(d.Path("redis")); err != nil {
		return err
	}
	for end := time.Now().Add(6 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		err := c.freePorts()
		var taken port.TakenError
		// The edge of a killed predecessor notices within seconds; anybody else's program stays.
		if err == nil || !errors.As(err, &taken) || !c.ourEdge(taken) || time.Now().After(end) {
			return err
		}
	}
}

// ourEdge reports whether a port is still held by an edge that runs from this checkout.
func (c Config) ourEdge(taken port.TakenError) bool {
	if taken.Holder == nil {
		return false
	}
	root, err := filepath.EvalSymlinks(c.Root)
	if err != nil {
		return false
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", taken.Holder.PID))
	return err == nil && cwd == root && (taken.Holder.Name == "node" || taken.Holder.Name == "workerd")
}
